/**
 * Packet sockets with a ring of memory that the kernel fills (packet(7); linux/if_packet.h, TPACKET_V3;
 * Documentation/networking/packet_mmap.rst).
 */
import { endianness } from 'node:os';
import { bytesOfName, deviceMeant, nameOfBytes } from '../../host/device-name.ts';
import { linkTypeOf } from '../../host/hardware-type.ts';
import { ANY_INTERFACE } from '../../host/interfaces.ts';
import { type Address, checked, libc, SystemError } from '../../host/libc.ts';
import { readLinks } from '../../host/links.ts';
import { inNamespace, type NetworkNamespace, noSuchInterface } from '../../host/namespace.ts';
import { openNetlink } from '../../host/netlink.ts';
import { LINKTYPE_LINUX_SLL2 } from '../../packet/link-type.ts';
import { CaptureError } from '../../packet/source.ts';
import type { BpfFunction, BpfProgram } from '../filter/bpf.ts';
import { noCapturePermission } from '../privileges.ts';
import { compileSocketFilter, NOTHING } from './socket-filter.ts';

const LITTLE_ENDIAN = endianness() === 'LE';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ALL = 3;

const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;

const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_RESERVE = 12;
const PACKET_MR_PROMISC = 1;
const TPACKET_V3 = 2;

const SIOCGIFNAME = 0x8910;
const SIOCGIFFLAGS = 0x8913;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
/** struct ifreq: 16 bytes of name, and what is asked for. */
const IFREQ_SIZE = 40;
const IFREQ_VALUE = 16;
const NAME_SIZE = 16;
const IFF_UP = 1;

/** struct sockaddr_ll, as far as bind(2) reads it. */
const SOCKADDR_LL = 20;

/**
 * Room in front of a packet, besides what the kernel leaves: for a VLAN tag that is put back, and for a cooked header that is
 * longer than the 16 bytes that there are. The kernel puts what is behind the link header at a multiple of 16, and this further:
 * packets shall begin at whole words, also Ethernet's, whose header has 14 bytes.
 */
const RESERVE = 8;
const RESERVE_ETHERNET = 10;
const ETHERNET = 1;

export interface RingSize {
  /** Bytes: a multiple of the page's size. No packet is longer. */
  readonly blockSize: number;
  readonly blockCount: number;
  /** Milliseconds after which the kernel hands a block over that is not full. */
  readonly retireTimeout: number;
}

export interface PacketSocketOptions {
  /** A device's name, or `any` for all. */
  readonly interface: string;
  /** Where it is; default: this process's. */
  readonly namespace?: NetworkNamespace | undefined;
  /** libpcap's filter language; empty for everything. */
  readonly filter: string;
  /** The most bytes kept of a packet; 0 for all. */
  readonly snapLength: number;
  /** Whether to have the device take what is for others. */
  readonly promiscuous: boolean;
  readonly ring: RingSize;
}

export interface PacketSocket {
  readonly descriptor: number;
  /** LINKTYPE_ number of the packets as they are to be handed out. */
  readonly linkType: number;
  /** Whether packets come without link header, which is made from the kernel's address of them (SLL2). */
  readonly isCooked: boolean;
  /** The kernel's number of the device; 0 for all. */
  readonly interfaceIndex: number;
  /** Of the loopback device, whose packets are seen on their way out and in; 0 if there is none. */
  readonly loopbackIndex: number;
  /** What is left of the filter to decide here. */
  readonly filter: BpfFunction | undefined;
  /** What the kernel gave, where not all that was asked for could be had. */
  readonly ring: RingSize;
  /** Since it was asked last. */
  statistics(): KernelStatistics;
  /** From now on nothing is let in any more; what is in the ring stays. */
  refuseAll(): void;
  /** The error that waits, which asking takes away: 0 for none. */
  error(): number;
  /** Whether the device is there and up; undefined if it is gone. */
  isUp(): boolean | undefined;
  /** The name of a device by the kernel's number; undefined if it is gone. */
  nameOf(interfaceIndex: number): string | undefined;
  close(): void;
}

export interface KernelStatistics {
  /** Packets that passed the filter, those that were dropped included. */
  readonly packets: number;
  /** For want of room in the ring. */
  readonly drops: number;
  /** How often the ring was full. */
  readonly freezes: number;
}

/** The ring can't be had here, which another way of capturing may not mind: the message says why. */
export class RingUnavailableError extends Error {
  override readonly name = 'RingUnavailableError';
}

/**
 * Opens a ring on a device. Nothing is let in before the filter is attached: until it is bound, a socket without protocol
 * receives nothing.
 *
 * @throws {CaptureError} if there is no such device, no permission, or the filter is not understood
 * @throws {RingUnavailableError} if this kernel, or its memory, has no ring for us
 */
