/** Clocks that run at different speeds, and one that is set meanwhile: what is said of times stays true, ping by ping. */
import { describe, expect, it } from 'vitest';
import { createPathTracker } from '../../src/path/path-tracker.ts';
import { pathOf } from '../support/path-views.ts';
import { decoder, type Echo, echo, sourceOf, type TimedPacket } from '../support/pings.ts';

const MS = 1e6;
/** Milliseconds after the request's start at which each sighting truly is: there at both points, and back. */
const COURSE = { request: [0, 0.1], reply: [0.3, 0.15] } as const;

/** A ping a second at two points, of which the second shows `ahead` ms more at a true time. */
function pings(
  count: number,
  ahead: (milliseconds: number) => number,
  lost: readonly number[] = [],
): TimedPacket[] {
  return Array.from({ length: count }, (_, i) => {
    const at = (point: number, after: number, given: Echo): TimedPacket => {
      const time = 10_000 + i * 1000 + after;
      return {
        interfaceIndex: point,
        time: Math.round((time + (point === 1 ? ahead(time) : 0)) * MS),
        bytes: echo(given),
      };
    };
    const there = COURSE.request.map((after, point) => at(point, after, { seq: i + 1 }));
    const back = COURSE.reply.map((after, point) => at(point, after, { seq: i + 1, reply: true }));
    return lost.includes(i + 1) ? there : [...there, ...back.reverse()];
  }).flat();
}

describe.each<[string, (milliseconds: number) => number, RegExp]>([
  ['50 millionths faster', (time) => 5000 + time * 50e-6, /by 50 millionths of the time/],
  ['400 millionths slower', (time) => -time * 400e-6, /by 400 millionths of the time/],
  ['set back by a second in the middle', (time) => (time < 20_500 ? 7 : -993), /drifted apart meanwhile/],
])('a clock that is %s', (_, ahead, note) => {
  it('times between the clocks are within what is said of them, and the offset is that of the end', async () => {
    const view = await pathOf(pings(20, ahead), [0, 1]);
    expect(view.rows).toHaveLength(20);
    for (const { request, reply } of view.rows) {
      const steps: readonly (readonly [
        { elapsed: number | null; uncertainty: number } | undefined,
        number,
      ])[] = [
        [request[1], 0.1],
        [reply[1], 0.15],
      ];
      for (const [sighting, truth] of steps) {
        expect(Math.abs((sighting?.elapsed ?? Number.NaN) - truth)).toBeLessThanOrEqual(
          (sighting?.uncertainty ?? 0) + 1e-5,
        );
        expect(sighting?.uncertainty).toBeLessThan(0.2);
      }
    }
    const [, clock] = view.clocks;
    const truth = ahead(10_000 + 19_000);
    expect(Math.abs((clock?.ahead ?? Number.NaN) - truth)).toBeLessThanOrEqual(
      (clock?.uncertainty ?? 0) + 1e-3,
    );
    expect(clock?.uncertainty).toBeLessThan(0.2);
    expect(view.notes.join('\n')).toMatch(note);
  });
});

it('a lost ping takes the nearest that was answered, and the drift since then is uncertain', async () => {
  const view = await pathOf(
    pings(20, (time) => time * 50e-6, [9, 10]),
    [0, 1],
  );
  const lost = view.rows.filter(({ answered }) => !answered);
  expect(lost.map(({ seq }) => seq)).toEqual([9, 10]);
  for (const { request } of lost) {
    const { elapsed, uncertainty } = request[1] ?? { elapsed: null, uncertainty: 0 };
    expect(Math.abs((elapsed ?? Number.NaN) - 0.1)).toBeLessThanOrEqual(uncertainty);
  }
});

it('clocks that run alike are compared over all pings, as ever', async () => {
  const view = await pathOf(
    pings(20, () => 1234),
    [0, 1],
  );
  expect(view.clocks[1]?.ahead).toBeCloseTo(1234, 0);
  expect(view.notes.join('\n')).not.toContain('drifted');
});

it('the latest pings while more come are the rows of the end', async () => {
  const packets = pings(20, (time) => 5000 + time * 50e-6, [3, 12]);
  const source = sourceOf(packets);
  const tracker = createPathTracker({
    decoder,
    interfaces: source.interfaces,
    originOf: (index) => ({ label: `host${index}`, clock: index }),
  });
  const batch = await source.next();
  if (batch !== undefined) tracker.batch(batch);
  const all = tracker.latest(256, 60);
  const few = tracker.latest(256, 4.5);
  const view = tracker.view(() => undefined);
  expect(all.rows).toEqual(view.rows);
  expect(all.clocks).toEqual(view.clocks);
  expect(few.rows.map(({ seq }) => seq)).toEqual([15, 16, 17, 18, 19, 20]);
});
