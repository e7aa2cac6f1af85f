/**
 * IP Encapsulating Security Payload (RFC 4303, 2): two numbers, and then nothing that could be read without the key.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Security Parameters Index (SPI)                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Sequence Number                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Payload Data (encrypted)                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { hex, uint } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 8;
const SEQUENCE_NUMBER = 4;

export const esp: Protocol = {
  name: 'esp',
  title: 'Encapsulating Security Payload',
  short: 'ESP',
  reference: 'RFC 4303, section 2',
  osi: 3,
  isEncrypted: true,
  about: 'IPsec’s encrypted tunnel. What it carries can’t be read without the key, so the layers end here.',
  attach: [{ table: 'ip.proto', values: [50] }],
  fields: [
    hex(
      'spi',
      0,
      32,
      'Security Parameters Index',
      'Security parameters index: which security association between the two ends, and so which key, this packet belongs to.',
    ),
    uint('sequence', SEQUENCE_NUMBER, 32, 'Sequence', 'Counts the packets, so that none can be replayed.'),
  ],
  summary(out, view, start) {
    out.text('SPI=0x');
    out.hex(view.getUint32(start), 8);
    out.text(' seq=');
    out.uint(view.getUint32(start + SEQUENCE_NUMBER));
  },
  decode(stack, _view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'ESP header');
    return (HEADER << HEADER_SHIFT) | DATA;
  },
};
