/** Pings that go on, every point of their way captured, and the path view on the screen. */

import type { Engine } from '../../../../capture/live.ts';
import { isSingleExecutable } from '../../../../host/single-executable.ts';
import { bringDown } from '../../../../lab/network/down.ts';
import { journalNames } from '../../../../lab/network/journal.ts';
import { LabError } from '../../../../lab/network/lab-error.ts';
import { findLab, type Lab } from '../../../../lab/network/labs.ts';
import { namespaceName, type Point } from '../../../../lab/network/network.ts';
import { type Pinger, startPinger } from '../../../../lab/network/pinger.ts';
import { nodeWords, pingWords, runHere } from '../../../../lab/network/run.ts';
import { escapeControls } from '../../../../text/printable.ts';
import { UsageError } from '../../../errors.ts';
import { isTerminal } from '../../../is-terminal.ts';
import { showOnScreen } from '../../show/show-on-screen.ts';

export interface WatchOptions {
  from?: string | undefined;
  to?: string | undefined;
  /** Seconds between two pings. */
  interval?: number;
  engine?: Engine;
  /** Who to become once all is open, as for any capture. */
  user?: string;
}

const DEFAULT_INTERVAL = 1;
const OURSELVES = isSingleExecutable() ? [process.execPath] : [process.execPath, process.argv[1] as string];
/** The most that ping counts. */
const ENDLESS = 2 ** 31 - 1;

/** @returns the exit code */
export async function watch(lab: Lab, options: WatchOptions): Promise<number> {
  requireTerminal();
  const { from, to, interval = DEFAULT_INTERVAL, engine } = options;
  const { path } = lab.network;
  const [nearest] = path;
  if (nearest === undefined) {
    throw new LabError(`network ${lab.network.name} has no path for its ping; add path: to its file`);
  }
  const pinger = await startPinger(pingWords(lab, { from, to, interval, count: ENDLESS }));
  try {
    const reason = engine === 'cap' ? 'npm cap can’t look into namespaces' : await reasonAgainstRing();
    return reason === undefined
      ? await watchAll(lab, options, pinger)
      : await watchOne(lab, lastOnFirstHost(lab, nearest), reason, pinger);
  } finally {
    await pinger.end();
  }
}

/** Why the ring, which can look into other namespaces, can't be had; undefined if it can. */
async function reasonAgainstRing(): Promise<string | undefined> {
  const { libc } = await import('../../../../host/libc.ts');
  try {
    libc();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function watchAll(lab: Lab, { user }: WatchOptions, pinger: Pinger): Promise<number> {
  const { here, missing } = await pointsThere(lab);
  const notices = missing.map(
    ({ node, device }) => `${node} ${device} is missing: the path is shown without it`,
  );
  if (here.length === 0) throw new LabError(`no point of the ping’s path exists; ${notices.join('; ')}`);
  const points = here.map(({ node, device }) => `${namespaceName(lab.name, node)}:${device}`);
  const options = { interface: points, ...(user !== undefined && { user }) };
  return showOnScreen(options, [], { view: 'path', notices, onOpen: () => pinger.begin() });
}

/** The way's points that the kernel has now: in a broken network a tunnel's device may never have been, or be gone. */
async function pointsThere({ name, network }: Lab): Promise<{ here: Point[]; missing: Point[] }> {
  const { linksIn, parseInterfaceName } = await import('../../../../host/namespace.ts');
  const has = ({ node, device }: Point) => {
    const { namespace } = parseInterfaceName(`${namespaceName(name, node)}:${device}`);
    return linksIn(namespace).some((link) => link.name === device);
  };
  const here = network.path.filter(has);
  return { here, missing: network.path.filter((point) => !here.includes(point)) };
}

/** Where the envelope is on: the way out of the first host, or the first point where no host is passed. */
function lastOnFirstHost({ network }: Lab, nearest: Point): Point {
  const host = network.path.find(({ node }) => network.nodes[node]?.kind === 'host')?.node;
  return network.path.findLast(({ node }) => node === host) ?? nearest;
}

/** Another of us, inside the node's namespace. */
function watchOne(lab: Lab, { node, device }: Point, reason: string, pinger: Pinger): Promise<number> {
  console.error(`tunnelscope: ${escapeControls(reason)}; watching one point of the path: ${node} ${device}`);
  pinger.begin();
  return runHere(nodeWords(lab, node, [...OURSELVES, '-T', 'tui', '--engine', 'cap', '-i', device]));
}

/**
 * Watches a lab; where none of that name is up, brings the network up before and takes it down afterwards.
 *
 * @param name the lab's
 * @param bringUp is asked to bring it up
 */
export async function watchNetwork(
  name: string,
  options: WatchOptions,
  bringUp: () => Promise<void>,
): Promise<number> {
  if (journalNames().includes(name)) return watch(findLab(name), options);
  requireTerminal();
  await bringUp();
  try {
    // Root is given up for a capture, and needed again to take the lab down: a process of its own watches.
    return await runHere([...OURSELVES, 'lab', 'watch', '--lab', name, ...flagsOf(options)]);
  } finally {
    // Somebody may have taken it down from elsewhere meanwhile.
    if (journalNames().includes(name)) await bringDown(name);
  }
}

function flagsOf({ from, to, interval, engine, user }: WatchOptions): string[] {
  return Object.entries({ from, to, interval, engine, user }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}

function requireTerminal(): void {
  if (isTerminal(1)) return;
  throw new UsageError(
    'lab watch shows pings on a terminal, and standard output is not one; run it in a terminal',
  );
}
