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
import { fixedWords } from '../fixed-memory.ts';
import {
  COUNT,
  ENTRY,
  FLAG,
  KEY_HASH,
  KEY_VERSION,
  KEY_WORDS,
  NOTE,
  MOST_PLACES as PLACES,
} from './ping-layout.ts';

export interface PingEntries {
  readonly words: Int32Array;
  readonly moments: Float64Array;
  /** As {@link COUNT} says. */
  readonly counts: Uint16Array;
  /** The identity that {@link newest}, {@link isMatch} and {@link take} go by. IPv4 leaves the other words of addresses 0. */
  readonly key: Int32Array;
  /** A hash of the key's addresses, never 0: in the key, it need not be made again for others between them. */
  hashAddresses(): number;
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
  const HASH = KEY_HASH;
  const { IPV6, STATE, EMPTY } = FLAG;
  const PLACE_COUNTS = COUNT.PLACES - ENTRY.REQUEST_PLACES;
  const MOST_PLACES = PLACES;
  const MASK = capacity - 1;
  const bucketBits = 32 - Math.clz32(capacity);
  const BUCKET_SHIFT = 32 - bucketBits;
  const BUCKET_MASK = (1 << bucketBits) - 1;
  const words = new Int32Array((capacity + shelf) * STRIDE);
  const moments = new Float64Array(words.buffer);
  const counts = new Uint16Array(words.buffer);
  const buckets = new Int32Array(1 << bucketBits).fill(-1);
  const factors = randomFactors(KEY_VERSION);
  const key = fixedWords(KEY_WORDS);
  let bucket = 0;
  let head = 0;
  let away = 0;

  function hashAddresses(): number {
    let hash = Math.imul(key[0], factors[0]) + Math.imul(key[4], factors[4]);
    if (key[9] !== 0) {
      for (let i = 1; i < 4; i++) {
        hash = (hash + Math.imul(key[i], factors[i]) + Math.imul(key[i + 4], factors[i + 4])) | 0;
      }
    }
    return hash | 1;
  }

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
      const older = words[word + OLDER];
      const newer = words[word + NEWER];
      if (older >= 0) words[older * STRIDE + NEWER] = to;
      if (newer >= 0) words[newer * STRIDE + OLDER] = to;
      else buckets[words[word + BUCKET]] = to;
      words[from + FLAGS] = EMPTY | (words[from + FLAGS] & IPV6);
      return to;
    },
    next: (ago = 0) => (head - ago) & MASK,
    hashAddresses,
    newest() {
      if (key[HASH] === 0) key[HASH] = hashAddresses();
      const identity = key[8];
      const hash = key[HASH] + Math.imul(identity >>> 16, factors[8]);
      // A run's sequence numbers go through neighbouring buckets, which the processor's cache then has at hand.
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
      const left = words[word + FLAGS];
      if ((left & STATE) !== EMPTY) unlink(word);
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
      words[word + IDENTITY] = key[8];
      words[word + SOURCE] = key[0];
      words[word + DESTINATION] = key[4];
      // The other words of addresses are 0 where only IPv4 was.
      if (((left | key[9]) & IPV6) !== 0)
        for (let i = 1; i < 4; i++) {
          words[word + SOURCE + i] = key[i];
          words[word + DESTINATION + i] = key[4 + i];
        }
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
      counts[entry * COUNTS + first + PLACE_COUNTS + count] = 0;
      words[word + FLAGS] += 1 << shift;
      return count;
    },
    cameAgain(entry, first, counter, index) {
      const slot = entry * COUNTS + first + PLACE_COUNTS + index;
      if (counts[slot] === 0xffff || ++counts[slot] <= words[entry * STRIDE + counter]) return false;
      words[entry * STRIDE + counter]++;
      return true;
    },
  };
}
