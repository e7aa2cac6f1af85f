import type { PacketBatch } from '../../packet/source.ts';
import type { RingMemory } from './ring-memory.ts';

/** A batch whose packets lie in the kernel's blocks. */
export interface RingBatch extends PacketBatch {
  count: number;
  readonly packetFlags: Int32Array;
}

export function createRingBatch({ bytes, view }: RingMemory, capacity: number): RingBatch {
  return {
    bytes,
    view,
    count: 0,
    start: new Int32Array(capacity),
    capturedLength: new Int32Array(capacity),
    originalLength: new Int32Array(capacity),
    seconds: new Float64Array(capacity),
    nanoseconds: new Int32Array(capacity),
    interfaceIndex: new Uint16Array(capacity),
    packetFlags: new Int32Array(capacity),
  };
}
