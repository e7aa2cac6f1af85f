/** Pings and other exchanges as they are settled, by the ways that they go: what their sightings say of the points' order and clocks. */
import { createKeptPings, type KeptPings, type Settled } from './kept-pings.ts';
import { MOST_POINTS, type PointTable } from './points.ts';
import { Way } from './way.ts';
import { createWayTable, type WayTable } from './way-table.ts';

export interface WayTally {
  readonly ways: readonly Way[];
  readonly wayOf: WayTable['wayOf'];
  readonly kept: KeptPings;
  /** Pings between further addresses, all together; undefined if there are none. */
  readonly furtherWay: Way | undefined;
  /** @param number of its way, or -1 */
  settle(from: Settled, entry: number, number: number): void;
}

/** @param isPing tells those whose packets are matched by which is nearest, also between clocks */
export function createWayTally(
  points: Pick<PointTable, 'list'>,
  isPing: (from: Settled) => boolean,
): WayTally {
  const POINTS = MOST_POINTS;
  const kept = createKeptPings();
  const { list: ways, wayOf } = createWayTable();
  let furtherWay: Way | undefined;

  /** @param number of its way, or -1 */
  function settle(from: Settled, entry: number, number: number): void {
    let way = ways[number];
    if (way === undefined) {
      furtherWay ??= new Way('', '', 'icmp', null);
      way = furtherWay;
    }
    way.count(from.mask(entry, 0), from.mask(entry, 1), from.outcome(entry));
    notePoints(from, way, entry, 0);
    notePoints(from, way, entry, 1);
    if (number >= 0) kept.add(from, entry, number);
  }

  /** What the ping's sightings in one direction say of the points. */
  function notePoints(from: Settled, way: Way, entry: number, direction: number): void {
    const { times, counts } = from;
    const mask = from.mask(entry, direction);
    for (let rest = mask; rest !== 0; ) {
      const a = 31 - Math.clz32(rest);
      rest &= ~(1 << a);
      const at = from.slot(entry, direction, a);
      way.seen[direction * POINTS + a]++;
      way.copies[direction * POINTS + a] += counts[at] - 1;
      for (let others = rest; others !== 0; ) {
        const b = 31 - Math.clz32(others);
        others &= ~(1 << b);
        const there = from.slot(entry, direction, b);
        const elapsed = times[there] - times[at];
        let isBefore = direction === 0 ? elapsed : -elapsed;
        if (points.list[a].clock !== points.list[b].clock) {
          // Of what was sent again, clocks alone don't tell which of it came where.
          if (isPing(from) || (counts[at] === 1 && counts[there] === 1)) {
            way.elapsed(direction, a, b, elapsed + points.list[b].cutOff);
            way.elapsed(direction, b, a, -elapsed + points.list[a].cutOff);
          }
          isBefore = nearness(from, entry, direction, a, b);
        }
        if (isBefore > 0) way.order(a, b);
        else if (isBefore < 0) way.order(b, a);
      }
    }
  }

  /**
   * Which of two points of different clocks a request passes first: from the nearer one the round trip is longer. Without a
   * reply at both, the TTL tells, which falls on the way.
   *
   * @returns above 0 for `a`, below for `b`, 0 if it can't be told
   */
  function nearness(from: Settled, entry: number, direction: number, a: number, b: number): number {
    const { times, innerHops, outerHops, tunnels: around } = from;
    const other = from.mask(entry, 1 - direction);
    if (((other >>> a) & 1) !== 0 && ((other >>> b) & 1) !== 0) {
      // The pair is counted with the request.
      if (direction === 1) return 0;
      const trip = (point: number) => times[from.slot(entry, 1, point)] - times[from.slot(entry, 0, point)];
      return trip(a) - trip(b);
    }
    const [atA, atB] = [from.slot(entry, direction, a), from.slot(entry, direction, b)];
    const sign = direction === 0 ? 1 : -1;
    if (innerHops[atA] !== innerHops[atB]) return (innerHops[atA] - innerHops[atB]) * sign;
    if (around[atA] !== around[atB]) return 0;
    return (outerHops[atA] - outerHops[atB]) * sign;
  }

  return {
    ways,
    wayOf,
    kept,
    settle,
    get furtherWay() {
      return furtherWay;
    },
  };
}
