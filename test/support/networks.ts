/** Labs under test: captured on while they are pinged through, and what there is of them in the kernel. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { isInstalled, runCommand } from '../../src/lab/network/command.ts';
import { withShell } from '../../src/lab/network/command-shell.ts';
import { kernelKinds } from '../../src/lab/network/machine.ts';
import { loadNetwork, type Network, networkNames } from '../../src/lab/network/network.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { Tcpdump } from './tcpdump.ts';

/** A lab's name that no other test uses: of small letters and digits, as short as can be. */
export function labName(kind: string): string {
  return `t${process.pid}${kind}`;
}

/** What networks of the kernel's own and of socat need. */
const PLAIN_PROGRAMS = ['socat', 'nft', 'ethtool', 'bridge', 'tc', 'ss'];

export interface MakeableNetworks {
  readonly names: string[];
  /** Those that need no tunnel program but socat: they take the least time. */
  readonly plain: string[];
  /** Kinds of device that keep this kernel from the others. */
  readonly missing: string[];
  /** Networks that need a program that is not installed, each with its name. */
  readonly without: string[];
}

/** The networks that this machine can make, and what keeps it from the others. */
export async function makeableNetworks(): Promise<MakeableNetworks> {
  const networks = networkNames().map(loadNetwork);
  const kinds = new Set(networks.flatMap(({ kernel }) => kernel));
  const known = await withShell((run) => kernelKinds([...kinds], run));
  const able = networks.filter(({ kernel }) => kernel.every((kind) => known.has(kind)));
  const lacks = ({ requires }: Network) => requires.filter((program) => !isInstalled(program));
  const makeable = able.filter((network) => lacks(network).length === 0);
  const isPlain = ({ requires }: Network) => requires.every((program) => PLAIN_PROGRAMS.includes(program));
  return {
    names: makeable.map(({ name }) => name),
    plain: makeable.filter(isPlain).map(({ name }) => name),
    missing: [...kinds].filter((kind) => !known.has(kind)),
    without: able
      .filter((network) => lacks(network).length > 0)
      .map((one) => `${one.name} (${lacks(one).join(', ')})`),
  };
}

export interface WatchedPing {
  /** What ping printed. */
  readonly printed: string;
  readonly transmitted: number;
  readonly received: number;
  /** What verify says of what tcpdump recorded, point by point. */
  readonly verdicts: readonly Verdict[];
  /** What was recorded, point by point. */
  readonly files: readonly string[];
}

/** Namespace and device. */
type Point = readonly [namespace: string, device: string];

/**
 * Pings while tcpdump records at points of the lab.
 *
 * @param words of the ping
 */
export async function watchPing(
  words: readonly string[],
  points: readonly Point[],
  folder: string,
): Promise<WatchedPing> {
  const { result, verdicts, files } = await watch(points, folder, () => runCommand(words));
  const printed = result.stdout;
  const [, transmitted, received] = /(\d+) packets transmitted, (\d+) received/.exec(printed) ?? [];
  return { printed, transmitted: Number(transmitted), received: Number(received), verdicts, files };
}

/** Does something while tcpdump records at points of the lab. @returns the recordings and what verify says of each, too */
export async function watch<T>(
  points: readonly Point[],
  folder: string,
  meanwhile: () => Promise<T>,
): Promise<{ result: T; verdicts: Verdict[]; files: string[] }> {
  const recorders = points.map(
    ([namespace, device]) => new Tcpdump(['ip', 'netns', 'exec', namespace], folder, device, ''),
  );
  await Promise.all(recorders.map((recorder) => recorder.listening()));
  const result = await meanwhile();
  const verdicts: Verdict[] = [];
  for (const recorder of recorders) {
    await recorder.stop();
    const source = await openCaptureFile(recorder.file);
    verdicts.push(await verifyCapture(source));
    await source.close();
  }
  return { result, verdicts, files: recorders.map(({ file }) => file) };
}

/** In one go: a process's start costs more than what it does. */
const STATE = [
  'ip -d -j addr',
  'ip -j route show table all',
  'bridge -j fdb',
  'ip -j neigh show nud permanent',
  'sysctl net.ipv4.ip_forward net.ipv6.conf.all.disable_ipv6',
].join('; echo --; ');

/** What is in a namespace, without what differs from one making to the next: numbers and hardware addresses that are drawn. */
export async function kernelState(namespace: string): Promise<unknown> {
  const { stdout } = await runCommand(['ip', 'netns', 'exec', namespace, 'sh', '-c', STATE]);
  const answers = stdout.split('--\n');
  expect(answers).toHaveLength(5);
  return answers.map(stableState);
}

const VOLATILE =
  /^(ifindex|link_index|link_netnsid|address|link|permaddr|.*_lft|ageing.*|.*timer|.*_id|gso.*|tso.*|gro.*)$/;
const DRAWN_ADDRESS = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

function stableState(answer: string): unknown {
  if (!answer.startsWith('[')) return answer;
  const entries = JSON.parse(answer, (key, value) => (VOLATILE.test(key) ? undefined : value)) as readonly {
    mac?: string;
    dst?: string;
  }[];
  return (
    entries
      // A bridge's own entries are its ports' addresses, which are drawn.
      .filter(({ mac, dst }) => mac === undefined || !DRAWN_ADDRESS.test(mac) || dst !== undefined)
      .map((entry) => JSON.stringify(entry))
      .sort()
  );
}

/** Devices that every machine may have. */
const ORDINARY = /^(eth\d+|lo)$/;

/**
 * What is of these networks on this machine itself, outside of all namespaces: devices, routes and rules by their devices' names and
 * their addresses. Nothing else is looked at, since others work here too.
 */
export function tracesOf(networks: readonly Network[]): string[] {
  const marks = new Set(
    networks.flatMap(({ nodes, path }) => [
      ...Object.values(nodes).flatMap(({ address }) => address ?? []),
      ...path.map(({ device }) => device).filter((device) => !ORDINARY.test(device)),
    ]),
  );
  const commands = [
    ['-br', 'link'],
    ['route', 'show', 'table', 'all'],
    ['-6', 'route', 'show', 'table', 'all'],
    ['rule'],
  ];
  return commands
    .flatMap((args) => spawnSync('ip', args, { encoding: 'utf8' }).stdout.split('\n'))
    .filter((line) => line.split(/[\s@/]+/).some((word) => marks.has(word)));
}

/** What labs set in their namespaces, and must leave as it is outside. */
export function machineSettings(): string {
  const names = ['net.ipv4.ip_forward', 'net.ipv4.conf.all.rp_filter'];
  return spawnSync('sysctl', names, { encoding: 'utf8' }).stdout;
}
