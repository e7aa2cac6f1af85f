/** Pings as bytes, bare and in tunnels, in batches as a source hands them out: for tests that need many, or odd ones. */

import { fold, pseudoHeaderSum, sumWords } from '../../src/decode/checksum.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { CAPACITY } from '../../src/exchange/ping/ping-memory.ts';
import type { RepeatedPings } from '../../src/exchange/ping/repeated-pings.ts';
import type { CaptureInterface, PacketBatch, PacketSource } from '../../src/packet/source.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { createPingTracker, type VerifyOptions } from '../../src/verdict/verify.ts';
import { hex, viewOf } from './decoding.ts';

/** LINKTYPE_RAW: the packet starts with an IP header. */
export const RAW = 101;

export interface TimedPacket {
  readonly bytes: Uint8Array;
  /** Nanoseconds since the run's start. */
  readonly time: number;
  /** How long the packet was, where the capture has cut it. */
  readonly originalLength?: number;
  readonly interfaceIndex?: number;
  readonly linkType?: number;
}

export interface Echo {
  readonly reply?: boolean;
  /** Of the request, also where this is the reply. */
  readonly src?: string;
  readonly dst?: string;
  readonly ident?: number;
  readonly seq?: number;
  /** IPv4 identification; drawn from the sequence number and direction where not given. */
  readonly id?: number;
  readonly ttl?: number;
  readonly payload?: string;
}

/** RFC 791 and RFC 8200 addresses from text; IPv6 in full, without `::`. */
function addressBytes(address: string): Uint8Array {
  if (address.includes('.')) return Uint8Array.from(address.split('.'), Number);
  return hex(
    address
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
  );
}

export interface Ip {
  readonly src: string;
  readonly dst: string;
  readonly protocol: number;
  readonly id?: number;
  readonly ttl?: number;
}

/** An IPv4 or IPv6 packet, by its addresses, with a correct header checksum. */
export function ipPacket({ src, dst, protocol, id = 1, ttl = 64 }: Ip, payload: Uint8Array): Uint8Array {
  const addresses = [...addressBytes(src), ...addressBytes(dst)];
  if (src.includes(':')) {
    const packet = Uint8Array.from([...hex('60000000 0000 00 00'), ...addresses, ...payload]);
    viewOf(packet).setUint16(4, payload.length);
    packet[6] = protocol;
    packet[7] = ttl;
    return packet;
  }
  const packet = Uint8Array.from([...hex('45 00 0000 0000 4000 00 00 0000'), ...addresses, ...payload]);
  const view = viewOf(packet);
  view.setUint16(2, packet.length);
  view.setUint16(4, id);
  packet[8] = ttl;
  packet[9] = protocol;
  view.setUint16(10, 0xffff - fold(sumWords(view, 0, 20)));
  return packet;
}

/** An echo request or reply in an IP packet, checksums right. */
export function echo(given: Echo = {}): Uint8Array {
  const { reply = false, src = '172.16.0.2', dst = '172.16.1.2', ident = 0x4567, seq = 1, ttl } = given;
  const isIpv6 = src.includes(':');
  const type = isIpv6 ? (reply ? 129 : 128) : reply ? 0 : 8;
  const message = Uint8Array.from([type, 0, 0, 0, 0, 0, 0, 0, ...hex(given.payload ?? '70696e67')]);
  const view = viewOf(message);
  view.setUint16(4, ident);
  view.setUint16(6, seq);
  const header = {
    src: reply ? dst : src,
    dst: reply ? src : dst,
    protocol: isIpv6 ? 58 : 1,
    id: given.id ?? ((seq << 1) | (reply ? 1 : 0)) & 0xffff,
    ttl: ttl ?? 64,
  };
  let sum = sumWords(view, 0, message.length);
  if (isIpv6) {
    sum += pseudoHeaderSum(viewOf(ipPacket(header, new Uint8Array())), 8, 32, 58, message.length);
  }
  view.setUint16(2, 0xffff - fold(sum));
  return ipPacket(header, message);
}

/** The tunnel's own ends, in the direction in which this packet goes. */
export interface Ends {
  readonly src?: string;
  readonly dst?: string;
  readonly ttl?: number;
  readonly id?: number;
}

export function outer(ends: Ends, protocol: number, payload: Uint8Array): Uint8Array {
  return ipPacket({ src: '10.1.0.10', dst: '10.2.0.10', ...ends, protocol }, payload);
}

/** Without a checksum, as UDP over IPv4 allows. */
export function udp(source: number, destination: number, payload: Uint8Array): Uint8Array {
  const datagram = Uint8Array.from([...new Uint8Array(8), ...payload]);
  const view = viewOf(datagram);
  view.setUint16(0, source);
  view.setUint16(2, destination);
  view.setUint16(4, datagram.length);
  return datagram;
}

/** A frame with what `etherType` says in it; each end of the tunnel has a hardware address of its own. */
export function frame(
  payload: Uint8Array,
  { src = '10.1.0.10', dst = '10.2.0.10' }: Ends = {},
  etherType = 0x0800,
): Uint8Array {
  const hardware = (address: string) => [2, 0, ...addressBytes(address).subarray(0, 4)];
  return Uint8Array.from([...hardware(dst), ...hardware(src), etherType >> 8, etherType & 255, ...payload]);
}

