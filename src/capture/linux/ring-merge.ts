/** Packets of several rings, in the order of time. */
import type { RingBatch } from './ring-batch.ts';
import type { RingReader } from './ring-reader.ts';

/** What a merge needs of a reader. */
export type MergedReader = Pick<RingReader, 'peek' | 'seconds' | 'nanoseconds' | 'take'>;

/**
 * Milliseconds that a packet may be ahead of the clock as it was when the merge began. No packet is of the future: one that is
 * further ahead was captured before the clock was set back.
 */
const AHEAD = 200;

/**
 * Appends packets in the order of time. Where a ring that has none may still have one that is older, only those are taken that
 * are older than `window`. Packets from before the clock was set back come first: waiting until the clock is there again would
 * hold up their ring.
 *
 * @param mayHaveMore whether the ring with this number may get packets
 * @param now milliseconds since 1970; infinite where no ring gets any more
 * @param window milliseconds after which packets are in their ring for certain
 */
export function mergeRings(
  readers: readonly MergedReader[],
  mayHaveMore: (index: number) => boolean,
  batch: RingBatch,
  now: number,
  window: number,
): void {
  const settled = createTime(now - window);
  const latest = createTime(now + AHEAD);
  while (batch.count < batch.start.length) {
    let first: MergedReader | undefined;
    let second: MergedReader | undefined;
    let isSettled = true;
    let isSetBack = false;
    for (const [index, reader] of readers.entries()) {
      if (!reader.peek()) {
        if (mayHaveMore(index)) isSettled = false;
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
    if (!isSetBack && !isSettled && isBefore(settled, until)) {
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
function createTime(milliseconds: number): Time {
  if (milliseconds === Number.POSITIVE_INFINITY) return FOREVER;
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: (milliseconds % 1000) * 1e6 };
}

/** Or at the same time. */
function isBefore(one: Time, other: Time): boolean {
  return (
    one.seconds < other.seconds || (one.seconds === other.seconds && one.nanoseconds <= other.nanoseconds)
  );
}
