/**
 * IP over InfiniBand (RFC 4391, section 6), with the global route header that receivers see in front (LINKTYPE_IPOIB): 40 bytes, of
 * which a packet for one receiver has the last 20 alone, its address.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Global route header or destination address, 40 bytes
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             Type              |           Reserved            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { hex, ipv6Address } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 44;
const TYPE = 40;

const hasRoute: NonNullable<Field['when']> = (view, start) => view.getUint16(start) !== 0;

export const ipoib: Protocol = {
  name: 'ipoib',
  title: 'IP over Infiniband',
  short: 'IPoIB',
  reference: 'RFC 4391, section 6',
  osi: 2,
  about: 'IP packets on InfiniBand, the network of many computing clusters.',
  attach: [{ table: 'link', values: [242] }],
  fields: [
    hex('daddr.qpn', 21, 24, 'Destination QPN', 'The receiver’s queue pair.', {
      when: (view, start) => view.getUint16(start) === 0,
    }),
    hex('grh.sqpn', 5, 24, 'Source QPN', 'The sender’s queue pair.', { when: hasRoute }),
    ipv6Address('grh.sgid', 8, 'Source GID', 'The sender’s address on InfiniBand.', { when: hasRoute }),
    ipv6Address('dgid', 24, 'Destination GID', 'The receiver’s address on InfiniBand.'),
    hex('type', TYPE, 16, 'Type', 'What follows: 0x0800 is IPv4.', { values: etherTypeNames }),
    hex('reserved', 42, 16, 'Reserved', 'Zero.', { hidden: true }),
  ],
  summary(out, view, start) {
    out.text('EtherType 0x');
    out.hex(view.getUint16(start + TYPE), 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'IPoIB header');
    return (HEADER << HEADER_SHIFT) | stack.tables.etherType[view.getUint16(offset + TYPE)];
  },
};
