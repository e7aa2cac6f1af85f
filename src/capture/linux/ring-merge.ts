/** Packets of several rings, in the order of time. */
import type { RingBatch } from './ring-batch.ts';
import type { RingReader } from './ring-reader.ts';

/** What a merge needs of a reader. */
export type MergedReader = Pick<RingReader, 'peek' | 'emptyUntil' | 'seconds' | 'nanoseconds' | 'take'>;

/**
 * Milliseconds that a packet may be ahead of the clock as it was when the merge began. No packet is of the future: one that is
 * further ahead was captured before the clock was set back.
 */
const AHEAD = 200;

/**
 * Milliseconds from a packet's time to when it is in its ring, at the most: it gets its time first, and may wait in the
 * processor's queue then.
 */
export const SETTLING = 10;

/**
 * Appends packets in the order of time. Where a ring has none to take, one may be in the block that the kernel still fills: only
 * those are taken that are older than it could be. Packets from before the clock was set back come first: waiting until the
 * clock is there again would hold up their ring.
 *
 * @param now milliseconds since 1970; infinite where no ring gets any more
 * @param isLast whether nothing is waited for any more
 */
export function mergeRings(
  readers: readonly MergedReader[],
  batch: RingBatch,
  now: number,
  isLast = false,
): void {
  const latest = setTime({ seconds: 0, nanoseconds: 0 }, now + AHEAD);
  const settled = { seconds: 0, nanoseconds: 0 };
  while (batch.count < batch.start.length) {
    let first: MergedReader | undefined;
    let second: MergedReader | undefined;
    let emptyUntil = Number.POSITIVE_INFINITY;
    let isSetBack = false;
    for (const reader of readers) {
      if (!reader.peek()) {
        if (!isLast) emptyUntil = Math.min(emptyUntil, reader.emptyUntil(now));
        continue;
      }
      const isAhead = !isBefore(reader, latest);
      if (isAhead && !isSetBack) {
        isSetBack = true;
        first = undefined;
        second = undefined;
      }
      if (isAhead !== isSetBack) continue;
      if (first === undefined || isBefore(reader, first)) {
        second = first;
        first = reader;
      } else if (second === undefined || isBefore(reader, second)) {
        second = reader;
      }
    }
    if (first === undefined) return;
    let until: Time = second ?? FOREVER;
    setTime(settled, emptyUntil - SETTLING);
    if (!isSetBack && isBefore(settled, until)) {
      until = settled;
      if (!isBefore(first, until)) return;
    }
    first.take(batch, until.seconds, until.nanoseconds);
  }
}

interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const FOREVER: Time = { seconds: Number.POSITIVE_INFINITY, nanoseconds: 0 };

/** @param milliseconds since 1970 */
function setTime(time: { seconds: number; nanoseconds: number }, milliseconds: number): Time {
  time.seconds = Math.floor(milliseconds / 1000);
  time.nanoseconds = Number.isFinite(milliseconds) ? (milliseconds % 1000) * 1e6 : 0;
  return time;
}

/** Or at the same time. */
function isBefore(one: Time, other: Time): boolean {
  return (
    one.seconds < other.seconds || (one.seconds === other.seconds && one.nanoseconds <= other.nanoseconds)
  );
}
