/**
 * Transmission Control Protocol (RFC 9293, 3.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |       Destination Port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Sequence Number                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Acknowledgment Number                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Data |       |C|E|U|A|P|R|S|F|                               |
 * | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 * |       |       |R|E|G|K|H|T|N|N|                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Checksum            |         Urgent Pointer        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           [Options]                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { CHECKSUM_WORDS } from '../checksum.ts';
import { entryOfEither } from '../dispatch.ts';
import { bits, byteString, flag, hex, span, status, uint } from '../fields.ts';
import { DATA, type Decoding, HEADER_SHIFT, type Layers, type Protocol } from '../protocol.ts';
import { payloadField } from './payload-field.ts';
import { tcpOptionFields } from './tcp-options.ts';
import { transportChecksum } from './transport-checksum.ts';

const MINIMUM_HEADER = 20;
const DATA_OFFSET = 12;
const RESERVED = 0x0e;
const FLAGS = 13;
const CHECKSUM_FIELD = 16;
const IP_PROTOCOL = 6;

export function headerLength(view: DataView, start: number): number {
  return (view.getUint8(start + DATA_OFFSET) >> 4) << 2;
}

/** Where the capture ends before the packet does, IP's length tells how long the segment was. */
export function segmentLength(view: DataView, _start: number, stack: Layers, layer: number): number {
  const payload = stack.payload(layer);
  const here = stack.layerEnd(layer) - payload;
  if (!stack.isIncomplete(layer) || stack.isQuoted(layer)) return here;
  for (let below = layer - 1; below >= 0; below--) {
    const bytes = stack.describe(below).addresses?.bytes;
    if (bytes === undefined) continue;
    const start = stack.start(below);
    const end = bytes === 4 ? view.getUint16(start + 2) : 40 + view.getUint16(start + 4);
    // A length past what was on the wire is a lie, and no bytes.
    const wire = stack.isReassembled(layer) ? start + end : stack.packetStart + stack.originalLength;
    return Math.max(here, Math.min(start + end, wire) - payload);
  }
  return here;
}

