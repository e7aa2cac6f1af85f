/**
 * IP Authentication Header (RFC 4302, 2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Header   |  Payload Len  |          RESERVED             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 Security Parameters Index (SPI)               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Sequence Number Field                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                Integrity Check Value-ICV (variable)           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, hex, span, uint } from '../fields.ts';
import { ipProtocolNames } from '../names.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const MINIMUM_HEADER = 12;
const PAYLOAD_LENGTH = 1;
const SECURITY_PARAMETERS_INDEX = 4;
const SEQUENCE_NUMBER = 8;

/** In bytes: "the length of AH in 32-bit words (4-byte units), minus '2'". */
export function headerLength(view: DataView, start: number): number {
  return (view.getUint8(start + PAYLOAD_LENGTH) + 2) << 2;
}

export const authenticationHeader: Protocol = {
  name: 'ah',
  title: 'Authentication Header',
  short: 'AH',
  reference: 'RFC 4302, section 2',
  osi: 3,
  about:
    'IPsec without encryption: proves who sent the packet and that nobody changed it, but hides nothing.',
  attach: [{ table: 'ip.proto', values: [51] }],
  fields: [
    uint('next_header', 0, 8, 'Next header', 'What follows this header.', { values: ipProtocolNames }),
    uint(
      'length_field',
      PAYLOAD_LENGTH,
      8,
      'Length',
      'The length of this header in units of 4 bytes, minus 2.',
      {
        filter: 'ah.length',
      },
    ),
    hex(
      'spi',
      SECURITY_PARAMETERS_INDEX,
      32,
      'Security Parameters Index',
      'Security parameters index: which security association between the two ends this packet belongs to.',
    ),
    uint('sequence', SEQUENCE_NUMBER, 32, 'Sequence', 'Counts the packets, so that none can be replayed.'),
    byteString(
      'icv',
      'Integrity Check Value',
      'The integrity check value, computed with the key that both ends share.',
      (_view, _start, stack, layer) => span(MINIMUM_HEADER, stack.headerLength(layer) - MINIMUM_HEADER),
      { when: (_view, _start, stack, layer) => stack.headerLength(layer) > MINIMUM_HEADER },
    ),
  ],
  summary(out, view, start) {
    out.text('SPI=0x');
    out.hex(view.getUint32(start + SECURITY_PARAMETERS_INDEX), 8);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < MINIMUM_HEADER) {
      return stack.tooShort(offset, MINIMUM_HEADER, available, 'authentication header');
    }
    const length = headerLength(view, offset);
    if (length < MINIMUM_HEADER) {
      stack.malformed(
        offset + PAYLOAD_LENGTH,
        'authentication header length is below 12 bytes',
        MINIMUM_HEADER,
        length,
      );
      return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
    }
    if (available < length) {
      stack.tooShort(offset, length, available, 'authentication header');
      return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
    }
    return (length << HEADER_SHIFT) | stack.tables.ipProtocol[view.getUint8(offset)];
  },
};
