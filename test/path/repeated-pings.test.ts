/** A packet that repeats a ping is seen where it would be if it were decoded: the view is the same, byte for byte, however packets were grouped. */
import { expect, it } from 'vitest';
import { createRepeatedPings, type RepeatedPings } from '../../src/exchange/ping/repeated-pings.ts';
import { createPathTracker } from '../../src/path/path-tracker.ts';
import { captures, changed, packetsOf } from '../support/changed-packets.ts';
import { rounds, seeded } from '../support/mutations.ts';
import { batchOf, capacityFor, decoder, RAW, type TimedPacket } from '../support/pings.ts';

const ROUNDS = rounds(1, 40);
/** One capture in so many is looked at. */
const STEP = rounds(4, 1);
const POINTS = 4;

/** None of them is known, so that each packet is decoded. */
const nothingKnown = (): RepeatedPings => ({ ...createRepeatedPings(), learn() {} });

/** The same packets at each of several points, now at one and then at the next, as files are read side by side. */
function atPoints(packets: readonly TimedPacket[], random: (below: number) => number): TimedPacket[] {
  const each = Array.from({ length: POINTS }, (_, point) =>
    packets.map(
      (packet): TimedPacket => ({
        ...packet,
        interfaceIndex: (packet.interfaceIndex ?? 0) * POINTS + point,
        time: packet.time + point * 1e5,
      }),
    ),
  );
  const runs: TimedPacket[] = [];
  for (let at = 0; at < packets.length; ) {
    const to = at + 1 + random(8);
    for (const packets of each) runs.push(...packets.slice(at, to));
    at = to;
  }
  return runs;
}

/** @param clocks how many: points take turns */
function pathOf(
  packets: readonly TimedPacket[],
  clocks: number,
  repeats: RepeatedPings,
  group: () => number,
  capacity: { readonly capacity?: number },
): string {
  const linkTypes: number[] = [];
  for (const { interfaceIndex = 0, linkType = RAW } of packets) linkTypes[interfaceIndex] ??= linkType;
  const interfaces = Array.from(linkTypes, (linkType = RAW, i) => ({
    name: `test${i}`,
    linkType,
    snapLength: 65_535,
  }));
  const tracker = createPathTracker(
    {
      decoder,
      interfaces,
      ...capacity,
      originOf: (index) => ({ label: `host${index % clocks}`, clock: index % clocks }),
    },
    repeats,
  );
  for (let from = 0; from < packets.length; ) {
    const some = packets.slice(from, from + group());
    tracker.batch(batchOf(some));
    from += some.length;
  }
  return JSON.stringify(tracker.view(() => undefined));
}

it('every capture as it is, at several points, and changed', async () => {
  let found = 0;
  for (const [number, path] of captures.entries()) {
    if (number % STEP !== 0) continue;
    const packets = await packetsOf(path);
    for (let round = 0; round < ROUNDS; round++) {
      const random = seeded(number * ROUNDS + round);
      const few = packets.slice(0, 16);
      const later = few.map((packet) => ({ ...packet, time: packet.time + 2e9 }));
      const seen = changed(atPoints([...few, ...later], random), random);
      const clocks = 1 + random(POINTS);
      // One entry for all, so that pings leave for others, or all that there are.
      const capacity = random(2) === 0 ? { capacity: 32 } : capacityFor(seen);
      const eager = createRepeatedPings(true);
      const counting: RepeatedPings = {
        ...eager,
        get results() {
          return eager.results;
        },
        get known() {
          return eager.known;
        },
        scan(batch, from, count) {
          const to = eager.scan(batch, from, count);
          for (let i = 0; i < to - from; i++) if (eager.results[i * 5] !== 0) found++;
          return to;
        },
      };
      const decoded = pathOf(seen, clocks, nothingKnown(), () => seen.length, capacity);
      const compared = pathOf(seen, clocks, counting, () => 1 + random(40), capacity);
      expect([path, round, compared]).toEqual([path, round, decoded]);
    }
  }
  expect(found).toBeGreaterThan(1000);
});
