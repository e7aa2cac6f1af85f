/**
 * Generic UDP Encapsulation (draft-ietf-intarea-gue-09, section 3), as Linux has it. Variant 1 has no header: an IP packet's own
 * version stands where the variant would.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | 0 |C|   Hlen  |  Proto/ctype  |             Flags             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                  Extensions Fields (optional)                 ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, byteString, flag, hex, span, uint } from '../fields.ts';
import { ipProtocolNames } from '../names.ts';
import { BY_MASK, DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const FIXED_HEADER = 4;
const PROTOCOL = 1;
const CONTROL = 0x20;

/** In bytes: Hlen counts the words behind the first. */
function headerLength(view: DataView, start: number): number {
  return FIXED_HEADER + ((view.getUint8(start) & 0x1f) << 2);
}

export const gue: Protocol = {
  name: 'gue',
  title: 'Generic UDP Encapsulation',
  short: 'GUE',
  reference: 'draft-ietf-intarea-gue-09, section 3',
  about:
    'Puts any IP protocol into UDP, so that routers spread it over their paths; Linux offers it besides plain FOU.',
  attach: [
    { table: 'udp.port', values: [6080], tunnel: 'port' },
    { table: 'decode-as', name: 'gue' },
  ],
  fields: [
    bits('variant', 0, 2, 'Variant', '0; variant 1 is an IP packet without this header.'),
    flag('control', 2, 'Control (C)', 'A control message between the ends, not user traffic.'),
    bits('hlen', 3, 5, 'Header Length', 'The length of the extensions after the first four bytes.', {
      scale: 4,
    }),
    uint('proto', PROTOCOL, 8, 'Protocol', 'What follows, as in an IP header: 4 is IPv4, 41 IPv6, 47 GRE.', {
      values: ipProtocolNames,
    }),
    hex('flags', 2, 16, 'Flags', 'Which extensions are present.'),
    byteString(
      'extensions',
      'Extension Fields',
      'The extensions that the flags announce.',
      (view, start) => span(FIXED_HEADER, headerLength(view, start) - FIXED_HEADER),
      { when: (view, start) => headerLength(view, start) > FIXED_HEADER },
    ),
  ],
  summary(out, view, start) {
    const protocol = view.getUint8(start + PROTOCOL);
    out.text('Protocol ');
    out.uint(protocol);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < FIXED_HEADER) return stack.tooShort(offset, FIXED_HEADER, available, 'GUE header');
    const first = view.getUint8(offset);
    // "The version number of IPv4 (4) or IPv6 (6)": 01 in the variant's place.
    if (first >> 6 === 1) return stack.tables.etherType[first >> 4 === 6 ? 0x86dd : 0x0800];
    if (first >> 6 !== 0) return stack.malformed(offset, 'GUE variant is neither 0 nor 1');
    const length = headerLength(view, offset);
    if (available < length) return stack.tooShort(offset, length, available, 'GUE header with extensions');
    if ((first & CONTROL) !== 0) return (length << HEADER_SHIFT) | DATA;
    // The level that GUE opens is that of what it carries, which opens no second one.
    const next = stack.tables.ipProtocol[view.getUint8(offset + PROTOCOL)];
    return (length << HEADER_SHIFT) | (next & ~BY_MASK);
  },
};
