/**
 * Networks as data: what there is to be made, step by step, read from lab/networks/ or a file of the user's. The room's other files:
 *
 * - network-schema.ts, data-folder.ts: what such a file may hold, and where those of the package are
 * - step-commands.ts, script.ts: a step as lines of shell, and a whole network as a script
 * - up.ts, mend.ts: a network made, and repaired; both by steps.ts, which carries steps out
 * - journal.ts: what a lab has made, on disk before each step; labs-folder.ts: where; labs.ts: the labs that have a journal
 * - down.ts: what the journal says, removed; processes.ts: who is in a namespace, and ends
 * - status.ts: what is there now, and what is missing; status-drawing.ts, status-drawing-rows.ts, drawing-parts.ts: drawn
 * - run.ts, pinger.ts: commands and endless pings in a node; try-exchange.ts: TCP connections and DNS queries, with a server
 * - record.ts, recording-schema.ts: captures for fixtures/, as lab/recordings/ says
 * - command.ts, command-shell.ts: a command run to its end, one or many; machine.ts: what a machine must have
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CheckedYamlError, parseCheckedYaml, readYamlText } from '../../text/checked-yaml.ts';
import { similarTo } from '../../text/similar.ts';
import { dataFolder } from './data-folder.ts';
import { LabError } from './lab-error.ts';
import { filesFolder } from './labs-folder.ts';
import {
  keysAt,
  LAB_NAME,
  type LabNode,
  type NetworkExchange,
  type NetworkPing,
  networkSchema,
  type Point,
  type Step,
} from './network-schema.ts';

export type { LabNode, NetworkExchange, NetworkPing, Point, Step } from './network-schema.ts';

export interface Network {
  readonly name: string;
  /** One line. */
  readonly title: string;
  /** A few sentences. */
  readonly about: string;
  /** Programs, besides those of every network ({@link ALWAYS_REQUIRED}). */
  readonly requires: readonly string[];
  /** Kinds of device that the kernel must know. */
  readonly kernel: readonly string[];
  /** By name, in the order of the file. */
  readonly nodes: Readonly<Record<string, LabNode>>;
  /** In order, with those of what it extends. */
  readonly steps: readonly Step[];
  /** What its ping does. */
  readonly ping: NetworkPing;
  /** What is tried beside the ping, where that alone does not show it: between the ping's nodes. */
  readonly exchange?: NetworkExchange | undefined;
  /** For networks that are broken on purpose: what repairs them. */
  readonly mend: readonly Step[];
  /** Points of the ping's way, in order. */
  readonly path: readonly Point[];
}

export const ALWAYS_REQUIRED: readonly string[] = ['ip', 'sysctl', 'ping'];

const ENDING = '.yaml';
/** So many files may stand on each other. */
const MOST_PARENTS = 8;

/** Names of the networks that come with the package, in the order in which they are shown. */
export function networkNames(): string[] {
  return readdirSync(dataFolder('networks'))
    .filter((file) => file.endsWith(ENDING))
    .map((file) => basename(file, ENDING))
    .sort();
}

/**
 * @param nameOrPath `socat`; or a path (it has a slash, or ends with .yaml)
 * @throws {LabError} if there is none
 * @throws {CheckedYamlError} if its file can't be used
 */
export function loadNetwork(nameOrPath: string): Network {
  return load(fileOf(nameOrPath), 0);
}

function fileOf(nameOrPath: string): string {
  if (nameOrPath.includes('/') || nameOrPath.endsWith(ENDING)) return nameOrPath;
  const names = networkNames();
  if (!names.includes(nameOrPath)) {
    const similar = similarTo(nameOrPath, names);
    throw new LabError(
      `unknown network "${nameOrPath}"; ${similar === undefined ? `networks are ${names.join(', ')}` : `did you mean ${similar}?`}`,
    );
  }
  return join(dataFolder('networks'), nameOrPath + ENDING);
}

/** Of the package: many stand on the same ones. */
const known = new Map<string, Network>();

function load(file: string, depth: number): Network {
  const before = known.get(file);
  if (before !== undefined) return before;
  const network = read(file, depth);
  if (dirname(file) === dataFolder('networks')) known.set(file, network);
  return network;
}

