/** The order of several rings' packets, also where the clock is set back: times are held against a list sorted by hand. */
import { describe, expect, it } from 'vitest';
import type { RingBatch } from '../../../src/capture/linux/ring-batch.ts';
import { type MergedReader, mergeRings } from '../../../src/capture/linux/ring-merge.ts';

const WINDOW = 12;

/** Takes from rings whose packets are given by their times in milliseconds. @returns the times, as they come out */
function merged(rings: readonly (readonly number[])[], now: number): number[] {
  const out: number[] = [];
  const batch = {
    start: new Int32Array(100),
    get count() {
      return out.length;
    },
  } as unknown as RingBatch;
  const readers = rings.map((ring): MergedReader => {
    const left = [...ring];
    const time = () => left[0] as number;
    return {
      peek: () => left.length > 0,
      get seconds() {
        return Math.floor(time() / 1000);
      },
      get nanoseconds() {
        return (time() % 1000) * 1e6;
      },
      take(_, seconds, nanoseconds) {
        while (left.length > 0 && time() <= seconds * 1000 + nanoseconds / 1e6) {
          out.push(left.shift() as number);
        }
      },
    };
  });
  mergeRings(readers, () => true, batch, now, WINDOW);
  return out;
}

describe('several rings', () => {
  it.each<[what: string, rings: number[][], now: number, expected: number[]]>([
    ['are merged while each has packets', [[1000, 1004], [1001]], 1005, [1000, 1001]],
    ['wait where an empty one may have an older packet', [[1000], []], 1005, []],
    ['wait no longer than the window', [[1000, 1020], []], 1012, [1000]],
    ['give all where none gets any more', [[1000], []], Number.POSITIVE_INFINITY, [1000]],
    ['give what is from before the clock was set back', [[60_000, 60_001], []], 2000, [60_000, 60_001]],
    ['give it beside packets that wait', [[60_000], [1999], []], 2000, [60_000]],
    ['give it in its own order', [[60_000, 60_002], [60_001], []], 2000, [60_000, 60_001, 60_002]],
  ])('%s', (_, rings, now, expected) => {
    expect(merged(rings, now)).toEqual(expected);
  });
});
