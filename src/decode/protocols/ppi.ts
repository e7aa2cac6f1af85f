/**
 * Per-Packet Information (LINKTYPE_PPI; CACE PPI Packet Header Specification 1.0.7): what a capture knew of a packet, in fields of a type and a
 * length each. Numbers are little-endian.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    Version    |     Flags     |            Length             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Link type of what follows                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, hex, span, uint } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const LEAST_HEADER = 8;
const LENGTH = 2;
const LINK_TYPE = 4;
const LARGEST_LINK_TYPE = 0xffff;

export const ppi: Protocol = {
  name: 'ppi',
  title: 'PPI Packet Header',
  short: 'PPI',
  reference: 'LINKTYPE_PPI',
  osi: 2,
  about:
    'Not a header from the network: what the capturing program knew about the packet, such as its location.',
  attach: [{ table: 'link', values: [192] }],
  fields: [
    uint('version', 0, 8, 'Version', '0.'),
    hex('flags', 1, 8, 'Flags', 'Bit 0: the fields are aligned to four bytes.'),
    uint('header_length', LENGTH, 16, 'Header length', 'The number of bytes before the packet.', {
      filter: 'ppi.length',
      read: (view, start) => view.getUint16(start + LENGTH, true),
    }),
    uint('dlt', LINK_TYPE, 32, 'DLT', 'Which header the packet starts with: 1 is Ethernet, 105 Wi-Fi.', {
      read: (view, start) => view.getUint32(start + LINK_TYPE, true),
    }),
    byteString(
      'fields',
      'Fields',
      'What was known about the packet; not decoded.',
      (_view, _start, stack, layer) => span(LEAST_HEADER, stack.headerLength(layer) - LEAST_HEADER),
      { when: (_view, _start, stack, layer) => stack.headerLength(layer) > LEAST_HEADER },
    ),
  ],
  summary(out, view, start) {
    out.text('Link type ');
    out.uint(view.getUint32(start + LINK_TYPE, true));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < LEAST_HEADER) return stack.tooShort(offset, LEAST_HEADER, available, 'PPI header');
    const length = view.getUint16(offset + LENGTH, true);
    if (length < LEAST_HEADER || length > 0x7fff) {
      return stack.malformed(
        offset + LENGTH,
        'PPI header length is below 8 bytes or above 32,767',
        LEAST_HEADER,
        length,
      );
    }
    if (length > available) return stack.tooShort(offset, length, available, 'PPI header');
    const linkType = view.getUint32(offset + LINK_TYPE, true);
    return (length << HEADER_SHIFT) | (linkType <= LARGEST_LINK_TYPE ? stack.tables.link[linkType] : DATA);
  },
};
