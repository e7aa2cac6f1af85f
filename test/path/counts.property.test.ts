/** A known run of pings over several points, shuffled, duplicated and thinned out: the counts always add up. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PathView } from '../../src/path/path-view.ts';
import { pathOf } from '../support/path-views.ts';
import { BACK, echo, inVxlan, type TimedPacket } from '../support/pings.ts';

const POINTS = 5;

/** Pings 20 ms apart over five points, 0.1 ms from one to the next; in a tunnel from the second to the fourth. */
function packetsOf(pings: number): TimedPacket[] {
  return Array.from({ length: pings }, (_, seq) =>
    Array.from({ length: 2 * POINTS }, (__, step): TimedPacket => {
      const reply = step >= POINTS;
      const point = reply ? 2 * POINTS - 1 - step : step;
      const ping = echo({ seq, reply });
      const isTunneled = point > 0 && point < POINTS - 1;
      return {
        bytes: isTunneled ? inVxlan(ping, 42, reply ? BACK : {}) : ping,
        interfaceIndex: point,
        time: seq * 20_000_000 + step * 100_000,
      };
    }),
  ).flat();
}

function addsUp(view: PathView): void {
  expect(view.answered + view.requestsLost + view.repliesLost).toBe(view.pings);
  for (const way of view.ways) {
    expect(way.answered + way.lost.reduce((sum, { count }) => sum + count, 0)).toBe(way.pings);
  }
  for (const [number, point] of view.points.entries()) {
    const seen = (direction: 'request' | 'reply') =>
      view.rows.filter((row) => row[direction].some((sighting) => sighting.point === number)).length;
    expect([point.requests, point.replies]).toEqual([seen('request'), seen('reply')]);
  }
  expect(JSON.parse(JSON.stringify(view))).toEqual(view);
}

const pings = fc.integer({ min: 1, max: 12 });

it('shuffled: the same pings at the same points', async () => {
  await fc.assert(
    fc.asyncProperty(
      pings.chain((count) => fc.shuffledSubarray(packetsOf(count), { minLength: count * 2 * POINTS })),
      async (packets) => {
        const view = await pathOf(packets);
        addsUp(view);
        const count = packets.length / (2 * POINTS);
        expect(view).toMatchObject({ verdict: 'pass', pings: count, answered: count });
        const [way] = view.ways;
        expect(way?.points.map((point) => view.points[point]?.name)).toEqual(
          [0, 1, 2, 3, 4].map((point) => `test${point}`),
        );
      },
    ),
    { numRuns: 40 },
  );
});

it('thinned out and duplicated: nothing is counted twice, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      pings.chain((count) => fc.subarray(packetsOf(count), { minLength: 1 })),
      fc.infiniteStream(fc.boolean()),
      async (kept, twice) => {
        const packets = kept.flatMap((packet) =>
          twice.next().value === true ? [packet, { ...packet, time: packet.time + 1000 }] : [packet],
        );
        const view = await pathOf(packets);
        addsUp(view);
        const sightings = view.rows.flatMap((row) => [...row.request, ...row.reply]);
        expect(sightings.length).toBe(kept.length);
        expect(sightings.reduce((sum, { count }) => sum + count, 0)).toBe(packets.length);
        const requested = new Set(
          kept
            .filter(({ time }) => time % 20_000_000 < POINTS * 100_000)
            .map(({ time }) => Math.floor(time / 2e7)),
        );
        expect(view.pings).toBe(requested.size);
      },
    ),
    { numRuns: 60 },
  );
});

it('two clocks, one of them wrong by anything up to a day: the truth is within the bounds', async () => {
  await fc.assert(
    fc.asyncProperty(
      pings,
      fc.integer({ min: -86_400_000, max: 86_400_000 }),
      fc.integer({ min: 1, max: 4 }),
      async (count, ahead, border) => {
        const clocks = Array.from({ length: POINTS }, (_, point) => (point < border ? 0 : 1));
        const packets = packetsOf(count).map((packet) =>
          clocks[packet.interfaceIndex as number] === 1
            ? { ...packet, time: packet.time + ahead * 1e6 }
            : packet,
        );
        const view = await pathOf(packets, clocks);
        addsUp(view);
        expect(view).toMatchObject({ verdict: 'pass', pings: count });
        const known = view.clocks[1];
        expect(known?.ahead).toBeCloseTo(ahead, 3);
        expect(known?.uncertainty).toBeCloseTo(0.1, 3);
        expect(view.ways[0]?.points.map((point) => view.points[point]?.name.slice(-1))).toEqual([...'01234']);
      },
    ),
    { numRuns: 30 },
  );
});
