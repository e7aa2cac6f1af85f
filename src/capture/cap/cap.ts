/** Live capture through the package `cap`, a binding to libpcap: portable, with the limits that its warning tells. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { parseNamedInterface } from '../../host/containers/named-interface.ts';
import { ANY_INTERFACE, listInterfaces } from '../../host/interfaces.ts';
import { findKoffi } from '../../host/koffi.ts';
import { isSingleExecutable } from '../../host/single-executable.ts';
import { fromCapName } from '../../packet/link-type.ts';
import { CaptureError, type PacketSource } from '../../packet/source.ts';
import { becomeUser, type ProcessUser } from '../become-user.ts';
import { streamBytes } from '../file/byte-source.ts';
import { openPcapngBlocks } from '../file/pcapng-file.ts';
import { filterFailure } from '../filter/libpcap.ts';
import { becomeFailure, noCapturePermission } from '../privileges.ts';
import {
  type CapChildFailure,
  type CapChildOptions,
  type CapChildReport,
  captureInChild,
  PACKETS_FD,
} from './cap-child.ts';

export interface CapOptions {
  /** At least one; `any` for all. */
  readonly interfaces: readonly string[];
  /** libpcap's filter language; everything where empty or not given. */
  readonly filter?: string;
  /** The most bytes kept of a packet; 65,535, cap's own, where 0, larger or not given. */
  readonly snapLength?: number;
  /** Whom the process that captures is to become once everything is open. */
  readonly user?: ProcessUser;
  /** Why it is this that captures, for the user; default: its choice. */
  readonly because?: string;
}

const CAP_SNAP_LENGTH = 65_535;
/** How much the capturing process keeps for us while we are busy. */
const BACKLOG = 64 << 20;
/** How long the capturing process may take to hand out what it has, in milliseconds, once it was asked to end. */
const PATIENCE = 2000;

/** if_tsresol of the times that the capturing process takes. */
const MICROSECONDS = 6;

const LIMITS =
  'which does not report the kernel’s time stamps (times shown are those of arrival here), the packets that the kernel dropped, or the length of packets over 65,535 bytes';

const NO_ANY =
  'because npm cap needs promiscuous mode, which this libpcap does not have on any: interfaces that appear later are not captured';

/**
 * Captures live. Resolves when packets are being captured.
 *
 * @throws {CaptureError} if an interface does not exist or is down, permission is missing, the filter is not understood,
 *   or `cap` is not installed
 */
export async function openCap(options: CapOptions): Promise<PacketSource> {
  const { filter = '', snapLength = 0, user, because } = options;
  const asked = options.interfaces.map((name) => deviceHere(name, because));
  checkInterfaces(asked);
  const kept = snapLength > 0 ? Math.min(snapLength, CAP_SNAP_LENGTH) : CAP_SNAP_LENGTH;
  const start = (interfaces: readonly string[]) =>
    openChild({ capPath: findCap(because), interfaces, filter, snapLength: kept, backlog: BACKLOG }, user);
  let opened = await start(asked);
  const isAnyRefused = 'failed' in opened.report && isPromiscuousRefused(opened.report);
  if (isAnyRefused) opened = await start([...new Set(asked.flatMap(eachOfAny))]);
  const { child, interfaces, errors, report } = opened;
  if ('failed' in report) throw new CaptureError(openFailure(report, filter, because));
  const described = interfaces.map((name, index) => ({
    name,
    linkType: fromCapName(report.opened[index] as string),
    snapLength: kept,
    timeResolution: MICROSECONDS,
  }));
  const blocks = streamBytes(child.stdio[PACKETS_FD] as Readable, interfaces.join(', '));
  const notices = isAnyRefused ? [`any: captured on ${interfaces.join(', ')} one by one, ${NO_ANY}`] : [];
  return live(child, openPcapngBlocks(blocks, described), errors, because, notices);
}

/** libpcap from 1.10.5 on; npm cap takes the warning for a failure, and always asks for that mode. */
function isPromiscuousRefused({ failed, interface: name, message }: CapChildFailure): boolean {
  return failed === 'open' && name === ANY_INTERFACE && /promiscuous/i.test(message);
}

function eachOfAny(name: string): string[] {
  if (name !== ANY_INTERFACE) return [name];
  return listInterfaces()
    .filter((one) => one.up && one.name !== ANY_INTERFACE)
    .map((one) => one.name);
}

interface Opened {
  readonly child: ChildProcess;
  readonly interfaces: readonly string[];
  /** What the child said on standard error. */
  readonly errors: () => string;
  readonly report: CapChildReport;
}

/** Starts the process that captures; it is ended where it could not. */
async function openChild(options: CapChildOptions, user: ProcessUser | undefined): Promise<Opened> {
  const child = startChild(options, user);
  const errors = collect(child.stderr as Readable);
  const report = await readReport(child, errors);
  if ('failed' in report) child.kill('SIGKILL');
  return { child, interfaces: options.interfaces, errors, report };
}

function live(
  child: ChildProcess,
  packets: PacketSource,
  errors: () => string,
  because: string | undefined,
  notices: readonly string[],
): PacketSource {
  const { name, interfaces } = packets;
  const reason = because === undefined ? '' : ` (${because})`;
  const warnings = [...notices, `${name}: captured through npm cap${reason}, ${LIMITS}`];
  let stopped = false;
  let ended = false;
  let patience: NodeJS.Timeout | undefined;

  function stop(): void {
    if (stopped) return;
    stopped = true;
    child.stdin?.end();
    patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    patience.unref();
  }

  return {
    name,
    interfaces,
    isLive: true,
    warnings,
    timesAreArrival: true,
    async next() {
      if (ended) return undefined;
      const batch = await packets.next();
      if (batch !== undefined) return batch;
      ended = true;
      if (!stopped) throw new CaptureError(endFailure(name, interfaces, errors()));
      return undefined;
    },
    stop,
    statistics() {
      const { received, dropped = 0 } = packets.statistics();
      return { received, dropped: undefined, droppedHere: dropped };
    },
    async close() {
      stop();
      clearTimeout(patience);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await packets.close();
    },
  };
}

