/**
 * Internet Protocol, version 4 (RFC 791, 3.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|  IHL  |Type of Service|          Total Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Identification        |Flags|      Fragment Offset    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Time to Live |    Protocol   |         Header Checksum       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       Source Address                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Destination Address                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Options                    |    Padding    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { CHECKSUM, CHECKSUM_WORDS, isGood } from '../checksum.ts';
import { bits, byteString, flag, hex, ipv4Address, span, status, uint } from '../fields.ts';
import { INCOMPLETE } from '../layer-stack.ts';
import { ipProtocolNames } from '../names.ts';
import { provenIpv4, provenPacket, resemblesCarried } from '../proof.ts';
import { DATA, HEADER_SHIFT, type Layers, type Protocol } from '../protocol.ts';
import { addressFields, serviceFields, writeCarried } from './ip-fields.ts';
import { guessedInIp } from './ip-guess.ts';
import { ipv4OptionFields } from './ipv4-options.ts';

const MINIMUM_HEADER = 20;
const IPV6_HEADER = 40;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FLAGS_AND_OFFSET = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const HEADER_CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;

const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

/** In bytes: the IHL counts 32-bit words. */
export function headerLength(view: DataView, start: number): number {
  return (view.getUint8(start) & 15) << 2;
}

function hasOptions(_view: DataView, _start: number, stack: Layers, layer: number): boolean {
  return stack.headerLength(layer) > MINIMUM_HEADER;
}

function resemblesIpv4(view: DataView, offset: number, end: number): boolean {
  return resemblesCarried(view, offset, end, 0x0800);
}

/** In TCP, of either version: a packet that is all there and proven. */
function provenInStream(view: DataView, offset: number, end: number): boolean {
  const length = lengthInStream(view, offset, end);
  return length > 0 && offset + length <= end && provenPacket(view, offset, offset + length);
}

function lengthInStream(view: DataView, offset: number, end: number): number {
  if (end - offset < MINIMUM_HEADER) return -1;
  const first = view.getUint8(offset);
  if (first >> 4 === 6) return IPV6_HEADER + view.getUint16(offset + 4);
  const total = view.getUint16(offset + TOTAL_LENGTH);
  return first >> 4 === 4 && total >= MINIMUM_HEADER ? total : 0;
}

