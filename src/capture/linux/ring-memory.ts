/** The rings of several sockets, mapped side by side: one piece of memory, so that a batch may have packets of all of them. */
import { type Address, libc, SystemError } from '../../host/libc.ts';
import { type PacketSocket, RingUnavailableError } from './packet-socket.ts';

export interface RingMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Of its first byte. */
  readonly address: Address;
  /** Where each socket's ring begins in it. */
  readonly offsets: readonly number[];
  /** A part of it that is in no ring, and stays. */
  readonly room: Uint8Array;
  /** Gives the rings back. Where somebody still reads a batch, there are zeros. */
  unmap(): void;
}

const PROT_READ = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_FAILED = 0xffffffffffffffffn;

/** Bytes for whoever writes packets from where they lie. */
const ROOM = 1 << 18;

/** Batches say where packets are in signed 32 bits. */
export const LARGEST_MEMORY = 0x7fffffff;

/** @throws {RingUnavailableError} if there is no room for them */
export function mapRings(sockets: readonly PacketSocket[]): RingMemory {
  const { memory, munmap } = libc();
  const sizes = sockets.map(({ ring }) => ring.blockSize * ring.blockCount);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const empty = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const base = map(0n, total + ROOM, PROT_READ_WRITE, empty, -1);
  const offsets: number[] = [];
  let at = 0;
  try {
    for (const [index, size] of sizes.entries()) {
      offsets.push(at);
      map(base + BigInt(at), size, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, sockets[index].descriptor);
      at += size;
    }
  } catch (error) {
    munmap(base, total + ROOM);
    throw error;
  }
  const buffer = memory(base, total + ROOM);
  return {
    bytes: new Uint8Array(buffer),
    view: new DataView(buffer),
    address: base,
    offsets,
    room: new Uint8Array(buffer, total, ROOM),
    unmap() {
      // The addresses stay taken: whoever still has the arrays must not find another's memory there, nor none.
      map(base, total, PROT_READ, empty | MAP_FIXED, -1);
    },
  };
}

function map(address: Address, length: number, protection: number, flags: number, socket: number): Address {
  const { mmap, errno } = libc();
  const mapped = mmap(address, length, protection, flags, socket, 0);
  if (mapped !== MAP_FAILED) return mapped;
  throw new RingUnavailableError(`the ring can't be mapped (${new SystemError('mmap', errno()).message})`);
}
