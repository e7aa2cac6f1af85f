/** Reads a source to its end: stops on time, count or signal, and says what came and what was dropped. */
import type { InterfaceStatistics, PacketBatch, PacketSource } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import { counted } from '../text/words.ts';
import type { InputOptions } from './input-options.ts';
import { showProgress } from './progress.ts';
import { SIGNALS } from './signals.ts';
import { hurryOutput, isOutputBehind, outputReady } from './standard-output.ts';
import { onStatusSignal } from './status-signal.ts';

/** Milliseconds. Each look wakes a process that may have nothing else to do. */
const WARN_INTERVAL = 2000;

/** Milliseconds that the writer of a pipe has, after a signal, to hand over what it holds. */
const GRACE = 500;

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
  const timer = options.autostop === undefined ? undefined : setTimeout(stop, options.autostop);
  // A second signal finds the end on its way, and does not break it off.
  if (source.isLive || source.isStream === true) for (const signal of SIGNALS) process.on(signal, end);
  const isTold = source.isLive && options.silent !== true;
  if (isTold) {
    // Whoever asked for root knows; sudo's user is who this is by now.
    const asRoot = process.geteuid?.() === 0 && options.user === undefined;
    const offer = asRoot ? ', as root throughout: --user nobody gives root up once everything is open' : '';
    console.error(`tunnelscope: capturing on ${escapeControls(source.name)}${offer}`);
  }
  if (source.isLive) warn();
  // What happens to an interface is told also while no packet comes.
  const watch = source.isLive ? setInterval(warn, WARN_INTERVAL) : undefined;
  let taken = 0;
  const progress = showProgress(source, options);
  const endStatus = onStatusSignal(() => {
    progress.hide();
    console.error(`tunnelscope: ${countsLine(source, taken)}`);
  });
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
    progress.end();
    onEnd();
    clearTimeout(timer);
    clearTimeout(grace);
    clearInterval(watch);
    warn();
    await source.close();
    endStatus();
    if (isTold) reportCounts(source, taken);
    // A pipe that ends by itself is read like a file; one that somebody ends was live to them.
    else if (isEnding && options.silent !== true) console.error(`tunnelscope: ${countsLine(source, taken)}`);
    for (const signal of SIGNALS) process.removeListener(signal, end);
  }
}

/**
 * When a source's packets ended, by interface, in seconds since 1970: for a live capture now, where it was stopped; 0, with the last packet,
 * where that was the last of a number that was asked for; undefined where a file does not tell.
 *
 * @param taken packets
 */
export function endOf(
  source: PacketSource,
  { count }: InputOptions,
  taken: number,
): (interfaceIndex: number) => number | undefined {
  if (count !== undefined && taken >= count) return () => 0;
  if (source.isLive) {
    const now = Date.now() / 1000;
    // What another clock shows now is not known here.
    return (index) => (source.interfaces[index]?.clock === undefined ? now : undefined);
  }
  const { endedAt } = source.statistics();
  return (index) => endedAt?.[index];
}

/**
 * The counts of a live capture, on standard error, in tcpdump's words.
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
  return source.isLive ? countsOf(source, taken).join(', ') : `${counted(taken, 'packet')} read`;
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
      ? [`${droppedHere} packets dropped by tunnelscope: they came faster than it could take them`]
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
