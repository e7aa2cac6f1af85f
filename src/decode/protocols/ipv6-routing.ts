/**
 * IPv6's Routing header (RFC 8200, 4.4), with the addresses of types 0 (RFC 2460, 4.4; deprecated by RFC 5095),
 * 2 (Mobile IPv6: RFC 6275, 6.4) and 4 (Segment Routing: RFC 8754, 2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |  Hdr Ext Len  |  Routing Type | Segments Left |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      type-specific data                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, hex, ipv6Address, ofEach, span, uint } from '../fields.ts';
import { DATA, type Field, HEADER_SHIFT, type Items, type Protocol } from '../protocol.ts';
import { extensionLength } from './ipv6-option-items.ts';
import { extensionFields } from './ipv6-options.ts';
import { OWN_ADDRESS, UNKNOWN_ADDRESS } from './pseudo-address.ts';

const MINIMUM_HEADER = 8;
const TYPE = 2;
const SEGMENTS_LEFT = 3;
const TYPE_SPECIFIC = 4;
const LAST_ENTRY = 4;
const FLAGS = 5;
const TAG = 6;
const ADDRESSES = 8;
const ADDRESS_BYTES = 16;

const SOURCE_ROUTE = 0;
const MOBILE_IPV6 = 2;
const SEGMENT_ROUTING = 4;

/**
 * Where the address stands that transport checksums count as the destination: "the Destination Address used in the
 * pseudo-header is that of the final destination" (RFC 8200, 8.1).
 *
 * @returns its place in `view`; OWN_ADDRESS where no segments are left; or UNKNOWN_ADDRESS
 */
export function finalDestination(view: DataView, start: number): number {
  if (view.getUint8(start + SEGMENTS_LEFT) === 0) return OWN_ADDRESS;
  const length = extensionLength(view, start);
  if (length < ADDRESSES + ADDRESS_BYTES) return UNKNOWN_ADDRESS;
  switch (view.getUint8(start + TYPE)) {
    case SOURCE_ROUTE:
      return start + length - ADDRESS_BYTES;
    // Segment Routing's list is in reverse order: "Segment List[0] contains the last segment" (RFC 8754, 2).
    case MOBILE_IPV6:
    case SEGMENT_ROUTING:
      return start + ADDRESSES;
    default:
      return UNKNOWN_ADDRESS;
  }
}

/** The format of the list: a value of {@link SEGMENT_ROUTING} and its like. */
export function routingType(view: DataView, start: number): number {
  return view.getUint8(start + TYPE);
}

export function isSegmentRouting(view: DataView, start: number): boolean {
  return routingType(view, start) === SEGMENT_ROUTING;
}

/** How many addresses a Segment Routing Header lists: "Last Entry contains the index of the last" (RFC 8754, 2). */
export function segmentCount(view: DataView, start: number, headerLength: number): number {
  const room = Math.floor((headerLength - ADDRESSES) / ADDRESS_BYTES);
  return Math.min(view.getUint8(start + LAST_ENTRY) + 1, Math.max(0, room));
}

/** Where an address of the list stands, from the header's start; 0 is the one that is visited last. */
export function segmentOffset(index: number): number {
  return ADDRESSES + index * ADDRESS_BYTES;
}

const segments: Items = (view, start, stack, layer, visit) => {
  if (!isSegmentRouting(view, start)) return;
  const count = segmentCount(view, start, stack.headerLength(layer));
  for (let index = 0; index < count; index++) visit(start + segmentOffset(index));
};

const ofSegmentRouting: Pick<Field, 'when'> = {
  when: (view, start, stack, layer) =>
    isSegmentRouting(view, start) && stack.headerLength(layer) >= ADDRESSES,
};

export const ipv6Routing: Protocol = {
  name: 'ipv6.routing',
  title: 'Routing Header for IPv6',
  short: 'Routing',
  reference: 'RFC 8200, section 4.4',
  osi: 3,
  about:
    'Nodes that the packet must visit on its path. At each, the next one becomes the destination address of the IPv6 header.',
  attach: [{ table: 'ip.proto', values: [43] }],
  fields: [
    ...extensionFields,
    uint('type', TYPE, 8, 'Type', 'The format of the list of nodes.', {
      values: {
        0: 'Source Route',
        1: 'Nimrod',
        2: 'Type 2',
        3: 'RPL Source Route Header',
        4: 'Segment Routing',
      },
    }),
    uint('segleft', SEGMENTS_LEFT, 8, 'Segments Left', 'How many nodes are still to be visited.'),
    uint(
      'srh.last_entry',
      LAST_ENTRY,
      8,
      'Last Entry',
      'The number of the last address in the list, from 0.',
      ofSegmentRouting,
    ),
    hex('srh.flags', FLAGS, 8, 'Flags', 'None is defined.', ofSegmentRouting),
    byteString('srh.tag', 'Tag', 'Marks packets of one class.', () => span(TAG, 2), ofSegmentRouting),
    ...ofEach('srh.segments', segments, [
      ipv6Address('srh.addr', 0, 'Address', 'A node to be visited; the first in the list is the last.'),
    ]),
    byteString(
      'data',
      'Type-specific Data',
      'The nodes, and other data of this type.',
      (_view, _start, stack, layer) => span(TYPE_SPECIFIC, stack.headerLength(layer) - TYPE_SPECIFIC),
    ),
  ],
  summary(out, view, start) {
    out.text('Routing type ');
    out.uint(view.getUint8(start + TYPE));
    out.text(' segments left ');
    out.uint(view.getUint8(start + SEGMENTS_LEFT));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < MINIMUM_HEADER) {
      return stack.tooShort(offset, MINIMUM_HEADER, available, 'IPv6 routing header');
    }
    const length = extensionLength(view, offset);
    if (available < length) {
      stack.tooShort(offset, length, available, 'IPv6 routing header');
      return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
    }
    return (length << HEADER_SHIFT) | stack.tables.ipProtocol[view.getUint8(offset)];
  },
};
