/**
 * VLAN tag: IEEE 802.1Q and 802.1ad (IEEE Std 802.1Q-2022, 9.6).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | PCP |D|    VLAN Identifier    |        EtherType / Length     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { entryBehindType, SMALLEST_TYPE } from './ether-type.ts';

const HEADER = 4;
const TYPE = 2;

export function identifier(view: DataView, start: number): number {
  return view.getUint16(start) & 0xfff;
}

function isType(view: DataView, start: number): boolean {
  return view.getUint16(start + TYPE) >= SMALLEST_TYPE;
}

const fields = (typeFilter: string, dei: Pick<Field, 'isNumber'> = {}): readonly Field[] => [
  bits('priority', 0, 3, 'Priority', 'The priority of the frame, 0 to 7.'),
  flag(
    'dei',
    3,
    'Drop Eligible Indicator',
    'The frame may be dropped first when the network is congested.',
    dei,
  ),
  bits('id', 4, 12, 'VLAN Identifier', 'The virtual LAN: 1 to 4094; 0 carries only a priority.'),
  hex('etype', TYPE, 16, 'Type', 'What the frame carries after the tag.', {
    filter: typeFilter,
    values: etherTypeNames,
    when: isType,
  }),
  uint('len', TYPE, 16, 'Length', 'The length of the payload in an 802.3 frame.', {
    when: (view, start) => !isType(view, start),
  }),
];

const summary: NonNullable<Protocol['summary']> = (out, view, start) => {
  out.text('VLAN ');
  out.uint(identifier(view, start));
};

const decode: Protocol['decode'] = (stack, view, offset, end) => {
  if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'VLAN tag');
  return (HEADER << HEADER_SHIFT) | entryBehindType(stack, view, offset + TYPE, end);
};

export const vlan: Protocol = {
  name: 'vlan',
  title: '802.1Q Virtual LAN',
  short: 'VLAN',
  reference: 'IEEE 802.1Q',
  osi: 2,
  about: 'A tag in an Ethernet frame that says which virtual network on the same switches it belongs to.',
  // 802.1Q, and the number that switches used for the outer of two tags before 802.1ad.
  attach: [{ table: 'ethertype', values: [0x8100, 0x9100] }],
  fields: fields('vlan.etype'),
  summary,
  decode,
};

/** The outer tag of two, with the same layout and an EtherType of its own. */
export const providerBridge: Protocol = {
  name: 'ieee8021ad',
  title: 'IEEE 802.1ad',
  short: 'QinQ',
  reference: 'IEEE 802.1ad',
  osi: 2,
  about:
    'The outer of two VLAN tags: a provider puts it before its customer’s tag, so that both can choose their own numbers.',
  attach: [{ table: 'ethertype', values: [0x88a8] }],
  // Wireshark's filter name for it comes from 802.1ah, whose dissector it shares.
  fields: fields('ieee8021ah.etype', { isNumber: true }),
  summary,
  decode,
};
