/**
 * What stands between the labels and the payload of a pseudowire: the control word of Ethernet (RFC 4448, section 4.6), or the
 * header of the associated channel in which the ends talk about the pseudowire itself (RFC 4385, section 5; RFC 5586).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |0 0 0 0|        Reserved       |       Sequence Number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |0 0 0 1|Version|   Reserved    |         Channel Type          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, hex, uint } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 4;
const LINKTYPE_ETHERNET = 1;

const channelTypeNames: Readonly<Record<number, string>> = {
  1: 'Management Communication Channel (MCC)',
  2: 'Signaling Communication Channel (SCC)',
  7: 'BFD Control without IP/UDP Headers',
  33: 'IPv4 packet',
  34: 'MPLS-TP Continuity Check',
  35: 'MPLS-TP Connectivity Verification',
  87: 'IPv6 packet',
};

export const ethernetPseudowire: Protocol = {
  name: 'pwethcw',
  title: 'PW Ethernet Control Word',
  short: 'Pseudowire',
  reference: 'RFC 4448, section 4.6',
  osi: 2,
  about:
    'Ethernet through an MPLS network, as if by one long wire: four bytes before the frame, so that nobody takes it for IP.',
  attach: [{ table: 'mpls.payload', values: [0] }],
  fields: [
    uint('sequence_number', 2, 16, 'Sequence Number', 'Counts the frames; zero if they are not counted.', {
      filter: 'pweth.cw.sequence_number',
    }),
  ],
  summary(out, view, start) {
    out.text('seq=');
    out.uint(view.getUint16(start + 2));
  },
  decode(stack, _view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'pseudowire control word');
    return (HEADER << HEADER_SHIFT) | stack.tables.link[LINKTYPE_ETHERNET];
  },
};

export const associatedChannel: Protocol = {
  name: 'pwach',
  title: 'PW Associated Channel Header',
  short: 'Associated channel',
  reference: 'RFC 5586, section 2',
  osi: 2,
  about:
    'Messages between the ends of a pseudowire or label-switched path about the path itself, mostly that it is alive.',
  attach: [{ table: 'mpls.payload', values: [1] }],
  fields: [
    bits('ver', 4, 4, 'Channel Version', 'Always 0.'),
    hex('res', 1, 8, 'Reserved', 'Must be zero.', { hidden: true }),
    hex('channel_type', 2, 16, 'Channel Type', 'What follows.', { values: channelTypeNames }),
  ],
  summary(out, view, start) {
    out.text('Channel 0x');
    out.hex(view.getUint16(start + 2), 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER)
      return stack.tooShort(offset, HEADER, end - offset, 'associated channel header');
    const { pppProtocol } = stack.tables;
    const type = view.getUint16(offset + 2);
    // IP has the numbers here that it has in PPP.
    return (HEADER << HEADER_SHIFT) | (type === 0x21 || type === 0x57 ? pppProtocol[type] : DATA);
  },
};
