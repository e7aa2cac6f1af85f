/**
 * How connections go on after their handshake (RFC 9293, section 3.8): what was sent again, what was never acknowledged and how long it was, zero
 * windows, the end. Beside each entry of a connection lie some words for what either end sends, and nothing is kept of single segments.
 *
 * An acknowledgment counts wherever it was seen. What is sent is followed at one place alone (interface and tunnels, the deepest that were seen),
 * as it comes once more at each further one.
 */

import type { Sighting } from '../exchange-memory.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import type { TcpCounts } from './tcp-counts.ts';
import { TCP } from './tcp-header.ts';
import { OPTION, optionAt } from './tcp-options.ts';
import { createTcpSettlement } from './tcp-settlement.ts';
import { FLAG, HOLE_AGE, MOMENT, SIDE, STUCK_TIMES } from './tcp-side.ts';

/** What comes within this time (ns) of newer data and was sent before it came out of order, or was copied. */
const DISORDER = 10e6;
/** The same where packets do not tell in which order they were sent: Wireshark's threshold. */
const UNKNOWN_DISORDER = 3e6;
export interface TcpCourse {
  /** The connection is a new one. */
  begin(entry: number): void;
  /**
   * Takes a segment into account that is of the connection `entry`.
   *
   * @param start where its TCP header starts
   * @param end where it ends, or would if the capture had not cut it
   * @param captured where what the capture holds of it ends
   * @param network where its IP header starts
   * @param isIpv4 what that is
   * @param place interface and tunnels
   * @param isDamaged its checksum is wrong, so that nobody takes it
   */
  segment(
    view: DataView,
    entry: number,
    start: number,
    end: number,
    captured: number,
    network: number,
    isIpv4: boolean,
    place: number,
    isDamaged: boolean,
  ): void;
  /** Counts the connection. @param now ns since the first packet */
  settle(entry: number, counts: TcpCounts, askerIsSecond: boolean, now: number): void;
}

