/**
 * Cisco HDLC (LINKTYPE_C_HDLC, https://www.tcpdump.org/linktypes.html; RFC 1547, 4.3.1): EtherTypes on a serial line.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    Address    |    Control    |           Protocol            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { hex } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 4;
const PROTOCOL = 2;
/** Cisco's own serial line address resolution: RARP's number, and another packet. */
const SLARP = 0x8035;

export const ciscoHdlc: Protocol = {
  name: 'chdlc',
  title: 'Cisco HDLC',
  short: 'cHDLC',
  reference: 'RFC 1547',
  about: 'The framing of routers on a serial line: it needs no addresses, as the line has only two ends.',
  attach: [{ table: 'link', values: [104] }],
  fields: [
    hex('address', 0, 8, 'Address', '0x0f is unicast, 0x8f broadcast.', {
      values: { 15: 'Unicast', 143: 'Multicast' },
    }),
    hex('control', 1, 8, 'Control', 'Always 0.'),
    hex('proto', PROTOCOL, 16, 'Protocol', 'What follows: 0x0800 is IPv4, 0x86dd IPv6.', {
      filter: 'chdlc.protocol',
      values: etherTypeNames,
    }),
  ],
  summary(out, view, start) {
    out.text('Protocol 0x');
    out.hex(view.getUint16(start + PROTOCOL), 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Cisco HDLC header');
    const protocol = view.getUint16(offset + PROTOCOL);
    return (HEADER << HEADER_SHIFT) | (protocol === SLARP ? DATA : stack.tables.etherType[protocol]);
  },
};
