/**
 * Point-to-Point Protocol (RFC 1661, section 2), with the address and control of HDLC-like framing (RFC 1662, 3.1) where
 * they were not left out.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Address 0xff  | Control 0x03  |      Protocol (8 or 16 bits)  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { hex } from '../fields.ts';
import { type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const FRAMING = 2;
const ADDRESS = 0xff;
/** "PPP in HDLC-like framing …, or Cisco PPP with HDLC framing" (https://www.tcpdump.org/linktypes.html). */
const LINKTYPE_PPP_HDLC = 50;
const LINKTYPE_C_HDLC = 104;

/** Cisco HDLC's addresses, for one and for all. */
const isCisco = (address: number): boolean => address === 0x0f || address === 0x8f;

/** IANA's PPP numbers, those that are met. */
const pppProtocolNames: Readonly<Record<number, string>> = {
  33: 'Internet Protocol version 4',
  61: 'Multilink',
  87: 'Internet Protocol version 6',
  253: 'Compressed datagram',
  641: 'MPLS Unicast',
  643: 'MPLS Multicast',
  32801: 'Internet Protocol Control Protocol',
  32851: 'Encryption Control Protocol',
  32855: 'IPv6 Control Protocol',
  33021: 'Compression Control Protocol',
  33409: 'MPLS Control Protocol',
  49185: 'Link Control Protocol',
  49187: 'Password Authentication Protocol',
  49189: 'Link Quality Report',
  49699: 'Challenge Handshake Authentication Protocol',
  49703: 'Extensible Authentication Protocol',
};

/** No protocol number starts with 0xff: what does is the address. */
const isFramed: NonNullable<Field['when']> = (view, start) => view.getUint8(start) === ADDRESS;

/** "the least significant bit of the least significant octet MUST equal 1": where the first byte's does, it stands alone. */
function protocolLength(view: DataView, at: number): 1 | 2 {
  return (view.getUint8(at) & 1) === 1 ? 1 : 2;
}

function protocolAt(view: DataView, at: number): number {
  return protocolLength(view, at) === 1 ? view.getUint8(at) : view.getUint16(at);
}

const protocol: NonNullable<Field['read']> = (view, start, stack, layer) =>
  protocolAt(view, isFramed(view, start, stack, layer) ? start + FRAMING : start);

export const ppp: Protocol = {
  name: 'ppp',
  title: 'Point-to-Point Protocol',
  short: 'PPP',
  reference: 'RFC 1661, section 2',
  osi: 2,
  about:
    'Carries packets between the two ends of a line, which first agree on the settings; today the line is mostly a tunnel.',
  attach: [
    { table: 'ethertype', values: [0x880b] },
    // LINKTYPE_PPP is the first.
    { table: 'link', values: [9, LINKTYPE_PPP_HDLC] },
  ],
  fields: [
    hex('address', 0, 8, 'Address', '0xff: all stations; there is only one.', { when: isFramed }),
    hex('control', 1, 8, 'Control', '0x03: an unnumbered frame.', { when: isFramed }),
    hex('proto', 0, 16, 'Protocol', 'What follows: 0x0021 is IPv4, 0x0057 IPv6, 0xc021 sets up the line.', {
      filter: 'ppp.protocol',
      values: pppProtocolNames,
      read: protocol,
    }),
  ],
  summary(out, view, start, stack, layer) {
    const value = protocol(view, start, stack, layer);
    const name = pppProtocolNames[value];
    if (name !== undefined) {
      out.text(name);
      return;
    }
    out.text('Protocol 0x');
    out.hex(value, 4);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < 1) return stack.tooShort(offset, 1, available, 'PPP header');
    const { link } = stack.tables;
    if (
      offset === stack.packetStart &&
      isCisco(view.getUint8(offset)) &&
      stack.linkType === LINKTYPE_PPP_HDLC
    ) {
      return link[LINKTYPE_C_HDLC];
    }
    const at = offset + (view.getUint8(offset) === ADDRESS ? FRAMING : 0);
    if (at >= end) return stack.tooShort(offset, FRAMING + 1, available, 'PPP header');
    const length = at - offset + protocolLength(view, at);
    if (available < length) return stack.tooShort(offset, length, available, 'PPP header');
    return (length << HEADER_SHIFT) | stack.tables.pppProtocol[protocolAt(view, at)];
  },
};
