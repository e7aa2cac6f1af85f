import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXACT_SAMPLES, RoundTripTimes } from '../../src/exchange/round-trip-times.ts';

function timesOf(nanoseconds: readonly number[]): RoundTripTimes {
  const times = new RoundTripTimes();
  for (const value of nanoseconds) times.add(value);
  return times;
}

/** By nearest rank: the smallest value that at least this share of all are not above. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] as number;
}

const nanoseconds = fc.integer({ min: 0, max: 10_000_000_000 });

describe('round-trip times', () => {
  it('none: no summary', () => {
    expect(new RoundTripTimes().summary()).toBeNull();
  });

  it('by hand: 1, 2, 3 and 10 ms', () => {
    // Mean 4; squared distances 9 + 4 + 1 + 36 = 50; the root of 50/4.
    expect(timesOf([3e6, 1e6, 10e6, 2e6]).summary()).toEqual({
      min: 1,
      average: 4,
      max: 10,
      stddev: 3.535534,
      p50: 2,
      p95: 10,
    });
  });

  it('percentiles are exact while times are few', () => {
    fc.assert(
      fc.property(fc.array(nanoseconds, { minLength: 1, maxLength: 300 }), (values) => {
        const summary = timesOf(values).summary();
        expect(summary?.p50).toBe(percentile(values, 0.5) / 1e6);
        expect(summary?.p95).toBe(percentile(values, 0.95) / 1e6);
        expect(summary?.min).toBe(Math.min(...values) / 1e6);
        expect(summary?.max).toBe(Math.max(...values) / 1e6);
      }),
    );
  });

  it('past that, within 1/128 of the true ones', () => {
    fc.assert(
      fc.property(
        fc.array(nanoseconds, { minLength: 60, maxLength: 90 }),
        fc.integer({ min: 1, max: 6 }),
        (values, power) => {
          // Many orders of magnitude, each value in several scales.
          const many = Array.from({ length: 50 }, (_, i) =>
            values.map((value) => Math.floor(value / 10 ** (i % power))),
          ).flat();
          expect(many.length).toBeGreaterThan(EXACT_SAMPLES);
          const summary = timesOf(many).summary();
          for (const [share, found] of [
            [0.5, summary?.p50],
            [0.95, summary?.p95],
          ] as const) {
            const exact = percentile(many, share);
            // Half a nanosecond more: results have nanoseconds as their last digit.
            expect(Math.abs((found as number) * 1e6 - exact)).toBeLessThanOrEqual(exact / 128 + 1);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('two lots merged are one', () => {
    fc.assert(
      fc.property(
        fc.array(nanoseconds, { maxLength: 100 }),
        fc.array(nanoseconds, { maxLength: 100 }),
        fc.constantFrom(1, 30),
        (a, b, times) => {
          const first = Array.from({ length: times }, () => a).flat();
          const second = Array.from({ length: times }, () => b).flat();
          const merged = timesOf(first);
          merged.merge(timesOf(second));
          const whole = timesOf([...first, ...second]).summary();
          const summary = merged.summary();
          if (whole === null || summary === null) {
            expect(summary).toBe(whole);
            return;
          }
          for (const key of ['min', 'max', 'p50', 'p95'] as const) expect(summary[key]).toBe(whole[key]);
          // Sums in another order round otherwise; a nanosecond is the last digit.
          expect(summary.average).toBeCloseTo(whole.average, 5);
          expect(summary.stddev).toBeCloseTo(whole.stddev, 5);
        },
      ),
    );
  });

  it('huge and odd times harm nothing', () => {
    const summary = timesOf([0, 0.5, 1, 2 ** 53, 2 ** 60, ...Array<number>(3000).fill(2 ** 62)]).summary();
    expect(summary?.min).toBe(0);
    expect(summary?.max).toBe(2 ** 62 / 1e6);
    expect(Number.isFinite(summary?.p50)).toBe(true);
  });
});