export function createTcpCourse(
  capacity: number,
  sighting: Sighting,
  { depth, relation }: TunnelTable,
): TcpCourse {
  const { FLAGS, PLACE, TUNNELS, NEXT, ACKED, MSS, NEWEST, PROVEN, LONGEST, LONGEST_END } = SIDE;
  const { STUCK, STUCK_AT, TIMES, SHRUNK, HOLE, HOLE_END, AGAIN, ZERO, SEGMENTS } = SIDE;
  const { LAST, LAST_SIZE, STRIDE } = SIDE;
  const { HAS_NEXT, HAS_ACKED, FIN, RST, SEEN, ALIVE, SHRINKS, HOLE_OPEN, HOLE_ALIVE, ADVANCED, SACKED } =
    FLAG;
  const { BYTES, NEWEST: NEWEST_TIME, STUCK_NUMBER, AGAIN_NUMBER, ZERO_NUMBER, LAST_NUMBER } = MOMENT;
  const { HOLE_TIME, HOLE_NUMBER, SYN_NUMBER, STRIDE: MOMENTS } = MOMENT;
  const { FLAGS: FLAGS_AT, SEQUENCE, ACKNOWLEDGMENT, OFFSET, WINDOW, OPTIONS } = TCP;
  const { MAXIMUM_SEGMENT_SIZE, SACK } = OPTION;
  // With one block of SACK, or with timestamps, as nearly every segment has them: two of no operation in front.
  const [SACK_HEADER, TIMESTAMPS, MSS_BYTES, SACK_BYTES] = [32, 0x0101080a, 2, 8];
  const { FIN: FIN_BIT, SYN: SYN_BIT, RST: RST_BIT, ACK: ACK_BIT } = TCP;
  const [COPY, UNKNOWN_COPY, OFTEN, OLD] = [DISORDER, UNKNOWN_DISORDER, STUCK_TIMES, HOLE_AGE];
  const KEPT = HAS_ACKED | ADVANCED;
  const words = new Int32Array(capacity * 2 * STRIDE);
  const moments = new Float64Array(capacity * 2 * MOMENTS);
  const settle = createTcpSettlement(words, moments, relation);

  /** What the segment's sender acknowledges of what the other end sent. */
  function acknowledge(other: number, acknowledged: number): void {
    const flags = words[other + FLAGS];
    if ((flags & HAS_ACKED) === 0) {
      words[other + FLAGS] = flags | HAS_ACKED;
      words[other + ACKED] = acknowledged;
      return;
    }
    if (((acknowledged - words[other + ACKED]) | 0) <= 0) return;
    words[other + ACKED] = acknowledged;
    let left = (flags | ADVANCED) & ~SACKED;
    if (words[other + LONGEST] !== 0 && ((acknowledged - words[other + LONGEST_END]) | 0) >= 0) {
      if (words[other + LONGEST] > words[other + PROVEN]) words[other + PROVEN] = words[other + LONGEST];
      words[other + LONGEST] = 0;
    }
    if (words[other + STUCK] !== 0 && ((acknowledged - words[other + STUCK_AT]) | 0) > 0) {
      if ((left & SHRINKS) !== 0 && words[other + SHRUNK] === 0) words[other + SHRUNK] = words[other + STUCK];
      words[other + STUCK] = 0;
      left &= ~(ALIVE | SHRINKS);
    }
    if ((left & HOLE_OPEN) !== 0 && ((acknowledged - words[other + HOLE]) | 0) > 0)
      left &= ~(HOLE_OPEN | HOLE_ALIVE);
    words[other + FLAGS] = left;
  }

  /** It acknowledges, beyond that, the data from one sequence number up to another. */
  function acknowledgeSelectively(other: number, first: number, past: number): void {
    const flags = words[other + FLAGS];
    // A block below says what came twice (RFC 2883).
    if ((flags & HAS_ACKED) === 0 || ((first - words[other + ACKED]) | 0) <= 0) return;
    words[other + FLAGS] = flags | SACKED;
    const isLast = (flags & HAS_NEXT) !== 0 && first === words[other + LAST] && past === words[other + NEXT];
    if (isLast && words[other + LAST_SIZE] > words[other + PROVEN])
      words[other + PROVEN] = words[other + LAST_SIZE];
  }

  /** The oldest segment that is not acknowledged was sent once more. */
  function sendOldest(own: number, moment: number, sequence: number, size: number): void {
    if (words[own + STUCK] === 0 || words[own + STUCK_AT] !== sequence) {
      words[own + FLAGS] &= ~(ALIVE | SHRINKS);
      words[own + STUCK] = size;
      words[own + STUCK_AT] = sequence;
      words[own + TIMES] = 1;
      moments[moment + STUCK_NUMBER] = sighting.number;
    } else if (size >= words[own + STUCK]) {
      words[own + TIMES]++;
    } else if (words[own + TIMES] >= OFTEN) {
      words[own + FLAGS] |= SHRINKS;
    } else {
      // What a card was to cut goes out again as the link takes it.
      words[own + STUCK] = size;
      words[own + TIMES] = 1;
    }
  }

  function keepLongest(own: number, size: number, end: number): void {
    if (size <= words[own + LONGEST]) return;
    words[own + LONGEST] = size;
    words[own + LONGEST_END] = end;
  }

  /** Data, or a FIN, up to the sequence number `end`. */
  function send(
    own: number,
    moment: number,
    sequence: number,
    end: number,
    length: number,
    size: number,
    order: number,
    isOrdered: boolean,
  ): void {
    const { time, number } = sighting;
    const next = words[own + NEXT];
    const ahead = (sequence - next) | 0;
    const flags = words[own + FLAGS];
    const isFirst = (flags & HAS_NEXT) === 0;
    // One byte before: new data behind a probe of a window that was closed.
    if (isFirst || ahead >= 0 || (ahead === -1 && length > 1)) {
      if (!isFirst && ahead > 0 && (flags & (HAS_ACKED | HOLE_OPEN)) === HAS_ACKED) {
        // What is acknowledged was there, and only the capture does not have it.
        if (((words[own + ACKED] - next) | 0) <= 0) {
          words[own + FLAGS] |= HOLE_OPEN;
          words[own + HOLE] = next;
          words[own + HOLE_END] = sequence;
          moments[moment + HOLE_TIME] = time;
          moments[moment + HOLE_NUMBER] = number;
        }
      }
      words[own + FLAGS] |= HAS_NEXT;
      words[own + NEXT] = end;
      words[own + NEWEST] = order;
      moments[moment + NEWEST_TIME] = time;
      if (length === 0) return;
      words[own + LAST] = sequence;
      words[own + LAST_SIZE] = size;
      keepLongest(own, size, end);
      return;
    }
    // Keep-alive, and probes of closed windows.
    if (ahead === -1 && length === 1 && end === next) return;
    const newest = words[own + NEWEST];
    const age = time - moments[moment + NEWEST_TIME];
    if (isOrdered && (newest & 0xffff) !== 0) {
      if (age < COPY && ((order - newest) << 16) >> 16 <= 0) return;
    } else if (age < UNKNOWN_COPY || (age < COPY && order >>> 16 !== newest >>> 16)) {
      return;
    }
    if (isOrdered) words[own + NEWEST] = order;
    if (words[own + AGAIN]++ === 0) moments[moment + AGAIN_NUMBER] = number;
    if (((end - next) | 0) > 0) words[own + NEXT] = end;
    if (length === 0) return;
    if (
      words[own + LONGEST] > size &&
      ((sequence - words[own + LONGEST_END]) | 0) < 0 &&
      ((end - words[own + LONGEST_END] + words[own + LONGEST]) | 0) > 0
    )
      words[own + LONGEST] = 0;
    keepLongest(own, size, end);
    if ((flags & HAS_ACKED) !== 0 && sequence === words[own + ACKED]) sendOldest(own, moment, sequence, size);
  }

  return {
    begin(entry) {
      const own = entry * 2 * STRIDE;
      words.fill(0, own, own + 2 * STRIDE);
      moments.fill(0, entry * 2 * MOMENTS, (entry + 1) * 2 * MOMENTS);
    },
    segment(view, entry, start, end, captured, network, isIpv4, place, isDamaged) {
      const { isSecond, tunnels, time, number } = sighting;
      const side = entry * 2 + (isSecond ? 1 : 0);
      const own = side * STRIDE;
      const other = (entry * 2 + (isSecond ? 0 : 1)) * STRIDE;
      const set = view.getUint8(start + FLAGS_AT);
      if ((words[other + FLAGS] & ALIVE) === 0 && words[other + STUCK] !== 0) words[other + FLAGS] |= ALIVE;
      const header = (view.getUint8(start + OFFSET) >> 4) << 2;
      const options = Math.min(start + header, captured);
      if (!isDamaged && (set & (ACK_BIT | RST_BIT)) === ACK_BIT) {
        acknowledge(other, view.getInt32(start + ACKNOWLEDGMENT));
        if (
          options > start + SACK_HEADER ||
          (options === start + SACK_HEADER && view.getInt32(start + OPTIONS) !== TIMESTAMPS)
        ) {
          const block = optionAt(view, start + OPTIONS, options, SACK, SACK_BYTES);
          if (block > 0) acknowledgeSelectively(other, view.getInt32(block), view.getInt32(block + 4));
        }
      }

      const moment = side * MOMENTS;
      const flags = words[own + FLAGS];
      if ((flags & SEEN) === 0 || words[own + PLACE] !== place) {
        if ((flags & SEEN) !== 0) {
          if (depth(tunnels) <= depth(words[own + TUNNELS])) return;
          const acked = words[own + ACKED];
          words.fill(0, own, own + STRIDE);
          moments.fill(0, moment, moment + MOMENTS);
          words[own + ACKED] = acked;
        }
        words[own + FLAGS] = (flags & KEPT) | SEEN;
        words[own + PLACE] = place;
        words[own + TUNNELS] = tunnels;
      }
      const length = Math.max(0, end - start - header) | 0;
      words[own + SEGMENTS]++;
      moments[moment + BYTES] += length;
      moments[moment + LAST_NUMBER] = number;
      if ((words[own + FLAGS] & HOLE_OPEN) !== 0 && time - moments[moment + HOLE_TIME] > OLD)
        words[own + FLAGS] |= HOLE_ALIVE;
      if ((set & RST_BIT) !== 0) {
        words[own + FLAGS] |= RST;
        return;
      }
      const sequence = view.getInt32(start + SEQUENCE);
      if ((set & SYN_BIT) !== 0) {
        words[own + FLAGS] |= HAS_NEXT;
        words[own + NEXT] = (sequence + 1 + length) | 0;
        moments[moment + SYN_NUMBER] = number;
        const mss = optionAt(view, start + OPTIONS, options, MAXIMUM_SEGMENT_SIZE, MSS_BYTES);
        words[own + MSS] = mss > 0 ? view.getUint16(mss) : 0;
        return;
      }
      const isFin = (set & FIN_BIT) !== 0;
      if (isFin) words[own + FLAGS] |= FIN;
      else if (view.getUint16(start + WINDOW) === 0 && words[own + ZERO]++ === 0)
        moments[moment + ZERO_NUMBER] = number;
      if (length === 0 && !isFin) return;
      const past = (sequence + length + (isFin ? 1 : 0)) | 0;
      const hops = view.getUint8(network + (isIpv4 ? 8 : 7)) << 16;
      const identification = isIpv4 ? view.getUint16(network + 4) : 0;
      send(
        own,
        moment,
        sequence,
        past,
        length,
        (end - network) | 0,
        identification | hops,
        identification !== 0,
      );
    },
    settle,
  };
}
