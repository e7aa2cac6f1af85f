/** What is kept of each end of a connection, as words and doubles: tcp-course.ts writes it, tcp-settlement.ts counts it. */

/** Words for what one end of a connection sends. Lengths are those of IP packets, as links see them. */
export const SIDE = {
  FLAGS: 0,
  /** Where it is followed, and in which tunnels. */
  PLACE: 1,
  TUNNELS: 2,
  /** The sequence number behind all that was sent; and behind what the other end has acknowledged. */
  NEXT: 3,
  ACKED: 4,
  /** As it announced it; 0 where that was not seen. */
  MSS: 5,
  /** The newest segment's IPv4 identification, and 65,536 times its TTL. */
  NEWEST: 6,
  /** The longest packet that was acknowledged; and the longest one that is not yet, with the sequence number behind it. */
  PROVEN: 7,
  LONGEST: 8,
  LONGEST_END: 9,
  /** The oldest segment that is not acknowledged, where it was sent again: its length, number, and how often. */
  STUCK: 10,
  STUCK_AT: 11,
  TIMES: 12,
  /** Its length, once it got through in shorter ones. */
  SHRUNK: 13,
  /** The first data that never came, though what is behind it did. */
  HOLE: 14,
  HOLE_END: 15,
  AGAIN: 16,
  ZERO: 17,
  SEGMENTS: 18,
  /** The newest data: the sequence number it begins with, and its packet's length. */
  LAST: 19,
  LAST_SIZE: 20,
  STRIDE: 21,
} as const;

export const FLAG = {
  HAS_NEXT: 1,
  HAS_ACKED: 2,
  FIN: 4,
  RST: 8,
  SEEN: 16,
  /** The other end was heard of since the stuck segment was sent again. */
  ALIVE: 32,
  /** The stuck segment was sent in shorter ones. */
  SHRINKS: 64,
  HOLE_OPEN: 128,
  /** The sender was heard of long after the hole. */
  HOLE_ALIVE: 256,
  /** New data was acknowledged. */
  ADVANCED: 512,
  /** What is behind the oldest segment was acknowledged, and that was not (RFC 2018). */
  SACKED: 1024,
} as const;

/** Doubles of one end: packet numbers, times in ns. */
export const MOMENT = {
  BYTES: 0,
  NEWEST: 1,
  STUCK_NUMBER: 2,
  AGAIN_NUMBER: 3,
  ZERO_NUMBER: 4,
  HOLE_TIME: 5,
  HOLE_NUMBER: 6,
  LAST_NUMBER: 7,
  SYN_NUMBER: 8,
  STRIDE: 9,
} as const;

/** Sent again so often and not acknowledged, a segment is stuck. */
export const STUCK_TIMES = 2;
/** A hole is told once it was open for so long (ns), in which TCP sends again twice at least. */
export const HOLE_AGE = 1e9;
