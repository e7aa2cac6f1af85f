/**
 * Multiprotocol Label Switching (RFC 3032, section 2.1): one entry of the label stack, of which there may be several.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                Label                  | Exp |S|       TTL     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Nothing says what follows the last entry. IP is known by its first four bits (RFC 4928, section 3); an Ethernet
 * pseudowire, with or without a control word, only where the bytes of the frame prove it.
 */
import { bits, uint } from '../fields.ts';
import { provenFrame, provenIpv4 } from '../proof.ts';
import { BY, BY_SHIFT, DATA, type Decoding, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 4;
const BOTTOM = 0x100;
const MPLS_ETHERTYPE = 0x8847;
const LINKTYPE_ETHERNET = 1;
const CONTROL_WORD = 4;

/** Labels with a meaning of their own (RFC 3032, 2.1; RFC 6790; RFC 5586). */
const labelNames: Readonly<Record<number, string>> = {
  0: 'IPv4 Explicit-Null',
  1: 'Router Alert',
  2: 'IPv6 Explicit-Null',
  3: 'Implicit-Null',
  7: 'Entropy Label Indicator (ELI)',
  13: 'Generic Associated Channel Label (GAL)',
  14: 'OAM Alert',
  15: 'Extension',
};

export function label(view: DataView, start: number): number {
  return view.getUint32(start) >>> 12;
}

/** Whether an IP header of this frame carries what is being decoded: a tunnel's level is open then already. */
function isInTunnel(stack: Decoding): boolean {
  for (let i = stack.count - 1; i >= 0; i--) {
    const { addresses, name } = stack.describe(i);
    if (addresses !== undefined) return true;
    if (name === 'eth') return false;
  }
  return false;
}

/** The entry of a frame in a pseudowire: straight on a link's labels, a new level. */
function pseudowire(stack: Decoding, entry: number): number {
  return isInTunnel(stack) ? entry : entry | (BY.guess << BY_SHIFT);
}

/** What stands behind the bottom of the label stack. */
function entryBehindBottom(stack: Decoding, view: DataView, at: number, end: number): number {
  if (at >= end) {
    stack.tooShort(at, 1, 0, 'payload after MPLS labels');
    return DATA;
  }
  const { etherType, link, mplsPayload } = stack.tables;
  const first = view.getUint8(at) >> 4;
  const frame = link[LINKTYPE_ETHERNET];
  if (first === 4 && (provenIpv4(view, at, end) || !provenFrame(view, at, end))) return etherType[0x0800];
  if (first === 6 && !provenFrame(view, at, end)) return etherType[0x86dd];
  if (first === 0 && provenFrame(view, at + CONTROL_WORD, end)) return pseudowire(stack, mplsPayload[0]);
  if (first === 1 && !provenFrame(view, at, end)) return mplsPayload[1];
  return provenFrame(view, at, end) ? pseudowire(stack, frame) : DATA;
}

export const mpls: Protocol = {
  name: 'mpls',
  title: 'MultiProtocol Label Switching Header',
  short: 'MPLS',
  reference: 'RFC 3032, section 2.1',
  osi: 2,
  about:
    'A label by which the routers of a provider’s network forward a packet without looking at its addresses. Labels stack: the outer one finds the router, the inner one the customer.',
  attach: [
    // On a link, labels are a way to forward, and the last router before the end takes them off: no tunnel's level opens.
    { table: 'ethertype', values: [0x8847, 0x8848] },
    { table: 'ppp.protocol', values: [0x0281, 0x0283] },
    // RFC 7510 and RFC 4023.
    { table: 'udp.port', values: [6635], tunnel: 'port' },
    { table: 'ip.proto', values: [137], tunnel: 'protocol' },
    { table: 'decode-as', name: 'mpls' },
  ],
  fields: [
    bits('label', 0, 20, 'Label', 'Which path through the network, or which customer; 0 to 15 are special.', {
      values: labelNames,
    }),
    bits('exp', 20, 3, 'Traffic Class', 'How urgent the packet is.'),
    bits('bottom', 23, 1, 'Bottom of Stack (S)', '1 in the last entry.'),
    uint('ttl', 3, 8, 'Time to Live', 'Each router decrements it.'),
  ],
  summary(out, view, start) {
    out.text('Label ');
    out.uint(label(view, start));
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'MPLS label');
    if ((view.getUint32(offset) & BOTTOM) === 0)
      return (HEADER << HEADER_SHIFT) | stack.tables.etherType[MPLS_ETHERTYPE];
    return (HEADER << HEADER_SHIFT) | entryBehindBottom(stack, view, offset + HEADER, end);
  },
};
