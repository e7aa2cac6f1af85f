/** Reads one socket's ring (linux/if_packet.h: tpacket_block_desc, tpacket3_hdr, sockaddr_ll). Nothing is made for a packet. */
import { endianness } from 'node:os';
import type { PacketSocket } from './packet-socket.ts';
import type { RingBatch } from './ring-batch.ts';
import type { RingMemory } from './ring-memory.ts';

export interface RingReader {
  readonly socket: PacketSocket;
  /** Packets that the kernel put into the blocks read so far, those that were then not handed out included. */
  readonly seen: number;
  /** Packets handed out so far. */
  readonly taken: number;
  /** How many blocks {@link peek} has gone through since this was asked last. */
  passed(): number;
  /** Whether there is a packet to take. */
  peek(): boolean;
  /**
   * Where {@link peek} says that there is no packet: up to when there is none that is still in the kernel's hands, in
   * milliseconds since 1970. That is now where the block that is being filled is empty; else, when it was last seen so.
   *
   * @param now milliseconds since 1970, taken before `peek` was asked
   */
  emptyUntil(now: number): number;
  /** The time of the packet that comes next; only where {@link peek} says that there is one. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /**
   * Appends packets of the current block to a batch, as far as they are not later than the time given and the batch has room.
   *
   * @param seconds infinite for all
   */
  take(batch: RingBatch, seconds: number, nanoseconds: number): void;
  /** Hands the blocks that were read back to the kernel: the batches with their packets are no more. */
  release(): void;
}

// tpacket_block_desc, in 32-bit words.
const BLOCK_STATUS = 2;
const BLOCK_PACKETS = 3;
const BLOCK_FIRST = 4;
const BLOCK_LENGTH = 5;
const BLOCK_IS_OURS = 1;

/** Words of a line of the processor's cache: 64 bytes. */
const LINE = 16;
/** Of longer packets, in bytes, most would be fetched for nothing. */
const WORTH_FETCHING = 2048;

// sockaddr_ll, behind the packet's header.
const ADDRESS = 48;
const ADDRESS_PROTOCOL = ADDRESS + 2;
const ADDRESS_INTERFACE = ADDRESS + 4;
const ADDRESS_HARDWARE = ADDRESS + 8;
const ADDRESS_TYPE = ADDRESS + 10;
const ADDRESS_BYTES = ADDRESS + 12;

const SLL2_LENGTH = 20;
const TAG_LENGTH = 4;
const ETHERNET_ADDRESSES = 12;
const ETHERTYPE_VLAN = 0x8100;

const PACKET_OUTGOING = 4;
/**
 * epb_flags of pcapng by the kernel's type of a packet: to this host, to all, to a group, to others, outgoing. Bits 0 and 1
 * are the direction (1 in, 2 out), bits 2 to 4 how it was received (1 unicast, 2 multicast, 3 broadcast, 4 promiscuous).
 */
const FLAGS = Int32Array.of(5, 13, 9, 17, 2, 0, 0, 0);

/**
 * @param offset where the ring begins in the memory
 * @param snapLength the most bytes handed out of a packet; 0 for all
 * @param indexOf a source's number of an interface by the kernel's
 */
