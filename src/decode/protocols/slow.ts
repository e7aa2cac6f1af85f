/**
 * Slow Protocols (IEEE Std 802.3-2022, annex 57A): link aggregation and its like, by the first byte.
 *
 *  0 1 2 3 4 5 6 7
 * +-+-+-+-+-+-+-+-+
 * |    Subtype    |
 * +-+-+-+-+-+-+-+-+
 */
import { hex } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const subtypeNames: Readonly<Record<number, string>> = {
  1: 'LACP',
  2: 'Marker Protocol',
  3: 'OAM',
  10: 'Organization Specific',
};

export const slowProtocols: Protocol = {
  name: 'slow',
  title: 'Slow Protocols',
  short: 'Slow',
  reference: 'IEEE 802.3, annex 57A',
  osi: 2,
  about:
    'Messages between two switches, at most a few a second: above all LACP, which combines several cables into one link.',
  attach: [{ table: 'ethertype', values: [0x8809] }],
  fields: [hex('subtype', 0, 8, 'Subtype', '1 is link aggregation (LACP).', { values: subtypeNames })],
  summary(out, view, start) {
    out.text(subtypeNames[view.getUint8(start)] ?? 'Unknown subtype');
  },
  decode(stack, _view, offset, end) {
    if (end - offset < 1) return stack.tooShort(offset, 1, end - offset, 'slow protocol subtype');
    return (1 << HEADER_SHIFT) | DATA;
  },
};
