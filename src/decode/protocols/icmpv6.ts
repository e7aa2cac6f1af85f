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
import { bits, flag, hex, ipv6Address, status, uint } from '../fields.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol, QUOTED } from '../protocol.ts';
import { extendedEchoCodeNames, extendedEchoFields } from './icmp-extended-echo.ts';
import { extensionFields, extensionsAt, type FindExtensions } from './icmp-extensions.ts';
import { checkListenerMessage, listenerFields } from './multicast-listener.ts';
import { checkNeighborOptions, neighborOptionFields, routerPreferenceNames } from './neighbor-options.ts';
import { transportChecksum } from './transport-checksum.ts';

const HEADER = 8;
const CODE = 1;
const CHECKSUM_FIELD = 2;
const IDENTIFIER = 4;
const SEQUENCE_NUMBER = 6;
const QUOTED_WORDS = 4;
const TARGET = 8;
/** Bytes that all messages have. */
const MINIMUM_MESSAGE = 4;
const IP_PROTOCOL = 58;
const IPV6_ETHERTYPE = 0x86dd;
/** The most bytes that a layer's header length can say. */
const LONGEST_MESSAGE = 0x7fff;

const ICMPV6_TYPE = {
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
  nodeQuery: 139,
  nodeReply: 140,
  inverseSolicitation: 141,
  inverseAdvertisement: 142,
  listenerReport2: 143,
  multicastRouterAdvertisement: 151,
  rpl: 155,
  extendedEchoRequest: 160,
  extendedEchoReply: 161,
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
 * Bytes of a message's fixed part: Neighbor Discovery's (RFC 4861, 4), which options follow, Multicast Listener Discovery's (RFC 2710, 3;
 * RFC 3810, 5), and others' of which fields are known here.
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
    case ICMPV6_TYPE.nodeQuery:
    case ICMPV6_TYPE.nodeReply:
      return 16;
    default:
      // All that is known of the others is that they may be as short as that (RFC 4286, section 4).
      return messageType >= ICMPV6_TYPE.multicastRouterAdvertisement + 1 && messageType <= ICMPV6_TYPE.rpl
        ? MINIMUM_MESSAGE
        : HEADER;
  }
}

/** Where Neighbor Discovery's options start; 0 for other messages. */
function optionsStart(view: DataView, start: number): number {
  const t = type(view, start);
  if (t === ICMPV6_TYPE.inverseSolicitation || t === ICMPV6_TYPE.inverseAdvertisement) return HEADER;
  return isNeighborDiscovery(view, start) ? fixedPart(t) : 0;
}

/** Bytes of the quoted packet where an error says how many: "in 64-bit words" (RFC 4884, section 4). 0: it does not. */
function quotedBytes(view: DataView, start: number): number {
  const t = type(view, start);
  return t === ICMPV6_TYPE.destinationUnreachable || t === ICMPV6_TYPE.timeExceeded
    ? view.getUint8(start + QUOTED_WORDS) << 3
    : 0;
}

/** Where an error's extensions start, or 0. */
function extensionsOf(view: DataView, start: number, end: number): number {
  const t = type(view, start);
  if (t !== ICMPV6_TYPE.destinationUnreachable && t !== ICMPV6_TYPE.timeExceeded) return 0;
  return extensionsAt(view, start, end, quotedBytes(view, start));
}

const findExtensions: FindExtensions = (view, start, stack, layer) => {
  const end = stack.layerEnd(layer);
  if (type(view, start) !== ICMPV6_TYPE.extendedEchoRequest) return extensionsOf(view, start, end);
  return start + HEADER + 4 <= end ? start + HEADER : 0;
};

function isExtendedEcho(view: DataView, start: number): boolean {
  return (type(view, start) & 0xfe) === ICMPV6_TYPE.extendedEchoRequest;
}

function isNodeInformation(view: DataView, start: number): boolean {
  return type(view, start) === ICMPV6_TYPE.nodeQuery || type(view, start) === ICMPV6_TYPE.nodeReply;
}

