/**
 * Internet Control Message Protocol for IPv6 (RFC 4443), with Neighbor Discovery (RFC 4861) and Multicast Listener
 * Discovery (RFC 2710, RFC 3810).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Rest of header: Identifier and Sequence Number (echo),    |
 * |     MTU (packet too big), pointer (parameter problem), …      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Neighbor Discovery: target address (128 bits), options    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { CHECKSUM_WORDS } from '../checksum.ts';
import {
  DATA,
  etherAddress,
  type Field,
  flag,
  HEADER_SHIFT,
  hex,
  ipv6Address,
  type Protocol,
  QUOTED,
  span,
  status,
  uint,
} from '../protocol.ts';
import { transportChecksum } from './transport-checksum.ts';

const HEADER = 8;
const CODE = 1;
const CHECKSUM_FIELD = 2;
const IDENTIFIER = 4;
const SEQUENCE_NUMBER = 6;
const TARGET = 8;
const IP_PROTOCOL = 58;
const IPV6_ETHERTYPE = 0x86dd;
/** The most bytes that a layer's header length can say. */
const LONGEST_MESSAGE = 0x7fff;

export const ICMPV6_TYPE = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  listenerQuery: 130,
  listenerReport: 131,
  listenerDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  listenerReport2: 143,
} as const;

export function type(view: DataView, start: number): number {
  return view.getUint8(start);
}

export function code(view: DataView, start: number): number {
  return view.getUint8(start + CODE);
}

export function identifier(view: DataView, start: number): number {
  return view.getUint16(start + IDENTIFIER);
}

export function sequenceNumber(view: DataView, start: number): number {
  return view.getUint16(start + SEQUENCE_NUMBER);
}

function isEcho(view: DataView, start: number): boolean {
  return (type(view, start) & 0xfe) === ICMPV6_TYPE.echoRequest;
}

function isNeighborDiscovery(view: DataView, start: number): boolean {
  const t = type(view, start);
  return t >= ICMPV6_TYPE.routerSolicitation && t <= ICMPV6_TYPE.redirect;
}

function is(messageType: number): NonNullable<Field['when']> {
  return (view, start) => type(view, start) === messageType;
}

/** "Every ICMPv6 error message (type < 128) MUST include as much of the IPv6 offending (invoking) packet … as possible" (RFC 4443, 2.4). */
function quotes(messageType: number): boolean {
  return messageType >= ICMPV6_TYPE.destinationUnreachable && messageType <= ICMPV6_TYPE.parameterProblem;
}

/**
 * Bytes of the fixed part of messages that are all header: Neighbor Discovery's (RFC 4861, 4), which options follow, and
 * Multicast Listener Discovery's (RFC 2710, 3; RFC 3810, 5). 0 for other messages.
 */
function fixedPart(messageType: number): number {
  switch (messageType) {
    case ICMPV6_TYPE.routerSolicitation:
    case ICMPV6_TYPE.listenerReport2:
      return 8;
    case ICMPV6_TYPE.routerAdvertisement:
      return 16;
    case ICMPV6_TYPE.listenerQuery:
    case ICMPV6_TYPE.listenerReport:
    case ICMPV6_TYPE.listenerDone:
    case ICMPV6_TYPE.neighborSolicitation:
    case ICMPV6_TYPE.neighborAdvertisement:
      return 24;
    case ICMPV6_TYPE.redirect:
      return 40;
    default:
      return 0;
  }
}

/** Where the first link-layer address option of a kind has its address, in bytes from the start, or 0 (RFC 4861, 4.6.1). */
function linkAddress(view: DataView, start: number, end: number, option: number): number {
  if (!isNeighborDiscovery(view, start)) return 0;
  let at = fixedPart(type(view, start));
  while (start + at + 8 <= end) {
    const length = view.getUint8(start + at + 1) << 3;
    // "Nodes MUST silently discard an ND packet that contains an option with length zero."
    if (length === 0) return 0;
    if (view.getUint8(start + at) === option && length === 8) return at + 2;
    at += length;
  }
  return 0;
}

