/** What every command that reads packets does around them: open, stop on time, count or signal, say what was dropped. */
import { openCaptureFile } from '../capture/file/open-capture.ts';
import { dropCapabilities, dropPrivileges, type ProcessUser, userToBecome } from '../capture/privileges.ts';
import type { DisplayFilter } from '../display-filter/display-filter.ts';
import {
  CaptureError,
  type InterfaceStatistics,
  type PacketBatch,
  type PacketSource,
} from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import { UsageError } from './errors.ts';
import { type Input, type InputOptions, resolveInput } from './options.ts';
import { hurryOutput, isOutputBehind, openOutput, outputReady } from './standard-output.ts';
import { closeDebugger, onStatusSignal } from './status-signal.ts';

/** Milliseconds that packets may wait in the kernel's buffer where nobody looks at them as they come: each block wakes a process. */
export const UNWATCHED_TIMEOUT = 500;

/**
 * Opens what `-i`, `-r` and the filter's words ask for, and then gives up root where that is asked for or sudo was used: what
 * is read, decoded and written comes after. What is loaded later than this must be readable for that user.
 *
 * @throws {CaptureError | UsageError} where that can't be had
 */
export async function openSource(options: InputOptions, words: readonly string[]): Promise<PacketSource> {
  return (await openSources([options], words))[0] as PacketSource;
}

/** The same for several: root is given up once all are open. Where one can't be had, none is left open. */
export async function openSources(
  inputs: readonly InputOptions[],
  words: readonly string[],
): Promise<PacketSource[]> {
  const opened = await tryOpenSources(inputs, words);
  const failure = opened.find((one) => one instanceof CaptureError);
  if (failure === undefined) return opened as PacketSource[];
  for (const one of opened) if (!(one instanceof CaptureError)) await one.close();
  throw failure;
}

/** The same, with the reason in place of each that can't be had. */
export async function tryOpenSources(
  inputs: readonly InputOptions[],
  words: readonly string[],
): Promise<(PacketSource | CaptureError)[]> {
  const user = userToBecome(inputs[0]?.user);
  const opened: (PacketSource | CaptureError)[] = [];
  try {
    // Before this process has anything that would be worth it.
    closeDebugger();
    openOutput();
    for (const input of inputs) opened.push(await openInput(input, words, user).catch(captureError));
    if (user === undefined) await dropCapabilities();
    else dropPrivileges(user);
  } catch (error) {
    for (const one of opened) if (!(one instanceof CaptureError)) await one.close();
    throw error;
  }
  return opened;
}

function captureError(error: unknown): CaptureError {
  if (error instanceof CaptureError) return error;
  throw error;
}

/** Opens a file once more, as whoever this process is by now. @throws {CaptureError} where that can't be had */
export async function openAgain(options: InputOptions, words: readonly string[]): Promise<PacketSource> {
  return openInput(options, words, undefined);
}

async function openInput(
  options: InputOptions,
  words: readonly string[],
  user: ProcessUser | undefined,
): Promise<PacketSource> {
  const input = resolveInput(options, words);
  try {
    return await openResolved(options, input, user);
  } catch (error) {
    if (input.filter === '') throw error;
    throw await (await import('./capture-filter.ts')).asFilterMistake(error, input.filter);
  }
}

async function openResolved(
  options: InputOptions,
  { from, filter }: Input,
  user: ProcessUser | undefined,
): Promise<PacketSource> {
  if ('file' in from) {
    const source = await openCaptureFile(from.file);
    return filter === '' ? source : (await import('../capture/filter/filter.ts')).filtered(source, filter);
  }
  const interfaces = from.interfaces.length > 0 ? from.interfaces : [await defaultInterface()];
  const { openLive } = await import('../capture/live.ts');
  const { snaplen: snapLength, bufferSize, bufferTimeout, promiscuous, engine } = options;
  return openLive({
    interfaces,
    filter,
    ...(user !== undefined && { user }),
    ...(snapLength !== undefined && { snapLength }),
    ...(bufferSize !== undefined && { bufferSize }),
    ...(bufferTimeout !== undefined && { bufferTimeout }),
    ...(promiscuous !== undefined && { promiscuous }),
    ...(engine !== undefined && { engine }),
  });
}

/** A filter is opened once for each source; what is worth saying of it is said once. */
const said = new Set<string>();

/**
 * The display filter that `-Y` gives, if any. It sees every packet that is read, so that numbers and times stay those of all.
 * What is worth saying of it goes to standard error.
 *
 * @param canLookAhead the capture is read twice where the filter asks what only later packets tell
 * @throws {DisplayFilterError} where it is not understood
 */
export async function openDisplayFilter(
  { displayFilter }: InputOptions,
  canLookAhead = false,
): Promise<DisplayFilter | undefined> {
  if (displayFilter === undefined) return undefined;
  const filter = (await import('../display-filter/display-filter.ts')).compileDisplayFilter(displayFilter);
  const ahead = filter.tracked.find(({ looksAhead }) => looksAhead);
  if (ahead !== undefined && !canLookAhead) {
    throw new UsageError(
      `-Y "${escapeControls(displayFilter)}": only a later packet tells ${ahead.name}, and this command reads packets once; choose them first: tunnelscope -r FILE -Y … -w CHOSEN.pcapng`,
    );
  }
  for (const warning of filter.warnings) {
    if (!said.has(warning)) console.error(`tunnelscope: ${escapeControls(warning)}`);
    said.add(warning);
  }
  return filter;
}