const icmpv6TypeNames: Readonly<Record<number, string>> = {
  1: 'Destination Unreachable',
  2: 'Packet Too Big',
  3: 'Time Exceeded',
  4: 'Parameter Problem',
  100: 'Private experimentation',
  101: 'Private experimentation',
  127: 'Reserved for expansion of ICMPv6 error messages',
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
  140: 'Node Information Reply',
  141: 'Inverse Neighbor Discovery Solicitation',
  142: 'Inverse Neighbor Discovery Advertisement',
  143: 'Multicast Listener Report Message v2',
  144: 'Home Agent Address Discovery Request',
  145: 'Home Agent Address Discovery Reply',
  146: 'Mobile Prefix Solicitation',
  147: 'Mobile Prefix Advertisement',
  148: 'Certification Path Solicitation',
  149: 'Certification Path Advertisement',
  150: 'Experimental Mobility',
  151: 'Multicast Router Advertisement',
  152: 'Multicast Router Solicitation',
  153: 'Multicast Router Termination',
  154: 'FMIPv6',
  155: 'RPL Control',
  156: 'Locator Update',
  157: 'Duplicate Address Request',
  158: 'Duplicate Address Confirmation',
  159: 'MPL Control Message',
  160: 'Extended Echo request',
  161: 'Extended Echo reply',
  200: 'Private experimentation',
  201: 'Private experimentation',
  255: 'Reserved for expansion of ICMPv6 informational messages',
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

/** What the codes of a type mean. */
const codeNames: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [ICMPV6_TYPE.destinationUnreachable]: unreachableCodeNames,
  [ICMPV6_TYPE.timeExceeded]: { 0: 'hop limit exceeded in transit', 1: 'fragment reassembly time exceeded' },
  [ICMPV6_TYPE.parameterProblem]: {
    0: 'erroneous header field encountered',
    1: 'unrecognized Next Header type encountered',
    2: 'unrecognized IPv6 option encountered',
    3: 'IPv6 First Fragment has incomplete IPv6 Header Chain',
    4: 'SR Upper-layer Header Error',
  },
  138: { 0: 'Command', 1: 'Result', 255: 'Sequence Number Reset' },
  [ICMPV6_TYPE.nodeQuery]: {
    0: 'Query subject = IPv6 addresses',
    1: 'Query subject = DNS name',
    2: 'Query subject = IPv4 addresses',
  },
  [ICMPV6_TYPE.nodeReply]: { 0: 'Successful', 1: 'Refused', 2: 'Unknown query type' },
  [ICMPV6_TYPE.rpl]: {
    0: 'DODAG Information Solicitation',
    1: 'DODAG Information Object',
    2: 'Destination Advertisement Object',
    3: 'Destination Advertisement Object Acknowledgment',
    128: 'Secure DODAG Information Solicitation',
    129: 'Secure DODAG Information Object',
    130: 'Secure Destination Advertisement Object',
    131: 'Secure Destination Advertisement Object Acknowledgment',
    138: 'Consistency Check',
  },
  [ICMPV6_TYPE.extendedEchoRequest]: { 0: 'No error' },
  [ICMPV6_TYPE.extendedEchoReply]: extendedEchoCodeNames,
};

