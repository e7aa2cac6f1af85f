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
import { hex, status, uint } from '../fields.ts';
import { DATA, HEADER_SHIFT, MOST_HEADER, type Protocol } from '../protocol.ts';
import { extendedEchoFields } from './icmp-extended-echo.ts';
import { extensionFields } from './icmp-extensions.ts';
import {
  CODE,
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
import { ICMPV6_TYPE, icmpv6CodeNames, icmpv6TypeNames, nodeQueryNames } from './icmpv6-names.ts';
import { checkListenerMessage, listenerFields } from './multicast-listener.ts';
import { neighborFields, TARGET } from './neighbor-messages.ts';
import { checkNeighborOptions, neighborOptionFields } from './neighbor-options.ts';
import { transportChecksum } from './transport-checksum.ts';

const CHECKSUM_FIELD = 2;
const QUOTED_WORDS = 4;
/** Bytes that all messages have. */
const MINIMUM_MESSAGE = 4;
const IP_PROTOCOL = 58;
const IPV6_ETHERTYPE = 0x86dd;

function isEcho(view: DataView, start: number): boolean {
  return (type(view, start) & 0xfe) === ICMPV6_TYPE.echoRequest;
}

function isNeighborDiscovery(view: DataView, start: number): boolean {
  const t = type(view, start);
  return t >= ICMPV6_TYPE.routerSolicitation && t <= ICMPV6_TYPE.redirect;
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

const extensions = messageExtensions({
  isExtensible: (messageType) =>
    messageType === ICMPV6_TYPE.destinationUnreachable || messageType === ICMPV6_TYPE.timeExceeded,
  quotedAt: QUOTED_WORDS,
  unit: 8,
  extendedEchoRequest: ICMPV6_TYPE.extendedEchoRequest,
});

function isExtendedEcho(view: DataView, start: number): boolean {
  return (type(view, start) & 0xfe) === ICMPV6_TYPE.extendedEchoRequest;
}

function isNodeInformation(view: DataView, start: number): boolean {
  return type(view, start) === ICMPV6_TYPE.nodeQuery || type(view, start) === ICMPV6_TYPE.nodeReply;
}

export const icmpv6: Protocol = {
  name: 'icmpv6',
  title: 'Internet Control Message Protocol v6',
  short: 'ICMPv6',
  reference: 'RFC 4443, section 2.1',
  osi: 3,
  about: 'Ping and errors for IPv6, and what ARP does for IPv4: finding neighbours and routers on the link.',
  attach: [{ table: 'ip.proto', values: [IP_PROTOCOL] }],
  mayHaveItems: (view, start) => !isEcho(view, start),
  fields: [
    uint('type', 0, 8, 'Type', 'The kind of message: 128 is an echo request, 129 an echo reply.', {
      values: icmpv6TypeNames,
    }),
    uint('code', CODE, 8, 'Code', 'The subtype: 1/4 is “port unreachable”.'),
    hex(
      'checksum',
      CHECKSUM_FIELD,
      16,
      'Checksum',
      'The checksum of the whole message and, unlike ICMP’s, of the IPv6 addresses too.',
    ),
    status(
      'checksum.status',
      'Checksum Status',
      'Whether the checksum matches the bytes.',
      CHECKSUM_WORDS,
      (view, start, stack, layer) =>
        transportChecksum(view, start, stack, layer, IP_PROTOCOL, CHECKSUM_FIELD),
    ),
    hex(
      'echo.identifier',
      IDENTIFIER,
      16,
      'Identifier',
      'Distinguishes the requests of several ping programs. A reply repeats it.',
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
    uint('pointer', 4, 32, 'Pointer', 'The faulty byte of the quoted packet.', {
      when: is(ICMPV6_TYPE.parameterProblem),
    }),
    ...neighborFields,
    ...listenerFields,
    ...neighborOptionFields(optionsStart),
    uint(
      'length_field',
      QUOTED_WORDS,
      8,
      'Length of original datagram',
      'The length of the quoted packet in units of 8 bytes; extensions follow.',
      {
        filter: 'icmpv6.length',
        when: (view, start) => extensions.quotedBytes(view, start) !== 0,
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
    uint('mcast_ra.query_interval', 4, 16, 'Query Interval', 'The lifetime in seconds.', {
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
    ...extensionFields(extensions.find),
  ],
  summary(out, view, start) {
    const messageType = type(view, start);
    if (isEcho(view, start)) {
      writeEcho(out, view, start, messageType === ICMPV6_TYPE.echoRequest);
      return;
    }
    if (writeMeaning(out, view, start, icmpv6TypeNames, icmpv6CodeNames)) return;
    if (
      messageType === ICMPV6_TYPE.neighborSolicitation ||
      messageType === ICMPV6_TYPE.neighborAdvertisement
    ) {
      out.text(' for ');
      out.ipv6(view, start + TARGET);
    } else if (messageType === ICMPV6_TYPE.packetTooBig) {
      out.text(' mtu=');
      out.uint(view.getUint32(start + 4));
    } else {
      writeCode(out, view, start);
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
      return extensions.quote(stack, view, offset, end, stack.tables.etherType[IPV6_ETHERTYPE]);
    }
    if (messageType < ICMPV6_TYPE.listenerQuery) return (HEADER << HEADER_SHIFT) | DATA;
    checkListenerMessage(stack, view, offset, end);
    const options = optionsStart(view, offset);
    if (options !== 0) checkNeighborOptions(stack, view, offset + options, end);
    // Options and lists are part of the message, and nothing follows; more than a header can hold is nobody's message.
    return (Math.min(available, MOST_HEADER) << HEADER_SHIFT) | DATA;
  },
};
