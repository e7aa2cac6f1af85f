/** Pings that were under way when the capture ended: whether they were answered is not known. */
import type { PathPing } from './path-view.ts';

/** Milliseconds that an answer is waited for where nothing says how long answers take. */
const USUAL_WAIT = 1000;

/** When the captures ended, in seconds since 1970. */
export interface CaptureEnds {
  /** Of each clock, by its own time: that of its last packet. */
  readonly lastPackets: readonly number[];
  /** Of a live capture that was stopped, by its one clock: when. */
  readonly stopped?: number | undefined;
}

/**
 * A ping without an answer may have been under way if the capture ended sooner after its request than the slowest answer came. Where none
 * was answered, a file's last packet does not tell when its capture ended: then only one that is that packet itself may have been, unless
 * another was lost in the same place.
 *
 * @returns the rows, those with how long before the end they were last seen
 */
export function noteCaptureEnd(
  rows: readonly PathPing[],
  points: readonly { readonly clock: number }[],
  { lastPackets, stopped }: CaptureEnds,
): PathPing[] {
  const slowest = Math.max(0, ...rows.map(roundTripOf));
  const leftOf = (ping: PathPing): number | undefined => {
    const [first, last] = [ping.request[0], ping.reply.at(-1) ?? ping.request.at(-1)];
    if (ping.lastSeen === null || first === undefined || last === undefined) return undefined;
    if (ping.error !== null || (ping.drop ?? null) !== null || isSpoilt(ping)) return undefined;
    const endOf = (point: number) => stopped ?? lastPackets[points[point]?.clock ?? 0] ?? 0;
    const since = (endOf(first.point) - Number(first.time)) * 1000;
    const left = Math.max(0, (endOf(last.point) - Number(last.time)) * 1000);
    if (slowest > 0 || stopped !== undefined)
      return since < (slowest > 0 ? slowest : USUAL_WAIT) ? left : undefined;
    // In times that are added up as floating point.
    return left < 0.001 ? left : undefined;
  };
  const left = rows.map(leftOf);
  const placeOf = ({ way, lastSeen }: PathPing) => `${way} ${lastSeen?.direction} ${lastSeen?.point}`;
  const lostFor = new Set(rows.flatMap((row, i) => (left[i] === undefined ? [placeOf(row)] : [])));
  return rows.map((row, i) => {
    const endedAfter = left[i];
    const isKnown = endedAfter === undefined || (slowest === 0 && lostFor.has(placeOf(row)));
    return isKnown ? row : { ...row, endedAfter };
  });
}

const isSpoilt = ({ undelivered }: PathPing) => undelivered === 'refused' || undelivered === 'damaged';

/** Milliseconds, at the first point; 0 where none is known. */
function roundTripOf({ answered, request, reply }: PathPing): number {
  const [first] = request;
  const home = reply.find(({ point }) => point === first?.point);
  return !answered || first === undefined || home === undefined
    ? 0
    : (Number(home.time) - Number(first.time)) * 1000;
}