export function openPacketSocket(options: PacketSocketOptions): PacketSocket {
  const { interface: name, namespace } = options;
  return inNamespace(namespace, () => {
    let socket = openSocket(name, SOCK_RAW);
    try {
      const isAny = name === ANY_INTERFACE;
      const device = isAny ? undefined : findDevice(socket, name, namespace);
      const index = device?.index ?? 0;
      const linkType = device && linkTypeOf(hardwareType(socket, device.name));
      const isCooked = linkType === undefined;
      if (isCooked) {
        const cooked = openSocket(name, SOCK_DGRAM);
        libc().close(socket);
        socket = cooked;
      }
      return setUp(socket, index, linkType ?? LINKTYPE_LINUX_SLL2, isCooked, options);
    } catch (error) {
      libc().close(socket);
      throw error;
    }
  });
}

function openSocket(name: string, type: number): number {
  try {
    return checked('socket', libc().socket(AF_PACKET, type | SOCK_CLOEXEC, 0));
  } catch (error) {
    const { code, message } = error as SystemError;
    if (code === 'EPERM' || code === 'EACCES') throw new CaptureError(noCapturePermission(name));
    throw new RingUnavailableError(`packet sockets are not available here (${message})`);
  }
}

function setUp(
  socket: number,
  index: number,
  linkType: number,
  isCooked: boolean,
  options: PacketSocketOptions,
): PacketSocket {
  const { interface: name, promiscuous, snapLength } = options;
  const filter = compileSocketFilter(options.filter, linkType, snapLength);
  const ring = makeRing(socket, options.ring, linkType);
  let decidesHere = filter.here;
  if (filter.kernel !== undefined && !attach(socket, filter.kernel)) {
    decidesHere = compileSocketFilter(options.filter, linkType, 0, false).here;
  }
  bindTo(socket, index, name);
  if (promiscuous && index !== 0) joinPromiscuous(socket, index);
  return {
    descriptor: socket,
    linkType,
    isCooked,
    interfaceIndex: index,
    loopbackIndex: request(socket, SIOCGIFINDEX, 'lo')?.getInt32(IFREQ_VALUE, LITTLE_ENDIAN) ?? 0,
    filter: decidesHere,
    ring,
    statistics: () => readStatistics(socket),
    refuseAll: () => {
      attach(socket, NOTHING);
    },
    error: () => option(socket, SOL_SOCKET, SO_ERROR, 4).getInt32(0, LITTLE_ENDIAN),
    isUp: () => isUp(socket, index),
    nameOf: (wanted) => nameOf(socket, wanted),
    close: () => {
      libc().close(socket);
    },
  };
}

function findDevice(
  socket: number,
  wanted: string,
  namespace: NetworkNamespace | undefined,
): { readonly index: number; readonly name: string } {
  const indexOf = (name: string) => request(socket, SIOCGIFINDEX, name)?.getInt32(IFREQ_VALUE, LITTLE_ENDIAN);
  const name = indexOf(wanted) === undefined ? (otherSpelling(wanted) ?? wanted) : wanted;
  const index = indexOf(name);
  if (index !== undefined) {
    if (!isUp(socket, index)) throw new CaptureError(interfaceDown(name));
    return { index, name };
  }
  const shownName = namespace === undefined ? name : `${namespace.name}:${name}`;
  throw new CaptureError(noSuchInterface({ name: shownName, namespace, device: name }));
}

/** A device of this thread's namespace whose name can't be given as it is. */
function otherSpelling(wanted: string): string | undefined {
  const netlink = openNetlink();
  try {
    return deviceMeant(
      wanted,
      readLinks(netlink).map((link) => link.name),
    );
  } finally {
    netlink.close();
  }
}

export function interfaceDown(name: string): string {
  return `${name} is down; bring it up (ip link set ${name} up), or choose another`;
}

function hardwareType(socket: number, name: string): number {
  return request(socket, SIOCGIFHWADDR, name)?.getUint16(IFREQ_VALUE, LITTLE_ENDIAN) ?? 0;
}

/** Asks for something about a device by its name: undefined if there is no such device. */
function request(socket: number, what: number, name: string): DataView | undefined {
  const text = bytesOfName(name);
  // The kernel would cut a longer name, and may know another device by what is left.
  if (text.length === 0 || text.length >= NAME_SIZE) return undefined;
  const bytes = new Uint8Array(IFREQ_SIZE);
  bytes.set(text);
  return libc().ioctl(socket, what, bytes) === -1 ? undefined : new DataView(bytes.buffer);
}

function nameOf(socket: number, index: number): string | undefined {
  const bytes = new Uint8Array(IFREQ_SIZE);
  new DataView(bytes.buffer).setInt32(IFREQ_VALUE, index, LITTLE_ENDIAN);
  if (libc().ioctl(socket, SIOCGIFNAME, bytes) === -1) return undefined;
  return nameOfBytes(bytes.subarray(0, bytes.indexOf(0)));
}

