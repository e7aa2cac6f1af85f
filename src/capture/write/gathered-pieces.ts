/** Pieces of memory on their way to a file with one call (writev(2)): nothing is copied. For machines whose numbers have their lower half first. */
import type { GatheringMemory } from '../../packet/source.ts';

/** The most pieces that the system takes at once (IOV_MAX of Linux). */
const MOST = 1024;
/** struct iovec, in 32-bit words: address, and length, of 64 bits each, the lower half first. */
const ENTRY = 4;

export class GatheredPieces {
  /** Bytes of all pieces. */
  length = 0;
  /** The memory, in 32-bit words. */
  readonly words: Int32Array;
  private count = 0;
  private readonly memory: GatheringMemory;
  private readonly vector = new Uint32Array(MOST * ENTRY);
  private readonly vectorBytes = new Uint8Array(this.vector.buffer);
  /** Of the first byte, as two halves: numbers, since a BigInt would be made for each piece. */
  private readonly addressLow: number;
  private readonly addressHigh: number;

  constructor(memory: GatheringMemory) {
    this.memory = memory;
    const { buffer, byteOffset, length } = memory.bytes;
    this.words = new Int32Array(buffer, byteOffset, length >> 2);
    this.addressLow = Number(memory.address & 0xffffffffn);
    this.addressHigh = Number(memory.address >> 32n);
  }

  /** How many more there is room for, besides those of the record buffer's own around them. */
  get left(): number {
    return MOST - 4 - this.count;
  }

  /** Appends `length` bytes of the memory, from `start` on. */
  add(start: number, length: number): void {
    const { vector } = this;
    const at = this.count * ENTRY;
    const address = this.addressLow + start;
    vector[at] = address;
    vector[at + 1] = this.addressHigh + (address > 0xffffffff ? 1 : 0);
    vector[at + 2] = length;
    this.count = (this.count + 1) | 0;
    this.length += length;
  }

  /** @returns bytes written, -1 where none could be */
  writeTo(descriptor: number): number {
    return this.memory.write(descriptor, this.vectorBytes, this.count);
  }

  /** A copy of everything from a byte on. */
  copy(from: number): Uint8Array {
    const { vector, addressLow, memory } = this;
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < this.count * ENTRY; at += ENTRY) {
      // Memory is less than 4 GiB: its offset is the difference of the lower halves.
      const start = (vector[at] - addressLow) >>> 0;
      pieces.push(memory.bytes.subarray(start, start + vector[at + 2]));
    }
    return Buffer.concat(pieces).subarray(from);
  }

  clear(): void {
    this.count = 0;
    this.length = 0;
  }
}
