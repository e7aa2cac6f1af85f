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
import { etherAddress, flag, hex, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { FRAME_TYPE, provenArp, provenIpv4, provenIpv6, resemblesCarried } from '../proof.ts';
import { type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { entryBehindType, LARGEST_LENGTH, SMALLEST_TYPE } from './ether-type.ts';

const HEADER = 14;
const TYPE = 12;

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

function resembles(view: DataView, offset: number, end: number): boolean {
  return resemblesCarried(view, offset, end, FRAME_TYPE);
}

/** What the first byte of an address says of it, under the address's name or under one for both. */
function addressBits(prefix: string, bit: number): readonly Field[] {
  return [
    flag(
      `${prefix}lg`,
      bit + 6,
      'LG bit',
      'Set if the address is locally administered, not assigned by the card’s manufacturer.',
      {
        hidden: true,
      },
    ),
    flag(`${prefix}ig`, bit + 7, 'IG bit', 'Set if the address is a group address: broadcast or multicast.', {
      hidden: true,
    }),
  ];
}

export const ethernet: Protocol = {
  name: 'eth',
  title: 'Ethernet II',
  short: 'Ethernet',
  reference: 'IEEE 802.3, clause 3',
  osi: 2,
  about:
    'The frame that carries a packet over one link, from one network card to the next. Routers take it off and put a new one on.',
  attach: [
    { table: 'link', values: [1] },
    // "Transparent Ethernet bridging": what GRE and GENEVE call a frame that they carry.
    { table: 'ethertype', values: [0x6558] },
    // "Ethernet": what SRv6 calls a frame that it carries (RFC 8986, 4.9).
    { table: 'ip.proto', values: [143], tunnel: 'protocol' },
    { table: 'udp.guess', prove: proven, resembles },
    { table: 'decode-as', name: 'eth' },
  ],
  fields: [
    etherAddress('dst', 0, 'Destination', 'The network card on this link that the frame is for.'),
    etherAddress('src', 6, 'Source', 'The network card on this link that sent the frame.'),
    etherAddress('dst', 0, 'Address', 'Destination or source address.', { filter: 'eth.addr', hidden: true }),
    etherAddress('src', 6, 'Address', 'Destination or source address.', { filter: 'eth.addr', hidden: true }),
    ...['dst', 'src'].flatMap((end, i) => [...addressBits(`${end}.`, i * 48), ...addressBits('', i * 48)]),
    hex('type', TYPE, 16, 'Type', 'What the frame carries: 0x0800 is IPv4, 0x86dd is IPv6, 0x0806 is ARP.', {
      values: etherTypeNames,
      when: (view, start) => type(view, start) >= SMALLEST_TYPE || type(view, start) === 0,
    }),
    uint('len', TYPE, 16, 'Length', 'The length of the payload in an 802.3 frame, without padding.', {
      when: (view, start) => type(view, start) <= LARGEST_LENGTH && type(view, start) !== 0,
    }),
    hex(
      'invalid_lentype',
      TYPE,
      16,
      'Invalid length/type',
      'Too large for a length and too small for a type.',
      {
        when: (view, start) => type(view, start) > LARGEST_LENGTH && type(view, start) < SMALLEST_TYPE,
      },
    ),
  ],
  summary(out, view, start) {
    const value = type(view, start);
    out.text(value >= SMALLEST_TYPE ? 'EtherType 0x' : '802.3 length 0x');
    out.hex(value, 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Ethernet header');
    // A frame of no bytes is none: what is behind the zero is what the frame holds.
    if (type(view, offset) === 0) return (HEADER << HEADER_SHIFT) | stack.tables.etherType[0];
    return (HEADER << HEADER_SHIFT) | entryBehindType(stack, view, offset + TYPE, end);
  },
};
