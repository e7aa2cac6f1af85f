/**
 * What counts as the same ping, as a copy, as an answer and as an answer to a group. `verify` and `path` go by one matcher, and it by this, so
 * that they can't contradict each other.
 *
 * - A request is an echo request that was not seen before. One with the same addresses, numbers and data is the same packet at another
 *   place where its checksum is the same too, for as long as {@link TRAVEL_WINDOW}; at the same place it is a repetition, within
 *   {@link REPEAT_WINDOW} as long as nothing has answered, and within {@link COPY_WINDOW} after that.
 * - A reply answers the newest request with its addresses, numbers and data, but rather one that went through just its tunnels. Where no
 *   request has its data, it answers one that nothing has answered, and does not return what was sent.
 * - The first reply answers. Further ones are the same packet at another place where identification and checksum are the same, and
 *   else duplicates.
 * - A member of a group answers by its own address what the group was asked: the first one answers, others are duplicates.
 * - A request is answered where its reply was neither refused, nor damaged, nor seen only farther away than its request.
 */
import { FLAG, NOTE } from './ping-layout.ts';

/** A request that is seen again, unanswered, within this time (ns) is a repetition; past it, a new request that looks the same. */
export const REPEAT_WINDOW = 1e9;
/** A copy of an answered request, identical to its identification, within this time (ns) is still a copy of it. */
export const COPY_WINDOW = 10e6;
/** A packet that comes to another interface within this time (ns) may be the same: it may have waited on the way, as for ARP. */
export const TRAVEL_WINDOW = 30e9;
/** Packets with the same identity that are looked at, newest first: more would be a trap made on purpose. */
export const MOST_CANDIDATES = 8;
/** Of a print: the ICMP checksum. */
const CHECKSUM_BITS = 0xffff;
/** What the type of an echo reply is less than that of its request, in the checksum's word, as the checksum is more by that (RFC 1071). */
const TYPE_STEP = 0x0800;
const ICMPV6_TYPE_STEP = -0x0100;

/**
 * Whether two prints, identification and checksum, are those of one packet. On its way to another interface a packet may get another
 * identification (RFC 6864, section 4.1).
 */
export function isSamePacket(print: number, other: number, isElsewhere: boolean): boolean {
  return ((print ^ other) & (isElsewhere ? CHECKSUM_BITS : -1)) === 0;
}

/** Whether the checksums are those of the same data, in a request and its reply. Between equal addresses nothing else differs. */
export function isSameSum(request: number, reply: number, isIpv6: boolean): boolean {
  const sum = (request & CHECKSUM_BITS) + (isIpv6 ? ICMPV6_TYPE_STEP : TYPE_STEP) - (reply & CHECKSUM_BITS);
  return sum === 0 || sum === 0xffff || sum === -0xffff;
}

/**
 * The checksum of a request, by its own print or by that of a reply with the same data: the same at every point that keeps the ICMP header.
 * Of the two zeros of ones' complement it is 0.
 */
export function requestSum(print: number, isReply: boolean, isIpv6: boolean): number {
  const step = isReply ? (isIpv6 ? ICMPV6_TYPE_STEP : TYPE_STEP) : 0;
  return ((print & CHECKSUM_BITS) - step + CHECKSUM_BITS) % CHECKSUM_BITS;
}

/**
 * Whether one address stands for many hosts: multicast (224.0.0.0/4, ff00::/8), or an IPv4 address whose last byte is 255. Other
 * broadcast addresses, of smaller networks, show only in their frames' destination. A group's hardware address does not make
 * one: clusters answer by it for one address.
 *
 * @param first the address's first 32 bits, which for IPv4 are all
 */
export function isGroupAddress(first: number, isIpv6: boolean): boolean {
  if (isIpv6) return first >>> 24 === 0xff;
  // A host may have an address that ends in 255, in a large network: its own replies then match it exactly.
  return first >>> 28 === 14 || (first & 255) === 255;
}

/** Of a reply's notes: whether it is told with the request that it answers from another address, and is none without a request. */
export function isToldElsewhere(notes: number): boolean {
  return (notes & (NOTE.MEMBER | NOTE.OTHER_ADDRESS)) !== 0;
}

/** What became of a request. */
export const OUTCOME = { unanswered: 0, answered: 1, undelivered: 2 } as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/**
 * By an entry's flags and notes.
 *
 * @param isOneClock between clocks time does not tell whether a reply came back: the way does
 */
export function outcomeOf(flags: number, notes: number, isOneClock: boolean): Outcome {
  const undelivered = NOTE.REFUSED | NOTE.DAMAGED | (isOneClock ? NOTE.AWAY : 0);
  if ((notes & undelivered) !== 0) return OUTCOME.undelivered;
  return (flags & FLAG.STATE) === FLAG.ANSWERED ? OUTCOME.answered : OUTCOME.unanswered;
}