function read(file: string, depth: number): Network {
  let text: string;
  try {
    text = readYamlText(file, file);
  } catch (error) {
    if (error instanceof CheckedYamlError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new LabError(
      `${file}: ${code === 'ENOENT' ? 'no such file' : `can't be read (${code})`}; expected a network's name (tunnelscope lab list) or file`,
    );
  }
  const { value, fail } = parseCheckedYaml(text, file, networkSchema, keysAt);
  if (depth > MOST_PARENTS) fail(['extends'], `more than ${MOST_PARENTS} files extend each other`);

  const parent = value.extends === undefined ? undefined : load(parentFile(file, value.extends), depth + 1);
  const ids = parent?.steps.flatMap(({ id }) => id ?? []) ?? [];
  for (const id of Object.keys(value.replace ?? {})) {
    if (!ids.includes(id)) fail(['replace', id], `there is no step ${id}; there are: ${ids.join(', ')}`);
  }
  const inherited = (parent?.steps ?? []).flatMap((step) => {
    const { replace = {} } = value;
    const other = step.id !== undefined && Object.hasOwn(replace, step.id) ? replace[step.id] : undefined;
    return other ?? [step];
  });
  const nodes = { ...parent?.nodes, ...value.nodes };
  const requireNode = (name: string | undefined, path: readonly PropertyKey[]) => {
    if (name === undefined || Object.hasOwn(nodes, name)) return;
    fail(path, `there is no node ${name}; there are: ${Object.keys(nodes).join(', ')}`);
  };
  for (const [word, meaning] of Object.entries(PLACES)) {
    if (Object.hasOwn(nodes, word)) fail(['nodes', word], `{${word}} is ${meaning}: no node can be named so`);
  }
  for (const [name, { host }] of Object.entries(nodes)) requireNode(host, ['nodes', name, 'host']);
  for (const list of ['steps', 'mend'] as const) {
    for (const [i, step] of (value[list] ?? []).entries()) requireNodesOf(step, [list, i], requireNode);
  }
  for (const [id, steps] of Object.entries(value.replace ?? {})) {
    for (const step of steps) requireNodesOf(step, ['replace', id], requireNode);
  }
  const startIds = [...inherited, ...(value.steps ?? []), ...(value.mend ?? [])].flatMap((step) =>
    step.start === undefined ? [] : (step.id ?? []),
  );
  for (const list of ['steps', 'mend'] as const) {
    for (const [i, { stop }] of (value[list] ?? []).entries()) {
      const unknown = stop?.find((id) => !startIds.includes(id));
      if (unknown !== undefined) fail([list, i, 'stop'], `no step ${unknown} starts anything`);
    }
  }
  const ping = value.ping ?? parent?.ping ?? fail([], 'ping is missing: which ping, and does it arrive?');
  for (const end of ['from', 'to'] as const) requireNode(ping[end], ['ping', end]);
  if (nodes[ping.to]?.address === undefined) fail(['ping', 'to'], `node ${ping.to} has no address`);
  requireNode(ping.at?.node, ['ping', 'at']);
  for (const [i, { node }] of (value.path ?? []).entries()) requireNode(node, ['path', i]);
  const path = value.path ?? parent?.path ?? [];
  return {
    name: value.name,
    title: value.title,
    about: value.about.trim(),
    requires: [...new Set([...(parent?.requires ?? []), ...(value.requires ?? [])])],
    kernel: [...new Set([...(parent?.kernel ?? []), ...(value.kernel ?? [])])],
    nodes,
    steps: [...inherited, ...(value.steps ?? [])],
    ping,
    exchange: value.exchange ?? parent?.exchange,
    mend: value.mend ?? [],
    path,
  };
}

/** A user's file may extend another one in its folder, or one of the package's. */
function parentFile(file: string, name: string): string {
  return name.includes('/') || name.endsWith(ENDING) ? join(dirname(file), name) : fileOf(name);
}

/** What stands in braces for something else than a node's namespace; no node is named so. */
const PLACES: Readonly<Record<string, string>> = { files: "the lab's folder", lab: "the lab's name" };
const NODE_WORD = /\{([a-z][a-z0-9-]*)\}/g;

function requireNodesOf(
  step: Step,
  path: readonly PropertyKey[],
  requireNode: (name: string | undefined, path: readonly PropertyKey[]) => void,
): void {
  requireNode(step.on, [...path, 'on']);
  for (const word of [...(step.run ?? []), step.start ?? [], step.until ?? []].flat()) {
    for (const [, name] of word.matchAll(NODE_WORD)) {
      if (!Object.hasOwn(PLACES, name as string)) requireNode(name, path);
    }
  }
}

/** `{h1}` in a word is the name of that node's namespace, `{files}` the lab's folder for its programs' files, `{lab}` the lab's name. */
export function withPlaces(lab: string, word: string): string {
  return word.replaceAll(NODE_WORD, (_, name) => {
    if (name === 'lab') return lab;
    return name === 'files' ? filesFolder(lab) : namespaceName(lab, name);
  });
}

export function namespaceName(lab: string, node: string): string {
  return `${lab}-${node}`;
}

/** @throws {LabError} */
export function requireLabName(name: string): string {
  if (LAB_NAME.test(name)) return name;
  throw new LabError(
    `${name} can't be a lab's name; expected small letters, digits and -, 32 at most, such as my-lab`,
  );
}
