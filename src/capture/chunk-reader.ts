import type { ByteSource } from './byte-source.ts';
import { CaptureError } from './source.ts';

/** How much is read at a time: large enough that reading costs little, small enough that the bytes stay in the cache. */
export const CHUNK_SIZE = 1 << 20;

/**
 * Chunks of a byte stream, with what was left over of the last one in front of the next, so that a record that straddles
 * two chunks lies in one piece. The next chunk is read while the caller works on this one: there are two buffers,
 * each with `headroom` bytes in front of where a chunk is read to.
 */
export class ChunkReader {
  /** The bytes not yet used are `bytes[start..end)`; the caller moves `start` on. Borrowed until `advance`. */
  bytes: Uint8Array;
  view: DataView;
  start: number;
  end: number;
  /** The file's offset of `bytes[0]`; negative in the first chunk. */
  base: number;
  readonly source: ByteSource;
  readonly headroom: number;
  private spare: Uint8Array;
  private spareView: DataView;
  private pending: Promise<number> | undefined;
  private cancelled = false;

  /**
   * @param headroom the most bytes that may be left over: one less than the largest record
   * @param offset where in the file the source stands
   */
  constructor(source: ByteSource, headroom: number, offset: number) {
    this.source = source;
    this.headroom = headroom;
    this.bytes = new Uint8Array(headroom + CHUNK_SIZE);
    this.view = new DataView(this.bytes.buffer);
    this.spare = new Uint8Array(headroom + CHUNK_SIZE);
    this.spareView = new DataView(this.spare.buffer);
    this.start = headroom;
    this.end = headroom;
    this.base = offset - headroom;
  }

  /** The file's offset just past the last byte that was read. */
  get position(): number {
    return this.base + this.end;
  }

  /**
   * Adds a chunk behind what is left; at most `headroom` bytes may be.
   *
   * @returns false at the end of the stream, with everything as it was
   * @throws {CaptureError} where reading fails
   */
  async advance(): Promise<boolean> {
    const left = this.end - this.start;
    if (left > this.headroom) throw new RangeError(`${left} bytes left over, room for ${this.headroom}`);
    const count = this.cancelled ? 0 : await (this.pending ?? this.read(this.spare));
    if (count === 0 || this.cancelled) return false;
    const { bytes, view, spare, spareView, headroom } = this;
    spare.set(bytes.subarray(this.start, this.end), headroom - left);
    this.base = this.position - headroom;
    this.bytes = spare;
    this.view = spareView;
    this.spare = bytes;
    this.spareView = view;
    this.start = headroom - left;
    this.end = headroom + count;
    this.pending = this.read(bytes);
    // Whoever asks for it gets the failure; until then it is nobody's unhandled rejection.
    this.pending.catch(() => undefined);
    return true;
  }

  /** Ends the stream where it is: `advance` answers false. */
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
