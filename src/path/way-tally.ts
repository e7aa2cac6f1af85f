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
  const { list } = points;
  /** What is asked of the points for each pair of sightings: of so many as are noted. */
  const clocks = new Int32Array(MOST_POINTS);
  const cutOffs = new Float64Array(MOST_POINTS);
  let noted = 0;
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
    for (; noted < list.length; noted++) {
      clocks[noted] = list[noted].clock;
      cutOffs[noted] = list[noted].cutOff;
    }
    const expiredPath = from.ranOut(entry)?.path ?? -1;
    way.count(from.mask(entry, 0), from.mask(entry, 1), from.outcome(entry), expiredPath);
    notePoints(from, way, entry, 0);
    notePoints(from, way, entry, 1);
    if (number >= 0) kept.add(from, entry, number);
  }

  /** What the ping's sightings in one direction say of the points. */
  function notePoints(from: Settled, way: Way, entry: number, direction: number): void {
    const { times, counts } = from;
    const mask = from.mask(entry, direction);
    const slot = from.slot(entry, direction, 0);
    // Of what was sent again, clocks alone don't tell which of it came where; pings are matched by which is nearest.
    const isTold = isPing(from);
    for (let rest = mask; rest !== 0; ) {
      const a = 31 - Math.clz32(rest);
      rest &= ~(1 << a);
      const time = times[slot + a];
      const count = counts[slot + a];
      way.seen[direction * POINTS + a]++;
      way.copies[direction * POINTS + a] += count - 1;
      for (let others = rest; others !== 0; ) {
        const b = 31 - Math.clz32(others);
        others &= ~(1 << b);
        const elapsed = times[slot + b] - time;
        let isBefore = direction === 0 ? elapsed : -elapsed;
        if (clocks[a] !== clocks[b]) {
          if (isTold || (count === 1 && counts[slot + b] === 1)) {
            way.elapsed(direction, a, b, elapsed + cutOffs[b]);
            way.elapsed(direction, b, a, -elapsed + cutOffs[a]);
          }
          isBefore = nearness(from, entry, direction, a, b, elapsed);
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
   * @param elapsed from `a` to `b`, by their own clocks
   * @returns above 0 for `a`, below for `b`, 0 if it can't be told
   */
  function nearness(
    from: Settled,
    entry: number,
    direction: number,
    a: number,
    b: number,
    elapsed: number,
  ): number {
    const { times, innerHops, outerHops, tunnels: around } = from;
    const other = from.mask(entry, 1 - direction);
    if (((other >>> a) & (other >>> b) & 1) !== 0) {
      // The pair is counted with the request.
      if (direction === 1) return 0;
      const back = from.slot(entry, 1, 0);
      return elapsed - (times[back + b] - times[back + a]);
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