/** From the lowest bit up, as Wireshark's info column has them. */
const FLAG_NAMES: readonly string[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

function hasOptions(_view: DataView, _start: number, stack: Layers, layer: number): boolean {
  return stack.headerLength(layer) > MINIMUM_HEADER;
}

/** Of IPv4, with something in front of it. */
const LEAST_PACKET = 24;

export const tcp: Protocol = {
  name: 'tcp',
  title: 'Transmission Control Protocol',
  short: 'TCP',
  reference: 'RFC 9293, section 3.1',
  osi: 4,
  about: 'A reliable stream of bytes between two ports: what is lost is sent again, in order.',
  attach: [{ table: 'ip.proto', values: [IP_PROTOCOL] }],
  leftToCard: { ipProtocol: IP_PROTOCOL, field: CHECKSUM_FIELD },
  mayHaveItems: hasOptions,
  fields: [
    uint('srcport', 0, 16, 'Source Port', 'The sender’s port.'),
    uint(
      'dstport',
      2,
      16,
      'Destination Port',
      'The receiver’s port: it says which program the bytes are for.',
    ),
    uint('srcport', 0, 16, 'Port', 'Source or destination port.', { filter: 'tcp.port', hidden: true }),
    uint('dstport', 2, 16, 'Port', 'Source or destination port.', { filter: 'tcp.port', hidden: true }),
    uint('len', 0, 32, 'TCP Segment Len', 'The length of this segment’s payload in bytes.', {
      hidden: true,
      read: segmentLength,
    }),
    uint('seq_raw', 4, 32, 'Sequence Number', 'The position of this segment’s first byte in the stream.'),
    uint('ack_raw', 8, 32, 'Acknowledgment Number', 'The next byte that the sender of this segment expects.'),
    // Wireshark counts these from a connection's start, which one packet does not show: as it does with relative numbers switched off.
    uint('seq', 4, 32, 'Sequence Number', 'The same, not relative to the connection’s start.', {
      hidden: true,
    }),
    uint('ack', 8, 32, 'Acknowledgment Number', 'The same, not relative to the connection’s start.', {
      hidden: true,
    }),
    bits('hdr_len', 96, 4, 'Header Length', 'The length of the header in bytes: 20, or more with options.', {
      scale: 4,
    }),
    {
      key: 'flags',
      label: 'Flags',
      about: 'All the flags in one number.',
      kind: 'hex',
      bit: 100,
      width: 12,
      hidden: true,
    },
    flag('flags.res', 100, 'Reserved', 'Must be zero.', {
      hidden: true,
      read: (view, start) => ((view.getUint8(start + DATA_OFFSET) & RESERVED) === 0 ? 0 : 1),
    }),
    flag('flags.ae', 103, 'Accurate ECN', 'Accurate ECN; formerly the nonce sum.', {
      hidden: true,
    }),
    flag('flags.cwr', 104, 'CWR', 'Congestion window reduced.'),
    flag('flags.ece', 105, 'ECN-Echo', 'The other side saw a congestion mark.'),
    flag('flags.urg', 106, 'URG', 'The urgent pointer is valid.'),
    flag('flags.ack', 107, 'ACK', 'The acknowledgment number is valid.'),
    flag('flags.push', 108, 'PSH', 'The receiver should hand the bytes to the program at once.'),
    flag('flags.reset', 109, 'RST', 'The connection is refused or aborted.'),
    flag('flags.syn', 110, 'SYN', 'Opens a connection.'),
    flag('flags.fin', 111, 'FIN', 'The sender has no more data.'),
    uint('window_size_value', 14, 16, 'Window', 'How many bytes the sender of this segment can accept.'),
    hex('checksum', CHECKSUM_FIELD, 16, 'Checksum', 'The checksum of addresses, header and payload.'),
    status(
      'checksum.status',
      'Checksum Status',
      'Whether the checksum matches the bytes.',
      CHECKSUM_WORDS,
      (view, start, stack, layer) =>
        transportChecksum(view, start, stack, layer, IP_PROTOCOL, CHECKSUM_FIELD),
    ),
    uint('urgent_pointer', 18, 16, 'Urgent Pointer', 'Where urgent data ends; hardly used.'),
    byteString(
      'options',
      'Options',
      'Maximum segment size, window scale, timestamps and others.',
      (_view, _start, stack, layer) => span(MINIMUM_HEADER, stack.headerLength(layer) - MINIMUM_HEADER),
      { when: hasOptions },
    ),
    ...tcpOptionFields,
    payloadField('TCP payload', 'The bytes of the stream that this segment carries.'),
  ],
  summary(out, view, start, stack, layer) {
    out.uint(view.getUint16(start));
    out.text(' > ');
    out.uint(view.getUint16(start + 2));
    out.text(' [');
    const set = view.getUint8(start + FLAGS);
    let separator = '';
    for (let bit = 0; bit < 8; bit++) {
      if ((set & (1 << bit)) === 0) continue;
      out.text(separator);
      out.text(FLAG_NAMES[bit] as string);
      separator = ', ';
    }
    out.text('] seq=');
    out.uint(view.getUint32(start + 4));
    out.text(' len=');
    out.uint(segmentLength(view, start, stack, layer));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < MINIMUM_HEADER) return stack.tooShort(offset, MINIMUM_HEADER, available, 'TCP header');
    const length = headerLength(view, offset);
    if (length < MINIMUM_HEADER) {
      stack.malformed(offset + DATA_OFFSET, 'TCP data offset is below 20 bytes', MINIMUM_HEADER, length);
      return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
    }
    if (available < length) {
      stack.tooShort(offset, length, available, 'TCP header with options');
      return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
    }
    if (available === length) return (length << HEADER_SHIFT) | DATA;
    const next = entryOfEither(stack.tables.tcpPort, view.getUint16(offset), view.getUint16(offset + 2));
    if (next !== DATA) return (length << HEADER_SHIFT) | next;
    return (length << HEADER_SHIFT) | packetEntry(stack, view, offset, offset + length, end);
  },
};

/** What a segment carries that begins with a packet; DATA where none is proven, or it ends in another segment. */
function packetEntry(stack: Decoding, view: DataView, offset: number, payload: number, end: number): number {
  const { tcpGuesses, tcpStreams } = stack.tables;
  if ((tcpStreams[view.getUint16(offset)] & tcpStreams[view.getUint16(offset + 2)]) !== 0) stack.markStream();
  if (end - payload < LEAST_PACKET) return DATA;
  const first = view.getInt32(payload);
  for (let i = 0; i < tcpGuesses.length; i++) {
    const guess = tcpGuesses[i];
    if ((first & guess.mask) !== guess.bits || !guess.prove(view, payload, end)) continue;
    stack.markStream();
    if (payload + guess.length(view, payload, end) <= end) return guess.entry;
  }
  return DATA;
}
