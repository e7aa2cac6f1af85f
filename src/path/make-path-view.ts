/** The path view out of what the tracker saw: points put in order, clocks compared, and what became of each ping. */

import type { Tunnel } from '../exchange/tunnel.ts';
import { errorFinding } from '../finding/icmp-errors.ts';
import type { KernelWitness } from '../packet/kernel-drop.ts';
import type { CaptureInterface } from '../packet/source.ts';
import { isEndUnknown, noteCaptureEnd } from './capture-end.ts';
import { type ClockBounds, createClockBounds } from './clocks.ts';
import { followClocks } from './drift.ts';
import { fateOf, type IsTrace, inOrder, type OrderedWay } from './fate.ts';
import { tieDrops, witnessNotes } from './kernel-drops.ts';
import type { PathEvidence } from './path-evidence.ts';
import { notesOf } from './path-notes.ts';
import { rowOf } from './path-rows.ts';
import type { PathClock, PathError, PathLoss, PathView, PathWay } from './path-view.ts';
import { MOST_POINTS, type Point, type PointOrigin } from './points.ts';

export function makePathView(
  evidence: PathEvidence,
  originOf: (interfaceIndex: number) => PointOrigin,
  interfaces: readonly CaptureInterface[],
  droppedAt: (interfaceIndex: number) => number | undefined,
  witness?: KernelWitness,
): PathView {
  const { points, ordered, names, clocks, isOneClock, tunnels, rows } = layOut(
    evidence,
    originOf,
    interfaces,
  );
  const further =
    evidence.furtherWay === undefined ? undefined : inOrder(evidence.furtherWay, [evidence.furtherWay]);
  const all = further === undefined ? ordered : [...ordered, further];
  const ways = all.map((way) => summarize(way, isOneClock, evidence.isTrace));
  const sum = (key: 'pings' | 'answered' | 'requestsLost' | 'repliesLost' | 'repliesAlone') =>
    ways.reduce((total, way) => total + way[key], 0);
  const [pings, answered] = [sum('pings'), sum('answered')];
  const tied = witness === undefined ? undefined : tieDrops(evidence, rows, interfaces, witness);
  const told = tied === undefined ? rows : rows.map((row, i) => ({ ...row, drop: tied.ofRow[i] ?? null }));
  const ended = noteCaptureEnd(told, points, evidence.ends);
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
    clocks: names.map((name, clock) => clockOf(name, clock, clocks.bounds)),
    ways: ways.slice(0, ordered.length).map((way) => way.view),
    furtherLost: further === undefined ? [] : (ways.at(-1) as WaySummary).view.lost,
    errors: describeErrors(evidence),
    ...(tied !== undefined && { drops: tied.drops, counters: witness?.counters ?? [] }),
    rows: ended,
    tunnels,
    notes: [
      ...notesOf(
        evidence,
        ways.map((way) => way.view),
        points,
        clocks,
        names,
        ended,
        isEndUnknown(ended, points, evidence.ends),
      ),
      ...(witness === undefined ? [] : witnessNotes(witness)),
    ],
  };
}

/** The latest pings while more come. */
export type LatestView = Pick<PathView, 'points' | 'clocks' | 'ways' | 'rows' | 'errors'>;

export function makeLatestView(
  evidence: CurrentEvidence,
  originOf: (interfaceIndex: number) => PointOrigin,
  interfaces: readonly CaptureInterface[],
): LatestView {
  const { points, ordered, names, clocks, isOneClock, rows } = layOut(evidence, originOf, interfaces);
  return {
    points: points.map(({ name, clock }) => ({ name, clock, requests: 0, replies: 0, dropped: null })),
    clocks: names.map((name, clock) => clockOf(name, clock, clocks.bounds)),
    ways: ordered.map((way) => summarize(way, isOneClock, evidence.isTrace).view),
    // What errors say is told at the end.
    rows: rows.map((row) => ({ ...row, error: null })),
    errors: [],
  };
}

/** What the tracker knows at any moment. */
type CurrentEvidence = Pick<PathEvidence, 'points' | 'tunnels' | 'ways' | 'kept' | 'firstSecond' | 'isTrace'>;

/** Points in order, their clocks, and what became of each ping that is kept. */
function layOut(
  evidence: CurrentEvidence,
  originOf: (interfaceIndex: number) => PointOrigin,
  interfaces: readonly CaptureInterface[],
) {
  const points = evidence.points.list;
  const ordered = evidence.ways.map((way) => inOrder(way, evidence.ways));
  const names = clockNames(points, originOf, interfaces);
  const whole = compareClocks(points, ordered, names.length);
  const clocks = followClocks(evidence.kept.list, ordered, points, names.length, whole);
  const isOneClock = points.every((point) => point.clock === points[0]?.clock);
  const tunnels = createTunnelList(evidence);
  const rows = evidence.kept.list.map((ping) =>
    rowOf(
      ping,
      ordered[ping.way] as OrderedWay,
      points,
      isOneClock,
      clocks.of(ping),
      evidence,
      tunnels.indexOf,
    ),
  );
  return { points, ordered, names, clocks, isOneClock, tunnels: tunnels.list, rows };
}

function clockNames(
  points: readonly Point[],
  originOf: (interfaceIndex: number) => PointOrigin,
  interfaces: readonly CaptureInterface[],
): string[] {
  const names: string[] = [''];
  for (const index of [...points.map((point) => point.interfaceIndex), ...interfaces.keys()]) {
    const { clock, label, clockName = label } = originOf(index);
    names[clock] = clockName;
  }
  return Array.from(names, (name) => name ?? '');
}

/** What requests and replies between points of different clocks say about these. */
function compareClocks(points: readonly Point[], ways: readonly OrderedWay[], count: number): ClockBounds {
  const bounds = createClockBounds(count);
  for (const { way, order } of ways) {
    for (const [rank, near] of order.entries()) {
      for (const far of order.slice(rank + 1)) {
        const [from, to] = [points[near] as Point, points[far] as Point];
        bounds.add(from.clock, to.clock, way.leastTime(0, near, far) + to.cutOff);
        bounds.add(to.clock, from.clock, way.leastTime(1, far, near) + from.cutOff);
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

function summarize(ordered: OrderedWay, isOneClock: boolean, isTrace: IsTrace): WaySummary {
  const { way, order } = ordered;
  let [answered, requestsLost, repliesLost, repliesAlone] = [0, 0, way.uncounted, 0];
  const losses = new Map<string, PathLoss>();
  for (const pattern of way.patterns) {
    const { count } = pattern;
    const fate = fateOf(ordered, pattern, isOneClock, isTrace);
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
    view: {
      ...{ protocol: way.protocol, port: way.port, src: way.src, dst: way.dst },
      ...{ points: order, pings, answered, lost },
    },
    ...{ pings, answered, requestsLost, repliesLost, repliesAlone },
  };
}

function createTunnelList(evidence: Pick<PathEvidence, 'tunnels'>) {
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
