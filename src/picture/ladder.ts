/**
 * Pictures of what was captured: the way of a ping, round trips, and how devices hang together. The room's files:
 *
 *   ladder.ts            a path view as lifelines and arrows: what each drawing below shows
 *   ladder-svg.ts  ladder-mermaid.ts  ladder-text.ts    the same drawn
 *   way-svg.ts           a ping that moves along its way
 *   round-trips.ts       round trips over time, gathered in bounded memory; round-trips-svg.ts, round-trips-text.ts: the same drawn
 *   topology.ts          a host's namespaces, devices, cables and tunnels, as it has them; path-topology.ts: as captures show them;
 *                        topology-svg.ts, topology-text.ts: the same drawn
 *   mermaid.ts           text that Mermaid takes as text
 *   path-page.ts, verify-page.ts    pages around pictures
 */
import { tunnelsCell } from '../exchange/tunnel-words.ts';
import { totalOf } from '../path/path-report.ts';
import type { PathPing, PathView, Sighting } from '../path/path-view.ts';
import { labelOf, lossText, wayName } from '../path/path-words.ts';
import { escapeControls } from '../text/printable.ts';

/** One way of pings, as lifelines and arrows. */
export interface Ladder {
  /** `172.16.0.2 → 172.16.1.2 id 18023: 4 pings, 3 answered`. */
  readonly title: string;
  /** In the order of the way; where something was lost, the points that it never reached come last. */
  readonly lines: readonly Lifeline[];
  readonly pings: readonly LadderPing[];
  /** Pings of this way that are not drawn. */
  readonly left: number;
}

export interface Lifeline {
  /** The point's name without its host's. */
  readonly name: string;
  /** The host or namespace that the point's name begins with; empty where it has none. */
  readonly host: string;
}

export interface LadderPing {
  readonly label: string;
  /** `0.715 ms`, or LOST. */
  readonly total: string;
  readonly isLost: boolean;
  readonly request: Arrow;
  readonly reply: Arrow;
  /** Why it was lost, as far as is known; empty where it was answered. */
  readonly reason: string;
}

/** A request or reply, from lifeline to lifeline. */
export interface Arrow {
  /** In the order in which it was seen; empty where it was seen nowhere. */
  readonly stops: readonly Stop[];
  readonly envelopes: readonly Envelope[];
  /** Whether this is what was lost: it ends at its last stop. */
  readonly isLost: boolean;
  /** Of what was lost: whether it may only have been under way when the capture ended. */
  readonly isOpen: boolean;
}

export interface Stop {
  /** Index into the ladder's lifelines. */
  readonly line: number;
  /** From the stop before, as the path table has it, with its unit: `77 µs`; empty at the start. */
  readonly elapsed: string;
  /** `64→63`, where the innermost TTL changed on the way here; else empty. */
  readonly ttl: string;
  /** How often it came here. */
  readonly count: number;
}

/** Where a packet was in a tunnel. */
export interface Envelope {
  /** Indexes into the stops: the first and the last that saw it. */
  readonly from: number;
  readonly to: number;
  /** `vxlan vni 42 10.1.0.10 → 10.2.0.10 udp 4789`, the outermost first. */
  readonly words: string;
}

/** Which pings to draw: the lost ones with a good one to compare them with, all, or some by their place in the view, from 1. */
export type PingChoice = 'lost' | 'all' | { readonly from: number; readonly to: number };

export const MOST_LADDERS = 16;

/** Said in place of a picture. */
export const NOTHING_DRAWN = 'nothing to be drawn: no such ping was seen';

/** @param most pings of a way that are drawn; the others are counted */
export function createLadders(view: PathView, choice: PingChoice, most: number): Ladder[] {
  const ladders: Ladder[] = [];
  for (const [number, way] of view.ways.entries()) {
    const rows = view.rows.filter((ping) => ping.way === number && ping.request.length > 0);
    const chosen = chooseRows(view, rows, choice);
    const drawn = chosen.slice(0, most);
    if (drawn.length === 0) continue;
    const seen = new Set(
      drawn.flatMap(({ request, reply }) => [...request, ...reply].map(({ point }) => point)),
    );
    const isLossy = drawn.some(({ answered }) => !answered);
    const all = view.points.map((_, point) => point);
    const others = isLossy ? all.filter((point) => !way.points.includes(point)) : [];
    const points = [...way.points.filter((point) => isLossy || seen.has(point)), ...others];
    const idents = new Set(rows.map(({ ident }) => ident));
    ladders.push({
      title: wayName(way, rows),
      // Names are a file's.
      lines: points.map((point) => splitName(escapeControls(view.points[point]?.name ?? ''))),
      pings: foldReasons(
        drawn.map((ping) => ladderPing(view, ping, points, labelOf(way.protocol, ping, idents.size === 1))),
      ),
      left: way.pings - drawn.length,
    });
    if (ladders.length === MOST_LADDERS) break;
  }
  return ladders;
}

