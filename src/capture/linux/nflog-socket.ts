/**
 * Listening to groups of Linux's packet log (linux/netfilter/nfnetlink_log.h): what rules such as `nft … log group 5` hand out, over
 * netlink.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { parseNamedInterface } from '../../host/containers/named-interface.ts';
import { checked, libc, SystemError } from '../../host/libc.ts';
import { inNamespace, type NetworkNamespace } from '../../host/namespace.ts';
import {
  AF_NETLINK,
  LITTLE_ENDIAN,
  NLMSG_ERROR,
  NLMSG_HEADER,
  SOCK_CLOEXEC,
  SOCK_RAW,
} from '../../host/netlink.ts';
import { CaptureError } from '../../packet/source.ts';
import { attach } from './packet-socket.ts';
import { NOTHING } from './socket-filter.ts';

const SOCK_NONBLOCK = 0o4000;
const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
/** Of the words that the kernel tells of a socket's memory: how many messages it had no room for. */
const MEMINFO_DROPS = 8;
const MEMINFO_BYTES = 4 * (MEMINFO_DROPS + 1);

const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
/** NFNL_SUBSYS_ULOG in the upper byte. */
const LOG_PACKET = 0x0400;
const LOG_CONFIGURE = 0x0401;

const CFG_CMD = 1;
const CFG_MODE = 2;
const CFG_QTHRESH = 5;
const BIND = 1;
const COPY_PACKET = 2;
/** The kernel copies no more of a packet. */
const LARGEST_COPY = 0xffff;

/** A message of the kernel's fits into it: a packet of the largest copy, and what is told of it. */
export const LARGEST_MESSAGE = LARGEST_COPY + 8192;
const ACK_BUFFER = 1 << 17;
const LARGEST_GROUP = 0xffff;

export interface LogName {
  /** As it is shown. */
  readonly name: string;
  /** undefined for this process's. */
  readonly namespace: NetworkNamespace | undefined;
  readonly groups: readonly number[];
}

/**
 * `nflog:5`, `nflog:5,6`, `nflog` for group 0, as libpcap has them; in another namespace `h1:nflog:5`.
 *
 * @returns undefined if the text is another interface's name
 * @throws {CaptureError} if there is no such namespace or group
 */
export function parseLogName(text: string): LogName | undefined {
  const parts = /^(?:(.+):)?nflog(?::([\d,]*))?$/.exec(text);
  if (parts === null) return undefined;
  const [, namespace, list = '0'] = parts;
  const groups = list.split(',').map((group) => (group === '' ? Number.NaN : Number(group)));
  if (groups.some((group) => !(group <= LARGEST_GROUP))) {
    throw new CaptureError(`${text}: expected nflog:GROUP with a number up to 65535, or several: nflog:5,6`);
  }
  const where = namespace === undefined ? undefined : parseNamedInterface(`${namespace}:nflog`).namespace;
  return { name: text, namespace: where, groups: [...new Set(groups)] };
}

export interface LogSocket {
  readonly descriptor: number;
  /** How often the kernel had no room for messages. */
  readonly freezes: number;
  /** Packets for which there was no room: each is a message of its own. */
  drops(): number;
  /**
   * Reads one message, of {@link LARGEST_MESSAGE} bytes at most, which may hold several packets.
   *
   * @returns its length; 0 if none is here now
   */
  read(into: Uint8Array, at: number): number;
  /** From now on nothing is let in any more; what came stays. */
  refuseAll(): void;
  close(): void;
}

/**
 * Binds a socket to the groups: each has one listener.
 *
 * @param snapLength the most bytes kept of a packet; 0 for all
 * @param bufferSize bytes of the socket's buffer
 * @throws {CaptureError} if that is not allowed, a group has a listener, or this kernel has no packet log
 */
