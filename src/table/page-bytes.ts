/** The bytes of a Parquet page, and the encodings that whole numbers have in it (parquet-format, Encodings.md). */

/** How many of the same value in a row are worth a run of their own in the middle of others. */
const LEAST_RUN = 16;
/** Values that are packed together. */
const GROUP = 8;

/** Bytes that grow, little-endian. Kept from page to page. */
export class PageBytes {
  length = 0;
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  /** Bits that don't fill a byte yet, and how many. */
  #rest = 0;
  #restBits = 0;

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

  append(bytes: Uint8Array): void {
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
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

  /** The lowest `width` bits (32 at most) behind those before, the first in a byte's lowest bit. */
  bits(value: number, width: number): void {
    let rest = value;
    let left = width;
    while (left > 0) {
      const taken = Math.min(left, 8 - this.#restBits);
      this.#rest |= (rest & ((1 << taken) - 1)) << this.#restBits;
      this.#restBits += taken;
      rest >>>= taken;
      left -= taken;
      if (this.#restBits === 8) this.endBits();
    }
  }

  /** Fills the last byte up with zeros. */
  endBits(): void {
    if (this.#restBits === 0) return;
    this.byte(this.#rest);
    this.#rest = 0;
    this.#restBits = 0;
  }

  #ensure(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** How many bits the numbers up to `most` take. */
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
    for (; at < end; at++) out.bits(at < count ? values[at] : 0, width);
    out.endBits();
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

/**
 * DELTA_BINARY_PACKED: what each value is more than the one before.
 *
 * @param first the first value
 * @param deltas from the second value on; each a whole number that a double holds exactly
 * @param count how many values there are
 */
export function writeDeltas(out: PageBytes, first: bigint, deltas: Float64Array, count: number): void {
  out.varint(BLOCK);
  out.varint(BLOCK / MINIBLOCK);
  out.varint(count);
  out.zigzag(first);
  for (let block = 0; block < count - 1; block += BLOCK) {
    const end = Math.min(count - 1, block + BLOCK);
    let least = deltas[block];
    for (let i = block; i < end; i++) if (deltas[i] < least) least = deltas[i];
    out.zigzag(BigInt(least));
    const widths: number[] = [];
    for (let from = block; from < block + BLOCK; from += MINIBLOCK) {
      let most = 0;
      for (let i = from; i < Math.min(end, from + MINIBLOCK); i++) most = Math.max(most, deltas[i] - least);
      widths.push(most < HALF ? bitsFor(most) : 32 + bitsFor(Math.floor(most / HALF)));
    }
    for (const width of widths) out.byte(width);
    for (const [i, width] of widths.entries()) {
      const from = block + i * MINIBLOCK;
      // A miniblock without a value has no bytes, as its width is 0.
      if (width > 0) writeMiniblock(out, deltas, from, end, least, width);
    }
  }
}

function writeMiniblock(
  out: PageBytes,
  deltas: Float64Array,
  from: number,
  end: number,
  least: number,
  width: number,
): void {
  for (let i = from; i < from + MINIBLOCK; i++) {
    const value = i < end ? deltas[i] - least : 0;
    out.bits((value % HALF) | 0, Math.min(width, 32));
    if (width > 32) out.bits(Math.floor(value / HALF), width - 32);
  }
  out.endBits();
}
