const CHUNK = 1 << 20;
/** The chunk that leaves is not the one that is filled. */
export const LEAST_BUFFER = 2 * CHUNK;
/** What a packet takes at least, so that empty ones too leave some day. */
const LEAST = 16;

interface Chunk {
  /** Where the chunk begins in the stream of all bytes ever kept. */
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used: number;
}

/**
 * The bytes of packets that can't be read again (live, standard input, compressed), in chunks of memory up to a limit.
 * Packets have places in the stream of all bytes ever kept; the oldest chunk leaves when there is no room.
 */
export class KeptBytes {
  /** The place of the oldest byte that is still here. */
  oldest = 0;
  readonly limit: number;
  #chunks: Chunk[] = [];
  #held = 0;
  #spare: Uint8Array | undefined;
  /** Where {@link read} found the bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  start = 0;

  /** @param limit in bytes; {@link LEAST_BUFFER} at least */
  constructor(limit: number) {
    this.limit = Math.max(limit, LEAST_BUFFER);
  }

  /** Bytes of memory set aside. */
  get held(): number {
    return this.#held;
  }

  /** Copies a packet; returns its place. */
  add(bytes: Uint8Array, start: number, length: number): number {
    const needed = Math.max(length, LEAST);
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.used + needed > chunk.bytes.length) chunk = this.#grow(needed);
    const at = chunk.used;
    // A short packet is copied faster by hand than by a call into the engine, and without an object for the slice.
    if (length <= 128) {
      const target = chunk.bytes;
      for (let i = 0; i < length; i++) target[at + i] = bytes[start + i] as number;
    } else {
      chunk.bytes.set(bytes.subarray(start, start + length), at);
    }
    chunk.used = at + needed;
    return chunk.base + at;
  }

  /** Finds the packet at a place and leaves it at `start` in `view`; false if it has left. */
  read(place: number): boolean {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((chunks[middle] as Chunk).base <= place) low = middle;
      else high = middle - 1;
    }
    const chunk = chunks[low];
    if (chunk === undefined || place < chunk.base) return false;
    this.view = chunk.view;
    this.start = place - chunk.base;
    return true;
  }

  #grow(needed: number): Chunk {
    const last = this.#chunks.at(-1);
    const base = last === undefined ? 0 : last.base + last.used;
    const size = Math.max(CHUNK, needed);
    while (this.#chunks.length > 0 && this.#held + size > this.limit) {
      const left = this.#chunks.shift() as Chunk;
      this.#held -= left.bytes.length;
      if (left.bytes.length === CHUNK) this.#spare = left.bytes;
    }
    const bytes = size === CHUNK && this.#spare !== undefined ? this.#spare : new Uint8Array(size);
    this.#spare = undefined;
    const chunk = { base, bytes, view: new DataView(bytes.buffer), used: 0 };
    this.#chunks.push(chunk);
    this.#held += size;
    this.oldest = (this.#chunks[0] as Chunk).base;
    return chunk;
  }
}
