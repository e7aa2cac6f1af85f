/**
 * Generic Routing Encapsulation (RFC 2784, with the key and sequence number of RFC 2890, the routing of RFC 1701, and
 * version 1 of RFC 2637, PPTP's).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |C|R|K|S|s|Recur|A| Flags | Ver |         Protocol Type         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Checksum (optional)      |       Offset (optional)       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Key (optional)                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Sequence Number (optional)                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Routing (optional), Acknowledgment (version 1)        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * NVGRE (RFC 7637, section 3.2) reads the key as a virtual subnet (24 bits) and a flow (8 bits).
 */
import { CHECKSUM, CHECKSUM_WORDS, isGood } from '../checksum.ts';
import type { FitsPrelude } from '../dispatch-tables.ts';
import { bits, byteString, flag, hex, span, status, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { DATA, type Field, HEADER_SHIFT, NO_IDENTIFIER, type Protocol } from '../protocol.ts';
import { isCompletedInside } from './transport-checksum.ts';

const BASE_HEADER = 4;
const PROTOCOL_TYPE = 2;
const CHECKSUM_PRESENT = 0x8000;
const ROUTING_PRESENT = 0x4000;
const KEY_PRESENT = 0x2000;
const SEQUENCE_PRESENT = 0x1000;
const ACKNOWLEDGMENT_PRESENT = 0x0080;
const VERSION = 0x0007;
const ENHANCED = 1;
const ETHERNET = 0x6558;
/** Address family, offset and length in front of a source route entry (RFC 1701). */
const ROUTE_ENTRY_HEADER = 4;
/** A route that never ends is no route. */
const TOO_LONG = -1;

type When = NonNullable<Field['when']>;

function flags(view: DataView, start: number): number {
  return view.getUint16(start);
}

function protocolType(view: DataView, start: number): number {
  return view.getUint16(start + PROTOCOL_TYPE);
}

/** Whether the header has a sequence number: what tells ERSPAN's kinds apart. */
export function hasSequenceNumber(view: DataView, start: number): boolean {
  return (flags(view, start) & SEQUENCE_PRESENT) !== 0;
}

const hasFlag =
  (mask: number): When =>
  (view, start) =>
    (flags(view, start) & mask) !== 0;

const isEnhanced: When = (view, start) => (flags(view, start) & VERSION) === ENHANCED;

/** Checksum and offset come together, where either bit is set. */
function checksumBytes(word: number): number {
  return (word & (CHECKSUM_PRESENT | ROUTING_PRESENT)) === 0 ? 0 : 4;
}

function keyOffset(word: number): number {
  return BASE_HEADER + checksumBytes(word);
}

function sequenceOffset(word: number): number {
  return keyOffset(word) + ((word & KEY_PRESENT) === 0 ? 0 : 4);
}

/** Where the routing field, or the acknowledgment number of version 1, stands. */
function tailOffset(word: number): number {
  return sequenceOffset(word) + ((word & SEQUENCE_PRESENT) === 0 ? 0 : 4);
}

function hasTail(word: number): boolean {
  return (word & VERSION) === ENHANCED && (word & ACKNOWLEDGMENT_PRESENT) !== 0;
}

/** Bytes of source route entries from `at` on, with the empty one that ends them; TOO_LONG where none does before `end`. */
function routingLength(view: DataView, at: number, end: number): number {
  let next = at;
  while (next + ROUTE_ENTRY_HEADER <= end) {
    const last = view.getUint16(next) === 0 && view.getUint8(next + 3) === 0;
    next += ROUTE_ENTRY_HEADER + view.getUint8(next + 3);
    if (last) return next - at;
  }
  return TOO_LONG;
}

/** RFC 2890's key; what PPTP has in its place is a length and a call. */
function keyOf(view: DataView, start: number): number {
  const word = flags(view, start);
  if ((word & KEY_PRESENT) === 0 || (word & VERSION) === ENHANCED) return NO_IDENTIFIER;
  return view.getUint32(start + keyOffset(word));
}

/** RFC 7637, 3.2: key present, no checksum, no sequence number, and an Ethernet frame behind it. */
const isVirtualSubnet: When = (view, start) =>
  (flags(view, start) & (CHECKSUM_PRESENT | KEY_PRESENT | SEQUENCE_PRESENT | VERSION)) === KEY_PRESENT &&
  protocolType(view, start) === ETHERNET;

const checksumStatus: NonNullable<Field['read']> = (view, start, stack, layer) => {
  const word = flags(view, start);
  if (checksumBytes(word) === 0) return CHECKSUM.absent;
  // A route brings the field along, which then says nothing.
  if ((word & CHECKSUM_PRESENT) === 0 || stack.isIncomplete(layer)) return CHECKSUM.unverifiable;
  if (isGood(view, start, stack.layerEnd(layer))) return CHECKSUM.good;
  return isCompletedInside(view, stack, layer, 0) ? CHECKSUM.partial : CHECKSUM.bad;
};

/** On any UDP port: nothing but a key, and the type of what follows. */
const fitsInUdp: FitsPrelude = (view, offset, _end, bytes, isFrame) => {
  if (flags(view, offset) !== (bytes === BASE_HEADER ? 0 : KEY_PRESENT)) return false;
  const type = protocolType(view, offset);
  if (isFrame) return type === ETHERNET;
  return type === (view.getUint8(offset + bytes) >> 4 === 4 ? 0x0800 : 0x86dd);
};

export const gre: Protocol = {
  name: 'gre',
  title: 'Generic Routing Encapsulation',
  short: 'GRE',
  reference: 'RFC 2784, section 2; RFC 2890; RFC 7637',
  about:
    'The simplest of tunnels: four bytes, directly in IP, that say what follows. It carries packets or, with type 0x6558, whole Ethernet frames.',
  attach: [
    { table: 'ip.proto', values: [47], tunnel: 'protocol' },
    // RFC 8086.
    { table: 'udp.port', values: [4754], tunnel: 'port' },
    { table: 'udp.prelude', bytes: [BASE_HEADER, BASE_HEADER + 4], fits: fitsInUdp },
    { table: 'decode-as', name: 'gre' },
  ],
  identifier: { name: 'key', filter: 'gre.key', read: keyOf },
  fields: [
    hex('flags_and_version', 0, 16, 'Flags and Version', 'Which of the optional fields are present.', {
      hidden: true,
    }),
    flag('flags.checksum', 0, 'Checksum Present (C)', 'A checksum follows.'),
    flag('flags.routing', 1, 'Routing Present (R)', 'A source route follows: RFC 1701 only, long obsolete.'),
    flag('flags.key', 2, 'Key Present (K)', 'A key follows.'),
    flag('flags.sequence_number', 3, 'Sequence Number Present (S)', 'A sequence number follows.'),
    flag('flags.strict_source_route', 4, 'Strict Source Route (s)', 'Of RFC 1701.', { hidden: true }),
    bits(
      'flags.recursion_control',
      5,
      3,
      'Recursion Control',
      'RFC 1701: how many more tunnels are allowed.',
      {
        hidden: true,
      },
    ),
    flag('flags.ack', 8, 'Acknowledgment Present (A)', 'Version 1: an acknowledgment number follows.', {
      hidden: true,
      when: isEnhanced,
    }),
    bits('flags.version', 13, 3, 'Version', '0, or 1 for PPTP.'),
    hex(
      'proto',
      PROTOCOL_TYPE,
      16,
      'Protocol Type',
      'What the tunnel carries: 0x0800 for IPv4, 0x6558 for Ethernet.',
      {
        values: etherTypeNames,
      },
    ),
    hex('checksum', BASE_HEADER, 16, 'Checksum', 'The checksum of this header and everything it carries.', {
      when: hasFlag(CHECKSUM_PRESENT | ROUTING_PRESENT),
    }),
    {
      ...status(
        'checksum.status',
        'Checksum Status',
        'Whether the checksum matches the bytes.',
        CHECKSUM_WORDS,
        checksumStatus,
      ),
      when: hasFlag(CHECKSUM_PRESENT | ROUTING_PRESENT),
    },
    uint('offset_field', 6, 16, 'Offset', 'RFC 1701: where in the source route the packet is.', {
      filter: 'gre.offset',
      when: hasFlag(CHECKSUM_PRESENT | ROUTING_PRESENT),
    }),
    hex('key', 0, 32, 'Key', 'Distinguishes tunnels between the same two ends.', {
      read: (view, start) => view.getUint32(start + keyOffset(flags(view, start))),
      when: (view, start, stack, layer) =>
        (flags(view, start) & KEY_PRESENT) !== 0 && !isEnhanced(view, start, stack, layer),
    }),
    uint(
      'key.vsid',
      0,
      24,
      'Virtual Subnet ID (VSID)',
      'The key’s first three bytes: NVGRE’s virtual subnet ID.',
      {
        read: (view, start) => view.getUint32(start + BASE_HEADER) >>> 8,
        when: isVirtualSubnet,
      },
    ),
    uint(
      'key.flow_id',
      7,
      8,
      'Flow ID',
      'The key’s last byte: NVGRE’s flow ID, which spreads flows over paths.',
      {
        when: isVirtualSubnet,
      },
    ),
    uint('key.payload_length', 0, 16, 'Payload Length', 'Version 1: the length of the payload in bytes.', {
      read: (view, start) => view.getUint16(start + keyOffset(flags(view, start))),
      when: (view, start, stack, layer) =>
        (flags(view, start) & KEY_PRESENT) !== 0 && isEnhanced(view, start, stack, layer),
    }),
    uint('key.call_id', 0, 16, 'Call ID', 'Version 1: the receiver’s number for the call.', {
      read: (view, start) => view.getUint16(start + keyOffset(flags(view, start)) + 2),
      when: (view, start, stack, layer) =>
        (flags(view, start) & KEY_PRESENT) !== 0 && isEnhanced(view, start, stack, layer),
    }),
    uint(
      'sequence_number',
      0,
      32,
      'Sequence Number',
      'Counts the packets, so that the receiver can put them in order.',
      {
        read: (view, start) => view.getUint32(start + sequenceOffset(flags(view, start))),
        when: hasFlag(SEQUENCE_PRESENT),
      },
    ),
    uint('ack_number', 0, 32, 'Acknowledgment Number', 'Version 1: the highest sequence number received.', {
      read: (view, start) => view.getUint32(start + tailOffset(flags(view, start))),
      when: (view, start) => hasTail(flags(view, start)),
    }),
    byteString(
      'route',
      'Routing',
      'RFC 1701: the source route, entry by entry.',
      (view, start, stack, layer) => {
        const at = tailOffset(flags(view, start));
        return span(at, stack.headerLength(layer) - at);
      },
      {
        when: (view, start, stack, layer) =>
          stack.headerLength(layer) > tailOffset(flags(view, start)) + (hasTail(flags(view, start)) ? 4 : 0),
      },
    ),
  ],
  summary(out, view, start) {
    const type = protocolType(view, start);
    const name = etherTypeNames[type];
    if (name === undefined) {
      out.text('Protocol 0x');
      out.hex(type, 4);
    } else {
      out.text(name);
    }
    const word = flags(view, start);
    if ((word & KEY_PRESENT) !== 0) {
      out.text(' key=0x');
      out.hex(view.getUint32(start + keyOffset(word)), 8);
    }
    if ((word & SEQUENCE_PRESENT) !== 0) {
      out.text(' seq=');
      out.uint(view.getUint32(start + sequenceOffset(word)));
    }
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < BASE_HEADER) return stack.tooShort(offset, BASE_HEADER, available, 'GRE header');
    const word = view.getUint16(offset);
    const version = word & VERSION;
    if (version > ENHANCED) {
      return stack.malformed(offset, 'GRE version is neither 0 nor 1');
    }
    let length = tailOffset(word);
    if (hasTail(word)) length += 4;
    if (available < length)
      return stack.tooShort(offset, length, available, 'GRE header with its optional fields');
    if ((word & ROUTING_PRESENT) !== 0 && version !== ENHANCED) {
      const routing = routingLength(view, offset + length, end);
      if (routing === TOO_LONG || length + routing > available) {
        return stack.tooShort(offset, length + ROUTE_ENTRY_HEADER, available, 'GRE routing');
      }
      length += routing;
    }
    if (version === ENHANCED && (word & KEY_PRESENT) !== 0) {
      const payload = view.getUint16(offset + keyOffset(word));
      if (length + payload <= available) stack.end = offset + length + payload;
      else stack.lengthBeyond(offset + keyOffset(word), payload, available - length, 'GRE payload length');
      // An acknowledgment alone.
      if (payload === 0) return (length << HEADER_SHIFT) | DATA;
    }
    const { greProtocol, etherType } = stack.tables;
    const type = view.getUint16(offset + PROTOCOL_TYPE);
    const own = greProtocol[type];
    return (length << HEADER_SHIFT) | (own === DATA ? etherType[type] : own);
  },
};
