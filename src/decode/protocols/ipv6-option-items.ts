/**
 * IPv6's options (RFC 8200, 4.2; RFC 2675, 2711, 2473, 4782, 6275, 6553, 8250, 9268), in hop-by-hop and destination options headers.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Act|C|  Rest   |  Opt Data Len |  Option Data …
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, byteString, flag, hex, ipv6Address, ofEach, span, uint } from '../fields.ts';
import type { Field, Items } from '../protocol.ts';
import { OWN_ADDRESS } from './pseudo-address.ts';

export const EXTENSION_LENGTH = 1;
const OPTIONS = 2;
const LENGTH = 1;
const VALUE = 2;

const PAD_1 = 0;
const PAD_N = 1;
const JUMBO_PAYLOAD = 0xc2;
const JUMBO_BYTES = 4;
const HOME_ADDRESS = 201;
const ADDRESS_BYTES = 16;

const typeNames: Readonly<Record<number, string>> = {
  [PAD_1]: 'Pad1',
  [PAD_N]: 'PadN',
  4: 'Tunnel Encapsulation Limit',
  5: 'Router Alert',
  7: 'Common Architecture Label IPv6 Security Option (CALIPSO)',
  8: 'Simplified Multicast Forwarding',
  15: 'Performance and Diagnostic Metrics (PDM)',
  17: 'IOAM',
  35: 'RPL Option',
  38: 'Quick-Start',
  48: 'Path MTU Record',
  49: 'IOAM Option',
  99: 'RPL Option',
  109: 'MPL Option',
  138: 'Endpoint Identification',
  139: 'ILNP Nonce',
  140: 'Line-Identification',
  [JUMBO_PAYLOAD]: 'Jumbo Payload',
  [HOME_ADDRESS]: 'Home Address',
  238: 'IP DFF',
};

const actionNames: Readonly<Record<number, string>> = {
  0: 'Skip and continue',
  1: 'Discard',
  2: 'Discard, and answer with an ICMPv6 error',
  3: 'Discard, and answer with an ICMPv6 error unless the destination is multicast',
};

/** In bytes: "Length of the … Options header in 8-octet units, not including the first 8 octets". */
export function extensionLength(view: DataView, start: number): number {
  return (view.getUint8(start + EXTENSION_LENGTH) + 1) << 3;
}

/** Just past an option that starts at `at`; -1 where it does not stand wholly before `end`. */
function optionEnd(view: DataView, at: number, end: number): number {
  if (view.getUint8(at) === PAD_1) return at + 1;
  if (at + VALUE > end) return -1;
  const next = at + VALUE + view.getUint8(at + LENGTH);
  return next > end ? -1 : next;
}

/** The options that stand wholly in the header. */
const options: Items = (view, start, stack, layer, visit) => {
  const end = start + stack.headerLength(layer);
  for (let at = start + OPTIONS; at < end; ) {
    const next = optionEnd(view, at, end);
    if (next < 0) return;
    visit(at);
    at = next;
  }
};

/**
 * Where a destination options header names its sender's home address, which transport checksums count as the source: the sender has
 * made them before it put its present address in front (RFC 6275, 11.3.1), and the receiver puts the other one back (9.3.1).
 *
 * @returns its place in `view`, or OWN_ADDRESS
 */
export function homeAddressAt(view: DataView, start: number, headerLength: number): number {
  const end = start + headerLength;
  for (let at = start + OPTIONS; at < end; ) {
    const next = optionEnd(view, at, end);
    if (next < 0) return OWN_ADDRESS;
    if (view.getUint8(at) === HOME_ADDRESS && view.getUint8(at + LENGTH) === ADDRESS_BYTES) return at + VALUE;
    at = next;
  }
  return OWN_ADDRESS;
}

/**
 * Where a hop-by-hop header says how long the packet is: the place of its jumbo payload option's number (RFC 2675, 2), or -1.
 *
 * @param packetEnd just past the last byte that is there
 */
