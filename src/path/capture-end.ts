/** Pings that were under way when the capture ended: whether they were answered is not known. */
import type { PathPing, Sighting } from './path-view.ts';
import type { PointOrigin } from './points.ts';

/** Milliseconds that an answer is waited for where nothing says how long answers take. */
const USUAL_WAIT = 1000;
/** Milliseconds that times are off at most, in floating point. */
const ROUNDING = 0.001;

/** When the capture ended, by one of its clocks. */
export interface ClockEnd {
  /** Seconds since 1970: when it is told to have ended, or else its last packet's time. */
  readonly at: number;
  readonly isKnown: boolean;
}

/**
 * When the capture ended, by each of its clocks.
 *
 * @param last seconds since 1970 of each interface's last packet; NaN where there is none
 * @param endedAt when the capture on an interface ended, in seconds since 1970; undefined where its last packet is all that is known of that
 */
export function endsByClock(
  last: Float64Array,
  originOf: (interfaceIndex: number) => PointOrigin,
  endedAt: (interfaceIndex: number) => number | undefined,
): ClockEnd[] {
  const found: ClockEnd[] = [];
  for (const [index, time] of last.entries()) {
    if (Number.isNaN(time)) continue;
    const { clock } = originOf(index);
    const told = endedAt(index);
    const before = found[clock] ?? { at: 0, isKnown: true };
    // A file may be wrong about its end: packets came then.
    found[clock] = {
      at: Math.max(before.at, time, told ?? 0),
      isKnown: before.isKnown && told !== undefined,
    };
  }
  return found;
}

type Ends = readonly (ClockEnd | undefined)[];
type Points = readonly { readonly clock: number }[];

/**
 * A ping without an answer may have been under way if the capture ended sooner after its request than the slowest answer came; where none
 * came, sooner than a second, if the end is known.
 *
 * @returns the rows, those with how long before the end they were last seen
 */
export function noteCaptureEnd(rows: readonly PathPing[], points: Points, ends: Ends): PathPing[] {
  const slowest = Math.max(0, ...rows.map(roundTripOf));
  return rows.map((row) => {
    const [first, last] = [row.request[0], lastOf(row)];
    if (first === undefined || last === undefined || isExplained(row)) return row;
    const end = ends[points[first.point]?.clock ?? 0];
    const wait = slowest > 0 ? slowest : end?.isKnown === true ? USUAL_WAIT : 0;
    return untilEnd(first, points, ends) < wait
      ? { ...row, endedAfter: Math.max(0, untilEnd(last, points, ends)) }
      : row;
  });
}

/** Whether the last packet is a ping that was lost by itself, and nothing says whether the capture ended with it. */
export function isEndUnknown(rows: readonly PathPing[], points: Points, ends: Ends): boolean {
  const lost = rows.filter((row) => !isExplained(row));
  const [row] = lost;
  const last = row === undefined ? undefined : lastOf(row);
  if (row === undefined || last === undefined || lost.length > 1 || row.endedAfter !== undefined)
    return false;
  const isKnown = ends[points[last.point]?.clock ?? 0]?.isKnown === true;
  return !isKnown && untilEnd(last, points, ends) < ROUNDING;
}

/** Whether it was answered, or is known to be lost. */
function isExplained({ answered, error, drop, undelivered }: PathPing): boolean {
  const isSpoilt = undelivered === 'refused' || undelivered === 'damaged';
  return answered || error !== null || typeof drop === 'number' || isSpoilt;
}

const lastOf = ({ request, reply }: PathPing) => reply.at(-1) ?? request.at(-1);

/** Milliseconds. */
function untilEnd({ point, time }: Sighting, points: Points, ends: Ends): number {
  const end = ends[points[point]?.clock ?? 0];
  return end === undefined ? Number.POSITIVE_INFINITY : (end.at - Number(time)) * 1000;
}

/** Milliseconds, at the first point; 0 where none is known. */
function roundTripOf({ answered, request, reply }: PathPing): number {
  const [first] = request;
  const home = reply.find(({ point }) => point === first?.point);
  return !answered || first === undefined || home === undefined
    ? 0
    : (Number(home.time) - Number(first.time)) * 1000;
}
