/** Chunks of a plain file, read to where somebody else wants them: what {@link ChunkReader} does for one thread, for several. */
import { readSync } from 'node:fs';
import type { PlainFile } from '../../packet/source.ts';
import type { ByteSource } from './byte-source.ts';
import type { Chunks, FileBatch } from './chunk-reader.ts';

/** Room for a chunk with its packets, and what is left of the one before in front of it. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly batch: FileBatch;
}

/** What was left does not fit in front of the next chunk: a packet is larger than nearly any. */
class NoRoomError extends Error {}

/** Reads by offsets, from `position` on; closing leaves the file open. */
export function bytesAt({ descriptor, size }: PlainFile, name: string, position: number): ByteSource {
  let next = position;
  return {
    name,
    isPlainFile: true,
    isStream: false,
    fault: undefined,
    get readShare() {
      return Math.min(next / Math.max(size, 1), 1);
    },
    async read(into, at, length) {
      const count = readSync(descriptor, into, at, length, next);
      next += count;
      return count;
    },
    cancel() {},
    close: async () => undefined,
  };
}

export class PlacedChunks implements Chunks {
  bytes: Uint8Array;
  view: DataView;
  batch: FileBatch;
  start: number;
  end: number;
  base: number;
  readonly size: number;
  readonly source: ByteSource;
  private readonly headroom: number;
  private readonly nextPlace: () => Place;

  /**
   * @param offset where in the file the source stands
   * @param headroom bytes in front of a chunk
   * @param size of a chunk, in bytes
   * @param nextPlace where the next chunk goes; the place before may be somebody else's then, but keeps its bytes until the next one
   */
  constructor(source: ByteSource, offset: number, headroom: number, size: number, nextPlace: () => Place) {
    this.source = source;
    this.headroom = headroom;
    this.size = size;
    this.nextPlace = nextPlace;
    const { bytes, view, batch } = nextPlace();
    this.bytes = bytes;
    this.view = view;
    this.batch = batch;
    this.start = this.end = headroom;
    this.base = offset - headroom;
  }

  get position(): number {
    return this.base + this.end;
  }

  /** Goes to another place in any case. @throws {NoRoomError} */
  async advance(): Promise<boolean> {
    const { headroom } = this;
    const left = this.bytes.subarray(this.start, this.end);
    if (left.length > headroom) throw new NoRoomError();
    const { bytes, view, batch } = this.nextPlace();
    bytes.set(left, headroom - left.length);
    this.base = this.position - headroom;
    this.bytes = bytes;
    this.view = view;
    this.batch = batch;
    this.start = headroom - left.length;
    this.end = headroom;
    const count = await this.source.read(bytes, headroom, this.size);
    this.end += count;
    return count > 0;
  }

  cancel(): void {}

  async close(): Promise<void> {}
}
