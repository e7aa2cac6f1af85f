/** A batch's packets in memory that several threads see. */
import type { PacketBatch } from '../../../packet/source.ts';

/** The same as {@link PacketBatch}, to be filled again and again. */
export type BatchCopy = { -readonly [Key in keyof PacketBatch]: PacketBatch[Key] };

/** @param capacity in packets */
function createPlaces(capacity: number, hasBlocks: boolean) {
  const shared = (bytes: number) => new SharedArrayBuffer(capacity * bytes);
  return {
    start: new Int32Array(shared(4)),
    capturedLength: new Int32Array(shared(4)),
    originalLength: new Int32Array(shared(4)),
    seconds: new Float64Array(shared(8)),
    nanoseconds: new Int32Array(shared(4)),
    interfaceIndex: new Uint16Array(shared(2)),
    ...(hasBlocks && { blockStart: new Int32Array(shared(4)) }),
  };
}

export function createBatchCopy(): BatchCopy {
  return {
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    count: 0,
    ...createPlaces(0, false),
  };
}

/**
 * Takes the first `count` packets of a batch over; they keep their places in the memory.
 *
 * @returns whether other memory had to be made for them
 */
export function copyBatch(copy: BatchCopy, batch: PacketBatch, count: number): boolean {
  const { bytes, blockStart } = batch;
  const isOther = copy.bytes.length < bytes.length || copy.start.length < count;
  if (isOther) {
    copy.bytes = new Uint8Array(new SharedArrayBuffer(bytes.length));
    copy.view = new DataView(copy.bytes.buffer);
    Object.assign(copy, createPlaces(batch.start.length, blockStart !== undefined));
  }
  copy.count = count;
  if (count === 0) return isOther;
  // A batch's packets stand in order, and behind the last one's bytes its block may go on.
  const first = blockStart === undefined ? batch.start[0] : blockStart[0];
  copy.bytes.set(bytes.subarray(first), first);
  copy.start.set(batch.start.subarray(0, count));
  copy.capturedLength.set(batch.capturedLength.subarray(0, count));
  copy.originalLength.set(batch.originalLength.subarray(0, count));
  copy.seconds.set(batch.seconds.subarray(0, count));
  copy.nanoseconds.set(batch.nanoseconds.subarray(0, count));
  copy.interfaceIndex.set(batch.interfaceIndex.subarray(0, count));
  if (blockStart !== undefined) copy.blockStart?.set(blockStart.subarray(0, count));
  return isOther;
}
