/**
 * Connections or queries, remembered in a ring of fixed size and found by their two ends, whichever of them sends. As with pings the ring
 * gives the order in which they leave, and neighbours in a hash bucket are linked both ways.
 */
import { randomFactors } from '../decode/hash.ts';
import { ENTRY, FLAG, KEY, MOMENT, MOST_PLACES as PLACES } from './exchange-layout.ts';

export interface ExchangeEntries {
  readonly words: Int32Array;
  readonly moments: Float64Array;
  /** The ends that {@link newest}, {@link isMatch} and {@link take} go by. IPv4 leaves the other words of addresses 0. */
  readonly key: Int32Array;
  readonly capacity: number;
  /** The newest entry in the key's bucket, or -1; `OLDER` leads on. To be asked before the next two. */
  newest(): number;
  isMatch(entry: number): boolean;
  /** Takes the oldest entry for the key; what it held is gone. */
  take(flags: number): number;
  /** The entry that {@link take} fills next, which is the oldest; those behind it are younger, around the ring. */
  next(): number;
  /** Which of the request's places it is, or -1. */
  findPlace(entry: number, place: number): number;
  /** Where there is no more room, the place is not remembered: what comes there again is not noticed. */
  addPlace(entry: number, place: number): void;
  /** The request has come once more at one of its places. */
  seeAgain(entry: number, index: number): void;
  /** How often the request was sent again: as often as it came again at any one place. */
  timesAgain(entry: number): number;
}

/** @param capacity a power of two */
export function createExchangeEntries(capacity: number): ExchangeEntries {
  const { STRIDE, OLDER, NEWER, BUCKET, FLAGS, ENDS, PLACE_COUNT, SEEN, PLACES: FIRST_PLACE } = ENTRY;
  const { PORTS, VERSION, WORDS } = KEY;
  const { STATE, EMPTY } = FLAG;
  const MOMENTS = MOMENT.STRIDE;
  const MOST = PLACES;
  const MASK = capacity - 1;
  const bucketBits = 32 - Math.clz32(capacity);
  const SHIFT = 32 - bucketBits;
  const words = new Int32Array(capacity * STRIDE);
  const moments = new Float64Array(capacity * MOMENTS);
  const buckets = new Int32Array(1 << bucketBits).fill(-1);
  const factors = randomFactors(WORDS);
  const key = new Int32Array(WORDS);
  let bucket = 0;
  let head = 0;

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
    key,
    capacity,
    newest() {
      let hash =
        Math.imul(key[0], factors[0]) + Math.imul(key[4], factors[4]) + Math.imul(key[PORTS], factors[PORTS]);
      if (key[VERSION] !== 0) {
        for (let i = 1; i < 4; i++) {
          hash = (hash + Math.imul(key[i], factors[i]) + Math.imul(key[i + 4], factors[i + 4])) | 0;
        }
      }
      bucket = hash >>> SHIFT;
      return buckets[bucket];
    },
    isMatch(entry) {
      const from = entry * STRIDE + ENDS;
      if (words[from + PORTS] !== key[PORTS] || words[from + VERSION] !== key[VERSION]) return false;
      if (words[from] !== key[0] || words[from + 4] !== key[4]) return false;
      if (key[VERSION] === 0) return true;
      for (let i = 1; i < 4; i++) {
        if (words[from + i] !== key[i] || words[from + 4 + i] !== key[4 + i]) return false;
      }
      return true;
    },
    take(flags) {
      const entry = head;
      head = (head + 1) & MASK;
      const word = entry * STRIDE;
      if ((words[word + FLAGS] & STATE) !== EMPTY) unlink(word);
      words.fill(0, word, word + STRIDE);
      moments.fill(0, entry * MOMENTS, (entry + 1) * MOMENTS);
      for (let i = 0; i < WORDS; i++) words[word + ENDS + i] = key[i];
      words[word + FLAGS] = flags;
      const older = buckets[bucket];
      words[word + OLDER] = older;
      words[word + NEWER] = -1;
      words[word + BUCKET] = bucket;
      if (older >= 0) words[older * STRIDE + NEWER] = entry;
      buckets[bucket] = entry;
      return entry;
    },
    next: () => head,
    findPlace(entry, place) {
      const word = entry * STRIDE;
      for (let i = words[word + PLACE_COUNT] - 1; i >= 0; i--) {
        if (words[word + FIRST_PLACE + i] === place) return i;
      }
      return -1;
    },
    addPlace(entry, place) {
      const word = entry * STRIDE;
      const index = words[word + PLACE_COUNT];
      if (index === MOST) return;
      words[word + FIRST_PLACE + index] = place;
      words[word + SEEN + index] = 1;
      words[word + PLACE_COUNT] = index + 1;
    },
    seeAgain(entry, index) {
      words[entry * STRIDE + SEEN + index]++;
    },
    timesAgain(entry) {
      const word = entry * STRIDE + SEEN;
      let most = 1;
      for (let i = 0; i < MOST; i++) if (words[word + i] > most) most = words[word + i];
      return most - 1;
    },
  };
}
