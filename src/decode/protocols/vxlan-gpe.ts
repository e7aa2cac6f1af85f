/**
 * Generic Protocol Extension for VXLAN (draft-ietf-nvo3-vxlan-gpe-13, section 3.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |R|R|Ver|I|P|B|O|       Reserved                |Next Protocol  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                VXLAN Network Identifier (VNI) |   Reserved    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex, uint } from '../fields.ts';
import { FRAME_TYPE, guessedBehind, type Prelude } from '../proof.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { networkIdentifier } from './vxlan.ts';

const HEADER = 8;
const NEXT_PROTOCOL = 3;
const VNI = 4;
const VERSION = 0x30;
const RESERVED_FLAGS = 0xc2;
const VALID_VNI = 0x08;
const NEXT_PROTOCOL_PRESENT = 0x04;
const LINKTYPE_ETHERNET = 1;

const nextProtocolNames: Readonly<Record<number, string>> = {
  1: 'IPv4',
  2: 'IPv6',
  3: 'Ethernet',
  4: 'Network Service Header',
  5: 'MPLS',
};

/** The EtherTypes of what is carried, by next protocol. */
const CARRIED: readonly number[] = [0, 0x0800, 0x86dd, FRAME_TYPE];

/** Version 0, the I and P bits, and nothing in any other. */
const prelude: Prelude = {
  firstByte: [VALID_VNI | NEXT_PROTOCOL_PRESENT, VALID_VNI | NEXT_PROTOCOL_PRESENT],
  mask: [0xffffff00, 0xff],
  bits: [(VALID_VNI | NEXT_PROTOCOL_PRESENT) << 24, 0],
  bytes: HEADER,
  carries: (view, offset) => CARRIED[view.getUint8(offset + NEXT_PROTOCOL)] ?? 0,
};

export const vxlanGpe: Protocol = {
  name: 'vxlan_gpe',
  title: 'Virtual eXtensible Local Area Network, Generic Protocol Extension',
  short: 'VXLAN-GPE',
  reference: 'draft-ietf-nvo3-vxlan-gpe-13, section 3',
  about: 'VXLAN that says what it carries: frames, or packets without a frame. It has its own UDP port.',
  attach: [
    { table: 'udp.port', values: [4790], tunnel: 'port' },
    { table: 'udp.guess', ...guessedBehind(prelude) },
    { table: 'decode-as', name: 'vxlan-gpe' },
  ],
  identifier: { name: 'vni', filter: 'vxlan.vni', read: networkIdentifier },
  fields: [
    hex('flags', 0, 8, 'Flags', 'The version and four flags.', { filter: 'vxlan.flags', hidden: true }),
    flag('flags_reserved', 0, 'Reserved', 'Must be zero.', {
      filter: 'vxlan.flags_reserved',
      isNumber: true,
      hidden: true,
      read: (view, start) => ((view.getUint8(start) & RESERVED_FLAGS) === 0 ? 0 : 1),
    }),
    bits('ver', 2, 2, 'Version', 'Always 0.', { filter: 'vxlan.ver' }),
    bits('i_bit', 4, 1, 'VNI valid (I)', '1 if the VNI below is valid.', { filter: 'vxlan.i_bit' }),
    bits(
      'p_bit',
      5,
      1,
      'Next Protocol present (P)',
      '1 if the header says what follows; otherwise it is an Ethernet frame.',
      {
        filter: 'vxlan.p_bit',
      },
    ),
    bits('o_bit', 7, 1, 'OAM (O)', '1 for messages about the tunnel itself.', { filter: 'vxlan.o_bit' }),
    uint('reserved_16', 1, 16, 'Reserved', 'Must be zero.', { filter: 'vxlan.reserved_16', hidden: true }),
    uint('next_proto', NEXT_PROTOCOL, 8, 'Next Protocol', 'What follows: 1 is IPv4, 2 IPv6, 3 Ethernet.', {
      filter: 'vxlan.next_proto',
      values: nextProtocolNames,
    }),
    uint(
      'vni',
      VNI,
      24,
      'VXLAN Network Identifier (VNI)',
      'Which virtual network the packet belongs to: both ends must agree.',
      {
        filter: 'vxlan.vni',
      },
    ),
    uint('reserved8', 7, 8, 'Reserved', 'Must be zero.', { filter: 'vxlan.reserved8', hidden: true }),
  ],
  summary(out, view, start) {
    out.text('VNI ');
    out.uint(networkIdentifier(view, start));
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'VXLAN-GPE header');
    const flags = view.getUint8(offset);
    if ((flags & VERSION) !== 0) return stack.malformed(offset, 'VXLAN-GPE version is not 0');
    const { etherType, link } = stack.tables;
    // "If the P bit is not set, the payload MUST be an Ethernet frame": it is plain VXLAN then.
    const next = (flags & NEXT_PROTOCOL_PRESENT) === 0 ? 3 : view.getUint8(offset + NEXT_PROTOCOL);
    let entry = DATA;
    if (next === 1) entry = etherType[0x0800];
    else if (next === 2) entry = etherType[0x86dd];
    else if (next === 3) entry = link[LINKTYPE_ETHERNET];
    else if (next === 5) entry = etherType[0x8847];
    else stack.unsupported(offset + NEXT_PROTOCOL, 'VXLAN-GPE next protocol is not decoded');
    return (HEADER << HEADER_SHIFT) | entry;
  },
};
