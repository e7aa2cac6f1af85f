/** Packets of several batches put into one, in the order of their times. */
import type { CaptureInterface, PacketBatch } from '../../packet/source.ts';
import { BATCH_PACKETS } from './file-source.ts';

/** Bytes of packets in a batch; more where a single packet has more. */
const ROOM = 1 << 20;

/** A batch that is taken from, packet by packet. */
export interface Taken {
  readonly batch: PacketBatch;
  /** The same memory as the batch's. */
  readonly bytes: Buffer;
  /** Its interfaces' indexes among those of all sources. */
  readonly indexes: readonly number[];
  /** The next packet to take. */
  at: number;
}

/** A {@link PacketBatch} that is filled again and again. */
interface Filled extends PacketBatch {
  bytes: Uint8Array;
  view: DataView;
  count: number;
}

/**
 * @param interfaces of all sources
 * @returns what puts together as many packets as may be in order: up to the end of one of the batches, or of the room there is. The result
 *   is borrowed until the next call
 */
export function createTimeOrder(
  interfaces: readonly CaptureInterface[],
): (batches: readonly Taken[]) => PacketBatch {
  let memory = Buffer.alloc(ROOM);
  const packets = emptyBatch(memory);
  const { start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = packets;
  const fileOffset = new Float64Array(BATCH_PACKETS);
  const blockStart = new Int32Array(BATCH_PACKETS);

  return (batches) => {
    const inFiles = batches.every(({ batch }) => batch.fileOffset !== undefined);
    const inBlocks = batches.some(({ batch }) => batch.blockStart !== undefined);
    let count = 0;
    let used = 0;
    while (count < BATCH_PACKETS) {
      const taken = earliest(batches);
      if (taken === undefined) break;
      const { batch, at } = taken;
      const index = taken.indexes[batch.interfaceIndex[at] as number] as number;
      // Of pcapng the whole block, which has the packet's comments.
      const littleEndian = batch.blockStart === undefined ? undefined : interfaces[index]?.littleEndian;
      const from = littleEndian === undefined ? batch.start[at] : (batch.blockStart?.[at] as number);
      const size =
        littleEndian === undefined ? batch.capturedLength[at] : batch.view.getUint32(from + 4, littleEndian);
      if (used + size > memory.length) {
        if (count > 0) break;
        memory = Buffer.alloc(size);
      }
      taken.bytes.copy(memory, used, from, from + size);
      start[count] = used + batch.start[at] - from;
      blockStart[count] = used;
      capturedLength[count] = batch.capturedLength[at];
      originalLength[count] = batch.originalLength[at];
      seconds[count] = batch.seconds[at];
      nanoseconds[count] = batch.nanoseconds[at];
      interfaceIndex[count] = index;
      if (inFiles) fileOffset[count] = batch.fileOffset?.[at] as number;
      used += size;
      count++;
      if (++taken.at === batch.count) break;
    }
    packets.bytes = memory;
    packets.view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    packets.count = count;
    return { ...packets, ...(inFiles && { fileOffset }), ...(inBlocks && { blockStart }) };
  };
}

/** Where two are of one time, of the batch that stands first. */
function earliest(batches: readonly Taken[]): Taken | undefined {
  let first: Taken | undefined;
  for (const taken of batches) {
    if (first === undefined) {
      first = taken;
      continue;
    }
    const [mine, best] = [taken.batch, first.batch];
    const apart = mine.seconds[taken.at] - best.seconds[first.at];
    if (apart < 0 || (apart === 0 && mine.nanoseconds[taken.at] < best.nanoseconds[first.at])) first = taken;
  }
  return first;
}

function emptyBatch(memory: Uint8Array): Filled {
  return {
    bytes: memory,
    view: new DataView(memory.buffer, memory.byteOffset, memory.byteLength),
    count: 0,
    start: new Int32Array(BATCH_PACKETS),
    capturedLength: new Int32Array(BATCH_PACKETS),
    originalLength: new Int32Array(BATCH_PACKETS),
    seconds: new Float64Array(BATCH_PACKETS),
    nanoseconds: new Int32Array(BATCH_PACKETS),
    interfaceIndex: new Uint16Array(BATCH_PACKETS),
  };
}
