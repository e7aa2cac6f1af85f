import type { PacketBatch } from './source.ts';

/** The most packets that a batch of a file holds. */
export const BATCH_PACKETS = 16_384;

/** A {@link PacketBatch} that a reader fills again and again. */
export interface FileBatch extends PacketBatch {
  bytes: Uint8Array;
  view: DataView;
  count: number;
  readonly fileOffset?: Float64Array;
}

/** @param isPlainFile whether the batch tells where its packets are in the file */
export function createFileBatch(isPlainFile: boolean): FileBatch {
  const bytes = new Uint8Array(0);
  return {
    bytes,
    view: new DataView(bytes.buffer),
    count: 0,
    start: new Int32Array(BATCH_PACKETS),
    capturedLength: new Int32Array(BATCH_PACKETS),
    originalLength: new Int32Array(BATCH_PACKETS),
    seconds: new Float64Array(BATCH_PACKETS),
    nanoseconds: new Int32Array(BATCH_PACKETS),
    interfaceIndex: new Uint16Array(BATCH_PACKETS),
    ...(isPlainFile && { fileOffset: new Float64Array(BATCH_PACKETS) }),
  };
}