/** A reason is told once; the next pings with the same name the first. */
function foldReasons(pings: readonly LadderPing[]): LadderPing[] {
  const first = new Map<string, string>();
  return pings.map((ping) => {
    const label = ping.reason === '' ? undefined : first.get(ping.reason);
    if (label !== undefined) return { ...ping, total: `${ping.total}, as ${label}`, reason: '' };
    first.set(ping.reason, ping.label);
    return ping;
  });
}

function chooseRows(view: PathView, rows: readonly PathPing[], choice: PingChoice): PathPing[] {
  if (choice === 'all') return [...rows];
  if (choice !== 'lost') {
    const { from, to } = choice;
    return rows.filter((row) => {
      const place = view.rows.indexOf(row) + 1;
      return place >= from && place <= to;
    });
  }
  const good = rows.find(({ answered }) => answered);
  return rows.filter((row) => !row.answered || row === good);
}

/** `h1:eth0` is host h1's eth0; a name without a colon has no host. */
export function splitName(name: string): Lifeline {
  const colon = name.lastIndexOf(':');
  return colon <= 0 ? { name, host: '' } : { name: name.slice(colon + 1), host: name.slice(0, colon) };
}

function ladderPing(view: PathView, ping: PathPing, points: readonly number[], label: string): LadderPing {
  const { lastSeen, answered, request, reply, endedAfter } = ping;
  const endOf = (direction: 'request' | 'reply') => {
    const isLost = lastSeen?.direction === direction;
    return { isLost, isOpen: isLost && endedAfter !== undefined };
  };
  return {
    label,
    total: totalOf(ping),
    isLost: !answered,
    request: arrowOf(view, request, points, endOf('request')),
    reply: arrowOf(view, reply, points, endOf('reply')),
    reason: escapeControls(lossText(view, ping)),
  };
}

function arrowOf(
  view: PathView,
  sightings: readonly Sighting[],
  points: readonly number[],
  end: Pick<Arrow, 'isLost' | 'isOpen'>,
): Arrow {
  const stops = sightings.map((sighting, i): Stop => {
    const { point, ttl, count } = sighting;
    const before = sightings[i - 1]?.ttl;
    return {
      line: points.indexOf(point),
      elapsed: i === 0 ? '' : elapsedWithUnit(sighting),
      ttl: before === undefined || before === ttl ? '' : `${before}→${ttl}`,
      count,
    };
  });
  return { stops, envelopes: envelopesOf(view, sightings), ...end };
}

/** One for each run of sightings in the same tunnels. */
function envelopesOf(view: PathView, sightings: readonly Sighting[]): Envelope[] {
  const found: { from: number; to: number; words: string; tunnels: number }[] = [];
  for (const [i, { tunnels }] of sightings.entries()) {
    const last = found.at(-1);
    if (last?.tunnels === tunnels && last.to === i - 1) last.to = i;
    else {
      const words = tunnelsCell(view.tunnels[tunnels] ?? []);
      if (words !== '') found.push({ from: i, to: i, words, tunnels });
    }
  }
  return found.map(({ from, to, words }) => ({ from, to, words }));
}

function elapsedWithUnit({ elapsed, uncertainty }: Sighting): string {
  if (elapsed === null) return '?';
  const about = uncertainty > 0 ? '~' : '';
  const size = Math.abs(elapsed);
  if (size < 0.9995) return `${about}${Math.round(elapsed * 1000)} µs`;
  return size < 999.5
    ? `${about}${elapsed.toPrecision(3)} ms`
    : `${about}${(elapsed / 1000).toPrecision(3)} s`;
}
