/** The order of several rings' packets, also where the clock is set back: times are held against a list sorted by hand. */
import { describe, expect, it } from 'vitest';
import type { RingBatch } from '../../../src/capture/linux/ring-batch.ts';
import { type MergedReader, mergeRings } from '../../../src/capture/linux/ring-merge.ts';

/** A ring by its packets' times in milliseconds, or those that can be taken, and when its open block was last seen empty. */
type Ring = readonly number[] | { readonly packets: readonly number[]; readonly emptyAt: number };

/** @returns the times, as they come out */
function merged(rings: readonly Ring[], now: number, isLast = false): number[] {
  const out: number[] = [];
  const batch = {
    start: new Int32Array(100),
    get count() {
      return out.length;
    },
  } as unknown as RingBatch;
  const readers = rings.map((ring): MergedReader => {
    const { packets, emptyAt } =
      'packets' in ring ? ring : { packets: ring, emptyAt: Number.POSITIVE_INFINITY };
    const left = [...packets];
    const time = () => left[0] as number;
    return {
      peek: () => left.length > 0,
      emptyUntil: (asked) => Math.min(asked, emptyAt),
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
  mergeRings(readers, batch, now, isLast);
  return out;
}

const ENDED = Number.POSITIVE_INFINITY;

describe('several rings', () => {
  it.each<[what: string, rings: Ring[], now: number, expected: number[]]>([
    ['are merged while each has packets', [[1000, 1004], [1001]], 1005, [1000, 1001]],
    ['wait where one that was on its way may not be in its ring yet', [[1000], []], 1005, []],
    ['wait for an empty ring no longer than that', [[1000, 1020], []], 1012, [1000]],
    [
      'wait for what is in an open block, however long it takes',
      [[1000, 1020, 1040], { packets: [], emptyAt: 1030 }],
      1500,
      [1000, 1020],
    ],
    [
      'wait for each of several',
      [[1020], { packets: [], emptyAt: 1500 }, { packets: [], emptyAt: 1025 }],
      1500,
      [],
    ],
    ['give all where none gets any more', [[1000], []], ENDED, [1000]],
    ['wait for open blocks also then', [[1000, 1040], { packets: [], emptyAt: 1030 }], ENDED, [1000]],
    ['give what is from before the clock was set back', [[60_000, 60_001], []], 2000, [60_000, 60_001]],
    ['give it beside packets that wait', [[60_000], [1999], []], 2000, [60_000]],
    ['give it in its own order', [[60_000, 60_002], [60_001], []], 2000, [60_000, 60_001, 60_002]],
  ])('%s', (_, rings, now, expected) => {
    expect(merged(rings, now)).toEqual(expected);
  });

  it('give all where nothing is waited for any more', () => {
    expect(
      merged([[1000, 1040], { packets: [1020], emptyAt: 1010 }, { packets: [], emptyAt: 0 }], ENDED, true),
    ).toEqual([1000, 1020, 1040]);
  });
});