/** The first interface that is up and no loopback, as tcpdump chooses. */
async function defaultInterface(): Promise<string> {
  const { ANY_INTERFACE, listInterfaces } = await import('../host/interfaces.ts');
  const known = listInterfaces();
  const chosen = known.find((entry) => entry.up && !entry.loopback && entry.name !== ANY_INTERFACE);
  if (chosen === undefined) {
    const names = known.map(({ name, up }) => (up ? name : `${name} (down)`)).join(', ');
    throw new UsageError(
      `no interface is up to capture on; name one with -i (there are: ${names}), or a file with -r`,
    );
  }
  return chosen.name;
}

/** Milliseconds. Each look wakes a process that may have nothing else to do. */
const WARN_INTERVAL = 2000;

/** Milliseconds that the writer of a pipe has, after a signal, to hand over what it holds. */
const GRACE = 500;

/** What ends a run from outside. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Hands batch after batch to `visit`, up to `-c` packets and `-a` time; a signal ends a live capture, or a pipe, in good order. Says on
 * standard error what the source could not tell, and for a live capture how many packets came.
 *
 * @param visit is given the batch and how many of its packets to take; the next one comes when standard output has room too
 * @param onEnd is called before anything is said about the end
 */
export async function readPackets(
  source: PacketSource,
  options: InputOptions,
  visit: (batch: PacketBatch, count: number) => void | Promise<void>,
  onEnd: () => void = () => undefined,
): Promise<void> {
  let left = options.count ?? Number.POSITIVE_INFINITY;
  let warned = 0;
  const warn = () => {
    for (; warned < source.warnings.length; warned++) {
      console.error(`tunnelscope: ${escapeControls(source.warnings[warned] as string)}`);
    }
  };
  const stop = () => source.stop();
  let isEnding = false;
  const end = () => {
    // Whoever writes into a pipe got the same Ctrl-C, most likely, and has a rest to hand over; a second one is impatient.
    if (source.isLive || isEnding) stop();
    else grace = setTimeout(stop, GRACE);
    isEnding = true;
    hurryOutput();
  };
  let grace: NodeJS.Timeout | undefined;
  const timer = options.duration === undefined ? undefined : setTimeout(stop, options.duration);
  // A second signal finds the end on its way, and does not break it off.
  if (source.isLive || source.isStream === true) for (const signal of SIGNALS) process.on(signal, end);
  if (source.isLive) {
    // Whoever asked for root knows; sudo's user is who this is by now.
    const asRoot = process.geteuid?.() === 0 && options.user === undefined;
    const offer = asRoot ? ', as root to the end: --user nobody gives that up once all is open' : '';
    console.error(`tunnelscope: capturing on ${escapeControls(source.name)}${offer}`);
    warn();
  }
  // What happens to an interface is told also while no packet comes.
  const watch = source.isLive ? setInterval(warn, WARN_INTERVAL) : undefined;
  let taken = 0;
  const endStatus = onStatusSignal(() => console.error(`tunnelscope: ${countsLine(source, taken)}`));
  try {
    while (left > 0) {
      const batch = await source.next();
      if (batch === undefined) break;
      const count = Math.min(batch.count, left);
      left -= count;
      taken += count;
      await visit(batch, count);
      if (isOutputBehind()) await outputReady();
    }
  } finally {
    onEnd();
    clearTimeout(timer);
    clearTimeout(grace);
    clearInterval(watch);
    warn();
    await source.close();
    endStatus();
    if (source.isLive) reportCounts(source, taken);
    for (const signal of SIGNALS) process.removeListener(signal, end);
  }
}

/**
 * What a live capture came to, on standard error, as tcpdump words it.
 *
 * @param taken packets that were used
 */
export function reportCounts(source: PacketSource, taken: number): void {
  for (const words of countsOf(source, taken)) console.error(words);
  const { interfaces = [] } = source.statistics();
  if (interfaces.length > 1) for (const one of interfaces) reportInterface(one);
}

/** How far reading has come, in one line. */
export function countsLine(source: PacketSource, taken: number): string {
  return source.isLive ? countsOf(source, taken).join(', ') : `${taken} packets read`;
}

function countsOf(source: PacketSource, taken: number): string[] {
  const { dropped, droppedHere = 0, interfaces = [] } = source.statistics();
  const total = (count: (one: InterfaceStatistics) => number) =>
    interfaces.reduce((sum, one) => sum + count(one), 0);
  const byInterface = total((one) => one.droppedAt ?? 0);
  return [
    `${taken} packets captured`,
    ...(interfaces.length > 0 ? [`${total((one) => one.passedFilter)} packets received by filter`] : []),
    dropped === undefined
      ? 'packets dropped by the kernel: not known (this capture source can’t tell)'
      : `${dropped} packets dropped by kernel`,
    ...(byInterface > 0 ? [`${byInterface} packets dropped by interface`] : []),
    ...(droppedHere > 0
      ? [`${droppedHere} packets dropped here, which came faster than they were taken`]
      : []),
  ];
}

function reportInterface({ name, passedFilter, dropped, freezes, droppedAt = 0 }: InterfaceStatistics): void {
  const full = freezes > 0 ? ` (its buffer was full ${freezes} times)` : '';
  const device = droppedAt > 0 ? `, ${droppedAt} by interface` : '';
  console.error(
    `  ${escapeControls(name)}: ${passedFilter} received by filter, ${dropped} dropped by kernel${full}${device}`,
  );
}
