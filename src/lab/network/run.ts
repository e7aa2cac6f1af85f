/** Commands in a lab's nodes. */
import { spawn } from 'node:child_process';
import { isIPv4 } from 'node:net';
import { constants } from 'node:os';
import { similarTo } from '../../text/similar.ts';
import { ENVIRONMENT, isInstalled } from './command.ts';
import { LabError } from './lab-error.ts';
import { isStillThere, type Lab } from './labs.ts';
import { type LabNode, namespaceName } from './network.ts';

/** @throws {LabError} if the lab has no such node */
export function requireNode(lab: Lab, node: string): LabNode {
  const { nodes } = lab.network;
  const found = nodes[node];
  if (found !== undefined && Object.hasOwn(nodes, node)) return found;
  const names = Object.keys(nodes);
  const similar = similarTo(node, names);
  throw new LabError(
    `lab ${lab.name} has no node ${node}; ${similar === undefined ? `there are: ${names.join(', ')}` : `did you mean ${similar}?`}`,
  );
}

/** Words that run a command in a node. */
export function nodeWords(lab: Lab, node: string, words: readonly string[]): string[] {
  requireNode(lab, node);
  const namespace = lab.namespaces.find((one) => one.node === node);
  if (namespace !== undefined && !isStillThere(namespace)) {
    throw new LabError(
      `the namespace of node ${node} of lab ${lab.name} is gone; take the lab down with: tunnelscope lab down ${lab.name}`,
    );
  }
  return ['ip', 'netns', 'exec', namespaceName(lab.name, node), ...words];
}

/** Words that start a shell in a node, whose prompt is the node's name; without the user's own start files, which would name the host. */
export function shellWords(lab: Lab, node: string): string[] {
  const shell = isInstalled('bash') ? ['bash', '--norc', '--noprofile', '-i'] : ['sh', '-i'];
  return nodeWords(lab, node, ['env', `PS1=${node}# `, ...shell]);
}

export interface PingOptions {
  /** Nodes, or for `to` an address; default: those of the network's ping. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly count?: number | undefined;
  /** Seconds between two. */
  readonly interval?: number | undefined;
  /** More of ping's own; default: those of the network's ping. */
  readonly options?: readonly string[] | undefined;
}

const DEFAULT_COUNT = 4;
const DEFAULT_INTERVAL = 0.25;
/** Seconds. */
const PATIENCE = 1;

/** The words of a ping through the lab. */
export function pingWords(lab: Lab, { from, to, count, interval, options }: PingOptions = {}): string[] {
  const { ping } = lab.network;
  const address = targetAddress(lab, to ?? ping.to);
  const more = options ?? (from === undefined && to === undefined ? ping.options : undefined) ?? [];
  return nodeWords(lab, from ?? ping.from, [
    ...['ping', '-n', '-c', String(count ?? DEFAULT_COUNT), '-i', String(interval ?? DEFAULT_INTERVAL)],
    ...['-W', String(PATIENCE), ...more, address],
  ]);
}

/** @param target a node's name, or an IPv4 address. @throws {LabError} if the node is unknown or has no address */
export function targetAddress(lab: Lab, target: string): string {
  if (isIPv4(target)) return target;
  const { address } = requireNode(lab, target);
  if (address === undefined) throw new LabError(`node ${target} has no address of its own`);
  return address;
}

const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command with this terminal.
 *
 * @returns its exit code; 128 and the signal's number where one ended it, as shells do
 */
export function runHere(words: readonly string[]): Promise<number> {
  const [program = '', ...args] = words;
  return new Promise((resolve, reject) => {
    // Ctrl-C goes to the command too, which is in this terminal: it alone decides what to do.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    const child = spawn(program, args, { env: { ...process.env, PATH: ENVIRONMENT.PATH }, stdio: 'inherit' });
    // Other signals are passed on to the command. We go on, since there may be something to clean up.
    const pass = (ending: NodeJS.Signals) => void child.kill(ending);
    for (const ending of PASSED_ON) process.on(ending, pass);
    child.on('error', (error) => reject(new LabError(`${program} can't be run: ${error.message}`)));
    child.on('close', (status, signal) => {
      process.removeListener('SIGINT', ignore);
      for (const ending of PASSED_ON) process.removeListener(ending, pass);
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