const nodeQueryNames: Readonly<Record<number, string>> = {
  0: 'NOOP',
  1: 'Supported query types (Obsolete)',
  2: 'Node Name',
  3: 'Node addresses',
  4: 'IPv4 node addresses',
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
  mayHaveItems: (view, start) => !isEcho(view, start),
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
      { when: (view, start) => isEcho(view, start) || isExtendedEcho(view, start) },
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
    hex('nd.ra.flag', 5, 8, 'Flags', 'All flags in one number.', {
      hidden: true,
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    flag('nd.ra.flag.m', 40, 'Managed address configuration', 'Addresses come by DHCPv6.', {
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    flag('nd.ra.flag.o', 41, 'Other configuration', 'Other things come by DHCPv6.', {
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    flag('nd.ra.flag.h', 42, 'Home Agent', 'The router serves mobile hosts.', {
      hidden: true,
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    bits('nd.ra.flag.prf', 43, 2, 'Default Router Preference', 'Before other routers, or after.', {
      when: is(ICMPV6_TYPE.routerAdvertisement),
      values: routerPreferenceNames,
      reference: 'RFC 4191',
    }),
    uint('nd.ra.router_lifetime', 6, 16, 'Router lifetime (s)', 'For how long this is a default router.', {
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    uint(
      'nd.ra.reachable_time',
      8,
      32,
      'Reachable time (ms)',
      'For how long a neighbour that answered counts as there.',
      {
        when: is(ICMPV6_TYPE.routerAdvertisement),
      },
    ),
    uint('nd.ra.retrans_timer', 12, 32, 'Retrans timer (ms)', 'After how long a solicitation is repeated.', {
      when: is(ICMPV6_TYPE.routerAdvertisement),
    }),
    hex('nd.na.flag', 4, 32, 'Flags', 'All flags in one number.', {
      hidden: true,
      when: is(ICMPV6_TYPE.neighborAdvertisement),
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
    ...listenerFields,
    ...neighborOptionFields(optionsStart),
    uint(
      'length_field',
      QUOTED_WORDS,
      8,
      'Length of original datagram',
      'In units of 8 bytes; what follows are extensions.',
      {
        filter: 'icmpv6.length',
        when: (view, start) => quotedBytes(view, start) !== 0,
        reference: 'RFC 4884, section 4',
      },
    ),
    uint('ni.qtype', 4, 16, 'Qtype', 'What is asked of the node.', {
      when: isNodeInformation,
      values: nodeQueryNames,
      reference: 'RFC 4620',
    }),
    hex('ni.flag', 6, 16, 'Flags', 'Which of its addresses are meant.', {
      when: isNodeInformation,
      reference: 'RFC 4620',
    }),
    uint('mcast_ra.query_interval', 4, 16, 'Query Interval', 'In seconds.', {
      when: is(ICMPV6_TYPE.multicastRouterAdvertisement),
      reference: 'RFC 4286',
    }),
    uint('mcast_ra.robustness_variable', 6, 16, 'Robustness Variable', 'How often messages are repeated.', {
      when: is(ICMPV6_TYPE.multicastRouterAdvertisement),
      reference: 'RFC 4286',
    }),
    ...extendedEchoFields(
      isExtendedEcho,
      is(ICMPV6_TYPE.extendedEchoRequest),
      is(ICMPV6_TYPE.extendedEchoReply),
    ),
    ...extensionFields(findExtensions),
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
    const reason = codeNames[messageType]?.[code(view, start)];
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
    if (available < MINIMUM_MESSAGE) {
      return stack.tooShort(offset, MINIMUM_MESSAGE, available, 'ICMPv6 header');
    }
    const messageType = view.getUint8(offset);
    const needed = fixedPart(messageType);
    if (available < needed) return stack.tooShort(offset, needed, available, 'ICMPv6 message');
    if (quotes(messageType)) {
      const extensions = extensionsOf(view, offset, end);
      stack.quotedEnd = extensions === 0 ? end : extensions;
      return (HEADER << HEADER_SHIFT) | stack.tables.etherType[IPV6_ETHERTYPE] | QUOTED;
    }
    if (messageType < ICMPV6_TYPE.listenerQuery) return (HEADER << HEADER_SHIFT) | DATA;
    checkListenerMessage(stack, view, offset, end);
    const options = optionsStart(view, offset);
    if (options !== 0) checkNeighborOptions(stack, view, offset + options, end);
    // Options and lists are part of the message, and nothing follows; more than a header can hold is nobody's message.
    return (Math.min(available, LONGEST_MESSAGE) << HEADER_SHIFT) | DATA;
  },
};
