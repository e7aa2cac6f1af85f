/**
 * Internet Control Message Protocol (RFC 792).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Rest of header: Identifier and Sequence Number (echo),    |
 * |     gateway (redirect), next-hop MTU (RFC 1191), pointer, …   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { CHECKSUM, CHECKSUM_WORDS, isGood } from '../checksum.ts';
import { hex, ipv4Address, ofEach, status, uint } from '../fields.ts';
import {
  DATA,
  type Decoding,
  type Field,
  HEADER_SHIFT,
  type Items,
  MOST_HEADER,
  type Protocol,
} from '../protocol.ts';
import { extendedEchoFields } from './icmp-extended-echo.ts';
import { extensionFields } from './icmp-extensions.ts';
import {
  CODE,
  code,
  HEADER,
  IDENTIFIER,
  is,
  messageExtensions,
  SEQUENCE_NUMBER,
  type,
  writeCode,
  writeEcho,
  writeMeaning,
} from './icmp-messages.ts';
import { ICMP_TYPE, icmpCodeNames, icmpTypeNames } from './icmp-names.ts';

const IPV4_ETHERTYPE = 0x0800;
const QUOTED_WORDS = 5;
const ADDRESSES = 4;
const ENTRY_WORDS = 5;
const ROUTER = 8;
const TIMESTAMP_MESSAGE = 20;
const MASK_MESSAGE = 12;

/** Error messages quote the header, and at least 8 bytes more, of the packet that caused them. */
function quotes(messageType: number): boolean {
  return (
    (messageType >= ICMP_TYPE.destinationUnreachable && messageType <= ICMP_TYPE.redirect) ||
    messageType === ICMP_TYPE.timeExceeded ||
    messageType === ICMP_TYPE.parameterProblem
  );
}

const extensions = messageExtensions({
  isExtensible: (messageType) =>
    messageType === ICMP_TYPE.destinationUnreachable ||
    messageType === ICMP_TYPE.timeExceeded ||
    messageType === ICMP_TYPE.parameterProblem,
  quotedAt: QUOTED_WORDS,
  unit: 4,
  extendedEchoRequest: ICMP_TYPE.extendedEchoRequest,
});

const saysLength: NonNullable<Field['when']> = (view, start) => extensions.quotedBytes(view, start) !== 0;

/** Echo, and the queries of old that carry the same two numbers (RFC 792, RFC 950). */
function hasSequenceNumber(view: DataView, start: number): boolean {
  const t = type(view, start);
  return t === 0 || t === 8 || (t >= 13 && t <= 18);
}

function isExtendedEcho(view: DataView, start: number): boolean {
  const t = type(view, start);
  return t === ICMP_TYPE.extendedEchoRequest || t === ICMP_TYPE.extendedEchoReply;
}

function hasIdentifier(view: DataView, start: number): boolean {
  return hasSequenceNumber(view, start) || isExtendedEcho(view, start);
}

const hasTimestamps: NonNullable<Field['when']> = (view, start, stack, layer) =>
  (type(view, start) === ICMP_TYPE.timestampRequest || type(view, start) === ICMP_TYPE.timestampReply) &&
  stack.headerLength(layer) === TIMESTAMP_MESSAGE;

const hasMask: NonNullable<Field['when']> = (view, start, stack, layer) =>
  (type(view, start) === ICMP_TYPE.maskRequest || type(view, start) === ICMP_TYPE.maskReply) &&
  stack.headerLength(layer) === MASK_MESSAGE;

/** Each address that a router advertises, with its preference (RFC 1256). */
const routers: Items = (view, start, stack, layer, visit) => {
  if (type(view, start) !== ICMP_TYPE.routerAdvertisement || view.getUint8(start + ENTRY_WORDS) !== 2) return;
  const end = Math.min(stack.layerEnd(layer), start + HEADER + view.getUint8(start + ADDRESSES) * ROUTER);
  for (let at = start + HEADER; at + ROUTER <= end; at += ROUTER) visit(at);
};

