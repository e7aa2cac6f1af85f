/**
 * Logical Link Control (IEEE 802.2), with the Subnetwork Access Protocol (RFC 1042).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     DSAP      |     SSAP      |    Control    |  SNAP:        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+               +
 * |      Organization Code        |          Protocol ID          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Control takes two bytes in numbered formats, one in unnumbered ones, whose lowest two bits are 11.
 */
import type { DispatchTables } from '../dispatch-tables.ts';
import { hex, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { DATA, HEADER_SHIFT, type Protocol, STOP } from '../protocol.ts';
import { SMALLEST_TYPE } from './ether-type.ts';

const UNNUMBERED_HEADER = 3;
const NUMBERED_HEADER = 4;
const SNAP_HEADER = 8;
const SSAP = 1;
const CONTROL = 2;
const ORGANIZATION = 3;
const PROTOCOL_ID = 6;

const SNAP_SAPS = 0xaaaa;
/** Novell put IPX straight into 802.3 frames: these two bytes are its checksum field, which it left unused. */
const NOVELL_RAW = 0xffff;
const CISCO = 0x00000c;
/** Cisco's spanning tree, one a VLAN, in a BPDU of the usual form. */
const CISCO_PER_VLAN_BPDU = 0x010b;
const BPDU_SAP = 0x42;
/** IEEE 802.1's numbers for a bridged frame (RFC 2427, section 4.2): Ethernet with its check sequence, and without. */
const IEEE_802_1 = 0x0080c2;
const BRIDGED_ETHERNET: readonly number[] = [1, 7];
const BRIDGED_BPDU = 0x000e;
const LINKTYPE_ETHERNET = 1;
/** Organization codes whose protocol IDs are EtherTypes: RFC 1042's, and 802.1H's for what has come over a bridge. */
const ETHERTYPE_ORGANIZATIONS: readonly number[] = [0x000000, 0x0000f8];

const sapNames: Readonly<Record<number, string>> = {
  0: 'NULL LSAP',
  6: 'TCP/IP',
  66: 'Spanning Tree BPDU',
  170: 'SNAP',
  224: 'NetWare',
  240: 'NetBIOS',
  254: 'ISO Network Layer',
};

const ciscoNames: Readonly<Record<number, string>> = {
  267: 'PVST+',
  273: 'UDLD',
  8192: 'CDP',
  8193: 'CGMP',
  8195: 'VTP',
  8196: 'DTP',
};

function isNumbered(view: DataView, start: number): boolean {
  return (view.getUint8(start + CONTROL) & 3) !== 3;
}

function isSnap(view: DataView, start: number): boolean {
  return view.getUint16(start) === SNAP_SAPS && !isNumbered(view, start);
}

function organization(view: DataView, start: number): number {
  return view.getUint32(start + CONTROL) & 0xffffff;
}

function hasEtherType(view: DataView, start: number): boolean {
  return isSnap(view, start) && ETHERTYPE_ORGANIZATIONS.includes(organization(view, start));
}

/** Cisco's numbers have a filter name of their own in Wireshark. */
function isCisco(view: DataView, start: number): boolean {
  return isSnap(view, start) && organization(view, start) === CISCO;
}

/** The dispatch entry of what an organization's own protocol ID says. */
function organizationPayload(tables: DispatchTables, code: number, protocolId: number): number {
  if (code === CISCO && protocolId === CISCO_PER_VLAN_BPDU) return tables.llcSap[BPDU_SAP];
  if (code !== IEEE_802_1) return DATA;
  if (protocolId === BRIDGED_BPDU) return tables.llcSap[BPDU_SAP];
  return BRIDGED_ETHERNET.includes(protocolId) ? tables.link[LINKTYPE_ETHERNET] : DATA;
}

export const llc: Protocol = {
  name: 'llc',
  title: 'Logical-Link Control',
  short: 'LLC',
  reference: 'IEEE 802.2',
  osi: 2,
  about:
    'Follows the length field of an 802.3 frame, where Ethernet II has its type: spanning tree still uses it.',
  attach: [
    { table: 'ethertype', values: [4] },
    // LINKTYPE_ATM_RFC1483.
    { table: 'link', values: [100] },
  ],
  fields: [
    hex(
      'dsap',
      0,
      8,
      'DSAP',
      'Destination service access point: what the frame carries; 0xaa means that SNAP says so.',
      {
        values: sapNames,
      },
    ),
    hex('ssap', SSAP, 8, 'SSAP', 'Source service access point.', { values: sapNames }),
    hex('control', CONTROL, 16, 'Control field', '0x03 for unnumbered frames, as nearly all are.', {
      // Numbered formats are sent low byte first.
      read: (view, start) =>
        isNumbered(view, start) ? view.getUint16(start + CONTROL, true) : view.getUint8(start + CONTROL),
    }),
    uint(
      'oui',
      ORGANIZATION,
      24,
      'Organization Code',
      'The organization that numbers the protocols; 0 for EtherTypes.',
      {
        values: { 0: 'Encapsulated Ethernet' },
        when: isSnap,
      },
    ),
    hex('type', PROTOCOL_ID, 16, 'Type', 'The EtherType of what the frame carries.', {
      values: etherTypeNames,
      when: hasEtherType,
    }),
    hex('pid', PROTOCOL_ID, 16, 'Protocol ID', 'What the frame carries, in the organization’s numbering.', {
      when: (view, start) => isSnap(view, start) && !hasEtherType(view, start) && !isCisco(view, start),
    }),
    hex('cisco_pid', PROTOCOL_ID, 16, 'Cisco Protocol ID', 'What the frame carries, in Cisco’s numbering.', {
      values: ciscoNames,
      when: isCisco,
    }),
  ],
  summary(out, view, start) {
    out.text('DSAP 0x');
    out.hex(view.getUint8(start), 2);
    const name = sapNames[view.getUint8(start)];
    if (name === undefined) return;
    out.text(' (');
    out.text(name);
    out.text(')');
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < UNNUMBERED_HEADER) {
      return stack.tooShort(offset, UNNUMBERED_HEADER, available, 'LLC header');
    }
    if (view.getUint16(offset) === NOVELL_RAW) {
      stack.unsupported(offset, 'IPX directly in an 802.3 frame is not decoded');
      return STOP;
    }
    if (isNumbered(view, offset)) {
      if (available < NUMBERED_HEADER)
        return stack.tooShort(offset, NUMBERED_HEADER, available, 'LLC header');
      return (NUMBERED_HEADER << HEADER_SHIFT) | DATA;
    }
    if (view.getUint16(offset) !== SNAP_SAPS) {
      return (UNNUMBERED_HEADER << HEADER_SHIFT) | stack.tables.llcSap[view.getUint8(offset)];
    }
    if (available < SNAP_HEADER) return stack.tooShort(offset, SNAP_HEADER, available, 'SNAP header');
    const next = view.getUint16(offset + PROTOCOL_ID);
    if (!hasEtherType(view, offset)) {
      const entry = organizationPayload(stack.tables, organization(view, offset), next);
      return (SNAP_HEADER << HEADER_SHIFT) | entry;
    }
    return (SNAP_HEADER << HEADER_SHIFT) | (next >= SMALLEST_TYPE ? stack.tables.etherType[next] : DATA);
  },
};
