/** TCP segments and DNS messages as bytes, between the addresses that pings have. */
import { fold, pseudoHeaderSum, sumWords } from '../../src/decode/checksum.ts';
import type { VerifyOptions } from '../../src/verdict/verify.ts';
import { hex, viewOf } from './decoding.ts';
import { BACK, type Ends, inVxlan, ipPacket, judge, type TimedPacket } from './pings.ts';

export const CLIENT = '172.16.0.2';
export const SERVER = '172.16.1.2';
const SYN = 2;
const RST = 4;
const ACK = 16;

export interface Segment {
  readonly src?: string;
  readonly dst?: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly ttl?: number;
  /** IPv4 identification. */
  readonly id?: number;
  readonly window?: number;
  /** Bytes of data. */
  readonly data?: number;
  /** The MSS option. */
  readonly mss?: number;
  /** A block of SACK: the first sequence number, and the one behind. */
  readonly sack?: readonly [number, number];
  /** As it stands there; right where not given. */
  readonly checksum?: number | 'partial';
}

function withChecksum(
  packet: Uint8Array,
  transport: number,
  field: number,
  protocol: number,
  given: number | 'partial' | undefined,
): Uint8Array {
  const isIpv6 = transport === 40;
  const view = viewOf(packet);
  const pseudo = pseudoHeaderSum(view, isIpv6 ? 8 : 12, isIpv6 ? 32 : 8, protocol, packet.length - transport);
  const right = 0xffff - fold(pseudo + sumWords(view, transport, packet.length));
  view.setUint16(transport + field, given === 'partial' ? fold(pseudo) : (given ?? right));
  return packet;
}

/** An IP packet with a TCP segment. */
export function segment(given: Segment): Uint8Array {
  const { src = CLIENT, dst = SERVER, sport = 40000, dport = 443, seq = 1000, ack = 0, ttl = 64 } = given;
  const { mss, sack, data = 0, id } = given;
  const options = [
    ...(mss === undefined ? [] : [2, 4, mss >> 8, mss & 255]),
    ...(sack === undefined
      ? []
      : [1, 1, 5, 10, ...sack.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255])]),
  ];
  const header = Uint8Array.from([
    ...hex('0000 0000 00000000 00000000 5000 ffff 0000 0000'),
    ...options,
    ...new Uint8Array(data),
  ]);
  header[12] = (20 + options.length) << 2;
  const view = viewOf(header);
  view.setUint16(0, sport);
  view.setUint16(2, dport);
  view.setUint32(4, seq);
  view.setUint32(8, ack);
  view.setUint16(14, given.window ?? 0xffff);
  header[13] = given.flags ?? SYN;
  const packet = ipPacket({ src, dst, protocol: 6, ttl, ...(id !== undefined && { id }) }, header);
  return withChecksum(packet, packet.length - header.length, 16, 6, given.checksum);
}

function swapped({ src = CLIENT, dst = SERVER, sport = 40000, dport = 443, ...rest }: Segment): Segment {
  return { ...rest, src: dst, dst: src, sport: dport, dport: sport };
}

export const syn = (given: Segment = {}) => segment(given);
export const synAck = (given: Segment = {}) =>
  segment({ seq: 5000, ack: (given.seq ?? 1000) + 1, flags: SYN | ACK, ...swapped({ ...given, seq: 5000 }) });
export const ack = (given: Segment = {}) =>
  segment({ ...given, seq: (given.seq ?? 1000) + 1, ack: 5001, flags: ACK });
export const reset = (given: Segment = {}) =>
  segment({ seq: 0, ack: (given.seq ?? 1000) + 1, flags: RST | ACK, ...swapped({ ...given, seq: 0 }) });

export interface Message {
  readonly src?: string;
  readonly dst?: string;
  readonly sport?: number;
  readonly id?: number;
  readonly name?: string;
  /** Of an answer; a query has none. */
  readonly rcode?: number;
  /** An answer may leave the question out. */
  readonly hasQuestion?: boolean;
  readonly checksum?: number | 'partial';
}

/** A DNS message in an IP packet; with an rcode an answer, its addresses still those of the query. */
export function message(given: Message = {}): Uint8Array {
  const {
    src = CLIENT,
    dst = SERVER,
    sport = 50000,
    id = 7,
    name = 'a.example',
    rcode,
    hasQuestion = true,
  } = given;
  const labels = name.split('.').flatMap((label) => [label.length, ...new TextEncoder().encode(label)]);
  const question = hasQuestion ? [...labels, 0, 0, 1, 0, 1] : [];
  const flags = rcode === undefined ? [1, 0] : [0x81, 0x80 | rcode];
  const body = [id >> 8, id & 255, ...flags, 0, hasQuestion ? 1 : 0, 0, 0, 0, 0, 0, 0, ...question];
  const datagram = Uint8Array.from([...new Uint8Array(8), ...body]);
  const view = viewOf(datagram);
  view.setUint16(rcode === undefined ? 0 : 2, sport);
  view.setUint16(rcode === undefined ? 2 : 0, 53);
  view.setUint16(4, datagram.length);
  const ends = rcode === undefined ? { src, dst } : { src: dst, dst: src };
  const packet = ipPacket({ ...ends, protocol: 17 }, datagram);
  return withChecksum(packet, packet.length - datagram.length, 6, 17, given.checksum);
}

/** Through the VXLAN that pings take, and back. */
export const there = (inner: Uint8Array, vni = 42) => inVxlan(inner, vni);
export const back = (inner: Uint8Array, vni = 42, ends: Ends = BACK) => inVxlan(inner, vni, ends);

/** @param packets each with its time in ms, and its interface where that is not the first */
export function timed(
  ...packets: readonly (readonly [time: number, bytes: Uint8Array, interfaceIndex?: number])[]
) {
  return packets.map(
    ([time, bytes, interfaceIndex = 0]): TimedPacket => ({ time: time * 1e6, bytes, interfaceIndex }),
  );
}

/** The rows of the table, and what was found, of packets a while before the capture's end. */
export function exchangesOf(packets: readonly TimedPacket[], options: VerifyOptions = {}) {
  const last = packets.reduce((most, { time }) => Math.max(most, time), 0);
  const later = ipPacket({ src: '192.0.2.1', dst: '192.0.2.2', protocol: 253 }, hex('00'));
  const verdict = judge([...packets, { bytes: later, time: last + 10e9 }], options);
  const rows = (verdict.exchanges ?? []).map(
    ({ kind, port, begun, answered, refused, unanswered, sentAgain }) => ({
      row: `${kind} ${port}`,
      counts: [begun, answered, refused, unanswered, sentAgain],
    }),
  );
  return { verdict, rows, codes: verdict.findings.map(({ code, severity }) => `${severity} ${code}`) };
}
