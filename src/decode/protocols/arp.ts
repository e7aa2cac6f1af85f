/**
 * Address Resolution Protocol (RFC 826), here with the sizes that it has for IPv4 over Ethernet.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Hardware type         |         Protocol type         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Hardware size | Protocol size |            Opcode             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Sender hardware address (48 bits)               |
 * +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |  Sender protocol address      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   (32 bits)                   |                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 * |               Target hardware address (48 bits)               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Target protocol address (32 bits)               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, etherAddress, flag, hex, ipv4Address, span, uint } from '../fields.ts';
import { etherTypeNames, hardwareTypeNames } from '../names.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const FIXED_HEADER = 8;
const PROTOCOL_TYPE = 2;
const HARDWARE_SIZE = 4;
const PROTOCOL_SIZE = 5;
const OPCODE = 6;
const SENDER_PROTOCOL = 14;
const TARGET_PROTOCOL = 24;

const REQUEST = 1;
const REPLY = 2;

export function opcode(view: DataView, start: number): number {
  return view.getUint16(start + OPCODE);
}

const ETHER_BYTES = 6;
const IPV4_BYTES = 4;
/** Hardware types whose addresses are Ethernet's: Ethernet, experimental Ethernet, IEEE 802. */
const ETHER_TYPES: readonly number[] = [1, 2, 6];

type Places = NonNullable<Field['span']>;
type Condition = NonNullable<Field['when']>;

function hardwareSize(view: DataView, start: number): number {
  return view.getUint8(start + HARDWARE_SIZE);
}

function protocolSize(view: DataView, start: number): number {
  return view.getUint8(start + PROTOCOL_SIZE);
}

function length(view: DataView, start: number): number {
  return FIXED_HEADER + 2 * (hardwareSize(view, start) + protocolSize(view, start));
}

const senderHardware: Places = (view, start) => span(FIXED_HEADER, hardwareSize(view, start));
const senderProtocol: Places = (view, start) =>
  span(FIXED_HEADER + hardwareSize(view, start), protocolSize(view, start));
const targetHardware: Places = (view, start) =>
  span(FIXED_HEADER + hardwareSize(view, start) + protocolSize(view, start), hardwareSize(view, start));
const targetProtocol: Places = (view, start) =>
  span(length(view, start) - protocolSize(view, start), protocolSize(view, start));

/** Whether there are addresses, and not the fixed header alone of a packet that is too short. */
const isWhole: Condition = (view, start, stack, layer) => stack.headerLength(layer) === length(view, start);

function isEther(view: DataView, start: number): boolean {
  return hardwareSize(view, start) === ETHER_BYTES && ETHER_TYPES.includes(view.getUint16(start));
}

function isIpv4(view: DataView, start: number): boolean {
  return protocolSize(view, start) === IPV4_BYTES && view.getUint16(start + PROTOCOL_TYPE) === 0x0800;
}

const hasEther: Condition = (view, start, stack, layer) =>
  isEther(view, start) && isWhole(view, start, stack, layer);
const hasIpv4: Condition = (view, start, stack, layer) =>
  isIpv4(view, start) && isWhole(view, start, stack, layer);
const hasOtherHardware: Condition = (view, start, stack, layer) =>
  hardwareSize(view, start) > 0 && !isEther(view, start) && isWhole(view, start, stack, layer);
const hasOtherProtocol: Condition = (view, start, stack, layer) =>
  protocolSize(view, start) > 0 && !isIpv4(view, start) && isWhole(view, start, stack, layer);

/** Ethernet addresses for IPv4 addresses, in their usual places. */
export const isIpv4OverEthernet: Condition = (view, start, stack, layer) =>
  view.getUint32(start) === 0x00010800 &&
  view.getUint16(start + HARDWARE_SIZE) === 0x0604 &&
  isWhole(view, start, stack, layer);

/** Whatever the link: the IP addresses say it. */
const isGratuitous: Condition = (view, start, stack, layer) =>
  hasIpv4(view, start, stack, layer) &&
  (opcode(view, start) === REQUEST || opcode(view, start) === REPLY) &&
  view.getUint32(start + FIXED_HEADER + hardwareSize(view, start)) ===
    view.getUint32(start + length(view, start) - IPV4_BYTES);

