/** Pings one by one: where each was seen, when, and what had changed there. */
import { timeText } from '../decode/format.ts';
import { NOTE } from '../exchange/ping/ping-layout.ts';
import { changesBetween } from './changes.ts';
import type { ClockBounds } from './clocks.ts';
import { type Fate, fateOf, type OrderedWay } from './fate.ts';
import type { KeptPing, KeptSighting } from './kept-pings.ts';
import type { PathEvidence } from './path-evidence.ts';
import type { PathPing, Sighting } from './path-view.ts';
import type { Point } from './points.ts';

export function rowOf(
  { way, ident, seq, srcport, error, outcome, notes, ranOut, sightings }: KeptPing,
  ordered: OrderedWay,
  points: readonly Point[],
  isOneClock: boolean,
  bounds: ClockBounds,
  evidence: Pick<PathEvidence, 'tunnels' | 'firstSecond' | 'isTrace'>,
  tunnelsOf: (id: number) => number,
): PathPing {
  const { rank } = ordered;
  const maskOf = (list: readonly KeptSighting[]) => list.reduce((mask, { point }) => mask | (1 << point), 0);
  const [requests, replies] = [maskOf(sightings[0]), maskOf(sightings[1])];
  const seen = { request: requests, reply: replies, outcome, expiredPath: ranOut?.path ?? -1 };
  const fate = fateOf(ordered, seen, isOneClock, evidence.isTrace);
  const hop =
    ranOut !== undefined && fate === 'answered' ? { ttl: ranOut.ttl, from: ranOut.from } : undefined;

  const sorted = (list: readonly KeptSighting[], sign: number) =>
    list.toSorted((a, b) => ((rank[a.point] as number) - (rank[b.point] as number)) * sign);

  function describe(list: readonly KeptSighting[], cause?: KeptSighting): Sighting[] {
    return list.map((sighting, i) => {
      const { point, time, number, count, ttl, lastTtl, outerTtl } = sighting;
      const before = list[i - 1];
      const tunnels = evidence.tunnels.tunnels(sighting.tunnels);
      const previous = before ?? cause;
      const between = previous === undefined ? undefined : compareTimes(previous, sighting, points, bounds);
      // Written out: V8 spreads objects of which there are thousands many times as slowly.
      return {
        point,
        time: absoluteTime(time, evidence.firstSecond),
        packet: number,
        elapsed: between?.elapsed ?? null,
        uncertainty: between?.uncertainty ?? 0,
        count,
        ttl,
        lastTtl,
        outerTtl: tunnels.length === 0 ? null : outerTtl,
        tunnels: tunnelsOf(sighting.tunnels),
        changes:
          before === undefined
            ? []
            : changesBetween(
                {
                  ttl: before.ttl,
                  outerTtl: before.outerTtl,
                  tunnels: evidence.tunnels.tunnels(before.tunnels),
                },
                { ttl, outerTtl, tunnels },
              ),
      };
    });
  }

  const [request, reply] = [sorted(sightings[0], 1), sorted(sightings[1], -1)];
  return {
    ...{ way, ident, seq, srcport, answered: fate === 'answered' },
    ...(hop !== undefined && { hop }),
    lastSeen: typeof fate === 'string' ? null : fate,
    error: error < 0 || hop !== undefined ? null : error,
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

/** Milliseconds from one sighting to the next, clocks put right; undefined if they can't be compared. */
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
