/**
 * What Wireshark notes of a TCP segment beside those before it (User's Guide, "TCP Analysis"; packet-tcp.c of 4.0): sent again, out of
 * order, lost, acknowledged twice. What it takes of a connection is two flows, one each way.
 */

/** What is noted of a segment, as bits. */
export const NOTE = {
  retransmission: 1,
  fastRetransmission: 1 << 1,
  spuriousRetransmission: 1 << 2,
  outOfOrder: 1 << 3,
  lostSegment: 1 << 4,
  ackLostSegment: 1 << 5,
  keepAlive: 1 << 6,
  keepAliveAck: 1 << 7,
  duplicateAck: 1 << 8,
  zeroWindow: 1 << 9,
  zeroWindowProbe: 1 << 10,
  zeroWindowProbeAck: 1 << 11,
  windowUpdate: 1 << 12,
  windowFull: 1 << 13,
  reusedPorts: 1 << 14,
  /** Wireshark has an analysis of it, as it acknowledges just what a segment ended with, or data that was never seen, or has data in flight. */
  analyzed: 1 << 15,
} as const;
/** All that is a segment sent again. */
export const SENT_AGAIN = NOTE.retransmission | NOTE.fastRetransmission | NOTE.spuriousRetransmission;

export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, ACK: 16 } as const;
const { FIN, SYN, RST, ACK } = TCP_FLAG;

/** A SYN's window scale: none was seen yet; or one that says that windows are not scaled. */
export const SHIFT_UNKNOWN = -1;
export const UNSCALED = -2;

/** Of one flow so many segments that were not acknowledged are remembered; of all connections together, {@link Room}. */
const MOST_UNACKNOWLEDGED = 1000;
/** A segment that duplicate acknowledgments ask for follows them so soon (ns). */
const FAST = 20_000_000;
/** Where the handshake's time is not known, segments overtake each other by no more than this (ns). */
const OVERTAKING = 3_000_000;

/** How many more segments are remembered. */
export interface Room {
  left: number;
}

/** One direction of a connection. Sequence numbers are as they stand, from 0 to 2^32 - 1; 0 is also "none yet". */
export class Flow {
  isBaseKnown = false;
  base = 0;
  /** The number behind the highest that was sent, and when that was. */
  next = 0;
  nextSeconds = 0;
  nextNanoseconds = 0;
  /** Up to here nothing is missing. */
  contiguous = 0;
  /** What this side acknowledged last, and when. */
  acknowledged = 0;
  acknowledgedSeconds = 0;
  acknowledgedNanoseconds = 0;
  /** As the header had it last. */
  window = 0xffffffff;
  shift = SHIFT_UNKNOWN;
  isFirstAck = false;
  /** Acknowledgments that said the same again; -1 after one of what was never seen. */
  duplicates = 0;
  /** What was noted of the last segment. */
  notes = 0;
  /** What is in flight is known: nothing was lost since the last acknowledgment. */
  isFlightKnown = true;
  /** The numbers behind segments that were not acknowledged yet. */
  readonly unacknowledged: number[] = [];
}

/** A segment, with its time. One object serves for all. */
export interface Segment {
  sequence: number;
  acknowledgment: number;
  /** Bytes of payload. */
  length: number;
  flags: number;
  window: number;
  seconds: number;
  nanoseconds: number;
}

const isBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0;
const isAfter = (a: number, b: number): boolean => ((b - a) | 0) < 0;

/** Nanoseconds since a time of a flow's. */
const since = (segment: Segment, seconds: number, nanoseconds: number): number =>
  (segment.seconds - seconds) * 1e9 + segment.nanoseconds - nanoseconds;

/**
 * Takes a segment into account, in the order of the capture.
 *
 * @param there the sender's flow
 * @param back the receiver's
 * @param roundTrip the handshake's time in ns; 0 where it is not known
 * @param noted what is known of the segment before: that its ports were used before
 * @returns bits of {@link NOTE}
 */
export function analyze(
  segment: Segment,
  there: Flow,
  back: Flow,
  roundTrip: number,
  noted: number,
  room: Room,
): number {
  const { sequence, acknowledgment, flags } = segment;
  if (!there.isBaseKnown) {
    there.base = (flags & SYN) !== 0 ? sequence : (sequence - 1) >>> 0;
    there.isBaseKnown = true;
  }
  if ((flags & ACK) !== 0) {
    if (!back.isBaseKnown) {
      back.base = (acknowledgment - 1) >>> 0;
      back.isBaseKnown = true;
    }
    back.isFlightKnown = true;
  }
  let notes = noted | windowNotes(segment, there, back);
  if (acknowledgment !== there.acknowledged) there.duplicates = 0;
  if ((notes & NOTE.lostSegment) !== 0) there.isFlightKnown = false;
  notes |= acknowledgmentNote(segment, back);
  if (segment.length > 0 || (flags & (SYN | FIN)) !== 0)
    notes |= sendingNote(segment, there, back, roundTrip, notes);
  advance(segment, there, notes, room);
  there.notes = notes & ~NOTE.analyzed;
  if (acknowledge(acknowledgment, back, room)) notes |= NOTE.analyzed;
  if (segment.length > 0 && there.unacknowledged.length > 0 && there.isFlightKnown) notes |= NOTE.analyzed;
  return notes;
}

