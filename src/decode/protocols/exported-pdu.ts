/**
 * What Wireshark exports out of the middle of a packet (LINKTYPE_WIRESHARK_UPPER_PDU; wsutil/exported_pdu_tlvs.h): tags of 16 bits of type,
 * 16 of length and a value, up to one of type 0, and then the data of the protocol that a tag names.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             Tag               |            Length             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Value
 */
import type { DispatchTables } from '../dispatch-tables.ts';
import { byteString, ipv4Address, ipv6Address, ofEach, span, uint } from '../fields.ts';
import {
  DATA,
  type Decoding,
  type Field,
  HEADER_SHIFT,
  type Items,
  MOST_HEADER,
  PROTOCOL_MASK,
  type Protocol,
} from '../protocol.ts';

const TAG_HEADER = 4;
const END = 0;
const DISSECTOR = 12;
const IPV4_SOURCE = 20;
const IPV4_DESTINATION = 21;
const IPV6_SOURCE = 22;
const IPV6_DESTINATION = 23;
const SOURCE_PORT = 25;
const DESTINATION_PORT = 26;
const FRAME_NUMBER = 30;

const tagNames: Readonly<Record<number, string>> = {
  0: 'End-of-options',
  10: 'Options length',
  11: 'Linktype value',
  12: 'PDU content dissector name',
  13: 'PDU content heuristic dissector name',
  14: 'PDU content dissector table name',
  20: 'IPv4 Source Address',
  21: 'IPv4 Destination Address',
  22: 'IPv6 Source Address',
  23: 'IPv6 Destination Address',
  24: 'Port Type',
  25: 'Source Port',
  26: 'Destination Port',
  28: 'SS7 OPC',
  29: 'SS7 DPC',
  30: 'Original Frame Number',
  31: 'DVB-CI event',
  32: 'Dissector table value',
  33: 'Column protocol text',
  34: 'TCP Dissector Data',
  35: 'P2P direction',
};

/** Wireshark's names for what is read here, and where it hangs. */
const DISSECTORS: readonly (readonly [name: string, entry: (tables: DispatchTables) => number])[] = [
  ['eth_withoutfcs', ({ link }) => link[1]],
  ['eth_maybefcs', ({ link }) => link[1]],
  ['eth', ({ link }) => link[1]],
  ['ip', ({ etherType }) => etherType[0x0800]],
  ['ipv6', ({ etherType }) => etherType[0x86dd]],
  ['arp', ({ etherType }) => etherType[0x0806]],
  ['wlan', ({ link }) => link[105]],
  ['wlan_withoutfcs', ({ link }) => link[105]],
  ['icmp', ({ ipProtocol }) => ipProtocol[1]],
  ['icmpv6', ({ ipProtocol }) => ipProtocol[58]],
  ['udp', ({ ipProtocol }) => ipProtocol[17]],
  ['tcp', ({ ipProtocol }) => ipProtocol[6]],
  ['dns', ({ udpEitherPort }) => udpEitherPort[53]],
  ['http', ({ tcpPort }) => tcpPort[80]],
];

const tags: Items = (view, start, stack, layer, visit) => {
  const end = stack.payload(layer);
  for (let at = start; at + TAG_HEADER <= end; at += TAG_HEADER + lengthOf(view, at)) visit(at);
};

function tagOf(view: DataView, at: number): number {
  return view.getUint16(at);
}

function lengthOf(view: DataView, at: number): number {
  return view.getUint16(at + 2);
}

const isTag =
  (tag: number, bytes: number): NonNullable<Field['when']> =>
  (view, at) =>
    tagOf(view, at) === tag && lengthOf(view, at) === bytes;

/** The name in a tag, without the zeros that pad it. */
function nameBytes(view: DataView, at: number): number {
  const most = lengthOf(view, at);
  let length = 0;
  while (length < most && view.getUint8(at + TAG_HEADER + length) !== 0) length++;
  return length;
}