export function createRingReader(
  socket: PacketSocket,
  { bytes, view }: RingMemory,
  offset: number,
  snapLength: number,
  indexOf: (interfaceIndex: number) => number,
): RingReader {
  const little = endianness() === 'LE';
  const { blockSize, blockCount } = socket.ring;
  const size = blockSize * blockCount;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + offset, size >> 2);
  const states = new Int32Array(words.buffer, words.byteOffset, size >> 2);
  const halves = new Uint16Array(words.buffer, words.byteOffset, size >> 1);
  const { isCooked, loopbackIndex, interfaceIndex: only, filter } = socket;
  const most = snapLength === 0 ? Number.POSITIVE_INFINITY : snapLength;
  const isEthernet = socket.linkType === 1;
  /** Blocks read and not handed back: those in front of `block`. */
  let held = 0;
  let block = 0;
  /** Of the next packet in this ring, and how many are left in its block. */
  let next = 0;
  let left = 0;
  let seen = 0;
  let taken = 0;
  let blocks = 0;
  let emptyAt = Number.NEGATIVE_INFINITY;
  /** Keeps what {@link fetch} read from being left out as of no use. */
  const fetched = new Int32Array(1);

  /**
   * Reads through a block in one go. The kernel wrote it on another processor; where each packet is stands in the one before, and
   * following that waits for memory at every step. In one go the processor sees what comes next: four times as fast, all in all.
   */
  function fetch(at: number): void {
    const length = words[at + BLOCK_LENGTH];
    if (length > words[at + BLOCK_PACKETS] * WORTH_FETCHING) return;
    const end = at + (length >> 2);
    let sum = 0;
    for (let i = at; i < end; i = (i + LINE) | 0) sum ^= words[i];
    fetched[0] = sum;
  }

  function peek(): boolean {
    while (left === 0) {
      if (held === blockCount) return false;
      const at = (block * blockSize) >> 2;
      if ((Atomics.load(states, at + BLOCK_STATUS) & BLOCK_IS_OURS) === 0) return false;
      left = words[at + BLOCK_PACKETS];
      next = block * blockSize + words[at + BLOCK_FIRST];
      seen += left;
      fetch(at);
      held++;
      blocks++;
      block = (block + 1) % blockCount;
    }
    return true;
  }

  /**
   * That a block has packets is told before it is handed over, as each comes; which of them are whole is not, so that they can
   * be counted but not read.
   */
  function emptyUntil(now: number): number {
    const isEmpty =
      held === blockCount || Atomics.load(states, ((block * blockSize) >> 2) + BLOCK_PACKETS) === 0;
    // Not later than now also where the clock was set back.
    emptyAt = isEmpty ? now : Math.min(emptyAt, now);
    return emptyAt;
  }

  /** Before the packet's own bytes: what the kernel left off, with the tag that it took off. @returns where it begins then */
  function writeCookedHeader(packet: number, start: number, tag: number, tagType: number): number {
    const address = offset + packet;
    const at = start - SLL2_LENGTH - (tag < 0 ? 0 : TAG_LENGTH);
    const protocol = view.getUint16(address + ADDRESS_PROTOCOL);
    const index = view.getInt32(address + ADDRESS_INTERFACE, little);
    const hardware = view.getUint16(address + ADDRESS_HARDWARE, little);
    const type = view.getUint16(address + ADDRESS_TYPE);
    const high = view.getUint32(address + ADDRESS_BYTES);
    const low = view.getUint32(address + ADDRESS_BYTES + 4);
    view.setUint16(at, tag < 0 ? protocol : tagType);
    view.setUint16(at + 2, 0);
    view.setInt32(at + 4, index);
    view.setUint16(at + 8, hardware);
    view.setUint16(at + 10, type);
    view.setUint32(at + 12, high);
    view.setUint32(at + 16, low);
    if (tag >= 0) {
      view.setUint16(at + 20, tag);
      view.setUint16(at + 22, protocol);
    }
    return at;
  }

  /** The addresses of an Ethernet frame move to the front, and its tag takes their place. */
  function putTagBack(start: number, tag: number, tagType: number): number {
    const at = start - TAG_LENGTH;
    for (let i = 0; i < ETHERNET_ADDRESSES; i += 4) view.setUint32(at + i, view.getUint32(start + i));
    view.setUint16(at + ETHERNET_ADDRESSES, tagType);
    view.setUint16(at + ETHERNET_ADDRESSES + 2, tag);
    return at;
  }

  function take(batch: RingBatch, untilSeconds: number, untilNanoseconds: number): void {
    const { start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex, packetFlags } =
      batch;
    const MOST = most;
    const COOKED = isCooked;
    const ETHERNET = isEthernet;
    const LOOPBACK = loopbackIndex;
    const TAGGED = 1 << 4;
    const TAG_TYPED = 1 << 6;
    const room = start.length;
    let count = batch.count;
    let known = only;
    let index = indexOf(only);
    let packet = next;
    let rest = left;
    while (rest > 0 && count < room) {
      const word = packet >>> 2;
      const second = words[word + 1];
      const nanosecond = words[word + 2];
      if (second > untilSeconds || (second === untilSeconds && nanosecond > untilNanoseconds)) break;
      let captured = words[word + 3];
      let original = words[word + 4];
      const status = words[word + 5];
      const half = word << 1;
      const data = offset + packet + halves[half + 12];
      const type = bytes[offset + packet + ADDRESS_TYPE];
      const device = states[(packet + ADDRESS_INTERFACE) >>> 2];
      let at = data;
      rest = (rest - 1) | 0;
      const behind = packet + words[word];
      const from = packet;
      packet = behind;
      // What goes out through the loopback comes in again.
      if (type === PACKET_OUTGOING && device === LOOPBACK) continue;
      const isTagged = (status & TAGGED) !== 0;
      const tagType = (status & TAG_TYPED) !== 0 ? halves[half + 18] : ETHERTYPE_VLAN;
      if (COOKED) {
        at = writeCookedHeader(from, data, isTagged ? words[word + 8] & 0xffff : -1, tagType);
      } else if (isTagged && ETHERNET && captured >= ETHERNET_ADDRESSES) {
        at = putTagBack(data, words[word + 8] & 0xffff, tagType);
      }
      captured += data - at;
      original += data - at;
      if (filter !== undefined && !filter(view, at, captured, original, type, device)) continue;
      if (device !== known) {
        known = device;
        index = indexOf(device);
      }
      start[count] = at;
      capturedLength[count] = captured > MOST ? MOST : captured;
      originalLength[count] = original;
      seconds[count] = second;
      nanoseconds[count] = nanosecond;
      interfaceIndex[count] = index;
      packetFlags[count] = FLAGS[type & 7];
      count = (count + 1) | 0;
    }
    next = packet;
    left = rest;
    taken += count - batch.count;
    batch.count = count;
  }

  return {
    socket,
    get seen() {
      return seen;
    },
    get taken() {
      return taken;
    },
    get seconds() {
      return words[(next >>> 2) + 1];
    },
    get nanoseconds() {
      return words[(next >>> 2) + 2];
    },
    peek,
    emptyUntil,
    take,
    passed() {
      const passed = blocks;
      blocks = 0;
      return passed;
    },
    release() {
      const kept = left > 0 ? 1 : 0;
      for (; held > kept; held--) {
        const at = (((block - held + blockCount) % blockCount) * blockSize) >> 2;
        // The kernel does so only when it comes to fill it.
        words[at + BLOCK_PACKETS] = 0;
        Atomics.store(states, at + BLOCK_STATUS, 0);
      }
    },
  };
}
