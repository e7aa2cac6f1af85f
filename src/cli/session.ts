/** What every command that reads packets does around them: open, stop on time, count or signal, say what was dropped. */
import { openCaptureFile } from '../capture/open-capture.ts';
import { dropCapabilities, dropPrivileges, type ProcessUser, userToBecome } from '../capture/privileges.ts';
import {
  CaptureError,
  type InterfaceStatistics,
  type PacketBatch,
  type PacketSource,
} from '../capture/source.ts';
import type { DisplayFilter } from '../display-filter/display-filter.ts';
import { escapeControls, UsageError } from './errors.ts';
import { type Input, type InputOptions, resolveInput } from './options.ts';

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
    return filter === '' ? source : (await import('../capture/filter.ts')).filtered(source, filter);
  }
  const interfaces = from.interfaces.length > 0 ? from.interfaces : [await defaultInterface()];
  const { openLive } = await import('../capture/live.ts');
  const { snaplen: snapLength, bufferSize, promiscuous, engine } = options;
  return openLive({
    interfaces,
    filter,
    ...(user !== undefined && { user }),
    ...(snapLength !== undefined && { snapLength }),
    ...(bufferSize !== undefined && { bufferSize }),
    ...(promiscuous !== undefined && { promiscuous }),
    ...(engine !== undefined && { engine }),
  });
}

/**
 * The display filter that `-Y` gives, if any. It sees every packet that is read, so that numbers and times stay those of all.
 *
 * @throws {DisplayFilterError} where it is not understood
 */
export async function openDisplayFilter({ displayFilter }: InputOptions): Promise<DisplayFilter | undefined> {
  if (displayFilter === undefined) return undefined;
  return (await import('../display-filter/display-filter.ts')).compileDisplayFilter(displayFilter);
}

/** The first interface that is up and no loopback, as tcpdump chooses. */
async function defaultInterface(): Promise<string> {
  const { ANY_INTERFACE, listInterfaces } = await import('../capture/interfaces.ts');
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

/** Milliseconds. */
const WARN_INTERVAL = 250;

/** What ends a run from outside. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Hands batch after batch to `visit`, up to `-c` packets and `-a` time; a signal ends a live capture in good order. Says on
 * standard error what the source could not tell, and for a live capture how many packets came.
 *
 * @param visit is given the batch and how many of its packets to take
 * @param onEnd is called before anything is said about the end
 */
export async function readPackets(
  source: PacketSource,
  options: InputOptions,
  visit: (batch: PacketBatch, count: number) => void,
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
  const timer = options.duration === undefined ? undefined : setTimeout(stop, options.duration);
  if (source.isLive) {
    // A second signal finds the end on its way, and does not break it off.
    for (const signal of SIGNALS) process.on(signal, stop);
    console.error(`tunnelscope: capturing on ${escapeControls(source.name)}`);
    warn();
  }
  // What happens to an interface is told also while no packet comes.
  const watch = source.isLive ? setInterval(warn, WARN_INTERVAL) : undefined;
  let taken = 0;
  try {
    while (left > 0) {
      const batch = await source.next();
      if (batch === undefined) break;
      const count = Math.min(batch.count, left);
      left -= count;
      taken += count;
      visit(batch, count);
    }
  } finally {
    onEnd();
    clearTimeout(timer);
    clearInterval(watch);
    warn();
    await source.close();
    if (source.isLive) reportCounts(source, taken);
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}

/**
 * What a live capture came to, on standard error, as tcpdump words it.
 *
 * @param taken packets that were used
 */
export function reportCounts(source: PacketSource, taken: number): void {
  const { dropped, droppedHere = 0, interfaces = [] } = source.statistics();
  const total = (count: (one: InterfaceStatistics) => number) =>
    interfaces.reduce((sum, one) => sum + count(one), 0);
  console.error(`${taken} packets captured`);
  if (interfaces.length > 0) console.error(`${total((one) => one.passedFilter)} packets received by filter`);
  console.error(
    dropped === undefined
      ? 'packets dropped by the kernel: not known (this capture source can’t tell)'
      : `${dropped} packets dropped by kernel`,
  );
  const byInterface = total((one) => one.droppedAt ?? 0);
  if (byInterface > 0) console.error(`${byInterface} packets dropped by interface`);
  if (droppedHere > 0)
    console.error(`${droppedHere} packets dropped here, which came faster than they were taken`);
  if (interfaces.length > 1) for (const one of interfaces) reportInterface(one);
}

function reportInterface({ name, passedFilter, dropped, freezes, droppedAt = 0 }: InterfaceStatistics): void {
  const full = freezes > 0 ? ` (its buffer was full ${freezes} times)` : '';
  const device = droppedAt > 0 ? `, ${droppedAt} by interface` : '';
  console.error(
    `  ${escapeControls(name)}: ${passedFilter} received by filter, ${dropped} dropped by kernel${full}${device}`,
  );
}
