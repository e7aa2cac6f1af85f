/** The path view out of what the tracker saw: points put in order, clocks compared, and what became of each ping. */

import { timeText } from '../decode/format.ts';
import { NOTE } from '../exchange/ping/ping-layout.ts';
import { OUTCOME } from '../exchange/ping/ping-rules.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { groupText } from '../finding/group-answers.ts';
import { errorFinding } from '../finding/icmp-errors.ts';
import { otherAddressText } from '../finding/other-address.ts';
import type { CaptureInterface } from '../packet/source.ts';
import { counted } from '../text/words.ts';
import { changesBetween } from './changes.ts';
import { type ClockBounds, createClockBounds } from './clocks.ts';
import type { KeptPing, KeptSighting } from './kept-pings.ts';
import type { PathEvidence } from './path-tracker.ts';
import type { PathClock, PathError, PathLoss, PathPing, PathView, PathWay, Sighting } from './path-view.ts';
import { MOST_POINTS, type Point, type PointOrigin } from './points.ts';
import type { Pattern, Way } from './way.ts';

/** A way with its points in order: a point's rank in it, or -1. */
interface OrderedWay {
  readonly way: Way;
  readonly order: readonly number[];
  readonly rank: Int8Array;
}

export function makePathView(
  evidence: PathEvidence,
  originOf: (interfaceIndex: number) => PointOrigin,
  interfaces: readonly CaptureInterface[],
  droppedAt: (interfaceIndex: number) => number | undefined,
): PathView {
  const points = evidence.points.list;
  const ordered = evidence.ways.map(inOrder);
  const further = evidence.furtherWay === undefined ? undefined : inOrder(evidence.furtherWay);
  const all = further === undefined ? ordered : [...ordered, further];
  const names = clockNames(points, originOf, interfaces);
  const bounds = compareClocks(points, ordered, names.length);
  const isOneClock = points.every((point) => point.clock === points[0]?.clock);
  const ways = all.map((way) => summarize(way, isOneClock));
  const sum = (key: 'pings' | 'answered' | 'requestsLost' | 'repliesLost' | 'repliesAlone') =>
    ways.reduce((total, way) => total + way[key], 0);
  const tunnels = createTunnelList(evidence);
  const [pings, answered] = [sum('pings'), sum('answered')];
  return {
    verdict: pings > 0 && answered === pings ? 'pass' : 'fail',
    pings,
    answered,
    requestsLost: sum('requestsLost'),
    repliesLost: sum('repliesLost'),
    repliesAlone: sum('repliesAlone'),
    points: points.map(({ name, clock, interfaceIndex }, point) => ({
      name,
      clock,
      requests: all.reduce((total, { way }) => total + (way.seen[point] as number), 0),
      replies: all.reduce((total, { way }) => total + (way.seen[MOST_POINTS + point] as number), 0),
      dropped: droppedAt(interfaceIndex) ?? null,
    })),
    clocks: names.map((name, clock) => clockOf(name, clock, bounds)),
    ways: ways.slice(0, ordered.length).map((way) => way.view),
    furtherLost: further === undefined ? [] : (ways.at(-1) as WaySummary).view.lost,
    errors: describeErrors(evidence),
    rows: evidence.kept.list.map((ping) =>
      rowOf(ping, ordered[ping.way] as OrderedWay, points, isOneClock, bounds, evidence, tunnels.indexOf),
    ),
    tunnels: tunnels.list,
    notes: notesOf(
      evidence,
      ways.map((way) => way.view),
      points,
      bounds,
      names,
    ),
  };
}

function inOrder(way: Way): OrderedWay {
  const order = way.inOrder();
  const rank = new Int8Array(MOST_POINTS).fill(-1);
  for (const [at, point] of order.entries()) rank[point] = at;
  return { way, order, rank };
}

function clockNames(
  points: readonly Point[],
  originOf: (interfaceIndex: number) => PointOrigin,
  interfaces: readonly CaptureInterface[],
): string[] {
  const names: string[] = [''];
  for (const index of [...points.map((point) => point.interfaceIndex), ...interfaces.keys()]) {
    const { clock, label } = originOf(index);
    names[clock] = label;
  }
  return Array.from(names, (name) => name ?? '');
}

/** What requests and replies between points of different clocks say about these. */
function compareClocks(points: readonly Point[], ways: readonly OrderedWay[], count: number): ClockBounds {
  const bounds = createClockBounds(count);
  for (const { way, order } of ways) {
    for (const [rank, near] of order.entries()) {
      for (const far of order.slice(rank + 1)) {
        const [from, to] = [(points[near] as Point).clock, (points[far] as Point).clock];
        bounds.add(from, to, way.least(0, near, far));
        bounds.add(to, from, way.least(1, far, near));
      }
    }
  }
  return bounds;
}

function clockOf(name: string, clock: number, bounds: ClockBounds): PathClock {
  const known = bounds.offset(clock);
  if (known === undefined) return { name, ahead: null, uncertainty: null };
  return { name, ahead: known.offset / 1e6, uncertainty: Math.abs(known.uncertainty) / 1e6 };
}

