/** Netlink (netlink(7), rtnetlink(7)): asks the kernel about a network namespace, and reads what it answers. */
import { closeSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { CaptureError } from '../packet/source.ts';
import { nameOfBytes } from './device-name.ts';
import { libc, SystemError } from './libc.ts';

/** Per attribute's type, its value. */
export type Attributes = ReadonlyMap<number, DataView>;

export interface NetlinkSocket {
  /**
   * All messages that answer a request.
   *
   * @param type RTM_GETLINK and its like
   * @param body the message behind its header
   * @param most so many are kept, where there may be too many
   * @throws {CaptureError} where the kernel refuses
   */
  dump(type: number, body: Uint8Array, most?: number): DataView[];
  /** The one message that answers a request, or undefined where the kernel knows nothing of it. */
  ask(type: number, body: Uint8Array): DataView | undefined;
  /**
   * The number of the namespace that the socket is in, which the kernel gives to no other one until the machine starts again
   * (SO_NETNS_COOKIE, asm-generic/socket.h). undefined before Linux 5.14.
   */
  namespaceCookie(): bigint | undefined;
  close(): void;
}

/** Netlink's numbers are in the machine's byte order. */
export const LITTLE_ENDIAN = endianness() === 'LE';

export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;
const NLM_F_REQUEST = 0x1;
const NLM_F_DUMP = 0x300;
const NLM_F_DUMP_INTR = 0x10;
export const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** nlmsghdr: length 32 bits, type 16, flags 16, sequence number 32, port 32. */
export const NLMSG_HEADER = 16;
/** The kernel makes answers of 32 KiB at most. */
const RECEIVE_BUFFER = 1 << 16;
/** How often a list is asked for again that changed while it was read. */
const TRIES = 8;

/**
 * A socket of the network namespace in which this thread is: it stays there.
 *
 * @param protocol which part of the kernel is asked: NETLINK_ROUTE, or another
 */
export function openNetlink(protocol = NETLINK_ROUTE): NetlinkSocket {
  const { socket, getsockopt, errno } = libc();
  const descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (descriptor < 0) {
    throw new CaptureError(
      `the kernel's list of interfaces can't be asked for (${new SystemError('socket', errno()).code})`,
    );
  }
  const buffer = Buffer.alloc(RECEIVE_BUFFER);
  let sequence = 0;

  function send(type: number, flags: number, body: Uint8Array): void {
    const message = new Uint8Array(NLMSG_HEADER + body.length);
    const view = new DataView(message.buffer);
    view.setUint32(0, message.length, LITTLE_ENDIAN);
    view.setUint16(4, type, LITTLE_ENDIAN);
    view.setUint16(6, flags, LITTLE_ENDIAN);
    view.setUint32(8, ++sequence, LITTLE_ENDIAN);
    message.set(body, NLMSG_HEADER);
    writeSync(descriptor, message);
  }

  /** The messages of one answer, each a copy without its header; undefined where the list changed meanwhile. */
  function receive(isDump: boolean, most = Number.POSITIVE_INFINITY): DataView[] | undefined {
    const messages: DataView[] = [];
    let interrupted = false;
    for (;;) {
      const length = readSync(descriptor, buffer);
      const view = new DataView(buffer.buffer, buffer.byteOffset, length);
      for (let at = 0; at + NLMSG_HEADER <= length; ) {
        const size = view.getUint32(at, LITTLE_ENDIAN);
        if (size < NLMSG_HEADER || at + size > length)
          throw new CaptureError('netlink: a message breaks off');
        const type = view.getUint16(at + 4, LITTLE_ENDIAN);
        if ((view.getUint16(at + 6, LITTLE_ENDIAN) & NLM_F_DUMP_INTR) !== 0) interrupted = true;
        if (type === NLMSG_DONE) return interrupted ? undefined : messages;
        if (type === NLMSG_ERROR) {
          if (!isDump) return messages;
          const code = -view.getInt32(at + NLMSG_HEADER, LITTLE_ENDIAN);
          const cause = new SystemError('netlink', code);
          throw new CaptureError(`the kernel's list of interfaces was refused (${cause.code})`, { cause });
        }
        if (messages.length < most)
          messages.push(new DataView(Uint8Array.from(buffer.subarray(at + NLMSG_HEADER, at + size)).buffer));
        at += (size + 3) & ~3;
      }
      if (!isDump) return messages;
    }
  }

  return {
    dump(type, body, most) {
      for (let tries = 0; tries < TRIES; tries++) {
        send(type, NLM_F_REQUEST | NLM_F_DUMP, body);
        const messages = receive(true, most);
        if (messages !== undefined) return messages;
      }
      throw new CaptureError('the list of interfaces changes faster than it can be read; try again');
    },
    ask(type, body) {
      send(type, NLM_F_REQUEST, body);
      return receive(false)?.[0];
    },
    namespaceCookie() {
      const value = new DataView(new ArrayBuffer(8));
      const result = getsockopt(descriptor, SOL_SOCKET, SO_NETNS_COOKIE, new Uint8Array(value.buffer), [8]);
      return result === 0 ? value.getBigUint64(0, LITTLE_ENDIAN) : undefined;
    },
    close: () => closeSync(descriptor),
  };
}

const ATTRIBUTE_TYPE = 0x3fff;

/** Attributes (nlattr: length 16 bits, type 16, value, padded to 4) from `start` on; one that breaks off ends them. */
export function readAttributes(view: DataView, start = 0): Attributes {
  const attributes = new Map<number, DataView>();
  for (let at = start; at + 4 <= view.byteLength; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < 4 || at + length > view.byteLength) break;
    const type = view.getUint16(at + 2, LITTLE_ENDIAN) & ATTRIBUTE_TYPE;
    attributes.set(type, new DataView(view.buffer, view.byteOffset + at + 4, length - 4));
    at += (length + 3) & ~3;
  }
  return attributes;
}

/** A number of 1, 2 or 4 bytes in the machine's order. */
export function readNumber(value: DataView): number {
  if (value.byteLength >= 4) return value.getUint32(0, LITTLE_ENDIAN);
  if (value.byteLength >= 2) return value.getUint16(0, LITTLE_ENDIAN);
  return value.byteLength === 1 ? value.getUint8(0) : 0;
}

/** Text up to its first zero byte. Names of interfaces may hold any byte but zero, slash, colon and white space. */
export function readText(value: DataView): string {
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const end = bytes.indexOf(0);
  return nameOfBytes(end < 0 ? bytes : bytes.subarray(0, end));
}
