/** The bytes of a Parquet page, and the encodings that whole numbers have in it (parquet-format, Encodings.md). */

/** How many of the same value in a row are worth a run of their own in the middle of others. */
const LEAST_RUN = 16;
/** Values that are packed together. */
const GROUP = 8;
const HALF_WORD = 16;
const FEW_BYTES = 32;

/** Bytes that grow, little-endian. Kept from page to page. */
export class PageBytes {
  length = 0;
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);

  clear(): void {
    this.length = 0;
  }

  /** Borrowed: valid until something is appended. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  byte(value: number): void {
    this.#ensure(1);
    this.#bytes[this.length++] = value;
  }

  int32(value: number): void {
    this.#ensure(4);
    this.#view.setInt32(this.length, value, true);
    this.length += 4;
  }

  int64(value: bigint): void {
    this.#ensure(8);
    this.#view.setBigInt64(this.length, value, true);
    this.length += 8;
  }

  append(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.#ensure(to - from);
    // Of a few bytes a loop is faster.
    if (to - from > FEW_BYTES) this.#bytes.set(bytes.subarray(from, to), this.length);
    else for (let i = from; i < to; i++) this.#bytes[this.length + i - from] = bytes[i];
    this.length += to - from;
  }

  /** ULEB128 of a whole number that a double holds. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** ULEB128 of a zigzag number of 64 bits. */
  zigzag(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (rest >= 128n) {
      this.byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  /**
   * The lowest `width` bits of each value, 32 at most, one behind the other, the first in a byte's lowest bit; zeros fill the last byte up.
   *
   * @param count how many, of which those from `end` on are 0
   */
  pack(values: Int32Array | Uint8Array, from: number, end: number, count: number, width: number): void {
    this.#ensure((count * width + 7) >> 3);
    const bytes = this.#bytes;
    let at = this.length;
    let [rest, bits] = [0, 0];
    // What is held and a value fit into 32 bits.
    const low = Math.min(width, HALF_WORD);
    const mask = (1 << low) - 1;
    const high = width - low;
    for (let i = from; i < from + count; i++) {
      const value = i < end ? values[i] : 0;
      rest |= (value & mask) << bits;
      for (bits += low; bits >= 8; bits -= 8) {
        bytes[at++] = rest;
        rest >>>= 8;
      }
      if (high === 0) continue;
      rest |= ((value >>> HALF_WORD) & ((1 << high) - 1)) << bits;
      for (bits += high; bits >= 8; bits -= 8) {
        bytes[at++] = rest;
        rest >>>= 8;
      }
    }
    if (bits > 0) bytes[at++] = rest;
    this.length = at;
  }

  /** The same of numbers of more than 32 bits, in halves. */
  packPairs(
    lows: Int32Array,
    highs: Int32Array,
    from: number,
    end: number,
    count: number,
    width: number,
  ): void {
    let [rest, bits] = [0n, 0n];
    for (let i = from; i < from + count; i++) {
      if (i < end) rest |= ((BigInt(highs[i]) << 32n) | BigInt(lows[i] >>> 0)) << bits;
      for (bits += BigInt(width); bits >= 8n; bits -= 8n) {
        this.byte(Number(rest & 255n));
        rest >>= 8n;
      }
    }
    if (bits > 0n) this.byte(Number(rest));
  }

  #ensure(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** How many bits the numbers up to `most` take, an unsigned number of 32 bits. */
export const bitsFor = (most: number): number => 32 - Math.clz32(most);

/** RLE / bit-packing hybrid: runs of one value, and between them groups of eight, packed. */
export function writeHybrid(
  out: PageBytes,
  values: Int32Array | Uint8Array,
  count: number,
  width: number,
): void {
  for (let at = 0; at < count; ) {
    const run = runFrom(values, at, count);
    if (run >= GROUP) {
      out.varint(run * 2);
      for (let shift = 0; shift < width; shift += 8) out.byte((values[at] >> shift) & 255);
      at += run;
      continue;
    }
    let end = at + GROUP;
    while (end < count && runFrom(values, end, Math.min(count, end + LEAST_RUN)) < LEAST_RUN) end += GROUP;
    out.varint((((end - at) / GROUP) << 1) | 1);
    out.pack(values, at, count, end - at, width);
    at = end;
  }
}

function runFrom(values: Int32Array | Uint8Array, from: number, to: number): number {
  const value = values[from];
  let at = from + 1;
  while (at < to && values[at] === value) at++;
  return at - from;
}

const BLOCK = 128;
const MINIBLOCK = 32;
const HALF = 2 ** 32;

function beginDeltas(out: PageBytes, count: number): void {
  out.varint(BLOCK);
  out.varint(BLOCK / MINIBLOCK);
  out.varint(count);
}

const widths = new Uint8Array(BLOCK / MINIBLOCK);
const lows = new Int32Array(BLOCK);
const highs = new Int32Array(BLOCK);

/**
 * DELTA_BINARY_PACKED: what each value is more than the one before.
 *
 * @param first the first value
 * @param deltas from the second value on; each a whole number that a double holds exactly
 * @param count how many values there are
 */
export function writeDeltas(out: PageBytes, first: bigint, deltas: Float64Array, count: number): void {
  beginDeltas(out, count);
  out.zigzag(first);
  for (let block = 0; block < count - 1; block += BLOCK) {
    const end = Math.min(count - 1, block + BLOCK);
    let least = deltas[block];
    for (let i = block; i < end; i++) if (deltas[i] < least) least = deltas[i];
    out.zigzag(BigInt(least));
    widths.fill(0);
    for (let i = block; i < end; i++) {
      const value = deltas[i] - least;
      const high = Math.floor(value / HALF);
      lows[i - block] = value - high * HALF;
      highs[i - block] = high;
      const width = high === 0 ? bitsFor(lows[i - block]) : 32 + bitsFor(high);
      const mini = ((i - block) / MINIBLOCK) | 0;
      if (width > widths[mini]) widths[mini] = width;
    }
    writeMiniblocks(out, end - block);
  }
}

/** The same of 32-bit numbers, signed or not: what is more than 32 bits hold wraps around, as readers undo. */
export function writeDeltas32(out: PageBytes, values: Int32Array, count: number): void {
  beginDeltas(out, count);
  const first = count === 0 ? 0 : values[0];
  out.varint(first < 0 ? -first * 2 - 1 : first * 2);
  for (let block = 1; block < count; block += BLOCK) {
    const end = Math.min(count, block + BLOCK);
    let least = (values[block] - values[block - 1]) | 0;
    for (let i = block + 1; i < end; i++) {
      const delta = (values[i] - values[i - 1]) | 0;
      if (delta < least) least = delta;
    }
    out.varint(least < 0 ? -least * 2 - 1 : least * 2);
    widths.fill(0);
    for (let i = block; i < end; i++) {
      const value = (values[i] - values[i - 1] - least) | 0;
      lows[i - block] = value;
      const mini = ((i - block) / MINIBLOCK) | 0;
      const width = bitsFor(value);
      if (width > widths[mini]) widths[mini] = width;
    }
    writeMiniblocks(out, end - block);
  }
}

/** A miniblock without a value has no bytes, as its width is 0. */
function writeMiniblocks(out: PageBytes, count: number): void {
  for (let i = 0; i < widths.length; i++) out.byte(widths[i]);
  for (let i = 0; i < widths.length; i++) {
    const from = i * MINIBLOCK;
    const width = widths[i];
    if (width === 0) continue;
    if (width <= 32) out.pack(lows, from, count, MINIBLOCK, width);
    else out.packPairs(lows, highs, from, count, MINIBLOCK, width);
  }
}