interface WaySummary {
  readonly view: PathWay;
  readonly pings: number;
  readonly answered: number;
  readonly requestsLost: number;
  readonly repliesLost: number;
  readonly repliesAlone: number;
}

type Fate = { readonly direction: 'request' | 'reply'; readonly point: number } | 'answered' | 'alone';

/** Where a ping was seen, as bits, and what the matcher knows of its reply. */
type Seen = Pick<Pattern, 'request' | 'reply' | 'outcome'>;

/**
 * How far a ping came that was seen at these points. Between points of several clocks the order tells whether its reply came back; of one
 * clock, the matcher has told.
 */
function fateOf({ order }: OrderedWay, { request, reply, outcome }: Seen, isOneClock: boolean): Fate {
  if (request === 0) return 'alone';
  if (isOneClock && outcome === OUTCOME.answered) return 'answered';
  const has = (mask: number) => (point: number) => ((mask >>> point) & 1) !== 0;
  const first = order.find(has(request)) as number;
  if (reply === 0) return { direction: 'request', point: order.findLast(has(request)) as number };
  const last = order.find(has(reply)) as number;
  if (outcome !== OUTCOME.answered) return { direction: 'reply', point: last };
  // A reply that is seen nearer to the sender than its request ever was has come back all the same.
  return order.indexOf(last) <= order.indexOf(first) ? 'answered' : { direction: 'reply', point: last };
}

function summarize(ordered: OrderedWay, isOneClock: boolean): WaySummary {
  const { way, order } = ordered;
  let [answered, requestsLost, repliesLost, repliesAlone] = [0, 0, way.uncounted, 0];
  const losses = new Map<string, PathLoss>();
  for (const pattern of way.patterns) {
    const { count } = pattern;
    const fate = fateOf(ordered, pattern, isOneClock);
    if (fate === 'answered') answered += count;
    else if (fate === 'alone') repliesAlone += count;
    else {
      const { direction, point } = fate;
      if (direction === 'request') requestsLost += count;
      else repliesLost += count;
      const key = `${direction} ${point}`;
      losses.set(key, { direction, lastSeen: point, count: (losses.get(key)?.count ?? 0) + count });
    }
  }
  const pings = way.pings - repliesAlone;
  const lost = [...losses.values()].sort((a, b) => b.count - a.count);
  return {
    view: { src: way.src, dst: way.dst, points: order, pings, answered, lost },
    ...{ pings, answered, requestsLost, repliesLost, repliesAlone },
  };
}

function rowOf(
  { way, ident, seq, error, outcome, notes, sightings }: KeptPing,
  ordered: OrderedWay,
  points: readonly Point[],
  isOneClock: boolean,
  bounds: ClockBounds,
  evidence: PathEvidence,
  tunnelsOf: (id: number) => number,
): PathPing {
  const { rank } = ordered;
  const maskOf = (list: readonly KeptSighting[]) => list.reduce((mask, { point }) => mask | (1 << point), 0);
  const seen = { request: maskOf(sightings[0]), reply: maskOf(sightings[1]), outcome };
  const fate = fateOf(ordered, seen, isOneClock);

  const sorted = (list: readonly KeptSighting[], sign: number) =>
    list.toSorted((a, b) => ((rank[a.point] as number) - (rank[b.point] as number)) * sign);

  function describe(list: readonly KeptSighting[], cause?: KeptSighting): Sighting[] {
    return list.map((sighting, i) => {
      const { point, time, number, count, ttl, lastTtl, outerTtl, tunnels } = sighting;
      const before = list[i - 1];
      const around = evidence.tunnels.tunnels(tunnels);
      const lookOf = (at: KeptSighting) => ({ ...at, tunnels: evidence.tunnels.tunnels(at.tunnels) });
      const previous = before ?? cause;
      const between = previous === undefined ? undefined : compareTimes(previous, sighting, points, bounds);
      return {
        ...{ point, time: absoluteTime(time, evidence.firstSecond), packet: number },
        ...{ elapsed: between?.elapsed ?? null, uncertainty: between?.uncertainty ?? 0 },
        ...{ count, ttl, lastTtl, outerTtl: around.length === 0 ? null : outerTtl },
        tunnels: tunnelsOf(tunnels),
        changes: before === undefined ? [] : changesBetween(lookOf(before), lookOf(sighting)),
      };
    });
  }

  const [request, reply] = [sorted(sightings[0], 1), sorted(sightings[1], -1)];
  return {
    ...{ way, ident, seq, answered: fate === 'answered' },
    lastSeen: typeof fate === 'string' ? null : fate,
    error: error < 0 ? null : error,
    undelivered: undeliveredWord(notes, fate),
    request: describe(request),
    reply: describe(reply, request.at(-1)),
  };
}

