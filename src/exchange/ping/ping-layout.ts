/**
 * Where things lie in what is kept of pings: all who read or write an entry go by this. Words, doubles and 16-bit counts are one piece of
 * memory, an entry's next to each other: so that a ping is in four lines of the processor's cache, and not in six.
 */

/** Bytes of an entry, of its words, and of its doubles behind them; the counts follow. */
const [BYTES, WORD_BYTES, MOMENT_BYTES] = [200, 128, 32];

/** So many places where a packet was seen are remembered of each request and reply. */
export const MOST_PLACES = 5;
const REQUEST_PLACES = 17;
const REPLY_PLACES = REQUEST_PLACES + MOST_PLACES;

/** An entry's words, by their place in it. */
export const ENTRY = {
  STRIDE: BYTES / 4,
  /** Neighbours in the bucket; -1 at the ends. */
  OLDER: 0,
  NEWER: 1,
  BUCKET: 2,
  /** State, IP version, how many places are filled, where it is not whole, and the request's length. */
  FLAGS: 3,
  /** The request's addresses, four words each, of which IPv4 fills the first; identifier and sequence number. */
  SOURCE: 4,
  DESTINATION: 8,
  IDENTITY: 12,
  /** IPv4 identification and ICMP checksum, which stay the same from hop to hop. */
  REQUEST_PRINT: 13,
  REPLY_PRINT: 14,
  REQUEST_TUNNELS: 15,
  REPLY_TUNNELS: 16,
  REQUEST_PLACES,
  REPLY_PLACES,
  /** How often the request and the reply came once more. */
  REPEATED: REPLY_PLACES + MOST_PLACES,
  DUPLICATES: REPLY_PLACES + MOST_PLACES + 1,
  /** The data's first bytes, as a hash: the request's, or those of a reply without one. 0 where they are not known. */
  DATA: REPLY_PLACES + MOST_PLACES + 2,
  /** The lower half: the data's length and one, or 0. The upper one: what there is to say of the ping, as {@link NOTE} has it. */
  NOTES: REPLY_PLACES + MOST_PLACES + 3,
  /** The request's TTLs in the lower half, the reply's in the upper one. */
  HOPS: REPLY_PLACES + MOST_PLACES + 4,
} as const;

const PLACE_COUNTS = (WORD_BYTES + MOMENT_BYTES) / 2;
const BEHIND_PLACES = PLACE_COUNTS + MOST_PLACES * 2;

/** Of an entry, in 16 bits each. */
export const COUNT = {
  STRIDE: BYTES / 2,
  /** How often its packets came once more at each place: requests', then replies'. */
  PLACES: PLACE_COUNTS,
  /** How many ICMP errors say that the reply was not delivered. */
  REFUSED: BEHIND_PLACES,
  /** The outermost IPv4 identifications, by which an error that quotes little more than that header is known to be about them. */
  REQUEST_OUTER: BEHIND_PLACES + 1,
  REPLY_OUTER: BEHIND_PLACES + 2,
  /** The interface on which the request was seen first. */
  INTERFACE: BEHIND_PLACES + 3,
  /** Where the first of those errors was seen, and which was counted last: the same one may be captured more than once. */
  REFUSED_AT: BEHIND_PLACES + 4,
  REFUSED_BY: BEHIND_PLACES + 5,
  /** The hardware address that the request came from, as {@link HAND} has it, and on which interface; 0 once its reply was seen to go there. */
  HARDWARE: BEHIND_PLACES + 6,
  HARDWARE_AT: BEHIND_PLACES + 7,
} as const;

/** In an entry's notes. */
export const NOTE = {
  LENGTH: 0xffff,
  /** The reply does not return the request's data: its first bytes or length are others. */
  OTHER_DATA: 1 << 16,
  /** The same by the checksums alone, which cover all of it. */
  OTHER_SUM: 1 << 17,
  /** A reply was seen in which a checksum is wrong, so that receivers drop it. */
  DAMAGED: 1 << 18,
  /** An ICMP error says that the reply was not delivered. */
  REFUSED: 1 << 19,
  /** Of a reply: it is a member's answer to a request to its group, and counted there. */
  MEMBER: 1 << 20,
  /** Of a reply: it comes from another address than its request asked, and is told with it. */
  OTHER_ADDRESS: 1 << 21,
  /** The reply was seen, and not where its request was seen first. */
  AWAY: 1 << 22,
  /** The request asks a group. */
  GROUP: 1 << 23,
  /** The reply was seen where its request was, and goes to another hardware address than that came from. */
  OTHER_HARDWARE: 1 << 24,
  /** A router says that the request's hops ran out: REPLY_PRINT is which of those that said so, REPLY_TIME when it did. */
  EXPIRED: 1 << 25,
} as const;

/** Beside the words, in doubles: times in ns since the capture's first second, and packet numbers. */
export const MOMENT = {
  STRIDE: BYTES / 8,
  REQUEST_TIME: WORD_BYTES / 8,
  REPLY_TIME: WORD_BYTES / 8 + 1,
  REQUEST_NUMBER: WORD_BYTES / 8 + 2,
  REPLY_NUMBER: WORD_BYTES / 8 + 3,
} as const;

/** In an entry's flags. */
export const FLAG = {
  STATE: 3,
  EMPTY: 0,
  PENDING: 1,
  ANSWERED: 2,
  /** A reply whose request was not seen, or not yet. */
  ORPHAN: 3,
  IPV6: 4,
  LATE: 8,
  REQUEST_COUNT_SHIFT: 4,
  REPLY_COUNT_SHIFT: 8,
  /** Four bits: at how many places a first fragment has come of a request that is not whole there. */
  PIECES_SHIFT: 12,
  /** The upper half: the request's outermost length where no router may cut it into fragments, else 0. */
  SIZE_SHIFT: 16,
} as const;

/** In a key: both addresses as in an entry, identifier and sequence number, IPV6 or 0, the data's first bytes and length as in an entry. */
export const KEY_IDENTITY = 8;
export const KEY_VERSION = 9;
export const KEY_DATA = 10;
export const KEY_LENGTH = 11;
/** A hash of its addresses, as {@link PingEntries.hashAddresses} makes it; 0 where it is not made yet. */
export const KEY_HASH = 12;
export const KEY_WORDS = 13;

/** In {@link PingMemory.clock}: the time of the packet at hand, the capture's first second, and the earliest request's time. */
export const CLOCK = { NOW: 0, FIRST_SECOND: 1, FIRST_REQUEST: 2 } as const;

/** In {@link PingMemory.totals}. */
export const TOTAL = {
  REQUESTS: 0,
  ANSWERED: 1,
  /** Replies that came once more, as ping counts them. */
  DUPLICATES: 2,
  /** The number of the request that the packet at hand is the answer to; 0 if it is none. */
  ANSWERED_NUMBER: 3,
  /** Of the reply that came last, in ns; NaN before the first. */
  LAST_ROUND_TRIP: 4,
  /** Requests among the answered whose replies did not come back to where they were seen first, so far. */
  AWAY: 5,
} as const;