export const ipv4: Protocol = {
  name: 'ip',
  title: 'Internet Protocol Version 4',
  short: 'IPv4',
  reference: 'RFC 791, section 3.1',
  osi: 3,
  about:
    'The packet that routers forward, hop by hop, from the sender’s address to the receiver’s. A tunnel puts one such packet inside another.',
  attach: [
    { table: 'link', values: [12, 14, 101, 228] },
    { table: 'ethertype', values: [0x0800] },
    { table: 'ip.proto', values: [4], tunnel: 'protocol' },
    { table: 'llc.dsap', values: [6] },
    { table: 'ppp.protocol', values: [0x0021] },
    { table: 'udp.guess', firstByte: [0x45, 0x4f], prove: provenIpv4, resembles: resemblesIpv4 },
    {
      table: 'tcp.guess',
      firstWord: [0xff << 24, 0x45 << 24],
      prove: provenInStream,
      length: lengthInStream,
    },
    {
      table: 'tcp.guess',
      firstWord: [0xf0 << 24, 0x60 << 24],
      prove: provenInStream,
      length: lengthInStream,
    },
    { table: 'decode-as', name: 'raw' },
    // Linux's Foo-over-UDP: the port says which IP protocol follows, here IPv4 or IPv6.
    { table: 'decode-as', name: 'fou' },
  ],
  addresses: { offset: SOURCE, bytes: 4 },
  mayHaveItems: hasOptions,
  fields: [
    bits('version', 0, 4, 'Version', '4 for IPv4, 6 for IPv6.'),
    bits('hdr_len', 4, 4, 'Header Length', 'The length of the header in bytes: 20, or more with options.', {
      scale: 4,
    }),
    hex('dsfield', 1, 8, 'Differentiated Services Field', 'DSCP and ECN together.', {
      hidden: true,
    }),
    ...serviceFields('dsfield', 8),
    uint(
      'len',
      TOTAL_LENGTH,
      16,
      'Total Length',
      'The length of header and payload in bytes. Anything after it in the frame is padding.',
    ),
    hex('id', IDENTIFICATION, 16, 'Identification', 'Identifies the fragments of one packet.', {
      reference: 'RFC 6864, section 4',
    }),
    {
      key: 'flags',
      label: 'Flags',
      about: 'All three flags in one number.',
      kind: 'hex',
      bit: 48,
      width: 3,
      hidden: true,
    },
    flag('flags.rb', 48, 'Reserved bit', 'Must be zero.', { hidden: true }),
    flag(
      'flags.df',
      49,
      'Don’t Fragment',
      'Routers must not fragment the packet: if it is too large, they drop it and report it.',
    ),
    flag('flags.mf', 50, 'More Fragments', 'More fragments of this packet follow.'),
    bits(
      'frag_offset',
      51,
      13,
      'Fragment Offset',
      'The position of this fragment in the packet, in units of 8 bytes.',
    ),
    uint(
      'ttl',
      TIME_TO_LIVE,
      8,
      'Time to Live',
      'Each router decrements it, and drops the packet at zero. Inside a tunnel, the inner one does not change.',
    ),
    uint(
      'proto',
      PROTOCOL,
      8,
      'Protocol',
      'What the packet carries: 1 is ICMP, 4 another IPv4 packet, 6 TCP, 17 UDP.',
      { values: ipProtocolNames },
    ),
    hex(
      'checksum',
      HEADER_CHECKSUM,
      16,
      'Header Checksum',
      'The checksum of this header alone; every router recomputes it, as the TTL changes.',
    ),
    status(
      'checksum.status',
      'Checksum Status',
      'Whether the checksum matches the header’s bytes.',
      CHECKSUM_WORDS,
      (view, start, stack, layer) => {
        const length = stack.headerLength(layer);
        if (length !== headerLength(view, start)) return CHECKSUM.unverifiable;
        return isGood(view, start, start + length) ? CHECKSUM.good : CHECKSUM.bad;
      },
    ),
    ...addressFields(ipv4Address, 'ip.addr', SOURCE, DESTINATION, (out, view, at) => out.ipv4(view, at)),
    byteString(
      'options',
      'Options',
      'Rarely used extras: record route, timestamps, router alert.',
      (_view, _start, stack, layer) => span(MINIMUM_HEADER, stack.headerLength(layer) - MINIMUM_HEADER),
      { when: hasOptions },
    ),
    ...ipv4OptionFields,
  ],
  summary(out, view, start) {
    const fragment = view.getUint16(start + FLAGS_AND_OFFSET);
    if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) {
      out.text('Fragment id=0x');
      out.hex(view.getUint16(start + IDENTIFICATION), 4);
      out.text(' offset=');
      out.uint((fragment & FRAGMENT_OFFSET) * 8);
      out.text((fragment & MORE_FRAGMENTS) !== 0 ? ' more' : ' last');
      return;
    }
    writeCarried(out, 'Protocol ', view.getUint8(start + PROTOCOL));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < MINIMUM_HEADER) {
      // RAW link types and guesses carry either version: the first four bits say which.
      if (available > 0 && view.getUint8(offset) >> 4 === 6) return stack.tables.etherType[0x86dd];
      return stack.tooShort(offset, MINIMUM_HEADER, available, 'IPv4 header');
    }
    const first = view.getInt32(offset);
    const version = first >>> 28;
    if (version !== 4) {
      if (version === 6) return stack.tables.etherType[0x86dd];
      const instead = guessedInIp(stack, view, offset, end);
      return instead !== DATA ? instead : stack.malformed(offset, 'IPv4 version is not 4');
    }
    const length = (first >>> 22) & 60;
    if (length < MINIMUM_HEADER) {
      // What stands where it always stands is shown; nothing behind it can be believed. So below.
      stack.malformed(offset, 'IPv4 header length is below 20 bytes', MINIMUM_HEADER, length);
      return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
    }
    if (available < length) {
      stack.tooShort(offset, length, available, 'IPv4 header with options');
      return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
    }
    const total = first & 0xffff;
    if (total < length) {
      // Zero is what a sender with segmentation offload leaves to the card: the packet goes on to the end of the frame.
      if (total !== 0) {
        stack.malformed(offset + TOTAL_LENGTH, 'IPv4 total length is below the header length', length, total);
        return (length << HEADER_SHIFT) | DATA;
      }
    } else if (total <= available) {
      stack.end = offset + total;
      stack.incomplete = INCOMPLETE.no;
    } else {
      stack.lengthBeyond(offset + TOTAL_LENGTH, total, available, 'IPv4 total length');
    }
    const fragment = view.getUint16(offset + FLAGS_AND_OFFSET);
    if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) {
      stack.markFragment();
      // "The fragment offset … is measured from the beginning of the original datagram": only the first holds a transport header.
      if ((fragment & FRAGMENT_OFFSET) !== 0) return (length << HEADER_SHIFT) | DATA;
    }
    return (length << HEADER_SHIFT) | stack.tables.ipProtocol[view.getUint8(offset + PROTOCOL)];
  },
};