function undeliveredWord(notes: number, fate: Fate): PathPing['undelivered'] {
  if (typeof fate === 'string' || fate.direction === 'request') return null;
  if ((notes & NOTE.REFUSED) !== 0) return 'refused';
  return (notes & NOTE.DAMAGED) !== 0 ? 'damaged' : 'not back';
}

/** Milliseconds from one sighting to the next, clocks put right; undefined where they can't be compared. */
function compareTimes(
  before: KeptSighting,
  after: KeptSighting,
  points: readonly Point[],
  bounds: ClockBounds,
): { elapsed: number; uncertainty: number } | undefined {
  const [from, to] = [(points[before.point] as Point).clock, (points[after.point] as Point).clock];
  const elapsed = after.time - before.time;
  if (from === to) return { elapsed: elapsed / 1e6, uncertainty: 0 };
  const [offsetFrom, offsetTo] = [bounds.offset(from), bounds.offset(to)];
  const uncertainty = bounds.uncertainty(from, to);
  if (offsetFrom === undefined || offsetTo === undefined || uncertainty === undefined) return undefined;
  return {
    elapsed: (elapsed - (offsetTo.offset - offsetFrom.offset)) / 1e6,
    uncertainty: Math.abs(uncertainty) / 1e6,
  };
}

function absoluteTime(time: number, firstSecond: number): string {
  const seconds = Math.floor(time / 1e9);
  return timeText(firstSecond + seconds, time - seconds * 1e9);
}

function createTunnelList(evidence: PathEvidence) {
  const list: Tunnel[][] = [[]];
  const numbers = new Map<number, number>([[0, 0]]);
  return {
    list,
    indexOf(id: number): number {
      let index = numbers.get(id);
      if (index === undefined) {
        index = list.push(evidence.tunnels.tunnels(id).map((tunnel) => ({ ...tunnel }))) - 1;
        numbers.set(id, index);
      }
      return index;
    },
  };
}

function describeErrors(evidence: PathEvidence): PathError[] {
  return evidence.errors.map(({ error, point, number, pings }) => {
    const found = errorFinding(error, evidence);
    return {
      code: found?.code ?? 'icmp-error',
      message:
        found?.message ??
        `${error.from} sent an ICMP error of type ${error.type}, code ${error.code} to ${error.src}`,
      point: point < 0 ? null : point,
      packet: number,
      pings,
    };
  });
}

function notesOf(
  { furtherWay, elsewhere, unread, ways, groups, otherAddresses, otherData }: PathEvidence,
  views: readonly PathWay[],
  points: readonly Point[],
  bounds: ClockBounds,
  names: readonly string[],
): string[] {
  const notes: string[] = [];
  const reference = names[bounds.reference];
  for (const [clock, name] of names.entries()) {
    if (clock === bounds.reference || !points.some((point) => point.clock === clock)) continue;
    const known = bounds.offset(clock);
    if (known === undefined) {
      notes.push(
        `the clocks of ${name} and ${reference} can't be compared: no ping was seen in both with its reply; times between them are not told`,
      );
      continue;
    }
    const { offset, uncertainty } = known;
    const ahead = offset < 0 ? 'behind' : 'ahead of';
    notes.push(
      `clock of ${name}: ${(Math.abs(offset) / 1e6).toFixed(3)} ms ${ahead} that of ${reference}, ± ${(Math.abs(uncertainty) / 1e6).toFixed(3)} ms, estimated from requests and replies${uncertainty < 0 ? '; the clocks ran at different speeds meanwhile' : ''}`,
    );
  }
  for (const other of otherAddresses) {
    const isInstead = views.some(
      ({ src, dst, pings, answered }) => src === other.src && dst === other.dst && answered < pings,
    );
    notes.push(otherAddressText(other, isInstead));
  }
  for (const group of groups) if (group.members.length > 1) notes.push(groupText(group));
  if (otherData > 0)
    notes.push(
      `${counted(otherData, 'reply', 'replies')} with other data than the request's, which should be returned`,
    );
  if (furtherWay !== undefined) {
    const { pings, answered } = views.at(-1) as PathWay;
    notes.push(
      `more than ${ways.length} pairs of addresses: ${counted(pings, 'ping')} between further ones, ${answered} answered, in the totals alone`,
    );
  }
  if (elsewhere > 0) {
    notes.push(
      `${counted(elsewhere, 'packet')} of pings seen at further points: ${points.length} points are told apart; name fewer interfaces`,
    );
  }
  for (const { kind, text, advice } of unread) {
    // Beside pings that were read, what else is encrypted may be anything.
    if (kind === 'encrypted' && ways.length > 0) continue;
    notes.push(`${text}, and pings in there are missing here: ${advice}`);
  }
  const uncounted = [...ways, ...(furtherWay === undefined ? [] : [furtherWay])].reduce(
    (sum, way) => sum + way.uncounted,
    0,
  );
  if (uncounted > 0) notes.push(`${counted(uncounted, 'ping')} took ways too many to tell apart`);
  return notes;
}
