/** Where things lie in what is remembered of a TCP connection's or a DNS query's exchange. */

/** At so many places (interface, tunnels, TTLs) a request is told from one that was sent again. */
export const MOST_PLACES = 8;

/** Words of an entry. Neighbours in a bucket are entry numbers, -1 for none. */
export const ENTRY = {
  OLDER: 0,
  NEWER: 1,
  BUCKET: 2,
  FLAGS: 3,
  /** As in the key: two addresses of four words each, both ports, IP version. */
  ENDS: 4,
  /** TCP: the SYN's sequence number. DNS: the identifier. UDP: the tunnels of what came back, and one more; 0 where nothing did. */
  IDENTITY: 14,
  /** DNS: the question, as a hash; 0 if it is not known. */
  QUESTION: 15,
  /** Of the request as it counts: number of its tunnels, and the point where it was captured. */
  TUNNELS: 16,
  POINT: 17,
  /** How many of the places below are filled; how often the request came at each; and which they are. */
  PLACE_COUNT: 18,
  SEEN: 19,
  PLACES: 19 + MOST_PLACES,
  STRIDE: 19 + 2 * MOST_PLACES,
} as const;

/** Words of a key: what {@link ENTRY} has from ENDS on. The lower address and port stand first, whoever sends. */
export const KEY = { FIRST: 0, SECOND: 4, PORTS: 8, VERSION: 9, WORDS: 10 } as const;

/** In an entry's FLAGS. */
export const FLAG = {
  STATE: 7,
  EMPTY: 0,
  /** The request was seen, and nothing that came of it. */
  BEGUN: 1,
  ANSWERED: 2,
  REFUSED: 3,
  /** A connection whose SYN is not in the capture. */
  MIDDLE: 4,
  /** An answer whose request is not in the capture, or stands behind it. */
  ORPHAN: 5,
  /** Who asked is the key's second end. */
  ASKER_SECOND: 1 << 3,
  /** TUNNELS are those of a packet from whoever asked. */
  WAY_KNOWN: 1 << 4,
  /** There is a time of the answer. */
  TIMED: 1 << 5,
  /** That time is final: of the point and in the tunnels where the request counts, or none came there soon enough. */
  TIMED_THERE: 1 << 6,
  /** Answered, as later packets prove; the answer itself is not in the capture. */
  PROVEN: 1 << 7,
  /** Refused by an ICMP error. */
  BY_ERROR: 1 << 8,
  /** An answer came whose checksum is wrong, so that its receiver dropped it. */
  DAMAGED: 1 << 9,
  /** Sent with as few hops left as traceroute sends with: UDP and DNS alone. */
  FEW_HOPS: 1 << 10,
  /** DNS: the answer's RCODE, four bits. */
  RCODE_SHIFT: 16,
} as const;

/** Doubles of an entry: ns since the first packet, and packet numbers. */
export const MOMENT = {
  /** When the request was sent first, as far as it is here; and last, at the point where it counts. */
  FIRST: 0,
  LAST: 1,
  /** When it was seen last, wherever. */
  SEEN: 2,
  /** TCP: the ACK that ends the handshake. DNS: the answer. */
  ANSWER: 3,
  REQUEST_NUMBER: 4,
  ANSWER_NUMBER: 5,
  STRIDE: 6,
} as const;
