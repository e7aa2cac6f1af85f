import { CaptureError, type PacketBatch } from '../../packet/source.ts';
import type { ByteSource } from './byte-source.ts';

/** How much is read at a time: large enough that reading costs little, small enough that the bytes stay in the cache. */
const CHUNK_SIZE = 1 << 20;

/** Room for what is left over, to begin with: the largest packet that anybody but a few records. */
const HEADROOM = 262_144 + 256;

/** A {@link PacketBatch} that a reader fills again and again. */
export interface FileBatch extends PacketBatch {
  bytes: Uint8Array;
  view: DataView;
  count: number;
}

/** The bytes of a stream that a format takes its packets from, chunk after chunk. */
export interface Chunks {
  /** The bytes not yet used are `bytes[start..end)`; the caller moves `start` on. Borrowed until `advance`. */
  readonly bytes: Uint8Array;
  /** The same memory. */
  readonly view: DataView;
  start: number;
  readonly end: number;
  /** The file's offset of `bytes[0]`; negative in the first chunk. */
  readonly base: number;
  /** The file's offset just past the last byte that was read. */
  readonly position: number;
  /** How many bytes are read at a time. */
  readonly size: number;
  readonly source: ByteSource;
  /** Where the chunk's packets are to be listed, if that goes with its memory. */
  readonly batch?: FileBatch;
  /**
   * Adds a chunk behind what is left, whatever its length: how much memory that takes is for the caller to limit.
   *
   * @returns false at the end of the stream
   * @throws {CaptureError} if reading fails
   */
  advance(): Promise<boolean>;
  /** Ends the stream where it is: `advance` answers false. */
  cancel(): void;
  close(): Promise<void>;
}

/**
 * Chunks of a byte stream, with what was left over of the last one in front of the next, so that a record that straddles
 * two chunks lies in one piece. The next chunk is read while the caller works on this one: there are two buffers,
 * each with room in front of where a chunk is read to.
 */
export class ChunkReader implements Chunks {
  bytes: Uint8Array = new Uint8Array(HEADROOM + CHUNK_SIZE);
  view: DataView = new DataView(this.bytes.buffer);
  start: number = HEADROOM;
  end: number = HEADROOM;
  base: number;
  readonly size: number = CHUNK_SIZE;
  readonly source: ByteSource;
  private headroom = HEADROOM;
  private spare: Uint8Array = new Uint8Array(HEADROOM + CHUNK_SIZE);
  private pending: Promise<number> | undefined;
  private cancelled = false;

  /** @param offset where in the file the source stands */
  constructor(source: ByteSource, offset: number) {
    this.source = source;
    this.base = offset - HEADROOM;
  }

  get position(): number {
    return this.base + this.end;
  }

  async advance(): Promise<boolean> {
    const count = this.cancelled ? 0 : await (this.pending ?? this.read(this.spare));
    if (count === 0 || this.cancelled) return false;
    const left = this.end - this.start;
    if (left > this.headroom) this.grow(left, count);
    const { bytes, spare, headroom } = this;
    spare.set(bytes.subarray(this.start, this.end), headroom - left);
    this.base = this.position - headroom;
    this.bytes = spare;
    this.view = new DataView(spare.buffer);
    this.spare = bytes.length === spare.length ? bytes : new Uint8Array(spare.length);
    this.start = headroom - left;
    this.end = headroom + count;
    this.pending = this.read(this.spare);
    // Whoever asks for it gets the failure; until then it is nobody's unhandled rejection.
    this.pending.catch(() => undefined);
    return true;
  }

  /** Makes room for twice of what is left, and moves there what was read to the spare buffer. */
  private grow(left: number, count: number): void {
    const larger = new Uint8Array(left * 2 + CHUNK_SIZE);
    larger.set(this.spare.subarray(this.headroom, this.headroom + count), left * 2);
    this.headroom = left * 2;
    this.spare = larger;
  }

  cancel(): void {
    this.cancelled = true;
    this.source.cancel();
  }

  async close(): Promise<void> {
    this.cancel();
    await this.pending?.catch(() => undefined);
    await this.source.close();
  }

  private async read(into: Uint8Array): Promise<number> {
    try {
      return await this.source.read(into, this.headroom, CHUNK_SIZE);
    } catch (error) {
      if (error instanceof CaptureError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new CaptureError(`${this.source.name}: reading failed (${reason}); check the disk or device`);
    }
  }
}

/** @param offset where in the file the source stands */
export type ChunksOf = (source: ByteSource, offset: number) => Chunks;

/** As files are read, but for those that two threads read. */
export const readChunks: ChunksOf = (source, offset) => new ChunkReader(source, offset);