export function vxlanOf(
  inside: Uint8Array,
  vni: number,
  ends: Ends = {},
  sourcePort = 50000,
  port = 4789,
): Uint8Array {
  const header = hex('08000000 00000000');
  viewOf(header).setUint32(4, vni << 8);
  return outer(ends, 17, udp(sourcePort, port, Uint8Array.from([...header, ...inside])));
}

export function inVxlan(
  inner: Uint8Array,
  vni: number,
  ends: Ends = {},
  sourcePort = 50000,
  port = 4789,
): Uint8Array {
  return vxlanOf(frame(inner, ends), vni, ends, sourcePort, port);
}

export function inIpip(inner: Uint8Array, ends: Ends = {}): Uint8Array {
  return outer(ends, 4, inner);
}

/** In UDP 9000, as socat sends what a TUN device gives it; with packet information, or bare. */
export function inTun(inner: Uint8Array, packetInformation: boolean, ends: Ends = {}): Uint8Array {
  const payload = packetInformation ? Uint8Array.from([0, 0, 8, 0, ...inner]) : inner;
  return outer(ends, 17, udp(9000, 9000, payload));
}

/** The ends the other way round. */
export const BACK: Ends = { src: '10.2.0.10', dst: '10.1.0.10' };

/** An ICMP or ICMPv6 error from `from`, that quotes a packet's first bytes to whoever sent it. */
export function icmpError(
  from: string,
  type: number,
  code: number,
  quoted: Uint8Array,
  word = 0,
  header: Pick<Ip, 'id' | 'ttl'> = {},
): Uint8Array {
  const message = Uint8Array.from([type, code, 0, 0, 0, 0, 0, 0, ...quoted]);
  const view = viewOf(message);
  view.setUint32(4, word);
  const isIpv6 = from.includes(':');
  const groups = Array.from({ length: 8 }, (_, i) =>
    viewOf(quoted)
      .getUint16(8 + 2 * i)
      .toString(16),
  );
  const dst = isIpv6 ? groups.join(':') : [...quoted.subarray(12, 16)].join('.');
  const ip = { src: from, dst, protocol: isIpv6 ? 58 : 1, ...header };
  const pseudo = isIpv6
    ? pseudoHeaderSum(viewOf(ipPacket(ip, new Uint8Array())), 8, 32, 58, message.length)
    : 0;
  view.setUint16(2, 0xffff - fold(sumWords(view, 0, message.length) + pseudo));
  return ipPacket(ip, message);
}

export const START_SECONDS = 1_763_828_594;

export function interfacesOf(packets: readonly TimedPacket[]): CaptureInterface[] {
  const interfaces: CaptureInterface[] = [{ name: 'test0', linkType: RAW, snapLength: 0 }];
  for (const { interfaceIndex = 0, linkType = RAW } of packets) {
    interfaces[interfaceIndex] = { name: `test${interfaceIndex}`, linkType, snapLength: 0 };
  }
  return interfaces;
}

export function batchOf(packets: readonly TimedPacket[]): PacketBatch {
  const lengths = packets.map(({ bytes }) => bytes.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const start = new Int32Array(packets.length);
  const seconds = new Float64Array(packets.length);
  const nanoseconds = new Int32Array(packets.length);
  let at = 0;
  for (const [i, packet] of packets.entries()) {
    start[i] = at;
    bytes.set(packet.bytes, at);
    at += packet.bytes.length;
    seconds[i] = START_SECONDS + Math.floor(packet.time / 1e9);
    nanoseconds[i] = packet.time - Math.floor(packet.time / 1e9) * 1e9;
  }
  return {
    bytes,
    view: viewOf(bytes),
    count: packets.length,
    start,
    capturedLength: Int32Array.from(lengths),
    originalLength: Int32Array.from(packets, ({ bytes, originalLength = bytes.length }) => originalLength),
    seconds,
    nanoseconds,
    interfaceIndex: Uint16Array.from(packets, ({ interfaceIndex = 0 }) => interfaceIndex),
  };
}

/** The packets as a source of one batch. */
export function sourceOf(packets: readonly TimedPacket[], dropped?: number): PacketSource {
  const batches = [batchOf(packets)];
  return {
    name: 'test',
    interfaces: interfacesOf(packets),
    isLive: false,
    warnings: [],
    next: async () => batches.shift(),
    stop() {},
    statistics: () => ({ received: packets.length, dropped }),
    close: async () => {},
  };
}

/** One for all: it remembers nothing of packets. */
export const decoder = createDecoder();

/** Memory for all pings that there can be among the packets: none leaves, as from the usual one, which costs a test of few packets most of its time. */
export function capacityFor(packets: readonly TimedPacket[]): { readonly capacity?: number } {
  const capacity = 2 ** Math.ceil(Math.log2(2 * Math.max(packets.length, 16)));
  return capacity < CAPACITY ? { capacity } : {};
}

export function trackerOf(
  packets: readonly TimedPacket[],
  options: VerifyOptions = {},
  repeats?: RepeatedPings,
) {
  const tracker = createPingTracker({ decoder, ...capacityFor(packets), ...options }, repeats);
  tracker.batch(batchOf(packets), interfacesOf(packets));
  return tracker;
}

export function judge(packets: readonly TimedPacket[], options: VerifyOptions = {}): Verdict {
  return trackerOf(packets, options).verdict(undefined);
}

export function codes(verdict: Verdict): string[] {
  return verdict.findings.map(({ code }) => code);
}
