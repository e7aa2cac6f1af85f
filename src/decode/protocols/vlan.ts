/**
 * VLAN tag: IEEE 802.1Q and 802.1ad (IEEE Std 802.1Q-2022, 9.6).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | PCP |D|    VLAN Identifier    |        EtherType / Length     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { etherTypeNames } from '../names.ts';
import { bits, flag, HEADER_SHIFT, hex, type Protocol, uint } from '../protocol.ts';

const HEADER = 4;
const TYPE = 2;
const SMALLEST_TYPE = 1536;
/** Linux's number for LLC among EtherTypes, where no real one can be (linux/if_ether.h). */
const ETH_P_802_2 = 4;

function isType(view: DataView, start: number): boolean {
  return view.getUint16(start + TYPE) >= SMALLEST_TYPE;
}

export const vlan: Protocol = {
  name: 'vlan',
  title: '802.1Q Virtual LAN',
  short: 'VLAN',
  reference: 'IEEE 802.1Q',
  about: 'A tag in an Ethernet frame that says which virtual network on the same switches it belongs to.',
  // 802.1Q, 802.1ad, and the number that switches used for the outer tag before 802.1ad.
  attach: [{ table: 'ethertype', values: [0x8100, 0x88a8, 0x9100] }],
  fields: [
    bits('priority', 0, 3, 'Priority', 'How urgent the frame is, 0 to 7.'),
    flag('dei', 3, 'Drop Eligible Indicator', 'The frame may be dropped first when the network is full.'),
    bits('id', 4, 12, 'VLAN Identifier', 'Which virtual LAN: 1 to 4094; 0 carries a priority only.'),
    hex('etype', TYPE, 16, 'Type', 'What the frame carries behind the tag.', {
      values: etherTypeNames,
      when: isType,
    }),
    uint('len', TYPE, 16, 'Length', 'How many bytes of payload follow, in an 802.3 frame.', {
      when: (view, start) => !isType(view, start),
    }),
  ],
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'VLAN tag');
    const next = view.getUint16(offset + TYPE);
    return (HEADER << HEADER_SHIFT) | stack.tables.etherType[next < SMALLEST_TYPE ? ETH_P_802_2 : next];
  },
};
