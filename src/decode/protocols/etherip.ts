/**
 * EtherIP: Ethernet frames in IP (RFC 3378, section 3).
 *
 *  0                   1
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|        Reserved       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits } from '../fields.ts';
import { HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 2;
const LINKTYPE_ETHERNET = 1;

export const etherIp: Protocol = {
  name: 'etherip',
  title: 'Ethernet over IP',
  short: 'EtherIP',
  reference: 'RFC 3378, section 3',
  about: 'Ethernet frames directly in IP, with a header of two bytes: used by BSD bridges across networks.',
  attach: [{ table: 'ip.proto', values: [97], tunnel: 'protocol' }],
  fields: [
    bits('ver', 0, 4, 'Version', 'Always 3.'),
    {
      key: 'reserved',
      label: 'Reserved',
      about: 'Must be zero.',
      kind: 'hex',
      bit: 4,
      width: 12,
      digits: 4,
    },
  ],
  summary(out, view, start) {
    out.text('Version ');
    out.uint(view.getUint8(start) >> 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'EtherIP header');
    if (view.getUint8(offset) >> 4 !== 3) return stack.malformed(offset, 'EtherIP version is not 3');
    return (HEADER << HEADER_SHIFT) | stack.tables.link[LINKTYPE_ETHERNET];
  },
};
