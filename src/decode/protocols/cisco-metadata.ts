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
import { etherTypeNames } from '../names.ts';
import { type Field, HEADER_SHIFT, hex, type Protocol, uint } from '../protocol.ts';
import { entryBehindType } from './ether-type.ts';

const HEADER = 8;
const ETHER_TYPE = 0x8909;
const TYPE_BEHIND = 6;
const SHIFT_BEHIND_TYPE = 2;
/** From the version on. */
const GROUP_TAG = 4;

/** @param first where the version stands, and `type` where the EtherType does; in bytes */
function description(first: number, type: number): Omit<Protocol, 'attach' | 'decode'> {
  const fields: readonly Field[] = [
    uint('version', first, 8, 'Version', '1.'),
    uint('length', first + 1, 8, 'Length', 'How many options there are: 1, the tag.'),
    hex('options', first + 2, 16, 'Options', 'What the option is: 0x0001 is the tag.'),
    uint(
      'sgt',
      first + GROUP_TAG,
      16,
      'SGT',
      'Security group tag: to which group the sender belongs. Switches and firewalls allow by groups, not by addresses.',
    ),
    hex('type', type, 16, 'Type', 'What follows: 0x0800 is IPv4.', { values: etherTypeNames }),
  ];
  return {
    name: 'cmd',
    title: 'Cisco MetaData',
    short: 'Cisco MetaData',
    reference: 'Cisco TrustSec, as Wireshark reads it',
    osi: 2,
    about: 'A tag of Cisco’s that says to which security group the sender belongs.',
    fields,
    summary(out, view, start) {
      out.text('SGT ');
      out.uint(view.getUint16(start + first + GROUP_TAG));
    },
  };
}

export const ciscoMetadata: Protocol = {
  ...description(0, TYPE_BEHIND),
  attach: [{ table: 'ethertype', values: [ETHER_TYPE] }],
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Cisco MetaData');
    return (HEADER << HEADER_SHIFT) | entryBehindType(stack, view, offset + TYPE_BEHIND, end);
  },
};

/** The same in GRE, where what follows is said first. */
export const ciscoMetadataInGre: Protocol = {
  ...description(SHIFT_BEHIND_TYPE, 0),
  attach: [{ table: 'gre.proto', values: [ETHER_TYPE] }],
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Cisco MetaData');
    return (HEADER << HEADER_SHIFT) | stack.tables.etherType[view.getUint16(offset)];
  },
};
