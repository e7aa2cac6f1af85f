/**
 * Whether replies come back to where their requests were seen first. A capture at several points may have a reply at the outer
 * interface that the host then dropped: it was seen, and nobody got it.
 */

import { isOwnIdentity } from '../cilium.ts';
import { HAND } from '../hand.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import type { PingEntries } from './ping-entries.ts';
import { ENTRY, FLAG, MOMENT } from './ping-layout.ts';

/** So many points are told apart; of further ones some count as the same, which claims no loss. */
const POINTS = 32;

export interface ReturnWatch {
  /** The entry is another ping's now. */
  begin(entry: number): void;
  /**
   * @param time of the sighting, ns as in {@link MOMENT}
   * @param isNew whether the request was seen nowhere before
   */
  sawRequest(entry: number, point: number, time: number, isNew: boolean): void;
  /** @param isNew whether the reply was seen nowhere before */
  sawReply(entry: number, point: number, isNew: boolean): void;
  /** The entry has another number from now on. */
  moved(from: number, to: number): void;
  /** Whether the reply of an answered request was seen only farther on the way than its request was seen first. */
  isAway(entry: number): boolean;
}

/**
 * @param hand as in {@link HAND}: nothing is to be told while all packets come from one point
 * @param tunnels known by their numbers
 */
export function createReturnWatch(
  { words, moments, capacity, shelf }: PingEntries,
  hand: Int32Array,
  tunnels: TunnelTable,
): ReturnWatch {
  const { STRIDE, FLAGS, REPLY_TUNNELS } = ENTRY;
  const { STATE, ANSWERED } = FLAG;
  const { STRIDE: MOMENTS, REQUEST_TIME } = MOMENT;
  const { FIRST_POINT, SEVERAL } = HAND;
  const SIDE = POINTS;
  const LAST = POINTS - 1;
  const size = capacity + shelf;
  /** Bits of the points; 0 also stands for the first point alone, as nothing is noted before there is a second one. */
  const requestsAt = new Int32Array(size);
  const repliesAt = new Int32Array(size);
  const firstPoint = new Uint8Array(size);
  const firstTime = new Float64Array(size);
  /** How many requests were at a point before they were at another. */
  const before = new Uint32Array(POINTS * POINTS);
  /** Bits of the points where a request was seen first, and its reply too. */
  let cameBack = 0;

  /**
   * Cilium's eBPF programs hand what comes out of the tunnel over to the container, past the host's end of its veth
   * (bpf_redirect_peer): that end sees requests and never a reply, and nothing is lost.
   */
  function isHandedOver(entry: number, first: number): boolean {
    if (((cameBack >>> first) & 1) !== 0) return false;
    const id = words[entry * STRIDE + REPLY_TUNNELS];
    return !tunnels.isOvn(id) && tunnels.tunnels(id).some(isOwnIdentity);
  }

  return {
    begin(entry) {
      requestsAt[entry] = 0;
      repliesAt[entry] = 0;
    },
    sawRequest(entry, anyPoint, time, isNew) {
      const point = anyPoint & LAST;
      if (requestsAt[entry] === 0) {
        const only = isNew ? point : hand[FIRST_POINT] & LAST;
        requestsAt[entry] = 1 << only;
        firstPoint[entry] = only;
        firstTime[entry] = moments[entry * MOMENTS + REQUEST_TIME];
      }
      const first = firstPoint[entry];
      if (((requestsAt[entry] >>> point) & 1) !== 0) return;
      requestsAt[entry] |= 1 << point;
      if (time >= firstTime[entry]) {
        before[first * SIDE + point]++;
      } else {
        before[point * SIDE + first]++;
        firstPoint[entry] = point;
        firstTime[entry] = time;
      }
    },
    sawReply(entry, anyPoint, isNew) {
      const point = anyPoint & LAST;
      if (repliesAt[entry] === 0 && !isNew) repliesAt[entry] = 1 << (hand[FIRST_POINT] & LAST);
      repliesAt[entry] |= 1 << point;
      if (point === (requestsAt[entry] === 0 ? hand[FIRST_POINT] & LAST : firstPoint[entry]))
        cameBack |= 1 << point;
    },
    moved(from, to) {
      if (hand[SEVERAL] === 0) return;
      requestsAt[to] = requestsAt[from];
      repliesAt[to] = repliesAt[from];
      firstPoint[to] = firstPoint[from];
      firstTime[to] = firstTime[from];
    },
    isAway(entry) {
      if (hand[SEVERAL] === 0 || (words[entry * STRIDE + FLAGS] & STATE) !== ANSWERED) return false;
      const only = 1 << (hand[FIRST_POINT] & LAST);
      const asked = requestsAt[entry] === 0 ? only : requestsAt[entry];
      const first = requestsAt[entry] === 0 ? hand[FIRST_POINT] & LAST : firstPoint[entry];
      let answered = repliesAt[entry] === 0 ? only : repliesAt[entry];
      if (((answered >>> first) & 1) !== 0) return false;
      for (; answered !== 0; answered &= answered - 1) {
        const point = 31 - Math.clz32(answered & -answered);
        const isFarther =
          ((asked >>> point) & 1) !== 0 || before[first * SIDE + point] > before[point * SIDE + first];
        if (!isFarther) return false;
      }
      return !isHandedOver(entry, first);
    },
  };
}