export const arp: Protocol = {
  name: 'arp',
  title: 'Address Resolution Protocol',
  short: 'ARP',
  reference: 'RFC 826',
  osi: 2,
  about:
    'Asks everybody on the link which network card has an IP address. It always precedes the first ping to a neighbour.',
  // The second is Reverse ARP (RFC 903), which has the same layout.
  attach: [{ table: 'ethertype', values: [0x0806, 0x8035] }],
  fields: [
    uint('hw.type', 0, 16, 'Hardware type', 'The kind of link: 1 is Ethernet.', {
      values: hardwareTypeNames,
    }),
    hex(
      'proto.type',
      PROTOCOL_TYPE,
      16,
      'Protocol type',
      'The protocol whose addresses are resolved: 0x0800 is IPv4.',
      {
        values: etherTypeNames,
      },
    ),
    uint('hw.size', HARDWARE_SIZE, 8, 'Hardware size', 'Bytes of a hardware address: 6 for Ethernet.'),
    uint('proto.size', PROTOCOL_SIZE, 8, 'Protocol size', 'Bytes of a protocol address: 4 for IPv4.'),
    uint('opcode', OPCODE, 16, 'Opcode', '1 asks, 2 answers.', {
      values: {
        1: 'request',
        2: 'reply',
        3: 'reverse request',
        4: 'reverse reply',
        8: 'inverse request',
        9: 'inverse reply',
      },
    }),
    {
      ...flag(
        'isgratuitous',
        0,
        'Is gratuitous',
        'The sender announces its own address without being asked.',
      ),
      width: 0,
      hidden: true,
      read: () => 1,
      when: isGratuitous,
    },
    etherAddress(
      'src.hw_mac',
      0,
      'Sender MAC address',
      'The MAC address of the network card that asks or answers.',
      {
        span: senderHardware,
        when: hasEther,
      },
    ),
    byteString(
      'src.hw',
      'Sender hardware address',
      'The same, on a link other than Ethernet.',
      senderHardware,
      {
        when: hasOtherHardware,
      },
    ),
    ipv4Address('src.proto_ipv4', 0, 'Sender IP address', 'The IP address of that card.', {
      span: senderProtocol,
      when: hasIpv4,
    }),
    byteString(
      'src.proto',
      'Sender protocol address',
      'The same, for a protocol other than IPv4.',
      senderProtocol,
      {
        when: hasOtherProtocol,
      },
    ),
    etherAddress(
      'dst.hw_mac',
      0,
      'Target MAC address',
      'The MAC address that is asked for: zero in a request; in a reply, that of the card that asked.',
      { span: targetHardware, when: hasEther },
    ),
    byteString(
      'dst.hw',
      'Target hardware address',
      'The same, on a link other than Ethernet.',
      targetHardware,
      {
        when: hasOtherHardware,
      },
    ),
    ipv4Address('dst.proto_ipv4', 0, 'Target IP address', 'The IP address whose network card is asked for.', {
      span: targetProtocol,
      when: hasIpv4,
    }),
    byteString(
      'dst.proto',
      'Target protocol address',
      'The same, for a protocol other than IPv4.',
      targetProtocol,
      {
        when: hasOtherProtocol,
      },
    ),
  ],
  summary(out, view, start, stack, layer) {
    const operation = opcode(view, start);
    if (!isIpv4OverEthernet(view, start, stack, layer) || (operation !== REQUEST && operation !== REPLY)) {
      out.text('Opcode ');
      out.uint(operation);
      return;
    }
    if (operation === REPLY) {
      out.ipv4(view, start + SENDER_PROTOCOL);
      out.text(' is at ');
      out.ether(view, start + FIXED_HEADER);
      return;
    }
    out.text('Who has ');
    out.ipv4(view, start + TARGET_PROTOCOL);
    out.text('? Tell ');
    out.ipv4(view, start + SENDER_PROTOCOL);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < FIXED_HEADER) return stack.tooShort(offset, FIXED_HEADER, available, 'ARP header');
    const needed = length(view, offset);
    if (available < needed) {
      stack.tooShort(offset, needed, available, 'ARP packet');
      return (FIXED_HEADER << HEADER_SHIFT) | DATA;
    }
    // Nothing follows an ARP packet but Ethernet's padding.
    stack.end = offset + needed;
    return (needed << HEADER_SHIFT) | DATA;
  },
};
