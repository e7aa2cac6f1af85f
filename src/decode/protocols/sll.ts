/**
 * Linux cooked-mode capture (LINKTYPE_LINUX_SLL): what libpcap puts in place of a link-layer header that differs from interface to
 * interface, or isn't there (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Packet type          |          ARPHRD_ type         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   Link-layer address length   |                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 * |                 Link-layer address (64 bits)                  |
 * +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |         Protocol type         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, etherAddress, hex, span, uint } from '../fields.ts';
import { etherTypeNames, hardwareTypeNames } from '../names.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { SMALLEST_TYPE } from './ether-type.ts';

const HEADER = 16;
const HARDWARE_TYPE = 2;
const ADDRESS_LENGTH = 4;
const ADDRESS = 6;
const PROTOCOL = 14;
const ADDRESS_ROOM = 8;
/** ARPHRD_NETLINK: the protocol type is a netlink family there, and no EtherType. */
const NETLINK = 824;
/** ARPHRD_IPGRE: the protocol type is GRE's there, which is an EtherType by another name. */
const GRE = 778;

const packetTypeNames: Readonly<Record<number, string>> = {
  0: 'Unicast to us',
  1: 'Broadcast',
  2: 'Multicast',
  3: 'Unicast to another host',
  4: 'Sent by us',
};

/** Where the fields stand, which the two versions of the header share. */
export interface CookedLayout {
  readonly packetType: { readonly byte: number; readonly width: number };
  readonly hardwareType: number;
  readonly addressLength: { readonly byte: number; readonly width: number };
  readonly address: number;
  readonly protocol: number;
}

/** The fields of both versions; Wireshark's filter names for both start with `sll`. */
export function cookedFields(layout: CookedLayout): readonly Field[] {
  const { packetType, hardwareType, addressLength, address, protocol } = layout;
  const addressBytes = (view: DataView, start: number): number =>
    addressLength.width === 8
      ? view.getUint8(start + addressLength.byte)
      : view.getUint16(start + addressLength.byte);
  const isGre = (view: DataView, start: number): boolean => view.getUint16(start + hardwareType) === GRE;
  const isType = (view: DataView, start: number): boolean =>
    view.getUint16(start + protocol) >= SMALLEST_TYPE && !isGre(view, start);
  return [
    uint(
      'pkttype',
      packetType.byte,
      packetType.width,
      'Packet type',
      'Whether the packet was received, and for whom, or sent.',
      { filter: 'sll.pkttype', values: packetTypeNames },
    ),
    uint(
      'hatype',
      hardwareType,
      16,
      'Link-layer address type',
      'The kind of interface: 1 is Ethernet, 65534 a TUN device.',
      { filter: 'sll.hatype', values: hardwareTypeNames },
    ),
    uint(
      'halen',
      addressLength.byte,
      addressLength.width,
      'Link-layer address length',
      'The length of the address that follows; 0 if the interface has none.',
      { filter: 'sll.halen' },
    ),
    etherAddress('src.eth', address, 'Source', 'The network card on this link that sent the packet.', {
      filter: 'sll.src.eth',
      when: (view, start) => addressBytes(view, start) === 6,
    }),
    byteString(
      'src.other',
      'Source',
      'The sender’s link-layer address, if it is not an Ethernet address.',
      (view, start) => span(address, Math.min(addressBytes(view, start), ADDRESS_ROOM)),
      {
        filter: 'sll.src.other',
        when: (view, start) => addressBytes(view, start) !== 6 && addressBytes(view, start) > 0,
      },
    ),
    byteString(
      'unused',
      'Unused',
      'The unused part of the address field.',
      (view, start) => span(address + addressBytes(view, start), ADDRESS_ROOM - addressBytes(view, start)),
      {
        filter: 'sll.unused',
        hidden: true,
        when: (view, start) => addressBytes(view, start) < ADDRESS_ROOM,
      },
    ),
    hex('etype', protocol, 16, 'Protocol', 'What follows: 0x0800 is IPv4, 0x86dd IPv6, 0x0806 ARP.', {
      filter: 'sll.etype',
      values: etherTypeNames,
      when: isType,
    }),
    hex('ltype', protocol, 16, 'Protocol', 'What follows, in Linux’s numbers below the EtherTypes.', {
      filter: 'sll.ltype',
      values: { 1: '802.3 (Novell)', 4: '802.2 LLC' },
      when: (view, start) => !isType(view, start) && !isGre(view, start),
    }),
    hex('gretype', protocol, 16, 'Protocol', 'What followed the GRE header, which is already removed.', {
      filter: 'sll.gretype',
      values: etherTypeNames,
      when: isGre,
    }),
  ];
}

/** The dispatch entry of what follows a cooked header. */
export function cookedPayload(
  tables: { readonly etherType: Uint16Array },
  hardwareType: number,
  protocol: number,
): number {
  return hardwareType === NETLINK ? DATA : (tables.etherType[protocol] as number);
}

export const sll: Protocol = {
  name: 'sll',
  title: 'Linux cooked capture v1',
  short: 'SLL',
  reference: 'LINKTYPE_LINUX_SLL',
  osi: 2,
  about:
    'Not a header from the network: captures on “any” use it in place of the link-layer header, as each interface may have a different one.',
  attach: [{ table: 'link', values: [113] }],
  fields: cookedFields({
    packetType: { byte: 0, width: 16 },
    hardwareType: HARDWARE_TYPE,
    addressLength: { byte: ADDRESS_LENGTH, width: 16 },
    address: ADDRESS,
    protocol: PROTOCOL,
  }),
  summary(out, view, start) {
    out.text('Protocol 0x');
    out.hex(view.getUint16(start + PROTOCOL), 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Linux cooked header');
    const next = cookedPayload(
      stack.tables,
      view.getUint16(offset + HARDWARE_TYPE),
      view.getUint16(offset + PROTOCOL),
    );
    return (HEADER << HEADER_SHIFT) | next;
  },
};
