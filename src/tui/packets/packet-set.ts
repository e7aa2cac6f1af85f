/** Some of the packets, in their order: a bit a packet, and counts beside them to find the n-th quickly. */

const BLOCK_WORDS = 32;
const BLOCK_BITS = 10;

export class PacketSet {
  /** How many packets are in the set. */
  count = 0;
  #words = new Uint32Array(BLOCK_WORDS);
  /** Packets in the set before each block of 1024. */
  #before = new Uint32Array(1);
  #blocks = 0;

  /** Puts a packet in; never one before the last that was put in. */
  add(packet: number): void {
    const block = packet >>> BLOCK_BITS;
    this.#grow(block);
    // Blocks that were passed over have all there is before them.
    for (; this.#blocks <= block; this.#blocks++) this.#before[this.#blocks] = this.count;
    this.#words[packet >>> 5] |= 1 << (packet & 31);
    this.count++;
  }

  has(packet: number): boolean {
    return ((this.#words[packet >>> 5] ?? 0) & (1 << (packet & 31))) !== 0;
  }

  /** How many packets of the set come before one, which may be in it or not. */
  rank(packet: number): number {
    const block = packet >>> BLOCK_BITS;
    if (block >= this.#blocks) return this.count;
    let rank = this.#before[block] as number;
    const word = packet >>> 5;
    for (let i = block * BLOCK_WORDS; i < word; i++) rank += bitsIn(this.#words[i] as number);
    const mask = (1 << (packet & 31)) - 1;
    return rank + bitsIn((this.#words[word] as number) & mask);
  }

  /** @param n from 0 to `count`, exclusively */
  nth(n: number): number {
    let low = 0;
    let high = this.#blocks - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#before[middle] as number) <= n) low = middle;
      else high = middle - 1;
    }
    let left = n - (this.#before[low] as number);
    for (let word = low * BLOCK_WORDS; ; word++) {
      let bits = this.#words[word] as number;
      const here = bitsIn(bits);
      if (left >= here) {
        left -= here;
        continue;
      }
      for (; left > 0; left--) bits &= bits - 1;
      return word * 32 + (31 - Math.clz32(bits & -bits));
    }
  }

  #grow(block: number): void {
    if (block < this.#before.length) return;
    const blocks = Math.max(block + 1, this.#before.length * 2);
    const words = new Uint32Array(blocks * BLOCK_WORDS);
    words.set(this.#words);
    this.#words = words;
    const before = new Uint32Array(blocks);
    before.set(this.#before);
    this.#before = before;
  }
}

/** How many bits of a word are set. */
function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
