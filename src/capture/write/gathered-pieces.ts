/** Pieces of memory on their way to a file with one call (writev(2)): nothing is copied but what the file adds to the packets. */
import { endianness } from 'node:os';
import type { GatheringMemory } from '../../packet/source.ts';

/** The most pieces that the system takes at once (IOV_MAX of Linux). */
const MOST = 1024;
/** struct iovec, in 32-bit words: address, and length, of 64 bits each. */
const ENTRY = 4;

export class GatheredPieces {
  /** Bytes of all pieces. */
  length = 0;
  private count = 0;
  private readonly memory: GatheringMemory;
  private readonly vector = new Uint32Array(MOST * ENTRY);
  private readonly vectorBytes = new Uint8Array(this.vector.buffer);
  /** Of the first byte, as two halves: numbers, since a BigInt would be made for each piece. */
  private readonly addressLow: number;
  private readonly addressHigh: number;
  private readonly low = endianness() === 'LE' ? 0 : 1;

  constructor(memory: GatheringMemory) {
    this.memory = memory;
    this.addressLow = Number(memory.address & 0xffffffffn);
    this.addressHigh = Number(memory.address >> 32n);
  }

  /** Whether there may be no room for another record's pieces. */
  get isFull(): boolean {
    return this.count > MOST - 4;
  }

  /** Appends `length` bytes of the memory, from `start` on. */
  add(start: number, length: number): void {
    const { vector, low } = this;
    const high = 1 - low;
    const at = this.count * ENTRY;
    const address = this.addressLow + start;
    vector[at + low] = address;
    vector[at + high] = this.addressHigh + (address > 0xffffffff ? 1 : 0);
    vector[at + 2 + low] = length;
    vector[at + 2 + high] = 0;
    this.count = (this.count + 1) | 0;
    this.length += length;
  }

  /** @returns bytes written, -1 where none could be */
  writeTo(descriptor: number): number {
    return this.memory.write(descriptor, this.vectorBytes, this.count);
  }

  /** A copy of everything from a byte on. */
  copy(from: number): Uint8Array {
    const { vector, low, addressLow, memory } = this;
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < this.count * ENTRY; at += ENTRY) {
      // Memory is less than 4 GiB: its offset is the difference of the lower halves.
      const start = (vector[at + low] - addressLow) >>> 0;
      pieces.push(memory.bytes.subarray(start, start + vector[at + 2 + low]));
    }
    return Buffer.concat(pieces).subarray(from);
  }

  clear(): void {
    this.count = 0;
    this.length = 0;
  }
}
