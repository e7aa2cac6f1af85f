/**
 * Packets as a rule of Linux's packet filter logs them (LINKTYPE_NFLOG): `nft … log group 5`, `iptables … -j NFLOG`
 * (linux/netfilter/nfnetlink_log.h; https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Family    |    Version    |             Group             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Attribute length       |         Attribute type        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Value, padded to 4 bytes; more attributes; the payload is the last
 *
 * The header here ends where the payload starts.
 */
import {
  ATTRIBUTE_HEADER,
  attributeLength,
  attributeType,
  findAttribute,
  isLittleEndian,
  isLoggedFrame,
  NFLOG_HEADER,
  NFULA,
} from '../../packet/nflog-attributes.ts';
import { byteString, hex, ofEach, span, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import {
  DATA,
  type Field,
  HEADER_SHIFT,
  type Items,
  type Layers,
  MOST_HEADER,
  type Protocol,
} from '../protocol.ts';

const GROUP = 2;
const VALUE = ATTRIBUTE_HEADER;
const TIMESTAMP_BYTES = 16;

const LINKTYPE_ETHERNET = 1;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV6 = 0x86dd;

/** NFPROTO_: what the rule's table is for. */
const familyNames: Readonly<Record<number, string>> = {
  0: 'Unspecified',
  1: 'IPv4/IPv6',
  2: 'IPv4',
  3: 'ARP',
  5: 'Netdev',
  7: 'Bridge',
  10: 'IPv6',
};

/** What a table for one protocol alone carries. */
const familyTypes: Readonly<Record<number, number>> = {
  2: ETHERTYPE_IPV4,
  3: ETHERTYPE_ARP,
  10: ETHERTYPE_IPV6,
};

const hookNames: Readonly<Record<number, string>> = {
  0: 'Pre-routing',
  1: 'Local in',
  2: 'Forward',
  3: 'Local out',
  4: 'Post-routing',
};

const typeNames: Readonly<Record<number, string>> = {
  1: 'NFULA_PACKET_HDR',
  2: 'NFULA_MARK',
  3: 'NFULA_TIMESTAMP',
  4: 'NFULA_IFINDEX_INDEV',
  5: 'NFULA_IFINDEX_OUTDEV',
  6: 'NFULA_IFINDEX_PHYSINDEV',
  7: 'NFULA_IFINDEX_PHYSOUTDEV',
  8: 'NFULA_HWADDR',
  9: 'NFULA_PAYLOAD',
  10: 'NFULA_PREFIX',
  11: 'NFULA_UID',
  12: 'NFULA_SEQ',
  13: 'NFULA_SEQ_GLOBAL',
  14: 'NFULA_GID',
  15: 'NFULA_HWTYPE',
  16: 'NFULA_HWHEADER',
  17: 'NFULA_HWLEN',
  18: 'NFULA_CT',
  19: 'NFULA_CT_INFO',
  20: 'NFULA_VLAN',
  21: 'NFULA_L2HDR',
};

/** Values with fields of their own; all others are bytes. */
const FOUR_BYTES: readonly number[] = [
  NFULA.packetHeader,
  NFULA.inputDevice,
  NFULA.outputDevice,
  NFULA.physicalInputDevice,
  NFULA.physicalOutputDevice,
  NFULA.user,
  NFULA.group,
];

/** The attributes, the payload's header included; each stands wholly in the layer but for the payload. */
const attributes: Items = (view, start, stack, layer, visit) => {
  const end = stack.payload(layer);
  const little = isLittleEndian(view, start, end);
  for (let at = start + NFLOG_HEADER; at + ATTRIBUTE_HEADER <= end; ) {
    visit(at);
    at += (attributeLength(view, at, little) + 3) & ~3;
  }
};

function lengthOf(view: DataView, attribute: number, stack: Layers, layer: number): number {
  const start = stack.start(layer);
  return attributeLength(view, attribute, isLittleEndian(view, start, stack.payload(layer)));
}

function typeOf(view: DataView, attribute: number, stack: Layers, layer: number): number {
  const start = stack.start(layer);
  return attributeType(view, attribute, isLittleEndian(view, start, stack.payload(layer)));
}

const isType =
  (type: number, bytes: number): NonNullable<Field['when']> =>
  (view, attribute, stack, layer) =>
    typeOf(view, attribute, stack, layer) === type &&
    lengthOf(view, attribute, stack, layer) === VALUE + bytes;

function isPlain(view: DataView, attribute: number, stack: Layers, layer: number): boolean {
  const type = typeOf(view, attribute, stack, layer);
  const bytes = lengthOf(view, attribute, stack, layer) - VALUE;
  if (type === NFULA.payload) return false;
  if (type === NFULA.prefix) return bytes === 0;
  if (type === NFULA.timestamp) return bytes !== TIMESTAMP_BYTES;
  return bytes !== 4 || !FOUR_BYTES.includes(type);
}

/** Bytes of a text up to the zero that ends it. */
const text: NonNullable<Field['span']> = (view, attribute, stack, layer) => {
  const length = lengthOf(view, attribute, stack, layer);
  let end = VALUE;
  while (end < length && view.getUint8(attribute + end) !== 0) end++;
  return span(VALUE, end - VALUE);
};

/** The EtherType of the payload; 0 if nothing tells. */
function payloadType(view: DataView, start: number, end: number): number {
  const header = findAttribute(view, start, end, NFULA.packetHeader);
  const own = header < 0 || header + VALUE + 2 > end ? 0 : view.getUint16(header + VALUE);
  // In a table for devices or bridges the family says nothing.
  return own === 0 ? (familyTypes[view.getUint8(start)] ?? 0) : own;
}

/** Bytes that the packet at `offset` had, as its own header says; 0 if it does not. */
function promisedBytes(view: DataView, offset: number, end: number, type: number): number {
  if (type === ETHERTYPE_IPV4 && end - offset >= 4) return view.getUint16(offset + 2);
  if (type === ETHERTYPE_IPV6 && end - offset >= 6) return 40 + view.getUint16(offset + 4);
  return 0;
}

export const nflog: Protocol = {
  name: 'nflog',
  title: 'Linux Netfilter NFLOG',
  short: 'NFLOG',
  reference: 'LINKTYPE_NFLOG',
  osi: 2,
  about:
    'Not a header from the network: a rule of this host’s packet filter logged the packet, and the kernel says which rule, where and when.',
  attach: [{ table: 'link', values: [239] }],
  fields: [
    uint('family', 0, 8, 'Family', 'The kind of table that the rule is in.', { values: familyNames }),
    uint('version', 1, 8, 'Version', 'Of the log’s format: 0.'),
    uint(
      'res_id',
      GROUP,
      16,
      'Resource id',
      'The group that the rule logs to: listeners ask for it by number.',
    ),
    ...ofEach('attribute', attributes, [
      uint('tlv_type', 2, 16, 'Type', 'The type of the attribute.', { values: typeNames, read: typeOf }),
      uint(
        'tlv_length',
        0,
        16,
        'Length',
        'The length of the attribute in bytes, including type and length.',
        {
          read: lengthOf,
        },
      ),
      hex('protocol', VALUE, 16, 'HW protocol', 'The EtherType of the payload.', {
        values: etherTypeNames,
        when: isType(NFULA.packetHeader, 4),
      }),
      uint('hook', VALUE + 2, 8, 'Netfilter hook', 'The netfilter hook at which the packet met the rule.', {
        values: hookNames,
        when: isType(NFULA.packetHeader, 4),
      }),
      uint('ifindex_indev', VALUE, 32, 'Input device', 'The index of the device that it came in on.', {
        when: isType(NFULA.inputDevice, 4),
      }),
      uint('ifindex_outdev', VALUE, 32, 'Output device', 'The index of the device that it leaves on.', {
        when: isType(NFULA.outputDevice, 4),
      }),
      uint('ifindex_physindev', VALUE, 32, 'Bridge port in', 'The bridge port that it came in on.', {
        when: isType(NFULA.physicalInputDevice, 4),
      }),
      uint('ifindex_physoutdev', VALUE, 32, 'Bridge port out', 'The bridge port that it leaves on.', {
        when: isType(NFULA.physicalOutputDevice, 4),
      }),
      uint('uid', VALUE, 32, 'UID', 'The user whose program on this host sent the packet.', {
        when: isType(NFULA.user, 4),
      }),
      uint('gid', VALUE, 32, 'GID', 'The group of that program.', { when: isType(NFULA.group, 4) }),
      {
        ...byteString('prefix', 'Prefix', 'The prefix that the rule gives to what it logs.', text, {
          when: (view, attribute, stack, layer) =>
            typeOf(view, attribute, stack, layer) === NFULA.prefix &&
            lengthOf(view, attribute, stack, layer) > VALUE,
        }),
        kind: 'text',
      },
      uint(
        'timestamp.seconds',
        VALUE,
        64,
        'Time',
        'Seconds since 1970 when the packet came in, by the kernel’s clock.',
        {
          read: (view, attribute) => Number(view.getBigUint64(attribute + VALUE)),
          when: isType(NFULA.timestamp, TIMESTAMP_BYTES),
        },
      ),
      uint('timestamp.microseconds', VALUE + 8, 64, 'Microseconds', 'Microseconds of that time.', {
        read: (view, attribute) => Number(view.getBigUint64(attribute + VALUE + 8)),
        when: isType(NFULA.timestamp, TIMESTAMP_BYTES),
      }),
      byteString(
        'tlv_value',
        'Value',
        'The value of an attribute that is not decoded.',
        (view, attribute, stack, layer) => span(VALUE, lengthOf(view, attribute, stack, layer) - VALUE),
        { when: isPlain },
      ),
    ]),
  ],
  summary(out, view, start) {
    out.text('Group ');
    out.uint(view.getUint16(start + GROUP));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < NFLOG_HEADER) return stack.tooShort(offset, NFLOG_HEADER, available, 'NFLOG header');
    const little = isLittleEndian(view, offset, end);
    let at = offset + NFLOG_HEADER;
    for (;;) {
      if (end - at < ATTRIBUTE_HEADER) {
        return stack.tooShort(at, ATTRIBUTE_HEADER, Math.max(0, end - at), 'NFLOG attribute');
      }
      const length = attributeLength(view, at, little);
      if (length < ATTRIBUTE_HEADER) {
        return stack.malformed(at, 'NFLOG attribute length is below 4 bytes', ATTRIBUTE_HEADER, length);
      }
      if (attributeType(view, at, little) === NFULA.payload) break;
      if (length > end - at) return stack.tooShort(at, length, end - at, 'NFLOG attribute');
      at += (length + 3) & ~3;
    }
    const payload = at + ATTRIBUTE_HEADER;
    if (payload - offset > MOST_HEADER)
      return stack.malformed(at, 'NFLOG payload starts after more than 32,767 bytes');
    const promised = attributeLength(view, at, little) - ATTRIBUTE_HEADER;
    if (promised > end - payload) stack.lengthBeyond(at, promised, end - payload, 'NFLOG payload');
    else stack.end = payload + promised;
    const type = payloadType(view, offset, payload);
    if (isLoggedFrame(view, offset, payload, stack.end)) {
      return ((payload - offset) << HEADER_SHIFT) | stack.tables.link[LINKTYPE_ETHERNET];
    }
    // A rule's snaplen cuts the payload, and leaves no other sign of it.
    const whole = promisedBytes(view, payload, stack.end, type);
    if (whole > promised)
      stack.cutEarlier(payload, whole, promised, 'logged packet, cut by a snapshot length');
    return ((payload - offset) << HEADER_SHIFT) | (type === 0 ? DATA : stack.tables.etherType[type]);
  },
};