function findCap(because: string | undefined): string {
  // The process that captures is Node's own, which an executable has inside but does not hand out.
  if (isSingleExecutable()) {
    const reason = because === undefined ? '' : `${because}; `;
    throw new CaptureError(
      `${reason}this executable can't capture through libpcap; leave --engine cap out, or run: npm install --global tunnelscope cap`,
    );
  }
  try {
    return createRequire(import.meta.filename).resolve('cap');
  } catch {
    throw new CaptureError(capMissing(because));
  }
}

/** It comes with no installation: it is built by a compiler, and only where there is no ring of use. */
function capMissing(because: string | undefined): string {
  const reason = because === undefined ? '' : `${because}; `;
  return `${reason}capturing through libpcap needs the package cap, which is not installed or not built; run: apt-get install libpcap-dev g++ make python3 (or your system’s equivalent), then npm install cap (with --global if tunnelscope is)`;
}

/** libpcap knows nothing of network namespaces. */
function deviceHere(name: string, because = 'leave --engine cap out'): string {
  if (process.platform !== 'linux') return name;
  const { namespace, device } = parseNamedInterface(name);
  if (namespace === undefined) return device;
  throw new CaptureError(`${name}: npm cap captures only in its own network namespace; ${because}`);
}

/** Names libpcap's list may have beyond the kernel's are left to libpcap. */
function checkInterfaces(names: readonly string[]): void {
  if (process.platform !== 'linux') return;
  const known = listInterfaces();
  for (const name of names) {
    const entry = known.find((one) => one.name === name);
    if (entry !== undefined && !entry.up) throw new CaptureError(interfaceDown(name));
  }
}

function interfaceDown(name: string): string {
  return `${name} is down; bring it up (ip link set ${name} up), or choose another`;
}

/** On SIGUSR1 Node opens its debugger; where it can't be told not to, the child has a moment at its start when it would. */
const NO_DEBUGGER = process.allowedNodeEnvironmentFlags.has('--disable-sigusr1') ? ['--disable-sigusr1'] : [];

function startChild(options: CapChildOptions, user: ProcessUser | undefined): ChildProcess {
  // NODE_OPTIONS may load what does not belong into a process that captures.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const whenOpened =
    user === undefined
      ? '() => undefined'
      : `() => (${becomeUser})(require, ${JSON.stringify(user)}, ${JSON.stringify(findKoffi())})`;
  const text = `(${captureInChild})(require, ${JSON.stringify(options)}, ${whenOpened})`;
  return spawn(process.execPath, [...NO_DEBUGGER, '-e', text], {
    // A session of its own: Ctrl-C is for us, who then ask the child to end.
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
}

/** What a stream says, up to a length that a message can have. */
function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (piece: string) => {
    text = (text + piece).slice(-4096);
  });
  return () => text;
}

async function readReport(child: ChildProcess, errors: () => string): Promise<CapChildReport> {
  const said = collect(child.stdout as Readable);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    // Closed, not just ended: everything that it said is here then.
    child.once('close', () => reject(new Error(errors().trim() || 'it ended at once')));
  });
  failed.catch(() => undefined);
  try {
    while (!said().includes('\n')) await Promise.race([once(child.stdout as Readable, 'data'), failed]);
  } catch (error) {
    const line = (error as Error).message.split('\n').at(-1);
    if (!said().includes('\n'))
      throw new CaptureError(`the capture could not be started (${line}); try again`);
  }
  return JSON.parse(said().slice(0, said().indexOf('\n'))) as CapChildReport;
}

function openFailure(report: CapChildFailure, filter: string, because: string | undefined): string {
  const { failed, message, code, interface: name = '' } = report;
  if (failed === 'load') return capMissing(because);
  if (failed === 'user')
    return `the capturing process could not give up root: ${becomeFailure(code, message)}`;
  if (failed === 'filter') return filterFailure(filter, message, undefined);
  if (/no such device/i.test(message)) return noSuchInterface(name);
  if (/permi|cap_net_raw/i.test(message)) {
    return noCapturePermission(name);
  }
  if (/not up|is down/i.test(message)) return interfaceDown(name);
  return `can't capture on ${name}: ${message.trim()}; list the interfaces with: tunnelscope interfaces`;
}

function noSuchInterface(name: string): string {
  const known = listInterfaces().map((entry) => entry.name);
  return `no such interface: ${name} (available: ${known.join(', ')})`;
}

/** cap aborts where an interface goes down or away; which one is seen from what is left. */
function endFailure(name: string, interfaces: PacketSource['interfaces'], errors: string): string {
  const known = listInterfaces();
  const lost = interfaces.find((one) => !known.some((entry) => entry.up && entry.name === one.name));
  if (lost !== undefined)
    return `${lost.name} went down or was removed: the capture ended; bring it up and start again`;
  const reason = errors.includes('Assertion') ? 'an interface went down' : errors.trim().split('\n').at(-1);
  return `${name}: the capture ended by itself (${reason || 'no reason given'}); start again`;
}
