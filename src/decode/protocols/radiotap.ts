/**
 * Radiotap (https://www.radiotap.org; LINKTYPE_IEEE802_11_RADIOTAP): what the radio knew of a Wi-Fi frame, in front of it. Numbers
 * are little-endian. Of the fields that the bits announce, flags alone are read: they say what stands behind the frame.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    Version    |      Pad      |            Length             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Fields that are present: bit 31 set where one more word follows
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { flag, hex, uint } from '../fields.ts';
import { type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const LEAST_HEADER = 8;
const LENGTH = 2;
const PRESENT = 4;
const HAS_TIME = 1;
const HAS_FLAGS = 2;
const TIME = 8;
const FRAME_CHECK_AT_END = 0x10;
const PADDED = 0x20;
const FRAME_CHECK = 4;
const LINKTYPE_IEEE802_11 = 105;

/** Where the flags stand, from the header's start; 0 if they are not there. */
function flagsPlace(view: DataView, start: number, end: number): number {
  const present = view.getUint32(start + PRESENT, true);
  if ((present & HAS_FLAGS) === 0) return 0;
  let at = PRESENT;
  while (start + at + 4 <= end && view.getUint32(start + at, true) >>> 31 === 1) at += 4;
  at += 4;
  // Fields are aligned from the header's start, the time to its eight bytes.
  if ((present & HAS_TIME) !== 0) at = ((at + TIME - 1) & -TIME) + TIME;
  return start + at < end ? at : 0;
}

function flags(view: DataView, start: number, end: number): number {
  const at = flagsPlace(view, start, end);
  return at === 0 ? 0 : view.getUint8(start + at);
}

/** Whether the frame's header is padded to a multiple of four bytes. */
export function padsHeader(view: DataView, start: number, end: number): boolean {
  return (flags(view, start, end) & PADDED) !== 0;
}

const isSet =
  (mask: number): NonNullable<Field['read']> =>
  (view, start, stack, layer) =>
    (flags(view, start, stack.payload(layer)) & mask) === 0 ? 0 : 1;

const hasFlags: NonNullable<Field['when']> = (view, start, stack, layer) =>
  flagsPlace(view, start, stack.payload(layer)) > 0;

export const radiotap: Protocol = {
  name: 'radiotap',
  title: 'IEEE 802.11 Radiotap Capture header',
  short: 'Radiotap',
  reference: 'LINKTYPE_IEEE802_11_RADIOTAP',
  osi: 2,
  about:
    'Not a header from the network: what the radio knew about a Wi-Fi frame, such as channel and signal.',
  attach: [{ table: 'link', values: [127] }],
  fields: [
    uint('version', 0, 8, 'Header revision', '0.'),
    uint('pad', 1, 8, 'Header pad', 'Zero.', { hidden: true }),
    uint('header_length', LENGTH, 16, 'Header length', 'The number of bytes before the frame.', {
      filter: 'radiotap.length',
      read: (view, start) => view.getUint16(start + LENGTH, true),
    }),
    hex('flags', 0, 8, 'Flags', 'The flags of the frame.', {
      read: (view, start, stack, layer) => flags(view, start, stack.payload(layer)),
      when: hasFlags,
    }),
    flag('flags.fcs', 0, 'FCS at end', 'The frame’s check sequence (FCS) follows the frame.', {
      read: isSet(FRAME_CHECK_AT_END),
      when: hasFlags,
    }),
    flag('flags.datapad', 0, 'Data Pad', 'The frame’s header is padded to four bytes.', {
      read: isSet(PADDED),
      when: hasFlags,
    }),
  ],
  summary(out, view, start) {
    out.uint(view.getUint16(start + LENGTH, true));
    out.text(' bytes');
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < LEAST_HEADER) return stack.tooShort(offset, LEAST_HEADER, available, 'radiotap header');
    const length = view.getUint16(offset + LENGTH, true);
    if (length < LEAST_HEADER || length > 0x7fff) {
      return stack.malformed(
        offset + LENGTH,
        'radiotap header length is below 8 bytes or above 32,767',
        LEAST_HEADER,
        length,
      );
    }
    if (length > available) return stack.tooShort(offset, length, available, 'radiotap header');
    // A capture that has cut the packet has cut the check sequence first.
    const isWhole = stack.originalLength === stack.packetEnd - stack.packetStart;
    if (isWhole && (flags(view, offset, offset + length) & FRAME_CHECK_AT_END) !== 0) {
      stack.end = Math.max(offset + length, end - FRAME_CHECK);
    }
    return (length << HEADER_SHIFT) | stack.tables.link[LINKTYPE_IEEE802_11];
  },
};
