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
  /** The points' clocks, of so many as are noted. */
  const clocks = new Int32Array(MOST_POINTS);
  let noted = 0;
  /** Of the ping's sightings in one direction: the points, whether it came once, when, and when its packet of the other direction did, or NaN. */
  const at = new Int32Array(MOST_POINTS);
  const isOnce = new Uint8Array(MOST_POINTS);
  const went = new Float64Array(MOST_POINTS);
  const came = new Float64Array(MOST_POINTS);
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
    const { seen, copies, least, most, before } = way;
    const mask = from.mask(entry, direction);
    const other = from.mask(entry, 1 - direction);
    // Of what was sent again, clocks alone don't tell which of it came where; pings are matched by which is nearest.
    const isTold = isPing(from);
    let found = 0;
    for (let rest = mask; rest !== 0; ) {
      const point = 31 - Math.clz32(rest);
      rest &= ~(1 << point);
      const slot = from.slot(entry, direction, point);
      const count = counts[slot];
      seen[direction * POINTS + point]++;
      copies[direction * POINTS + point] += count - 1;
      at[found] = point;
      isOnce[found] = isTold || count === 1 ? 1 : 0;
      went[found] = times[slot];
      came[found] =
        ((other >>> point) & 1) !== 0 ? times[from.slot(entry, 1 - direction, point)] : Number.NaN;
      found++;
    }
    for (let i = 0; i < found; i++) {
      const a = at[i];
      const row = (direction * POINTS + a) * POINTS;
      const clock = clocks[a];
      const wentThere = went[i];
      const cameThere = came[i];
      const isOnceThere = isOnce[i];
      for (let j = i + 1; j < found; j++) {
        const b = at[j];
        const elapsed = went[j] - wentThere;
        let isBefore = direction === 0 ? elapsed : -elapsed;
        if (clock !== clocks[b]) {
          if ((isOnceThere & isOnce[j]) !== 0) {
            if (elapsed < least[row + b]) least[row + b] = elapsed;
            if (elapsed > most[row + b]) most[row + b] = elapsed;
          }
          // From the nearer one the round trip is longer; the pair is counted with the request.
          const longer = elapsed - (came[j] - cameThere);
          if (Number.isNaN(longer)) isBefore = nearness(from, entry, direction, a, b);
          else isBefore = direction === 0 ? longer : 0;
        }
        if (isBefore > 0) before[a * POINTS + b]++;
        else if (isBefore < 0) before[b * POINTS + a]++;
      }
    }
  }

  /**
   * Which of two points of different clocks a request passes first, without a reply at both, whose round trips would tell: by the TTL, which
   * falls on the way.
   *
   * @returns above 0 for `a`, below for `b`, 0 if it can't be told
   */
  function nearness(from: Settled, entry: number, direction: number, a: number, b: number): number {
    const { innerHops, outerHops, tunnels: around } = from;
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
