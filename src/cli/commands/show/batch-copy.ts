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
 * Takes a batch's packets from `from` up to `to` over; they keep their places in the memory.
 *
 * @returns whether other memory had to be made for them
 */
export function copyBatch(copy: BatchCopy, batch: PacketBatch, from: number, to: number): boolean {
  const { bytes, start, blockStart } = batch;
  const isOther = copy.bytes.length < bytes.length || copy.start.length < to - from;
  if (isOther) {
    copy.bytes = new Uint8Array(new SharedArrayBuffer(bytes.length));
    copy.view = new DataView(copy.bytes.buffer);
    Object.assign(copy, createPlaces(start.length, blockStart !== undefined));
  }
  copy.count = to - from;
  if (to === from) return isOther;
  // A batch's packets stand in order, and behind the last one's bytes its block may go on.
  const first = blockStart === undefined ? start[from] : blockStart[from];
  const end = to < batch.count ? start[to] : bytes.length;
  copy.bytes.set(bytes.subarray(first, end), first);
  copy.start.set(start.subarray(from, to));
  copy.capturedLength.set(batch.capturedLength.subarray(from, to));
  copy.originalLength.set(batch.originalLength.subarray(from, to));
  copy.seconds.set(batch.seconds.subarray(from, to));
  copy.nanoseconds.set(batch.nanoseconds.subarray(from, to));
  copy.interfaceIndex.set(batch.interfaceIndex.subarray(from, to));
  if (blockStart !== undefined) copy.blockStart?.set(blockStart.subarray(from, to));
  return isOther;
}
