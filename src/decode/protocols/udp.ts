/**
 * User Datagram Protocol (RFC 768).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |       Destination Port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            Length             |           Checksum            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { CHECKSUM, CHECKSUM_WORDS } from '../checksum.ts';
import { entryOfEither } from '../dispatch.ts';
import type { KnownPrelude } from '../dispatch-tables.ts';
import { hex, status, uint } from '../fields.ts';
import { bytesInFront, IS_FRAME } from '../proof.ts';
import { DATA, type Decoding, HEADER_SHIFT, PROTOCOL_MASK, type Protocol } from '../protocol.ts';
import { payloadField } from './payload-field.ts';
import { transportChecksum } from './transport-checksum.ts';

const HEADER = 8;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const CHECKSUM_FIELD = 6;
const IP_PROTOCOL = 17;

export function sourcePort(view: DataView, start: number): number {
  return view.getUint16(start);
}

export function destinationPort(view: DataView, start: number): number {
  return view.getUint16(start + DESTINATION_PORT);
}

/** Who is known to put these bytes in front of what is proven: there is always one. */
function preludeEntry(stack: Decoding, view: DataView, offset: number, end: number, inFront: number): number {
  const bytes = inFront & ~IS_FRAME;
  const known = stack.tables.udpPreludes[bytes] as readonly KnownPrelude[];
  for (let i = 0; i < known.length; i++) {
    if (known[i].fits(view, offset, end, bytes, bytes !== inFront)) return known[i].entry;
  }
  return DATA;
}

export const udp: Protocol = {
  name: 'udp',
  title: 'User Datagram Protocol',
  short: 'UDP',
  reference: 'RFC 768',
  osi: 4,
  about: 'Port numbers on top of IP, and little else: most tunnels across the internet use it.',
  attach: [{ table: 'ip.proto', values: [IP_PROTOCOL] }],
  leftToCard: { ipProtocol: IP_PROTOCOL, field: CHECKSUM_FIELD },
  fields: [
    uint(
      'srcport',
      0,
      16,
      'Source Port',
      'The sender’s port. Some tunnels choose it by the inner flow, so that routers spread the load.',
    ),
    uint(
      'dstport',
      DESTINATION_PORT,
      16,
      'Destination Port',
      'The receiver’s port: it says which program, and so which tunnel, the payload is for.',
    ),
    uint('srcport', 0, 16, 'Port', 'Source or destination port.', { filter: 'udp.port', hidden: true }),
    uint('dstport', DESTINATION_PORT, 16, 'Port', 'Source or destination port.', {
      filter: 'udp.port',
      hidden: true,
    }),
    uint('length_field', LENGTH, 16, 'Length', 'The length of header and payload in bytes.', {
      filter: 'udp.length',
    }),
    hex(
      'checksum',
      CHECKSUM_FIELD,
      16,
      'Checksum',
      'The checksum of addresses, header and payload; zero means none, which VXLAN allows.',
    ),
    status(
      'checksum.status',
      'Checksum Status',
      'Whether the checksum matches the bytes.',
      CHECKSUM_WORDS,
      (view, start, stack, layer) =>
        view.getUint16(start + CHECKSUM_FIELD) === 0
          ? CHECKSUM.absent
          : transportChecksum(view, start, stack, layer, IP_PROTOCOL, CHECKSUM_FIELD),
    ),
    payloadField('Payload', 'What the datagram carries.'),
  ],
  summary(out, view, start, stack, layer) {
    out.uint(sourcePort(view, start));
    out.text(' > ');
    out.uint(destinationPort(view, start));
    out.text(' len=');
    out.uint(stack.layerEnd(layer) - start - HEADER);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < HEADER) return stack.tooShort(offset, HEADER, available, 'UDP header');
    const length = view.getUint16(offset + LENGTH);
    let payloadEnd = end;
    if (length < HEADER) {
      // Zero stands for a jumbogram's length, or is left to the card by segmentation offload.
      if (length !== 0) {
        // Receivers drop it: what it carries never gets through a tunnel.
        stack.malformed(offset + LENGTH, 'UDP length is below 8 bytes', HEADER, length);
        return (HEADER << HEADER_SHIFT) | DATA;
      }
    } else if (length <= available) {
      payloadEnd = offset + length;
      stack.end = payloadEnd;
    } else {
      stack.lengthBeyond(offset + LENGTH, length, available, 'UDP length');
    }
    const { udpPort, udpEitherPort, udpGuesses, udpSourcePort, udpAnswers } = stack.tables;
    const entry = udpPort[view.getUint16(offset + DESTINATION_PORT)];
    if (entry !== DATA) return (HEADER << HEADER_SHIFT) | entry;
    if (offset + HEADER >= payloadEnd) return (HEADER << HEADER_SHIFT) | DATA;
    const answer = udpAnswers[udpSourcePort[view.getUint16(offset)]];
    const first = payloadEnd - offset >= HEADER + 4 ? view.getInt32(offset + HEADER) : 0;
    const guesses = udpGuesses[view.getUint8(offset + HEADER)];
    for (let i = 0; i < guesses.length; i++) {
      const guess = guesses[i];
      if ((first & guess.mask) !== guess.bits || !guess.prove(view, offset + HEADER, payloadEnd)) continue;
      // What comes from the protocol's own port was no guess.
      const isAnswer = ((answer.entry ^ guess.entry) & PROTOCOL_MASK) === 0;
      return (HEADER << HEADER_SHIFT) | (isAnswer ? answer.entry : guess.entry);
    }
    if (answer.prove(view, offset + HEADER, payloadEnd)) return (HEADER << HEADER_SHIFT) | answer.entry;
    const next = entryOfEither(udpEitherPort, sourcePort(view, offset), destinationPort(view, offset));
    // What has a port of its own is looked at no further.
    if (next !== DATA) return (HEADER << HEADER_SHIFT) | next;
    const inFront = bytesInFront(view, offset + HEADER, payloadEnd);
    if (inFront !== 0) {
      return (HEADER << HEADER_SHIFT) | preludeEntry(stack, view, offset + HEADER, payloadEnd, inFront);
    }
    return (HEADER << HEADER_SHIFT) | DATA;
  },
};