export function openLogSocket(
  { name, namespace, groups }: LogName,
  snapLength: number,
  bufferSize: number,
): LogSocket {
  const { socket, setsockopt, getsockopt, errno } = libc();
  const descriptor = inNamespace(namespace, () =>
    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER),
  );
  if (descriptor < 0) throw openFailure(name, new SystemError('socket', errno()));
  let freezes = 0;
  /** What came before the answers did. */
  const early: Uint8Array[] = [];

  function receive(into: Uint8Array, at: number, length: number): number {
    for (;;) {
      try {
        return readSync(descriptor, into, at, length, null);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') return 0;
        // The next message is there all the same.
        if (code !== 'ENOBUFS') throw error;
        freezes++;
      }
    }
  }

  function configure(group: number, sequence: number): void {
    writeSync(descriptor, configuration(group, sequence, Math.min(snapLength || LARGEST_COPY, LARGEST_COPY)));
    for (;;) {
      const buffer = new Uint8Array(ACK_BUFFER);
      // The kernel answers before the call that asks returns.
      const length = receive(buffer, 0, buffer.length);
      if (length === 0)
        throw new CaptureError(`${name}: the kernel does not answer; is nfnetlink_log loaded?`);
      const view = new DataView(buffer.buffer, 0, length);
      if (length < NLMSG_HEADER + 4 || view.getUint16(4, LITTLE_ENDIAN) !== NLMSG_ERROR) {
        early.push(buffer.subarray(0, length));
        continue;
      }
      const error = -view.getInt32(NLMSG_HEADER, LITTLE_ENDIAN);
      if (error !== 0) throw listenFailure(name, new SystemError('bind', error));
      return;
    }
  }

  try {
    const size = new Uint8Array(Int32Array.of(bufferSize).buffer);
    // It takes the same right as listening, for whose want the kernel has the same word as for a group that is taken.
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length) !== 0) {
      throw openFailure(name, new SystemError('setsockopt', errno()));
    }
    for (const [index, group] of groups.entries()) configure(group, index + 1);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return {
    descriptor,
    get freezes() {
      return freezes;
    },
    drops() {
      const words = new Uint32Array(MEMINFO_DROPS + 1);
      const told = getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, new Uint8Array(words.buffer), [
        MEMINFO_BYTES,
      ]);
      return told === 0 ? (words[MEMINFO_DROPS] as number) : 0;
    },
    read(into, at) {
      const first = early.shift();
      if (first === undefined) return receive(into, at, LARGEST_MESSAGE);
      into.set(first, at);
      return first.length;
    },
    refuseAll: () => {
      attach(descriptor, NOTHING);
    },
    close: () => {
      checked('close', libc().close(descriptor));
    },
  };
}

function openFailure(name: string, { code }: SystemError): CaptureError {
  if (code === 'EPERM' || code === 'EACCES') {
    return new CaptureError(
      `no permission to listen to ${name}; run with sudo (the packet log needs CAP_NET_ADMIN)`,
    );
  }
  return new CaptureError(
    `${name}: this kernel has no netfilter (${code}); expected one with CONFIG_NETFILTER`,
  );
}

function listenFailure(name: string, { code, message }: SystemError): CaptureError {
  if (code === 'EPERM' || code === 'EBUSY') {
    return new CaptureError(
      `${name} already has a listener, and a group takes only one; stop it (ulogd, tcpdump), or log to another group`,
    );
  }
  return new CaptureError(`${name}: can't be listened to: ${message}; try: modprobe nfnetlink_log`);
}

/** One message with all that is asked for: numbers are in network byte order. */
function configuration(group: number, sequence: number, copied: number): Uint8Array {
  const attributes: readonly (readonly [number, readonly number[]])[] = [
    [CFG_CMD, [BIND]],
    [CFG_MODE, [...bigEndian(copied, 4), COPY_PACKET, 0]],
    // Each packet at once: they bear the time of their arrival here, where the kernel tells none.
    [CFG_QTHRESH, bigEndian(1, 4)],
  ];
  const body = [0, 0, ...bigEndian(group, 2)];
  for (const [type, value] of attributes) {
    const header = new Uint8Array(Uint16Array.of(4 + value.length, type).buffer);
    body.push(...header, ...value, ...new Array<number>(-value.length & 3).fill(0));
  }
  const message = new Uint8Array(NLMSG_HEADER + body.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, message.length, LITTLE_ENDIAN);
  view.setUint16(4, LOG_CONFIGURE, LITTLE_ENDIAN);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_ACK, LITTLE_ENDIAN);
  view.setUint32(8, sequence, LITTLE_ENDIAN);
  message.set(body, NLMSG_HEADER);
  return message;
}

function bigEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >>> (8 * (bytes - 1 - i))) & 0xff);
}

/**
 * The packets in what was read: LINKTYPE_NFLOG has a message's body.
 *
 * @param visit called with where each record begins, and its length
 */
export function eachRecord(
  view: DataView,
  start: number,
  end: number,
  visit: (at: number, length: number) => void,
): void {
  for (let at = start; at + NLMSG_HEADER <= end; ) {
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < NLMSG_HEADER || at + length > end) return;
    if (view.getUint16(at + 4, LITTLE_ENDIAN) === LOG_PACKET) visit(at + NLMSG_HEADER, length - NLMSG_HEADER);
    at += (length + 3) & ~3;
  }
}