function linkAddressField(key: string, option: number, label: string, about: string): Field {
  return etherAddress(key, 0, label, about, {
    when: (view, start, stack, layer) => linkAddress(view, start, stack.layerEnd(layer), option) !== 0,
    span: (view, start, stack, layer) => span(linkAddress(view, start, stack.layerEnd(layer), option), 6),
  });
}

export const icmpv6TypeNames: Readonly<Record<number, string>> = {
  1: 'Destination Unreachable',
  2: 'Packet Too Big',
  3: 'Time Exceeded',
  4: 'Parameter Problem',
  128: 'Echo (ping) request',
  129: 'Echo (ping) reply',
  130: 'Multicast Listener Query',
  131: 'Multicast Listener Report',
  132: 'Multicast Listener Done',
  133: 'Router Solicitation',
  134: 'Router Advertisement',
  135: 'Neighbor Solicitation',
  136: 'Neighbor Advertisement',
  137: 'Redirect',
  138: 'Router Renumbering',
  139: 'Node Information Query',
  140: 'Node Information Response',
  143: 'Multicast Listener Report Message v2',
  151: 'Multicast Router Advertisement',
  152: 'Multicast Router Solicitation',
  153: 'Multicast Router Termination',
};

export const unreachableCodeNames: Readonly<Record<number, string>> = {
  0: 'no route to destination',
  1: 'Administratively prohibited',
  2: 'Beyond scope of source address',
  3: 'Address unreachable',
  4: 'Port unreachable',
  5: 'Source address failed ingress/egress policy',
  6: 'Reject route to destination',
  7: 'Error in Source Routing Header',
};

