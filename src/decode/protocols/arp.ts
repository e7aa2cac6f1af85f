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
import { etherTypeNames, hardwareTypeNames } from '../names.ts';
import {
  byteString,
  DATA,
  etherAddress,
  HEADER_SHIFT,
  hex,
  ipv4Address,
  type Protocol,
  span,
  uint,
} from '../protocol.ts';

const FIXED_HEADER = 8;
const HARDWARE_SIZE = 4;
const PROTOCOL_SIZE = 5;
const OPCODE = 6;
const SENDER_HARDWARE = 8;
const SENDER_PROTOCOL = 14;
const TARGET_HARDWARE = 18;
const TARGET_PROTOCOL = 24;

const REQUEST = 1;
const REPLY = 2;

export function opcode(view: DataView, start: number): number {
  return view.getUint16(start + OPCODE);
}

function length(view: DataView, start: number): number {
  return FIXED_HEADER + 2 * (view.getUint8(start + HARDWARE_SIZE) + view.getUint8(start + PROTOCOL_SIZE));
}

/** Ethernet addresses for IPv4 addresses: hardware type 1, protocol type 0x0800, sizes 6 and 4. */
function isIpv4OverEthernet(view: DataView, start: number): boolean {
  return view.getUint32(start) === 0x00010800 && view.getUint16(start + HARDWARE_SIZE) === 0x0604;
}

function isGratuitous(view: DataView, start: number): boolean {
  return (
    isIpv4OverEthernet(view, start) &&
    (opcode(view, start) === REQUEST || opcode(view, start) === REPLY) &&
    view.getUint32(start + SENDER_PROTOCOL) === view.getUint32(start + TARGET_PROTOCOL)
  );
}

export const arp: Protocol = {
  name: 'arp',
  title: 'Address Resolution Protocol',
  short: 'ARP',
  reference: 'RFC 826',
  osi: 2,
  about:
    'Asks everybody on the link which network card has an IP address. Before the first ping to a neighbour, there is always one.',
  // The second is Reverse ARP (RFC 903), which has the same layout.
  attach: [{ table: 'ethertype', values: [0x0806, 0x8035] }],
  fields: [
    uint('hw.type', 0, 16, 'Hardware type', 'What kind of link this is: 1 is Ethernet.', {
      values: hardwareTypeNames,
    }),
    hex('proto.type', 2, 16, 'Protocol type', 'Whose addresses are asked for: 0x0800 is IPv4.', {
      values: etherTypeNames,
    }),
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
    uint('isgratuitous', 0, 8, 'Is gratuitous', 'The sender tells its own address, unasked.', {
      hidden: true,
      read: () => 1,
      when: isGratuitous,
    }),
    etherAddress(
      'src.hw_mac',
      SENDER_HARDWARE,
      'Sender MAC address',
      'The network card that asks or answers.',
      {
        when: isIpv4OverEthernet,
      },
    ),
    ipv4Address('src.proto_ipv4', SENDER_PROTOCOL, 'Sender IP address', 'The IP address of that card.', {
      when: isIpv4OverEthernet,
    }),
    etherAddress(
      'dst.hw_mac',
      TARGET_HARDWARE,
      'Target MAC address',
      'What is asked for: zero in a request. In a reply, the card that had asked.',
      { when: isIpv4OverEthernet },
    ),
    ipv4Address(
      'dst.proto_ipv4',
      TARGET_PROTOCOL,
      'Target IP address',
      'The IP address whose card is looked for.',
      { when: isIpv4OverEthernet },
    ),
    byteString(
      'addresses',
      'Addresses',
      'Sender and target, hardware and protocol address each: of kinds that are not taken apart here.',
      (view, start) => span(FIXED_HEADER, length(view, start) - FIXED_HEADER),
      { when: (view, start) => !isIpv4OverEthernet(view, start) && length(view, start) > FIXED_HEADER },
    ),
  ],
  summary(out, view, start) {
    const operation = opcode(view, start);
    if (!isIpv4OverEthernet(view, start) || (operation !== REQUEST && operation !== REPLY)) {
      out.text('Opcode ');
      out.uint(operation);
      return;
    }
    if (operation === REPLY) {
      out.ipv4(view, start + SENDER_PROTOCOL);
      out.text(' is at ');
      out.ether(view, start + SENDER_HARDWARE);
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
    if (available < needed) return stack.tooShort(offset, needed, available, 'ARP packet');
    // Nothing follows an ARP packet but Ethernet's padding.
    stack.end = offset + needed;
    return (needed << HEADER_SHIFT) | DATA;
  },
};
