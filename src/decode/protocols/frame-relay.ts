/**
 * Frame Relay (ITU-T Q.922, annex A.3, figure A.1), with the ways to say what it carries: RFC 2427, section 3, and Cisco's own.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Upper DLCI|C|0| DLCI  |F|B|D|1| Control 0x03  | (Pad)  NLPID  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The last address byte has its lowest bit set: there may be two to four. Cisco's has an EtherType in place of control and NLPID.
 */
import { hex, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { DATA, type Field, HEADER_SHIFT, type Layers, type Protocol } from '../protocol.ts';

const MOST_ADDRESS_BYTES = 4;
const UNNUMBERED = 3;
const SNAP = 0x80;
const SNAP_LENGTH = 5;
/** Network layer protocol identifiers (RFC 2427, appendix A) that have an EtherType, too. */
const IPV4 = 0xcc;
const IPV6 = 0x8e;
const PPP = 0xcf;
/** The EtherType under which PPP attaches. */
const PPP_ETHERTYPE = 0x880b;

const identifierNames: Readonly<Record<number, string>> = {
  8: 'Q.933',
  128: 'SNAP',
  129: 'ISO 8473 CLNP',
  130: 'ISO 9542 ES-IS',
  131: 'ISO 10589 IS-IS',
  142: 'IPv6',
  177: 'FRF.12 fragmentation',
  204: 'IP',
  207: 'PPP',
};

/** How many bytes the address takes; 0 if its end is not among `available`, or it is not one. */
function addressLength(view: DataView, start: number, available: number): number {
  const most = Math.min(available, MOST_ADDRESS_BYTES);
  for (let i = 0; i < most; i++) if ((view.getUint8(start + i) & 1) === 1) return i === 0 ? 0 : i + 1;
  return 0;
}

function recordedAddressLength(view: DataView, start: number, stack: Layers, layer: number): number {
  return addressLength(view, start, stack.headerLength(layer));
}

/** Data link connection identifier: 10, 16, 17 or 23 bits (Q.922, A.3.3.6). */
function connection(view: DataView, start: number, stack: Layers, layer: number): number {
  const length = recordedAddressLength(view, start, stack, layer);
  let value = ((view.getUint8(start) >> 2) << 4) | (view.getUint8(start + 1) >> 4);
  if (length === 4) value = (value << 7) | (view.getUint8(start + 2) >> 1);
  // In the last byte, the bit D/C says that it holds no part of the identifier.
  if (length > 2 && (view.getUint8(start + length - 1) & 2) === 0) {
    value = (value << 6) | (view.getUint8(start + length - 1) >> 2);
  }
  return value;
}

function isUnnumbered(view: DataView, start: number, stack: Layers, layer: number): boolean {
  const at = recordedAddressLength(view, start, stack, layer);
  return stack.headerLength(layer) > at && view.getUint8(start + at) === UNNUMBERED;
}

/** Where the identifier stands, from the layer's start. */
function identifierAt(view: DataView, start: number, stack: Layers, layer: number): number {
  const at = recordedAddressLength(view, start, stack, layer) + 1;
  return view.getUint8(start + at) === 0 ? at + 1 : at;
}

const hasCiscoType: NonNullable<Field['when']> = (view, start, stack, layer) =>
  stack.headerLength(layer) === recordedAddressLength(view, start, stack, layer) + 2 &&
  !isUnnumbered(view, start, stack, layer);

export const frameRelay: Protocol = {
  name: 'fr',
  title: 'Frame Relay',
  short: 'FR',
  reference: 'RFC 2427',
  about: 'A provider’s network of virtual circuits: each frame carries the number of its circuit.',
  attach: [{ table: 'link', values: [107] }],
  fields: [
    uint('dlci', 0, 0, 'DLCI', 'Data link connection identifier: which virtual circuit on this link.', {
      read: connection,
    }),
    hex('control', 0, 8, 'Control Field', '0x03: an unnumbered frame.', {
      when: isUnnumbered,
      read: (view, start, stack, layer) =>
        view.getUint8(start + recordedAddressLength(view, start, stack, layer)),
    }),
    hex('nlpid', 0, 8, 'NLPID', 'Network layer protocol identifier: what follows; 0xcc is IPv4.', {
      values: identifierNames,
      when: isUnnumbered,
      read: (view, start, stack, layer) => view.getUint8(start + identifierAt(view, start, stack, layer)),
    }),
    hex('chdlctype', 0, 16, 'Type', 'What follows, as an EtherType: Cisco’s encapsulation.', {
      values: etherTypeNames,
      when: hasCiscoType,
      read: (view, start, stack, layer) =>
        view.getUint16(start + recordedAddressLength(view, start, stack, layer)),
    }),
  ],
  summary(out, view, start, stack, layer) {
    out.text('DLCI ');
    out.uint(connection(view, start, stack, layer));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    const address = addressLength(view, offset, available);
    if (address === 0) {
      if (available < MOST_ADDRESS_BYTES) return stack.tooShort(offset, 2, available, 'Frame Relay address');
      return stack.malformed(offset, 'Frame Relay address is not terminated, or is one byte long');
    }
    if (available < address + 2) return stack.tooShort(offset, address + 2, available, 'Frame Relay header');
    const { etherType } = stack.tables;
    const at = offset + address;
    if (view.getUint8(at) !== UNNUMBERED) {
      const entry = etherType[view.getUint16(at)];
      return ((address + (entry === DATA ? 0 : 2)) << HEADER_SHIFT) | entry;
    }
    const padding = view.getUint8(at + 1) === 0 ? 1 : 0;
    const header = address + 2 + padding;
    if (available < header) return stack.tooShort(offset, header, available, 'Frame Relay header');
    switch (view.getUint8(offset + header - 1)) {
      case IPV4:
        return (header << HEADER_SHIFT) | etherType[0x0800];
      case IPV6:
        return (header << HEADER_SHIFT) | etherType[0x86dd];
      case SNAP: {
        if (available < header + SNAP_LENGTH) {
          return stack.tooShort(offset, header + SNAP_LENGTH, available, 'Frame Relay SNAP header');
        }
        const organization = view.getUint32(offset + header - 1) & 0xffffff;
        const entry = organization === 0 ? etherType[view.getUint16(offset + header + 3)] : DATA;
        return ((header + SNAP_LENGTH) << HEADER_SHIFT) | entry;
      }
      case PPP:
        return (header << HEADER_SHIFT) | etherType[PPP_ETHERTYPE];
      default:
        return (header << HEADER_SHIFT) | DATA;
    }
  },
};
