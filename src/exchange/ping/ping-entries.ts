/**
 * Requests and their replies, remembered in a ring of fixed size and found by their identity: addresses, identifier and
 * sequence number, compared exactly, and what is known of their data.
 *
 * The ring gives the order in which they leave, and neighbours in a hash bucket are linked both ways, so that the oldest
 * leaves in one step; open addressing would pay for that with tombstones or with moving entries about.
 *
 * Beside the ring there may be a second one, into which its user puts entries away that are not to leave with the others.
 */
import { randomFactors } from '../../decode/hash.ts';

/** So many places where a packet was seen are remembered of each request and reply. */
const PLACES = 5;
const REQUEST_PLACES = 17;
const REPLY_PLACES = REQUEST_PLACES + PLACES;

/** An entry's words, by their place in it. */
export const ENTRY = {
  STRIDE: 32,
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
  REPEATED: REPLY_PLACES + PLACES,
  DUPLICATES: REPLY_PLACES + PLACES + 1,
  /** The data's first bytes, as a hash: the request's, or those of a reply without one. 0 where they are not known. */
  DATA: REPLY_PLACES + PLACES + 2,
  /** The lower half: the data's length and one, or 0. The upper one: what there is to say of the ping, as {@link NOTE} has it. */
  NOTES: REPLY_PLACES + PLACES + 3,
  /** The request's TTLs in the lower half, the reply's in the upper one. */
  HOPS: REPLY_PLACES + PLACES + 4,
} as const;

/** Of an entry, in 16 bits each, behind how often its packets came once more at each place: requests', then replies'. */
export const COUNT = {
  STRIDE: 18,
  /** How many ICMP errors say that the reply was not delivered. */
  REFUSED: PLACES * 2,
  /** The outermost IPv4 identifications, by which an error that quotes little more than that header is known to be about them. */
  REQUEST_OUTER: PLACES * 2 + 1,
  REPLY_OUTER: PLACES * 2 + 2,
  /** The interface on which the request was seen first. */
  INTERFACE: PLACES * 2 + 3,
  /** Where the first of those errors was seen, and which was counted last: the same one may be captured more than once. */
  REFUSED_AT: PLACES * 2 + 4,
  REFUSED_BY: PLACES * 2 + 5,
} as const;

/** In an entry's notes. */
export const NOTE = {
  LENGTH: 0xffff,
  /** The reply does not return the request's data: its first bytes or length are others. */
  OTHER_DATA: 1 << 16,
  /** The same by the checksums alone, which cover all of it. */
  OTHER_SUM: 1 << 17,
  /** A reply was seen whose IPv4 header's checksum is wrong: routers and receivers drop it. */
  DAMAGED: 1 << 18,
  /** An ICMP error says that the reply was not delivered. */
  REFUSED: 1 << 19,
  /** Of a reply: it is a member's answer to a request to its group, and counted there. */
  MEMBER: 1 << 20,
  /** Of a reply: it comes from another address than its request asked, and is told with it. */
  OTHER_ADDRESS: 1 << 21,
  /** The reply was seen, and not where its request was seen first. */
  AWAY: 1 << 22,
} as const;