export const icmpv6: Protocol = {
  name: 'icmpv6',
  title: 'Internet Control Message Protocol v6',
  short: 'ICMPv6',
  reference: 'RFC 4443, section 2.1',
  osi: 3,
  about:
    'Ping and errors for IPv6, and what ARP does for IPv4: finding the neighbours on the link and the routers.',
  attach: [{ table: 'ip.proto', values: [IP_PROTOCOL] }],
  fields: [
    uint('type', 0, 8, 'Type', 'What kind of message: 128 asks for an echo, 129 answers.', {
      values: icmpv6TypeNames,
    }),
    uint('code', CODE, 8, 'Code', 'Narrows the type: 1/4 is “port unreachable”.'),
    hex(
      'checksum',
      CHECKSUM_FIELD,
      16,
      'Checksum',
      'Over the whole message and, unlike ICMP’s, over the addresses of the IPv6 header too.',
    ),
    status(
      'checksum.status',
      'Checksum Status',
      'Whether the checksum agrees with the bytes.',
      CHECKSUM_WORDS,
      (view, start, stack, layer) =>
        transportChecksum(view, start, stack, layer, IP_PROTOCOL, CHECKSUM_FIELD),
    ),
    hex(
      'echo.identifier',
      IDENTIFIER,
      16,
      'Identifier',
      'Tells one ping program’s requests from another’s. A reply repeats it.',
      { when: isEcho },
    ),
    uint(
      'echo.sequence_number',
      SEQUENCE_NUMBER,
      16,
      'Sequence',
      'Counts the requests. A reply repeats the number of its request.',
      { when: isEcho },
    ),
    uint('mtu', 4, 32, 'MTU', 'The largest packet that the next link takes.', {
      when: is(ICMPV6_TYPE.packetTooBig),
    }),
    uint('pointer', 4, 32, 'Pointer', 'The byte of the quoted packet that was found wrong.', {
      when: is(ICMPV6_TYPE.parameterProblem),
    }),
    uint('nd.ra.cur_hop_limit', 4, 8, 'Cur hop limit', 'The hop limit that hosts are to send with.', {
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    uint('nd.ra.router_lifetime', 6, 16, 'Router lifetime (s)', 'For how long this is a default router.', {
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    flag('nd.na.flag.r', 32, 'Router', 'The sender is a router.', {
      when: is(ICMPV6_TYPE.neighborAdvertisement),
    }),
    flag('nd.na.flag.s', 33, 'Solicited', 'This answers a solicitation.', {
      when: is(ICMPV6_TYPE.neighborAdvertisement),
    }),
    flag('nd.na.flag.o', 34, 'Override', 'Replaces the link-layer address that was known.', {
      when: is(ICMPV6_TYPE.neighborAdvertisement),
    }),
    ipv6Address('nd.ns.target_address', TARGET, 'Target Address', 'Whose link-layer address is asked for.', {
      when: is(ICMPV6_TYPE.neighborSolicitation),
    }),
    ipv6Address('nd.na.target_address', TARGET, 'Target Address', 'Whose link-layer address this tells.', {
      when: is(ICMPV6_TYPE.neighborAdvertisement),
    }),
    ipv6Address('nd.rd.target_address', TARGET, 'Target Address', 'The better first hop.', {
      when: is(ICMPV6_TYPE.redirect),
    }),
    ipv6Address('rd.na.destination_address', 24, 'Destination Address', 'What is reached through it.', {
      when: is(ICMPV6_TYPE.redirect),
    }),
    ipv6Address(
      'mld.multicast_address',
      TARGET,
      'Multicast Address',
      'The group that is asked about or joined.',
      {
        when: (view, start) =>
          type(view, start) >= ICMPV6_TYPE.listenerQuery && type(view, start) <= ICMPV6_TYPE.listenerDone,
      },
    ),
    uint(
      'mldr.nb_mcast_records',
      6,
      16,
      'Number of Multicast Address Records',
      'How many groups are reported.',
      {
        when: is(ICMPV6_TYPE.listenerReport2),
      },
    ),
    linkAddressField('opt.src_linkaddr', 1, 'Source Link-layer address', 'The sender’s own network card.'),
    linkAddressField(
      'opt.target_linkaddr',
      2,
      'Target Link-layer address',
      'The network card that has the target address.',
    ),
  ],
  summary(out, view, start) {
    const messageType = type(view, start);
    if (isEcho(view, start)) {
      out.text(messageType === ICMPV6_TYPE.echoRequest ? 'Echo request id=' : 'Echo reply id=');
      out.uint(identifier(view, start));
      out.text(' seq=');
      out.uint(sequenceNumber(view, start));
      return;
    }
    const name = icmpv6TypeNames[messageType];
    if (name === undefined) {
      out.text('Type ');
      out.uint(messageType);
    } else {
      out.text(name);
    }
    const reason =
      messageType === ICMPV6_TYPE.destinationUnreachable
        ? unreachableCodeNames[code(view, start)]
        : undefined;
    if (reason !== undefined) {
      out.text(': ');
      out.text(reason);
    } else if (
      messageType === ICMPV6_TYPE.neighborSolicitation ||
      messageType === ICMPV6_TYPE.neighborAdvertisement
    ) {
      out.text(' for ');
      out.ipv6(view, start + TARGET);
    } else if (messageType === ICMPV6_TYPE.packetTooBig) {
      out.text(' mtu=');
      out.uint(view.getUint32(start + 4));
    } else {
      out.text(' code=');
      out.uint(code(view, start));
    }
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < HEADER) return stack.tooShort(offset, HEADER, available, 'ICMPv6 header');
    const messageType = view.getUint8(offset);
    if (quotes(messageType)) {
      return (HEADER << HEADER_SHIFT) | stack.tables.etherType[IPV6_ETHERTYPE] | QUOTED;
    }
    const needed = fixedPart(messageType);
    if (needed === 0) return (HEADER << HEADER_SHIFT) | DATA;
    if (available < needed) return stack.tooShort(offset, needed, available, 'ICMPv6 message');
    // Options and lists are part of the message, and nothing follows; more than a header can hold is nobody's message.
    return (Math.min(available, LONGEST_MESSAGE) << HEADER_SHIFT) | DATA;
  },
};
