/**
 * Cisco MetaData (EtherType 0x8909): the security group tag of TrustSec, between a frame's addresses or VLAN tag and what it carries, and
 * in GRE. Cisco has published no specification: this is what Wireshark reads (packet-cisco-metadata.c).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    Version    |    Length     |            Options            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Security Group Tag       |           EtherType           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * In GRE the EtherType stands in front of the version.
 */
import { hex, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { type Field, HEADER_SHIFT, type Layers, type Protocol } from '../protocol.ts';
import { entryBehindType } from './ether-type.ts';

const HEADER = 8;
const ETHER_TYPE = 0x8909;
const TYPE = 6;
const GROUP_TAG = 4;
const TYPE_IN_FRONT = 2;

export function isInGre(stack: Layers, layer: number): boolean {
  return layer > 0 && stack.describe(layer - 1).name === 'gre';
}

/** How much further back everything but the type stands: in GRE the type is in front. */
function shift(stack: Layers, layer: number): number {
  return isInGre(stack, layer) ? TYPE_IN_FRONT : 0;
}

const byte =
  (at: number): NonNullable<Field['read']> =>
  (view, start, stack, layer) =>
    view.getUint8(start + shift(stack, layer) + at);

const word =
  (at: number): NonNullable<Field['read']> =>
  (view, start, stack, layer) =>
    view.getUint16(start + shift(stack, layer) + at);

export const ciscoMetadata: Protocol = {
  name: 'cmd',
  title: 'Cisco MetaData',
  short: 'Cisco MetaData',
  reference: 'Cisco TrustSec, as Wireshark reads it',
  osi: 2,
  about: 'A Cisco tag that says which security group the sender belongs to.',
  attach: [
    { table: 'ethertype', values: [ETHER_TYPE] },
    { table: 'gre.proto', values: [ETHER_TYPE] },
  ],
  fields: [
    uint('version', 0, 8, 'Version', '1.', { read: byte(0) }),
    uint('option_count', 1, 8, 'Length', 'The number of options: 1, the tag.', {
      filter: 'cmd.length',
      read: byte(1),
    }),
    hex('options', 2, 16, 'Options', 'The type of the option: 0x0001 is the tag.', { read: word(2) }),
    uint(
      'sgt',
      GROUP_TAG,
      16,
      'SGT',
      'Security group tag: the group that the sender belongs to. Switches and firewalls filter by groups instead of addresses.',
      { read: word(GROUP_TAG) },
    ),
    hex('type', TYPE, 16, 'Type', 'What follows: 0x0800 is IPv4.', {
      read: (view, start, stack, layer) => view.getUint16(start + (isInGre(stack, layer) ? 0 : TYPE)),
      values: etherTypeNames,
    }),
  ],
  summary(out, view, start, stack, layer) {
    out.text('SGT ');
    out.uint(view.getUint16(start + shift(stack, layer) + GROUP_TAG));
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Cisco MetaData');
    // The layer in front stands in the stack already.
    const entry = isInGre(stack, stack.count)
      ? stack.tables.etherType[view.getUint16(offset)]
      : entryBehindType(stack, view, offset + TYPE, end);
    return (HEADER << HEADER_SHIFT) | entry;
  },
};