function isUp(socket: number, index: number): boolean | undefined {
  if (index === 0) return true;
  const name = nameOf(socket, index);
  const flags = name === undefined ? undefined : request(socket, SIOCGIFFLAGS, name);
  return flags === undefined ? undefined : (flags.getUint16(IFREQ_VALUE, LITTLE_ENDIAN) & IFF_UP) !== 0;
}

/** Takes half as much, and half of that, where there is not so much memory in one piece: as libpcap does. */
function makeRing(socket: number, wanted: RingSize, linkType: number): RingSize {
  const words = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
  const set = (call: string, name: number, value: Uint8Array) =>
    checked(call, libc().setsockopt(socket, SOL_PACKET, name, value, value.length));
  try {
    set('PACKET_VERSION', PACKET_VERSION, words(TPACKET_V3));
    const reserve = linkType === ETHERNET ? RESERVE_ETHERNET : RESERVE;
    set('PACKET_RESERVE', PACKET_RESERVE, words(reserve));
    for (let { blockCount } = wanted; ; blockCount = blockCount >> 1) {
      const { blockSize, retireTimeout } = wanted;
      try {
        // One "frame" a block: with this version of the ring, frames are as long as their packets.
        const size = words(blockSize, blockCount, blockSize, blockCount, retireTimeout, 0, 0);
        set('PACKET_RX_RING', PACKET_RX_RING, size);
        return { ...wanted, blockCount };
      } catch (error) {
        if ((error as SystemError).code !== 'ENOMEM' || blockCount < 4) throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new RingUnavailableError(`this kernel offers no packet ring (${error.message})`);
  }
}

const PAGE = 4096;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const INSTRUCTION = 8;

/** @returns false if the kernel refuses the program */
export function attach(socket: number, program: BpfProgram): boolean {
  const { mmap, munmap, memory, setsockopt } = libc();
  const { length, code, jumpTrue, jumpFalse, constant } = program;
  const size = Math.ceil((length * INSTRUCTION) / PAGE) * PAGE;
  const address: Address = mmap(0n, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  try {
    const instructions = new DataView(memory(address, size));
    for (let i = 0; i < length; i++) {
      instructions.setUint16(i * INSTRUCTION, code[i], LITTLE_ENDIAN);
      instructions.setUint8(i * INSTRUCTION + 2, jumpTrue[i]);
      instructions.setUint8(i * INSTRUCTION + 3, jumpFalse[i]);
      instructions.setUint32(i * INSTRUCTION + 4, constant[i], LITTLE_ENDIAN);
    }
    // struct sock_fprog: 16 bits of length, and an address.
    const described = new DataView(new ArrayBuffer(16));
    described.setUint16(0, length, LITTLE_ENDIAN);
    described.setBigUint64(8, address, LITTLE_ENDIAN);
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(described.buffer), 16) === 0;
  } finally {
    munmap(address, size);
  }
}

function bindTo(socket: number, index: number, name: string): void {
  const address = new DataView(new ArrayBuffer(SOCKADDR_LL));
  address.setUint16(0, AF_PACKET, LITTLE_ENDIAN);
  address.setUint16(2, ETH_P_ALL);
  address.setInt32(4, index, LITTLE_ENDIAN);
  try {
    checked('bind', libc().bind(socket, new Uint8Array(address.buffer), SOCKADDR_LL));
  } catch (error) {
    throw new CaptureError(
      `can't capture on ${name}: ${(error as SystemError).message}; list the interfaces with: tunnelscope interfaces`,
    );
  }
  // A device that went down meanwhile has left an error; that it is down is seen when it is read.
  option(socket, SOL_SOCKET, SO_ERROR, 4);
}

/** What some devices don't have is done without: their own packets come all the same. */
function joinPromiscuous(socket: number, index: number): void {
  const membership = new DataView(new ArrayBuffer(16));
  membership.setInt32(0, index, LITTLE_ENDIAN);
  membership.setUint16(4, PACKET_MR_PROMISC, LITTLE_ENDIAN);
  libc().setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, new Uint8Array(membership.buffer), 16);
}

function option(socket: number, level: number, name: number, size: number): DataView {
  const bytes = new Uint8Array(size);
  checked('getsockopt', libc().getsockopt(socket, level, name, bytes, [size]));
  return new DataView(bytes.buffer);
}

/** The kernel begins again each time. */
function readStatistics(socket: number): KernelStatistics {
  const view = option(socket, SOL_PACKET, PACKET_STATISTICS, 12);
  return {
    packets: view.getUint32(0, LITTLE_ENDIAN),
    drops: view.getUint32(4, LITTLE_ENDIAN),
    freezes: view.getUint32(8, LITTLE_ENDIAN),
  };
}
