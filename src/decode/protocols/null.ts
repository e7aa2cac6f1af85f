/**
 * BSD loopback encapsulation: LINKTYPE_NULL, in the byte order of the machine that captured, and OpenBSD's LINKTYPE_LOOP, in
 * network byte order (https://www.tcpdump.org/linktypes.html).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Address family                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { uint } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Layers, type Protocol } from '../protocol.ts';

const HEADER = 4;
const LINKTYPE_LOOP = 108;

const familyNames: Readonly<Record<number, string>> = {
  2: 'IP',
  24: 'IPv6 (NetBSD, OpenBSD)',
  28: 'IPv6 (FreeBSD)',
  30: 'IPv6 (macOS)',
};

export function family(view: DataView, start: number, stack: Layers): number {
  const value = view.getUint32(start);
  // Families are small numbers: one that fills the upper half stands in the other byte order.
  return stack.linkType !== LINKTYPE_LOOP && value > 0xffff ? view.getUint32(start, true) : value;
}

export const nullLoopback: Protocol = {
  name: 'null',
  title: 'Null/Loopback',
  short: 'Null',
  reference: 'LINKTYPE_NULL',
  osi: 2,
  about: 'Four bytes that BSD and macOS put before packets on their loopback interface, to say IPv4 or IPv6.',
  attach: [{ table: 'link', values: [0, LINKTYPE_LOOP] }],
  fields: [
    uint('family', 0, 32, 'Family', 'What follows: 2 is IPv4; IPv6 has another number on each system.', {
      values: familyNames,
      read: family,
    }),
  ],
  summary(out, view, start, stack) {
    out.text('Family ');
    out.uint(family(view, start, stack));
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'loopback header');
    const value = family(view, offset, stack);
    const { etherType } = stack.tables;
    if (value === 2) return (HEADER << HEADER_SHIFT) | etherType[0x0800];
    const isIpv6 = value === 24 || value === 28 || value === 30;
    return (HEADER << HEADER_SHIFT) | (isIpv6 ? etherType[0x86dd] : DATA);
  },
};