export function jumboPayloadAt(view: DataView, start: number, packetEnd: number): number {
  if (start + OPTIONS > packetEnd) return -1;
  const end = Math.min(start + extensionLength(view, start), packetEnd);
  for (let at = start + OPTIONS; at < end; ) {
    const next = optionEnd(view, at, end);
    if (next < 0) return -1;
    if (view.getUint8(at) === JUMBO_PAYLOAD && view.getUint8(at + LENGTH) === JUMBO_BYTES) return at + VALUE;
    at = next;
  }
  return -1;
}

/** Whether an option is of this type, and its value of this length. */
const isOption =
  (type: number, length: number): ((view: DataView, option: number) => boolean) =>
  (view, option) =>
    view.getUint8(option) === type && view.getUint8(option + LENGTH) === length;

const hasLength = (view: DataView, option: number): boolean => view.getUint8(option) !== PAD_1;

const isQuickStart = isOption(38, 6);
const isPathMtu = isOption(48, 4);
const isMetrics = isOption(15, 10);
const isRouting = (view: DataView, option: number): boolean =>
  isOption(99, 4)(view, option) || isOption(35, 4)(view, option);

export const ipv6OptionFields: readonly Field[] = ofEach('opt', options, [
  hex('opt.type', 0, 8, 'Option', 'The type of the option.', {
    filter: 'ipv6.opt.type',
    values: typeNames,
  }),
  bits('opt.type.action', 0, 2, 'Action', 'What a node that does not know the option must do.', {
    filter: 'ipv6.opt.type.action',
    when: hasLength,
    values: actionNames,
  }),
  flag('opt.type.change', 2, 'May Change', 'Routers may write into the option on the way.', {
    filter: 'ipv6.opt.type.change',
    when: hasLength,
  }),
  {
    key: 'opt.type.rest',
    filter: 'ipv6.opt.type.rest',
    label: 'Low-Order Bits',
    about: 'The type’s other bits.',
    kind: 'hex',
    bit: 3,
    width: 5,
    when: hasLength,
    hidden: true,
  },
  uint('opt.length', LENGTH, 8, 'Length', 'The length of the option after its type and length, in bytes.', {
    filter: 'ipv6.opt.length',
    when: hasLength,
  }),
  byteString(
    'opt.padn',
    'PadN',
    'Padding up to where the next option or header must start.',
    (view, option) => span(VALUE, view.getUint8(option + LENGTH)),
    {
      filter: 'ipv6.opt.padn',
      when: (view, option) => view.getUint8(option) === PAD_N && view.getUint8(option + LENGTH) > 0,
    },
  ),
  uint(
    'opt.router_alert',
    VALUE,
    16,
    'Router Alert',
    'Why every router on the path should examine the packet.',
    {
      filter: 'ipv6.opt.router_alert',
      when: isOption(5, 2),
      values: { 0: 'MLD', 1: 'RSVP', 2: 'Active Network' },
      reference: 'RFC 2711, section 2.1',
    },
  ),
  uint(
    'opt.tel',
    VALUE,
    8,
    'Tunnel Encapsulation Limit',
    'How many more tunnels the packet may be put into.',
    {
      filter: 'ipv6.opt.tel',
      when: isOption(4, 1),
      reference: 'RFC 2473, section 4.1.1',
    },
  ),
  uint(
    'opt.jumbo',
    VALUE,
    32,
    'Jumbo Payload Length',
    'The number of bytes after the IPv6 header, if its own length field is too small for it.',
    {
      filter: 'ipv6.opt.jumbo',
      when: isOption(JUMBO_PAYLOAD, JUMBO_BYTES),
      reference: 'RFC 2675, section 2',
    },
  ),
  ipv6Address(
    'opt.mipv6.home_address',
    VALUE,
    'Home Address',
    'The home address of the mobile node that sent the packet.',
    {
      filter: 'ipv6.opt.mipv6.home_address',
      when: isOption(HOME_ADDRESS, ADDRESS_BYTES),
      reference: 'RFC 6275, section 6.3',
    },
  ),
  uint(
    'opt.pmtu.min',
    VALUE,
    16,
    'Minimum Reported PMTU',
    'The smallest MTU on the path, as recorded by routers.',
    {
      filter: 'ipv6.opt.pmtu.min',
      when: isPathMtu,
      reference: 'RFC 9268, section 5',
    },
  ),
  uint('opt.pmtu.rtn', 4, 16, 'Return Minimum PMTU', 'The smallest MTU of the other direction.', {
    filter: 'ipv6.opt.pmtu.rtn',
    when: isPathMtu,
    // The last bit asks for an answer, and is no part of the number.
    read: (view, option) => view.getUint16(option + 4) & 0xfffe,
  }),
  flag('opt.pmtu.r_flag', 47, 'Return Flag', 'The destination should send back what it received.', {
    filter: 'ipv6.opt.pmtu.r_flag',
    when: isPathMtu,
  }),
  bits('opt.qs_func', 16, 4, 'Function', '0 asks for a rate, 8 reports one.', {
    filter: 'ipv6.opt.qs_func',
    when: isQuickStart,
    reference: 'RFC 4782, section 3.2',
  }),
  bits('opt.qs_rate', 20, 4, 'Rate', 'The rate: 40 kbit/s times two to this power.', {
    filter: 'ipv6.opt.qs_rate',
    when: isQuickStart,
  }),
  uint(
    'opt.pdm.scale_dtlr',
    VALUE,
    8,
    'Scale DTLR',
    'How many bits the time since the last packet is shifted by.',
    {
      filter: 'ipv6.opt.pdm.scale_dtlr',
      when: isMetrics,
      reference: 'RFC 8250, section 3.2',
    },
  ),
  uint(
    'opt.pdm.scale_dtls',
    3,
    8,
    'Scale DTLS',
    'How many bits the time since the last answer is shifted by.',
    {
      filter: 'ipv6.opt.pdm.scale_dtls',
      when: isMetrics,
    },
  ),
  uint('opt.pdm.psn_this_pkt', 4, 16, 'PSN This Packet', 'The packet’s number.', {
    filter: 'ipv6.opt.pdm.psn_this_pkt',
    when: isMetrics,
  }),
  uint('opt.pdm.psn_last_recv', 6, 16, 'PSN Last Received', 'The number of the last packet that came.', {
    filter: 'ipv6.opt.pdm.psn_last_recv',
    when: isMetrics,
  }),
  uint('opt.pdm.delta_last_recv', 8, 16, 'Delta Time Last Received', 'How long ago that was.', {
    filter: 'ipv6.opt.pdm.delta_last_recv',
    when: isMetrics,
  }),
  uint('opt.pdm.delta_last_sent', 10, 16, 'Delta Time Last Sent', 'How long the other side took to answer.', {
    filter: 'ipv6.opt.pdm.delta_last_sent',
    when: isMetrics,
  }),
  flag('opt.rpl.flag.o', 16, 'Down', 'The packet goes away from the root.', {
    filter: 'ipv6.opt.rpl.flag.o',
    when: isRouting,
    reference: 'RFC 6553, section 3',
  }),
  flag('opt.rpl.flag.r', 17, 'Rank Error', 'The ranks have already contradicted the direction once.', {
    filter: 'ipv6.opt.rpl.flag.r',
    when: isRouting,
  }),
  flag('opt.rpl.flag.f', 18, 'Forwarding Error', 'A node could not forward the packet.', {
    filter: 'ipv6.opt.rpl.flag.f',
    when: isRouting,
  }),
  hex('opt.rpl.instance_id', 3, 8, 'RPLInstanceID', 'The routing tree that the packet follows.', {
    filter: 'ipv6.opt.rpl.instance_id',
    when: isRouting,
  }),
  hex('opt.rpl.sender_rank', 4, 16, 'Sender Rank', 'How far from the root the sender is.', {
    filter: 'ipv6.opt.rpl.sender_rank',
    when: isRouting,
  }),
]);