/** What sequence number, acknowledgment and window say beside the last ones. */
function windowNotes(segment: Segment, there: Flow, back: Flow): number {
  const { sequence, acknowledgment, length, flags, window } = segment;
  const isNext = sequence === there.next;
  const isPlain = (flags & (SYN | FIN | RST)) === 0;
  if (length === 1 && isNext && back.window === 0) return NOTE.zeroWindowProbe;
  let notes = 0;
  if (window === 0 && isPlain) notes |= NOTE.zeroWindow;
  if (there.next !== 0 && isAfter(sequence, there.next) && (flags & RST) === 0) notes |= NOTE.lostSegment;
  if (!isPlain) return notes;
  if (length <= 1 && sequence === (there.next - 1) >>> 0) notes |= NOTE.keepAlive;
  if (length > 0 && reachesEdge(segment, back)) notes |= NOTE.windowFull;
  if (length > 0 || !isNext || acknowledgment !== there.acknowledged) return notes;
  if (window !== there.window) return window === 0 ? notes : notes | NOTE.windowUpdate;
  if (window === 0)
    return (back.notes & NOTE.zeroWindowProbe) === 0 ? notes : notes | NOTE.zeroWindowProbeAck;
  if ((back.notes & NOTE.keepAlive) !== 0) return notes | NOTE.keepAliveAck;
  there.duplicates = there.duplicates === -1 ? 1 : there.duplicates + 1;
  return notes | NOTE.duplicateAck;
}

/** Whether the segment goes just to the end of the window that the receiver offers. */
function reachesEdge({ sequence, length }: Segment, back: Flow): boolean {
  if (back.shift === SHIFT_UNKNOWN) return false;
  const shift = back.isFirstAck || back.shift === UNSCALED ? 0 : back.shift;
  return ((sequence + length - back.acknowledged - back.window * 2 ** shift) | 0) === 0;
}

/** Whether the acknowledgment is of what was never seen. */
function acknowledgmentNote({ acknowledgment, flags }: Segment, back: Flow): number {
  if (back.contiguous === 0 || (flags & ACK) === 0 || !isAfter(acknowledgment, back.contiguous)) return 0;
  if (isAfter(back.next, back.contiguous)) {
    back.contiguous = back.next;
    return NOTE.ackLostSegment;
  }
  const isFirst = back.duplicates === 0;
  back.duplicates = -1;
  return isFirst ? NOTE.ackLostSegment : NOTE.analyzed;
}

/** Of a segment that takes up sequence numbers: whether they were taken up before, and which kind of that it is. */
function sendingNote(segment: Segment, there: Flow, back: Flow, roundTrip: number, notes: number): number {
  const { sequence, length, flags } = segment;
  if ((notes & NOTE.keepAlive) !== 0) return 0;
  const end = (sequence + length) >>> 0;
  if (length > 0 && back.acknowledged !== 0 && !isAfter(end, back.acknowledged))
    return NOTE.spuriousRetransmission;
  const isBehind = there.next !== 0 && isBefore(sequence, there.next);
  // After a probe of one byte, more bytes from there on are new ones.
  if (!isBehind || (length > 1 && sequence === (there.next - 1) >>> 0)) return 0;
  // To Wireshark, whose counter has no sign, -1 is a great many.
  const isAskedAgain = back.duplicates >= 2 || back.duplicates === -1;
  const sinceAck = since(segment, back.acknowledgedSeconds, back.acknowledgedNanoseconds);
  if (isAskedAgain && back.acknowledged === sequence && sinceAck >= 0 && sinceAck < FAST)
    return NOTE.fastRetransmission;
  const sinceNext = since(segment, there.nextSeconds, there.nextNanoseconds);
  const isSoon = sinceNext >= 0 && sinceNext < (roundTrip === 0 ? OVERTAKING : roundTrip);
  const endsThere = there.next === (end + ((flags & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0;
  return isSoon && !endsThere ? NOTE.outOfOrder : NOTE.retransmission;
}

/** The sender's flow, after the segment. */
function advance(segment: Segment, there: Flow, notes: number, room: Room): void {
  const { sequence, acknowledgment, length, flags, window, seconds, nanoseconds } = segment;
  const takes = (flags & (SYN | FIN)) !== 0 ? length + 1 : length;
  const end = (sequence + takes) >>> 0;
  if (takes > 0 && there.unacknowledged.length < MOST_UNACKNOWLEDGED && room.left > 0) {
    there.unacknowledged.push(end);
    room.left--;
  }
  if ((notes & NOTE.zeroWindowProbe) === 0) {
    if (there.next === 0 || isAfter(end, there.next)) {
      there.next = end;
      there.nextSeconds = seconds;
      there.nextNanoseconds = nanoseconds;
    }
    if (there.contiguous === 0 || sequence === there.contiguous) there.contiguous = there.next;
  }
  there.window = window;
  there.acknowledged = acknowledgment;
  there.acknowledgedSeconds = seconds;
  there.acknowledgedNanoseconds = nanoseconds;
}

/** Forgets what is acknowledged. @returns whether that is just where a segment ended */
function acknowledge(acknowledgment: number, back: Flow, room: Room): boolean {
  const { unacknowledged } = back;
  let [kept, isExact] = [0, false];
  for (let i = 0; i < unacknowledged.length; i++) {
    const end = unacknowledged[i] as number;
    if (end === acknowledgment) isExact = true;
    else if (isAfter(end, acknowledgment)) unacknowledged[kept++] = end;
  }
  room.left += unacknowledged.length - kept;
  unacknowledged.length = kept;
  return isExact;
}
