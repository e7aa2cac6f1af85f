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
import { DATA, HEADER_SHIFT, hex, ipv4Address, type Protocol, QUOTED, status, uint } from '../protocol.ts';

const HEADER = 8;
const CODE = 1;
const IDENTIFIER = 4;
const SEQUENCE_NUMBER = 6;
const IPV4_ETHERTYPE = 0x0800;

export const ICMP_TYPE = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
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

/** Error messages quote the header, and at least 8 bytes more, of the packet that caused them. */
function quotes(messageType: number): boolean {
  return (
    (messageType >= ICMP_TYPE.destinationUnreachable && messageType <= ICMP_TYPE.redirect) ||
    messageType === ICMP_TYPE.timeExceeded ||
    messageType === ICMP_TYPE.parameterProblem
  );
}

/** Echo, and the queries of old that carry the same two numbers (RFC 792, RFC 950). */
function hasIdentifier(view: DataView, start: number): boolean {
  const t = type(view, start);
  return t === 0 || t === 8 || (t >= 13 && t <= 18);
}

export const icmpTypeNames: Readonly<Record<number, string>> = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench (flow control)',
  5: 'Redirect',
  8: 'Echo (ping) request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  15: 'Information request',
  16: 'Information reply',
  17: 'Address mask request',
  18: 'Address mask reply',
};

export const unreachableCodeNames: Readonly<Record<number, string>> = {
  0: 'Network unreachable',
  1: 'Host unreachable',
  2: 'Protocol unreachable',
  3: 'Port unreachable',
  4: 'Fragmentation needed',
  5: 'Source route failed',
  6: 'Destination network unknown',
  7: 'Destination host unknown',
  8: 'Source host isolated',
  9: 'Network administratively prohibited',
  10: 'Host administratively prohibited',
  11: 'Network unreachable for TOS',
  12: 'Host unreachable for TOS',
  13: 'Communication administratively filtered',
  14: 'Host precedence violation',
  15: 'Precedence cutoff in effect',
};

export const icmp: Protocol = {
  name: 'icmp',
  title: 'Internet Control Message Protocol',
  short: 'ICMP',
  reference: 'RFC 792',
  osi: 3,
  about:
    'Ping’s requests and replies, and the errors that routers and hosts send back when a packet can’t go on.',
  attach: [{ table: 'ip.proto', values: [1] }],
  fields: [
    uint('type', 0, 8, 'Type', 'What kind of message: 8 asks for an echo, 0 answers.', {
      values: icmpTypeNames,
    }),
    uint('code', CODE, 8, 'Code', 'Narrows the type: 3/3 is “port unreachable”.'),
    hex('checksum', 2, 16, 'Checksum', 'Over the whole message, header and payload.'),
    status(
      'checksum.status',
      'Checksum Status',
      'Whether the checksum agrees with the bytes.',
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
      'Tells one ping program’s requests from another’s. A reply repeats it.',
      { when: hasIdentifier },
    ),
    uint(
      'seq',
      SEQUENCE_NUMBER,
      16,
      'Sequence Number',
      'Counts the requests. A reply repeats the number of its request.',
      { when: hasIdentifier },
    ),
    uint('ident_le', IDENTIFIER, 16, 'Identifier (LE)', 'The same, as a host that swaps bytes writes it.', {
      hidden: true,
      when: hasIdentifier,
      read: (view, start) => view.getUint16(start + IDENTIFIER, true),
    }),
    uint(
      'seq_le',
      SEQUENCE_NUMBER,
      16,
      'Sequence Number (LE)',
      'The same, as a host that swaps bytes writes it.',
      {
        hidden: true,
        when: hasIdentifier,
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
    uint('pointer', 4, 8, 'Pointer', 'The byte of the quoted packet that was found wrong.', {
      when: (view, start) => type(view, start) === ICMP_TYPE.parameterProblem,
    }),
  ],
  summary(out, view, start) {
    const messageType = type(view, start);
    if (messageType === ICMP_TYPE.echoRequest || messageType === ICMP_TYPE.echoReply) {
      out.text(messageType === ICMP_TYPE.echoRequest ? 'Echo request id=' : 'Echo reply id=');
      out.uint(identifier(view, start));
      out.text(' seq=');
      out.uint(sequenceNumber(view, start));
      return;
    }
    const name = icmpTypeNames[messageType];
    if (name === undefined) {
      out.text('Type ');
      out.uint(messageType);
    } else {
      out.text(name);
    }
    const reason =
      messageType === ICMP_TYPE.destinationUnreachable ? unreachableCodeNames[code(view, start)] : undefined;
    if (reason !== undefined) {
      out.text(': ');
      out.text(reason);
    } else {
      out.text(' code=');
      out.uint(code(view, start));
    }
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'ICMP header');
    if (!quotes(view.getUint8(offset))) return (HEADER << HEADER_SHIFT) | DATA;
    return (HEADER << HEADER_SHIFT) | stack.tables.etherType[IPV4_ETHERTYPE] | QUOTED;
  },
};
