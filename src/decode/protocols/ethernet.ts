/**
 * Ethernet II and IEEE 802.3 (IEEE Std 802.3-2022, 3.1.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Destination (48 bits)                    |
 * +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+         Source (48 bits)      +
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         EtherType / Length    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { etherTypeNames } from '../names.ts';
import { provenArp, provenIpv4, provenIpv6 } from '../proof.ts';
import { etherAddress, HEADER_SHIFT, hex, type Protocol, uint } from '../protocol.ts';

const HEADER = 14;
const TYPE = 12;
/** "The value of this field is greater than or equal to 1536 decimal" where it is a type and not a length (802.3, 3.2.6). */
const SMALLEST_TYPE = 1536;
const LARGEST_LENGTH = 1500;
/** Linux's number for LLC among EtherTypes, where no real one can be (linux/if_ether.h). */
const ETH_P_802_2 = 4;

export function type(view: DataView, start: number): number {
  return view.getUint16(start + TYPE);
}

function proven(view: DataView, offset: number, end: number): boolean {
  if (end - offset < HEADER + 20) return false;
  // A sender's address is never a group address, which spares most payloads the rest.
  if ((view.getUint8(offset + 6) & 1) !== 0) return false;
  switch (type(view, offset)) {
    case 0x0800:
      return provenIpv4(view, offset + HEADER, end);
    case 0x86dd:
      return provenIpv6(view, offset + HEADER, end);
    case 0x0806:
      return provenArp(view, offset, offset + HEADER, end);
    default:
      return false;
  }
}

export const ethernet: Protocol = {
  name: 'eth',
  title: 'Ethernet II',
  short: 'Ethernet',
  reference: 'IEEE 802.3',
  about:
    'The frame that carries a packet over one link, from one network card to the next. Routers take it off and put a new one on.',
  attach: [
    { table: 'link', values: [1] },
    { table: 'udp.guess', prove: proven },
    { table: 'decode-as', name: 'eth' },
  ],
  fields: [
    etherAddress('dst', 0, 'Destination', 'The network card on this link that the frame is for.'),
    etherAddress('src', 6, 'Source', 'The network card on this link that sent the frame.'),
    hex('type', TYPE, 16, 'Type', 'What the frame carries: 0x0800 is IPv4, 0x86dd is IPv6, 0x0806 is ARP.', {
      values: etherTypeNames,
      when: (view, start) => type(view, start) >= SMALLEST_TYPE,
    }),
    uint(
      'len',
      TYPE,
      16,
      'Length',
      'How many bytes of payload follow, in an 802.3 frame: padding is not counted.',
      {
        when: (view, start) => type(view, start) < SMALLEST_TYPE,
      },
    ),
  ],
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Ethernet header');
    const next = type(view, offset);
    if (next < SMALLEST_TYPE) {
      if (next > LARGEST_LENGTH) {
        stack.malformed(
          offset + TYPE,
          'Ethernet type field is neither a length (1500 at most) nor a type (1536 at least)',
        );
        return (HEADER << HEADER_SHIFT) | stack.tables.etherType[0];
      }
      if (offset + HEADER + next < end) stack.end = offset + HEADER + next;
      else if (offset + HEADER + next > end) {
        stack.lengthBeyond(offset + TYPE, next, end - offset - HEADER, '802.3 length');
      }
      return (HEADER << HEADER_SHIFT) | stack.tables.etherType[ETH_P_802_2];
    }
    return (HEADER << HEADER_SHIFT) | stack.tables.etherType[next];
  },
};