function isName(view: DataView, at: number, length: number, name: string): boolean {
  if (length !== name.length) return false;
  for (let i = 0; i < length; i++) if (view.getUint8(at + i) !== name.charCodeAt(i)) return false;
  return true;
}

/** The dispatch entry for the name in a tag. */
function entryOfName(stack: Decoding, view: DataView, tag: number): number {
  const length = nameBytes(view, tag);
  for (let i = 0; i < DISSECTORS.length; i++) {
    const [name, entry] = DISSECTORS[i];
    if (isName(view, tag + TAG_HEADER, length, name)) return entry(stack.tables) & PROTOCOL_MASK;
  }
  return DATA;
}

export const exportedPdu: Protocol = {
  name: 'exported_pdu',
  title: 'EXPORTED_PDU',
  short: 'Exported PDU',
  reference: 'LINKTYPE_WIRESHARK_UPPER_PDU',
  about:
    'Not a header from the network: Wireshark exported the inner part of a packet, and names its protocol here.',
  attach: [{ table: 'link', values: [252] }],
  fields: ofEach('tags', tags, [
    uint('tag', 0, 16, 'Tag', 'What the value is.', { values: tagNames }),
    uint('tag_len', 2, 16, 'Length', 'The length of the value in bytes.'),
    {
      ...byteString(
        'prot_name',
        'Protocol Name',
        'The protocol of the data, by Wireshark’s name.',
        (view, at) => span(TAG_HEADER, nameBytes(view, at)),
        { when: (view, at) => tagOf(view, at) === DISSECTOR },
      ),
      kind: 'text',
    },
    ipv4Address('ipv4_src', TAG_HEADER, 'IPv4 Src', 'The packet’s source.', { when: isTag(IPV4_SOURCE, 4) }),
    ipv4Address('ipv4_dst', TAG_HEADER, 'IPv4 Dst', 'The packet’s destination.', {
      when: isTag(IPV4_DESTINATION, 4),
    }),
    ipv6Address('ipv6_src', TAG_HEADER, 'IPv6 Src', 'The packet’s source.', { when: isTag(IPV6_SOURCE, 16) }),
    ipv6Address('ipv6_dst', TAG_HEADER, 'IPv6 Dst', 'The packet’s destination.', {
      when: isTag(IPV6_DESTINATION, 16),
    }),
    uint('src_port', TAG_HEADER, 32, 'Src Port', 'The packet’s source port.', {
      when: isTag(SOURCE_PORT, 4),
    }),
    uint('dst_port', TAG_HEADER, 32, 'Dst Port', 'The packet’s destination port.', {
      when: isTag(DESTINATION_PORT, 4),
    }),
    uint('orig_fno', TAG_HEADER, 32, 'Original Frame Number', 'Its packet number in the original capture.', {
      when: isTag(FRAME_NUMBER, 4),
    }),
  ]),
  summary(out, view, start, stack, layer) {
    out.text('Exported');
    tags(view, start, stack, layer, (at) => {
      if (tagOf(view, at) !== DISSECTOR) return;
      out.text(' ');
      out.packetText(view, at + TAG_HEADER, at + TAG_HEADER + nameBytes(view, at));
    });
  },
  decode(stack, view, offset, end) {
    let entry = DATA;
    for (let at = offset; ; ) {
      if (end - at < TAG_HEADER) return stack.tooShort(at, TAG_HEADER, end - at, 'tag of an exported PDU');
      const length = TAG_HEADER + lengthOf(view, at);
      if (end - at < length) return stack.tooShort(at, length, end - at, 'tag of an exported PDU');
      if (tagOf(view, at) === DISSECTOR) entry = entryOfName(stack, view, at);
      const isLast = tagOf(view, at) === END;
      at += length;
      if (!isLast) continue;
      if (at - offset > MOST_HEADER)
        return stack.malformed(offset, 'tags of an exported PDU take more than 32,767 bytes');
      return ((at - offset) << HEADER_SHIFT) | entry;
    }
  },
};
