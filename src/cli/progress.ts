/** How far a file is read, in a line on standard error that is drawn over and over: on a terminal, from the second second on. */

import type { CaptureStatistics, PacketSource } from '../packet/source.ts';
import { isTerminal } from './is-terminal.ts';
import { onTerminalOutput } from './standard-output.ts';

/** Milliseconds: what takes less needs no line. */
const PATIENCE = 1000;
/** Milliseconds between two looks. */
const TICK = 250;
const UNKNOWN_COLUMNS = 80;
const [STANDARD_OUTPUT, STANDARD_ERROR] = [1, 2];
const CLEAR = '\r\x1b[K';

export interface Progress {
  /** Draws the line, where it is time for one. */
  tick(): void;
  /** Takes the line off the terminal, until the next tick. */
  hide(): void;
}

/**
 * @param statistics of the source that is read
 * @param now milliseconds, of a clock that goes evenly
 * @param write to the terminal
 * @param columns of the terminal
 */
export function createProgress(
  statistics: () => CaptureStatistics,
  now: () => number,
  write: (text: string) => void,
  columns: () => number,
): Progress {
  const begin = now();
  let isShown = false;
  return {
    tick() {
      const milliseconds = now() - begin;
      if (milliseconds < PATIENCE) return;
      const line = progressLine(statistics(), milliseconds / 1000);
      // A line that fills the last column would be two, and one of them would stay.
      write(CLEAR + line.slice(0, Math.max(columns() - 1, 0)));
      isShown = true;
    },
    hide() {
      if (isShown) write(CLEAR);
      isShown = false;
    },
  };
}

/** `42%, 1,234,567 packets, 812,345 packets/s, 12 s left`. */
export function progressLine(
  { readShare, received, examined = received }: CaptureStatistics,
  seconds: number,
): string {
  const whole = (value: number) => Math.round(value).toLocaleString('en-US');
  const parts = [`${whole(examined)} packets`, `${whole(examined / seconds)} packets/s`];
  if (readShare === undefined) return parts.join(', ');
  // Never 100%: what is read is not yet all that is to be done.
  parts.unshift(`${Math.min(Math.floor(readShare * 100), 99)}%`);
  if (readShare > 0) parts.push(timeLeft((seconds / readShare) * (1 - readShare)));
  return parts.join(', ');
}

function timeLeft(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min left` : `${Math.ceil(minutes / 60)} h left`;
}

/** Of the packets that `-c` asks for, where fewer are wanted than there are. */
export function ofWanted(statistics: CaptureStatistics, count: number | undefined): CaptureStatistics {
  if (count === undefined) return statistics;
  const { readShare = 0, received } = statistics;
  return { ...statistics, readShare: Math.min(Math.max(readShare, received / count), 1) };
}

/**
 * Shows how far a source is read until its reader says that it has ended; nothing of what comes live, or through a pipe.
 *
 * @returns `hide` for whoever writes to standard error meanwhile, and `end`
 */
export function showProgress(
  source: PacketSource,
  { quiet = false, count }: { readonly quiet?: boolean; readonly count?: number },
): { hide(): void; end(): void } {
  const isShown = !quiet && !source.isLive && source.isStream !== true && isTerminal(STANDARD_ERROR);
  if (!isShown) return { hide() {}, end() {} };
  const progress = createProgress(
    () => ofWanted(source.statistics(), count),
    () => performance.now(),
    (text) => process.stderr.write(text),
    // A terminal may not know, and says 0.
    () => process.stderr.columns || UNKNOWN_COLUMNS,
  );
  const timer = setInterval(progress.tick, TICK);
  if (isTerminal(STANDARD_OUTPUT)) onTerminalOutput(progress.hide);
  return {
    hide: progress.hide,
    end() {
      clearInterval(timer);
      onTerminalOutput(undefined);
      progress.hide();
    },
  };
}
