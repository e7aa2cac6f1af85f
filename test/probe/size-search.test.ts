import { describe, expect, it } from 'vitest';
import { findLargest, type SizeTrial } from '../../src/probe/size-search.ts';

/** A way that takes so many bytes. */
async function search(end: number, likely: readonly number[], tells = false, most = 20) {
  const tried: number[] = [];
  const largest = await findLargest({
    ...{ from: 84, to: 1500, likely, most },
    attempt: async (size): Promise<SizeTrial> => {
      tried.push(size);
      return { size, passed: size <= end, ...(tells && size > end && { toldMtu: end }) };
    },
  });
  return { largest, tried };
}

describe('the largest size that passes', () => {
  it.each<[what: string, end: number, likely: number[], tells: boolean, tried: number[]]>([
    ['all pass', 1500, [1500, 1450], false, [1500]],
    ['a device’s MTU', 1450, [1500, 1450], false, [1500, 1450, 1451]],
    ['as somebody told', 1333, [1450], true, [1500, 1333, 1334]],
    ['the smaller of two', 1400, [1450, 1400], false, [1500, 1450, 1400, 1401]],
  ])('%s', async (_what, end, likely, tells, expected) => {
    expect(await search(end, likely, tells)).toEqual({ largest: end, tried: expected });
  });

  it('every end is found, with some twenty tries at most, and no size is tried twice', async () => {
    for (let end = 84; end <= 1500; end += 3) {
      const { largest, tried } = await search(end, [1500, 1450, 1400]);
      expect(largest).toBe(end);
      expect(tried.length).toBeLessThanOrEqual(16);
      expect(new Set(tried).size).toBe(tried.length);
    }
  });

  it('where tries run out, nothing is claimed', async () => {
    expect((await search(700, [], false, 5)).largest).toBeUndefined();
  });

  it('a refusal that tells nonsense does no harm', async () => {
    const largest = await findLargest({
      ...{ from: 84, to: 1500, likely: [Number.NaN, 0, 70_000], most: 20 },
      attempt: async (size) => ({ size, passed: size <= 900, toldMtu: 68 }),
    });
    expect(largest).toBe(900);
  });
});
