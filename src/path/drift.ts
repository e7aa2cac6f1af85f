/**
 * Clocks that ran at different speeds, or were set meanwhile: what bounds them over all pings contradicts itself. Then each ping's times are
 * put right by what it says itself, as nothing drifts in the time of a round trip; a ping without a reply takes the nearest in time
 * that has one, and what the clocks drifted in between is uncertain.
 */
import { type ClockBounds, createClockBounds } from './clocks.ts';
import type { OrderedWay } from './fate.ts';
import type { KeptPing, KeptSighting } from './kept-pings.ts';
import type { Point } from './points.ts';

export interface Clocks {
  /** As they are at the end. */
  readonly bounds: ClockBounds;
  /** By which a ping's times are put right. */
  of(ping: KeptPing): ClockBounds;
  /** Millionths by which a clock is faster than the reference, on the average; undefined of those that ran alike, as far as can be told. */
  drift(clock: number): number | undefined;
}

/** A ping with a reply, and what it says of the clocks. */
interface Told {
  /** ns, by the reference's clock. */
  readonly time: number;
  readonly bounds: ClockBounds;
}

/** @param whole what all pings say of the clocks */
export function followClocks(
  pings: readonly KeptPing[],
  ordered: readonly OrderedWay[],
  points: readonly Point[],
  count: number,
  whole: ClockBounds,
): Clocks {
  const { reference } = whole;
  const restless = Array.from({ length: count }, (_, clock) => clock).filter(
    (clock) => (whole.offset(clock)?.uncertainty ?? 0) < 0,
  );
  const steady: Clocks = { bounds: whole, of: () => whole, drift: () => undefined };
  if (restless.length === 0) return steady;
  const all = pings.flatMap((ping): Told[] => {
    const bounds = createClockBounds(count);
    boundBy(bounds, ping, ordered[ping.way] as OrderedWay, points);
    const time = timeOf(ping);
    return restless.every((clock) => bounds.between(reference, clock) !== undefined) && time !== undefined
      ? [{ time, bounds }]
      : [];
  });
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return steady;

  /** At the time when the reference shows `time`; undefined if no ping tells. */
  function timeOf({ sightings: [request, reply] }: KeptPing): number | undefined {
    const sighting = [...request, ...reply].find(({ point }) => points[point]?.clock === reference);
    return (sighting ?? request[0] ?? reply[0])?.time;
  }

  /** ns in a ns. */
  function speed(clock: number): number {
    const [begin, end] = [first?.bounds.between(reference, clock), last?.bounds.between(reference, clock)];
    const span = (last?.time ?? 0) - (first?.time ?? 0);
    return begin === undefined || end === undefined || span <= 0 ? 0 : (end.offset - begin.offset) / span;
  }

  const speeds = Array.from({ length: count }, (_, clock) => speed(clock));

  function moved({ bounds }: Told, by: number): ClockBounds {
    const shift = (clock: number) => (speeds[clock] as number) * by;
    const between: ClockBounds['between'] = (from, to) => {
      const known = bounds.between(from, to);
      const drifted = shift(to) - shift(from);
      return known && { offset: known.offset + drifted, uncertainty: known.uncertainty + Math.abs(drifted) };
    };
    return {
      reference,
      add: () => undefined,
      between,
      offset: (clock) => between(reference, clock),
      uncertainty: (from, to) => (from === to ? 0 : between(from, to)?.uncertainty),
    };
  }

  return {
    bounds: moved(last, 0),
    of(ping) {
      const time = timeOf(ping) ?? last.time;
      let nearest = last;
      for (const one of all) {
        if (Math.abs(one.time - time) < Math.abs(nearest.time - time)) nearest = one;
      }
      return moved(nearest, time - nearest.time);
    },
    drift: (clock) => (restless.includes(clock) ? (speeds[clock] as number) * 1e6 : undefined),
  };
}

/** What one ping says: its request was at the nearer point first, and its reply at the farther one. */
function boundBy(
  bounds: ClockBounds,
  { sightings: [request, reply] }: KeptPing,
  { order }: OrderedWay,
  points: readonly Point[],
): void {
  const at = (list: readonly KeptSighting[], point: number) =>
    list.find((sighting) => sighting.point === point);
  for (const [rank, near] of order.entries()) {
    for (const far of order.slice(rank + 1)) {
      const [a, b] = [points[near] as Point, points[far] as Point];
      if (a.clock === b.clock) continue;
      const there = [at(request, near), at(request, far)];
      const back = [at(reply, near), at(reply, far)];
      if (there[0] !== undefined && there[1] !== undefined)
        bounds.add(a.clock, b.clock, there[1].time - there[0].time + b.cutOff);
      if (back[0] !== undefined && back[1] !== undefined)
        bounds.add(b.clock, a.clock, back[0].time - back[1].time + a.cutOff);
    }
  }
}
