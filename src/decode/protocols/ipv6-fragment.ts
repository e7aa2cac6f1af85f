/**
 * IPv6's Fragment header (RFC 8200, 4.5).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Identification                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex, uint } from '../fields.ts';
import { ipProtocolNames } from '../names.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 8;
const OFFSET_AND_FLAGS = 2;
const IDENTIFICATION = 4;
const MORE_FRAGMENTS = 1;

/** In bytes: the field counts 8-byte units in its upper 13 bits. */
export function fragmentOffset(view: DataView, start: number): number {
  return view.getUint16(start + OFFSET_AND_FLAGS) & 0xfff8;
}

export function hasMoreFragments(view: DataView, start: number): boolean {
  return (view.getUint16(start + OFFSET_AND_FLAGS) & MORE_FRAGMENTS) !== 0;
}

export const ipv6Fragment: Protocol = {
  name: 'ipv6.fraghdr',
  title: 'Fragment Header for IPv6',
  short: 'Fragment',
  reference: 'RFC 8200, section 4.5',
  osi: 3,
  about:
    'This packet is a fragment of a larger one. Only the first fragment has the header of what is carried.',
  attach: [{ table: 'ip.proto', values: [44] }],
  fields: [
    uint('nxt', 0, 8, 'Next header', 'What the whole packet carries after this header.', {
      values: ipProtocolNames,
    }),
    hex('reserved_octet', 1, 8, 'Reserved octet', 'Must be zero.', { hidden: true }),
    // JSON's `offset` and `length` are every layer's own.
    bits(
      'offset_field',
      16,
      13,
      'Offset',
      'The position of this fragment in the packet, in units of 8 bytes.',
      { filter: 'ipv6.fraghdr.offset' },
    ),
    bits('reserved_bits', 29, 2, 'Reserved bits', 'Must be zero.', { hidden: true }),
    flag('more', 31, 'More Fragments', 'More fragments of this packet follow.'),
    hex('ident', IDENTIFICATION, 32, 'Identification', 'Identifies the fragments of one packet.'),
  ],
  summary(out, view, start) {
    out.text('id=0x');
    out.hex(view.getUint32(start + IDENTIFICATION), 8);
    out.text(' offset=');
    out.uint(fragmentOffset(view, start));
    out.text(hasMoreFragments(view, start) ? ' more' : ' last');
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'IPv6 fragment header');
    const at = fragmentOffset(view, offset);
    if (at !== 0 || hasMoreFragments(view, offset)) stack.markFragment();
    if (at !== 0) return (HEADER << HEADER_SHIFT) | DATA;
    return (HEADER << HEADER_SHIFT) | stack.tables.ipProtocol[view.getUint8(offset)];
  },
};
