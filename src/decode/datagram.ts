/**
 * One fragmented packet's payload while its pieces come, in any order: the bytes, and which of them are there, in units of
 * eight as the fragment offset counts (RFC 791, 3.1; RFC 8200, 4.5).
 */

/** The longest payload: what a 16-bit total or payload length can say. */
export const LONGEST_PAYLOAD = 65535;
const UNITS = (LONGEST_PAYLOAD + 1) >> 3;
const UNIT_BITS = 32;
/** Buffers grow by doubling, from here. */
const LEAST_BUFFER = 2048;

/** What a piece turned out to be. */
export const PIECE = {
  /** Bytes that were not there before. */
  taken: 0,
  /** The very same bytes once more. */
  repeated: 1,
  /** Some of its bytes are there already, from a piece that was cut otherwise. */
  overlapping: 2,
  /** It ends behind the last piece's end, or is a last piece that ends elsewhere than another. */
  contradicting: 3,
} as const;

export class Datagram {
  /** The payload, up to `length` once that is known. */
  bytes = new Uint8Array(0);
  /** In bytes; -1 until the last piece has come. */
  length = -1;
  /** The first packet's time, in seconds. */
  seconds = 0;
  /** Numbers of the packets whose pieces were taken, in the order in which they came. */
  readonly numbers: number[] = [];
  /** IPv6's Next Header in the first piece, or IPv4's protocol; -1 until it is known. */
  next = -1;
  /** RFC 5722: pieces overlap, so that none may be used, whether here or yet to come. */
  isRefused = false;
  /** What came last with the same addresses and identification is whole: this may be a copy of one of its pieces. */
  isEcho = false;

  /** Where the table has it. */
  hash = 0;
  key = new Int32Array(0);
  keyLength = 0;
  chained: Datagram | undefined;
  older: Datagram | undefined;
  newer: Datagram | undefined;

  readonly #present = new Int32Array(UNITS / UNIT_BITS);
  #units = 0;
  #furthest = 0;

  /** Ready for the pieces of another packet; the buffer stays. */
  clear(): void {
    this.length = -1;
    this.numbers.length = 0;
    this.next = -1;
    this.isRefused = false;
    this.isEcho = false;
    this.#present.fill(0);
    this.#units = 0;
    this.#furthest = 0;
  }

  /** Whether nothing is missing. */
  get isWhole(): boolean {
    return this.length >= 0 && this.#units === (this.length + 7) >> 3;
  }

  /** Makes room for the payload's first `end` bytes. Returns by how many bytes the buffer grew. */
  grow(end: number): number {
    const before = this.bytes.length;
    if (end <= before) return 0;
    let size = Math.max(before, LEAST_BUFFER);
    while (size < end) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes);
    this.bytes = bytes;
    return size - before;
  }

  /**
   * Takes the piece at [start, start + length) of `view`, which belongs at `offset` in the payload. The buffer must have room. Of a
   * piece that overlaps, only the bytes that were missing are taken: the first ones stay. One that contradicts leaves no trace.
   *
   * @param offset a multiple of 8
   * @param length at least 1; a multiple of 8 where it is not the last piece
   * @returns a value of PIECE
   */
  add(view: DataView, start: number, length: number, offset: number, isLast: boolean): number {
    const end = offset + length;
    if (isLast) {
      if (this.length >= 0 ? end !== this.length : end < this.#furthest) return PIECE.contradicting;
    } else if (this.length >= 0 && end > this.length) {
      return PIECE.contradicting;
    }
    if (isLast) this.length = end;
    if (end > this.#furthest) this.#furthest = end;
    const first = offset >> 3;
    const last = (end + 7) >> 3;
    let known = 0;
    let differs = false;
    for (let unit = first; unit < last; unit++) {
      const from = unit << 3;
      const to = Math.min(from + 8, end);
      if (this.#has(unit)) {
        known++;
        for (let at = from; at < to; at++) {
          if (this.bytes[at] !== view.getUint8(start + at - offset)) differs = true;
        }
        continue;
      }
      this.#present[unit >> 5] |= 1 << (unit & 31);
      this.#units++;
      for (let at = from; at < to; at++) this.bytes[at] = view.getUint8(start + at - offset);
    }
    if (known === 0) return PIECE.taken;
    return known === last - first && !differs ? PIECE.repeated : PIECE.overlapping;
  }

  #has(unit: number): boolean {
    return (this.#present[unit >> 5] & (1 << (unit & 31))) !== 0;
  }
}
