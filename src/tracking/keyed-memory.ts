/** What is remembered of the past by a key of words: a bounded number of entries, of which the oldest leave first. */
import { randomFactors } from '../decode/hash.ts';

/** So many keys are remembered, at some 100 bytes each. */
const MOST_ENTRIES = 1 << 20;

/** Two hashes of 26 bits each make one key of a Map that a capture can't make meet another. */
const HASH_SHIFT = 6;
const HASHES = 2 ** 26;

export class KeyedMemory<Value> {
  readonly #words: Int32Array;
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #entries = new Map<number, Value>();
  readonly #most: number;

  /**
   * @param words how many make a key
   * @param most entries that are kept
   */
  constructor(words: number, most = MOST_ENTRIES) {
    this.#most = most;
    this.#words = new Int32Array(words);
    this.#first = randomFactors(words);
    this.#second = randomFactors(words);
  }

  /** The key at hand, to be filled in. */
  get words(): Int32Array {
    return this.#words;
  }

  /** The entry of the key at hand. */
  get(): Value | undefined {
    return this.#entries.get(this.#hash());
  }

  /** @returns what leaves for it: what the key had, or the oldest entry where there is no more room */
  set(value: Value): Value | undefined {
    const key = this.#hash();
    let gone = this.#entries.get(key);
    if (gone === undefined && this.#entries.size >= this.#most) {
      for (const [oldest, entry] of this.#entries) {
        this.#entries.delete(oldest);
        gone = entry;
        break;
      }
    }
    this.#entries.set(key, value);
    return gone;
  }

  clear(): void {
    this.#entries.clear();
  }

  #hash(): number {
    let [first, second] = [0, 0];
    for (let i = 0; i < this.#words.length; i++) {
      // Of a product's bits the upper ones are mixed best.
      const word = this.#words[i] ^ (this.#words[i] >>> 15);
      first = (first + Math.imul(word, this.#first[i])) | 0;
      second = (second + Math.imul(word, this.#second[i])) | 0;
    }
    return (first >>> HASH_SHIFT) * HASHES + (second >>> HASH_SHIFT);
  }
}