export const icmp: Protocol = {
  name: 'icmp',
  title: 'Internet Control Message Protocol',
  short: 'ICMP',
  reference: 'RFC 792',
  osi: 3,
  about:
    'Ping’s requests and replies, and the errors that routers and hosts send back when a packet can’t be delivered.',
  attach: [{ table: 'ip.proto', values: [1] }],
  // Echo requests and replies, 8 and 0, have none.
  mayHaveItems: (view, start) => (view.getUint8(start) & 0xf7) !== 0,
  fields: [
    uint('type', 0, 8, 'Type', 'The kind of message: 8 is an echo request, 0 an echo reply.', {
      values: icmpTypeNames,
    }),
    uint('code', CODE, 8, 'Code', 'The subtype: 3/3 is “port unreachable”.'),
    hex('checksum', 2, 16, 'Checksum', 'The checksum of the whole message, header and payload.'),
    status(
      'checksum.status',
      'Checksum Status',
      'Whether the checksum matches the bytes.',
      CHECKSUM_WORDS,
      (view, start, stack, layer) => {
        if (stack.isIncomplete(layer)) return CHECKSUM.unverifiable;
        return isGood(view, start, stack.layerEnd(layer)) ? CHECKSUM.good : CHECKSUM.bad;
      },
    ),
    uint(
      'ident',
      IDENTIFIER,
      16,
      'Identifier',
      'Distinguishes the requests of several ping programs. A reply repeats it.',
      { when: hasIdentifier },
    ),
    uint(
      'seq',
      SEQUENCE_NUMBER,
      16,
      'Sequence Number',
      'Counts the requests. A reply repeats the number of its request.',
      { when: hasSequenceNumber },
    ),
    uint(
      'ident_le',
      IDENTIFIER,
      16,
      'Identifier (LE)',
      'The same in little-endian byte order, as some hosts write it.',
      {
        hidden: true,
        when: hasIdentifier,
        read: (view, start) => view.getUint16(start + IDENTIFIER, true),
      },
    ),
    uint(
      'seq_le',
      SEQUENCE_NUMBER,
      16,
      'Sequence Number (LE)',
      'The same in little-endian byte order, as some hosts write it.',
      {
        hidden: true,
        when: hasSequenceNumber,
        read: (view, start) => view.getUint16(start + SEQUENCE_NUMBER, true),
      },
    ),
    uint('mtu', 6, 16, 'MTU of next hop', 'The largest packet that the next link takes (RFC 1191).', {
      when: (view, start) =>
        type(view, start) === ICMP_TYPE.destinationUnreachable && code(view, start) === 4,
    }),
    ipv4Address('redir_gw', 4, 'Gateway Address', 'The router to use from now on.', {
      when: (view, start) => type(view, start) === ICMP_TYPE.redirect,
    }),
    uint('pointer', 4, 8, 'Pointer', 'The faulty byte of the quoted packet.', {
      when: is(ICMP_TYPE.parameterProblem),
    }),
    uint('length_field', QUOTED_WORDS, 8, 'Length', 'The same, in words of 4 bytes.', {
      filter: 'icmp.length',
      hidden: true,
      when: saysLength,
    }),
    uint(
      'length.original_datagram',
      QUOTED_WORDS,
      8,
      'Length of original datagram',
      'The length of the quoted packet, padded with zeros; extensions follow.',
      { scale: 4, when: saysLength, reference: 'RFC 4884, section 4' },
    ),
    uint('num_addrs', ADDRESSES, 8, 'Number of addresses', 'How many routers are announced.', {
      when: is(ICMP_TYPE.routerAdvertisement),
      reference: 'RFC 1256',
    }),
    uint(
      'addr_entry_size',
      ENTRY_WORDS,
      8,
      'Address entry size',
      'The size of each entry in 4-byte words: always 2.',
      {
        when: is(ICMP_TYPE.routerAdvertisement),
        reference: 'RFC 1256',
      },
    ),
    uint('lifetime', 6, 16, 'Lifetime', 'How many seconds it is valid.', {
      when: is(ICMP_TYPE.routerAdvertisement),
      reference: 'RFC 1256',
    }),
    ...ofEach('router_address', routers, [
      ipv4Address('router_address', 0, 'Router address', 'A router of this network.'),
    ]),
    uint(
      'originate_timestamp',
      8,
      32,
      'Originate Timestamp',
      'When it was sent, in milliseconds since midnight UTC.',
      {
        when: hasTimestamps,
      },
    ),
    uint('receive_timestamp', 12, 32, 'Receive Timestamp', 'When it reached the other side.', {
      when: hasTimestamps,
    }),
    uint('transmit_timestamp', 16, 32, 'Transmit Timestamp', 'When the other side sent the reply.', {
      when: hasTimestamps,
    }),
    ipv4Address('address_mask', 8, 'Address Mask', 'The network’s mask; today DHCP provides it.', {
      when: hasMask,
      reference: 'RFC 950',
    }),
    ...extendedEchoFields(isExtendedEcho, is(ICMP_TYPE.extendedEchoRequest), is(ICMP_TYPE.extendedEchoReply)),
    ...extensionFields(extensions.find),
  ],
  summary(out, view, start) {
    const messageType = type(view, start);
    if (messageType === ICMP_TYPE.echoRequest || messageType === ICMP_TYPE.echoReply) {
      writeEcho(out, view, start, messageType === ICMP_TYPE.echoRequest);
    } else if (!writeMeaning(out, view, start, icmpTypeNames, icmpCodeNames)) {
      writeCode(out, view, start);
    }
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'ICMP header');
    const messageType = view.getUint8(offset);
    if (quotes(messageType)) {
      return extensions.quote(stack, view, offset, end, stack.tables.etherType[IPV4_ETHERTYPE]);
    }
    return (messageLength(stack, messageType, offset, end - offset) << HEADER_SHIFT) | DATA;
  },
};

/** Bytes of the message that are its own: what is behind them is data. */
function messageLength(stack: Decoding, messageType: number, offset: number, available: number): number {
  switch (messageType) {
    case ICMP_TYPE.timestampRequest:
    case ICMP_TYPE.timestampReply:
      return withBody(stack, offset, TIMESTAMP_MESSAGE, available);
    case ICMP_TYPE.maskRequest:
    case ICMP_TYPE.maskReply:
      return withBody(stack, offset, MASK_MESSAGE, available);
    case ICMP_TYPE.routerAdvertisement:
    case ICMP_TYPE.extendedEchoRequest:
      return Math.min(available, MOST_HEADER);
    default:
      return HEADER;
  }
}

/** A message that is cut short keeps its header, and says so. */
function withBody(stack: Decoding, offset: number, needed: number, available: number): number {
  if (available >= needed) return needed;
  stack.tooShort(offset, needed, available, 'ICMP message');
  return HEADER;
}