/** Beside the words, in doubles: times in ns since the capture's first second, and packet numbers. */
export const MOMENT = {
  STRIDE: 4,
  REQUEST_TIME: 0,
  REPLY_TIME: 1,
  REQUEST_NUMBER: 2,
  REPLY_NUMBER: 3,
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

/** In a key: both addresses as in an entry, identifier and sequence number, IPV6 or 0, and the data's first bytes and length as in an entry. */
export const KEY_IDENTITY = 8;
export const KEY_VERSION = 9;
export const KEY_DATA = 10;
export const KEY_LENGTH = 11;
const KEY_WORDS = 12;

export interface PingEntries {
  readonly words: Int32Array;
  readonly moments: Float64Array;
  /** As {@link COUNT} says. */
  readonly counts: Uint16Array;
  /** The identity that {@link newest}, {@link isMatch} and {@link take} go by. IPv4 leaves the other words of addresses 0. */
  readonly key: Int32Array;
  /** The newest entry in the key's bucket, or -1; `OLDER` leads on. To be asked before the next two. */
  newest(): number;
  isMatch(entry: number): boolean;
  /** Whether the entry's data may be the key's: what is not known fits. */
  fits(entry: number): boolean;
  /** What the key knows of the data is the entry's too, where that was not known. */
  learnData(entry: number): void;
  /** Takes the entry that is next to be filled for the key; what it held is gone. */
  take(state: number): number;
  /** How many entries can be put away. */
  readonly shelf: number;
  /** The ring's entries have the numbers below, those put away the ones from here on. */
  readonly capacity: number;
  /** The entry that {@link putAway} fills next, which is the one put away longest ago; or, with `ago` 1 and up, as {@link next}. */
  nextAway(ago?: number): number;
  /** Moves an entry out of the ring, keeping its place among those of its bucket. @returns its new number, above all of the ring's */
  putAway(entry: number): number;
  /** The entry that is next to be filled, which is the oldest; or, with `ago` 1 and up, the newest and those before it. */
  next(ago?: number): number;
  /**
   * Which of the places of a request (or reply) it is, or -1. Place 0 stands for one that can't be known: never any of them.
   *
   * @param first REQUEST_PLACES or REPLY_PLACES
   * @param shift REQUEST_COUNT_SHIFT or REPLY_COUNT_SHIFT
   */
  findPlace(entry: number, first: number, shift: number, place: number): number;
  /** @returns the new place's index, or -1 where there is no room, or it can't be known */
  addPlace(entry: number, first: number, shift: number, place: number): number;
  /**
   * A packet that is there already came once more at a place.
   *
   * @param counter REPEATED or DUPLICATES: the most that it came again at any one place
   * @returns whether it was seen so often at no place before: a copy seen at all places is one copy
   */
  cameAgain(entry: number, first: number, counter: number, index: number): boolean;
}

/**
 * @param capacity a power of two
 * @param shelf how many entries can be put away: a power of two, or 0
 */
export function createPingEntries(capacity: number, shelf = 0): PingEntries {
  const { STRIDE, OLDER, NEWER, BUCKET, FLAGS, SOURCE, DESTINATION, IDENTITY, HOPS } = ENTRY;
  const { REPEATED, DUPLICATES, DATA, NOTES } = ENTRY;
  const { STRIDE: COUNTS, REFUSED } = COUNT;
  const { LENGTH } = NOTE;
  const { IPV6, STATE, EMPTY } = FLAG;
  const FIRST_PLACE = ENTRY.REQUEST_PLACES;
  const MOST_PLACES = PLACES;
  const MASK = capacity - 1;
  const bucketBits = 32 - Math.clz32(capacity);
  const BUCKET_SHIFT = 32 - bucketBits;
  const BUCKET_MASK = (1 << bucketBits) - 1;
  const words = new Int32Array((capacity + shelf) * STRIDE);
  const moments = new Float64Array((capacity + shelf) * MOMENT.STRIDE);
  const counts = new Uint16Array((capacity + shelf) * COUNTS);
  const buckets = new Int32Array(1 << bucketBits).fill(-1);
  const factors = randomFactors(KEY_VERSION);
  const key = new Int32Array(KEY_WORDS);
  let bucket = 0;
  let head = 0;
  let away = 0;

  function unlink(word: number): void {
    const older = words[word + OLDER];
    const newer = words[word + NEWER];
    if (older >= 0) words[older * STRIDE + NEWER] = newer;
    if (newer >= 0) words[newer * STRIDE + OLDER] = older;
    else buckets[words[word + BUCKET]] = older;
  }

  return {
    words,
    moments,
    counts,
    key,
    shelf,
    capacity,
    nextAway: (ago = 0) => capacity + ((away - ago) & (shelf - 1)),
    putAway(entry) {
      const to = capacity + away;
      away = (away + 1) & (shelf - 1);
      const from = entry * STRIDE;
      const word = to * STRIDE;
      if ((words[word + FLAGS] & STATE) !== EMPTY) unlink(word);
      words.copyWithin(word, from, from + STRIDE);
      moments.copyWithin(to * MOMENT.STRIDE, entry * MOMENT.STRIDE, (entry + 1) * MOMENT.STRIDE);
      counts.copyWithin(to * COUNTS, entry * COUNTS, (entry + 1) * COUNTS);
      const older = words[word + OLDER];
      const newer = words[word + NEWER];
      if (older >= 0) words[older * STRIDE + NEWER] = to;
      if (newer >= 0) words[newer * STRIDE + OLDER] = to;
      else buckets[words[word + BUCKET]] = to;
      words[from + FLAGS] = EMPTY;
      return to;
    },
    next: (ago = 0) => (head - ago) & MASK,
    newest() {
      // A run's sequence numbers go through neighbouring buckets, which the processor's cache then has at hand.
      const identity = key[8];
      let hash =
        Math.imul(key[0], factors[0]) +
        Math.imul(key[4], factors[4]) +
        Math.imul(identity >>> 16, factors[8]);
      if (key[9] !== 0) {
        for (let i = 1; i < 4; i++) {
          hash = (hash + Math.imul(key[i], factors[i]) + Math.imul(key[i + 4], factors[i + 4])) | 0;
        }
      }
      bucket = ((hash >>> BUCKET_SHIFT) + identity) & BUCKET_MASK;
      return buckets[bucket];
    },
    isMatch(entry) {
      const word = entry * STRIDE;
      if (
        words[word + IDENTITY] !== key[8] ||
        words[word + SOURCE] !== key[0] ||
        words[word + DESTINATION] !== key[4] ||
        (words[word + FLAGS] & IPV6) !== key[9]
      ) {
        return false;
      }
      if (key[9] === 0) return true;
      for (let i = 1; i < 4; i++) {
        if (words[word + SOURCE + i] !== key[i] || words[word + DESTINATION + i] !== key[4 + i]) return false;
      }
      return true;
    },
    fits(entry) {
      const word = entry * STRIDE;
      const data = words[word + DATA];
      const length = words[word + NOTES] & LENGTH;
      return (
        (data === key[10] || data === 0 || key[10] === 0) &&
        (length === key[11] || length === 0 || key[11] === 0)
      );
    },
    learnData(entry) {
      const word = entry * STRIDE;
      if (words[word + DATA] === 0) words[word + DATA] = key[10];
      if ((words[word + NOTES] & LENGTH) === 0) words[word + NOTES] |= key[11];
    },
    take(state) {
      const entry = head;
      head = (head + 1) & MASK;
      const word = entry * STRIDE;
      if ((words[word + FLAGS] & STATE) !== EMPTY) unlink(word);
      const older = buckets[bucket];
      words[word + OLDER] = older;
      words[word + NEWER] = -1;
      if (older >= 0) words[older * STRIDE + NEWER] = entry;
      buckets[bucket] = entry;
      words[word + BUCKET] = bucket;
      // No places yet: what the slots for them hold does not count.
      words[word + FLAGS] = state | key[9];
      words[word + REPEATED] = 0;
      words[word + DUPLICATES] = 0;
      words[word + DATA] = key[10];
      words[word + NOTES] = key[11];
      words[word + HOPS] = 0;
      counts[entry * COUNTS + REFUSED] = 0;
      for (let i = 0; i < 9; i++) words[word + SOURCE + i] = key[i];
      return entry;
    },
    findPlace(entry, first, shift, place) {
      const word = entry * STRIDE;
      const count = (words[word + FLAGS] >> shift) & 15;
      for (let i = 0; i < count; i++) if (words[word + first + i] === place) return i;
      return -1;
    },
    addPlace(entry, first, shift, place) {
      const word = entry * STRIDE;
      const count = (words[word + FLAGS] >> shift) & 15;
      if (count === MOST_PLACES || place === 0) return -1;
      words[word + first + count] = place;
      counts[entry * COUNTS + first - FIRST_PLACE + count] = 0;
      words[word + FLAGS] += 1 << shift;
      return count;
    },
    cameAgain(entry, first, counter, index) {
      const slot = entry * COUNTS + first - FIRST_PLACE + index;
      if (counts[slot] === 0xffff || ++counts[slot] <= words[entry * STRIDE + counter]) return false;
      words[entry * STRIDE + counter]++;
      return true;
    },
  };
}
