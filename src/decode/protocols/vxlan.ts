/**
 * Virtual eXtensible Local Area Network (RFC 7348, section 5).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |R|R|R|R|I|R|R|R|            Reserved                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                VXLAN Network Identifier (VNI) |   Reserved    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { flag, hex, uint } from '../fields.ts';
import { FRAME_TYPE, guessedBehind, type Prelude } from '../proof.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 8;
const VNI = 4;
const VALID_VNI = 0x08;
const GROUP_POLICY = 0x80;
/** Of the first 16 bits, those that neither RFC 7348 nor the group policy draft gives a meaning. */
const RESERVED_FLAGS = 0x77b7;
const LINKTYPE_ETHERNET = 1;

export function networkIdentifier(view: DataView, start: number): number {
  return view.getUint32(start + VNI) >>> 8;
}

/** The G bit of draft-smith-vxlan-group-policy-05, section 2.1. */
const hasGroupPolicy: NonNullable<Field['when']> = (view, start) =>
  (view.getUint8(start) & GROUP_POLICY) !== 0;

/** Whether a payload can be VXLAN: its one flag, nothing in any reserved bit, and a frame's header behind it. */
function isPlain(view: DataView, offset: number, end: number): boolean {
  if (end - offset < HEADER + 14) return false;
  return view.getUint32(offset) === VALID_VNI << 24 && view.getUint8(offset + HEADER - 1) === 0;
}

const plain: Prelude = {
  firstByte: [VALID_VNI, VALID_VNI],
  mask: [0xffffffff, 0xff],
  bits: [VALID_VNI << 24, 0],
  bytes: HEADER,
  carries: FRAME_TYPE,
};

/** The extension's flag, and any group: "don't learn" and "policy applied" may be set. */
const withGroupPolicy: Prelude = {
  ...plain,
  firstByte: [GROUP_POLICY | VALID_VNI, GROUP_POLICY | VALID_VNI],
  mask: [(((GROUP_POLICY | VALID_VNI) << 8) | RESERVED_FLAGS) << 16, 0xff],
  bits: [(GROUP_POLICY | VALID_VNI) << 24, 0],
};

export const vxlan: Protocol = {
  name: 'vxlan',
  title: 'Virtual eXtensible Local Area Network',
  short: 'VXLAN',
  reference: 'RFC 7348, section 5',
  about:
    'Carries Ethernet frames over UDP between hosts, so that containers on many machines seem to share one switch. The VNI says which virtual network the frame belongs to.',
  attach: [
    // 4789 is IANA's; 8472 is what Linux had before it, and what Flannel uses to this day.
    { table: 'udp.port', values: [4789, 8472], tunnel: 'port', answers: isPlain },
    { table: 'udp.guess', ...guessedBehind(plain) },
    { table: 'udp.guess', ...guessedBehind(withGroupPolicy) },
    { table: 'decode-as', name: 'vxlan' },
  ],
  identifier: { name: 'vni', filter: 'vxlan.vni', read: networkIdentifier },
  fields: [
    hex('flags', 0, 16, 'Flags', 'Only the I bit is defined by RFC 7348; the others must be zero.'),
    hex('flags_reserved', 0, 16, 'Reserved', 'Must be zero.', {
      hidden: true,
      read: (view, start) => view.getUint16(start) & RESERVED_FLAGS,
    }),
    flag(
      'flag_g',
      0,
      'GBP Extension',
      'The two bytes after the flags are a group policy (an expired Internet draft).',
      {
        hidden: true,
      },
    ),
    flag('flag_i', 4, 'VNI valid (I)', 'Must be 1: the VNI below is valid.', { hidden: true }),
    flag('flag_d', 9, 'Don’t Learn', 'Of the group policy extension.', { hidden: true }),
    flag('flag_a', 12, 'Policy Applied', 'Of the group policy extension.', { hidden: true }),
    uint('gbp', 2, 16, 'Group Policy ID', 'The group that the sender belongs to, for policies.', {
      when: hasGroupPolicy,
    }),
    uint('gbp', 2, 16, 'Group Policy ID', 'Zero without the extension.', {
      hidden: true,
      when: (view, start, stack, layer) => !hasGroupPolicy(view, start, stack, layer),
    }),
    uint(
      'vni',
      VNI,
      24,
      'VXLAN Network Identifier (VNI)',
      'Which virtual network the inner frame belongs to: both ends must agree.',
    ),
    uint('reserved8', 7, 8, 'Reserved', 'Must be zero.', { hidden: true }),
  ],
  summary(out, view, start) {
    out.text('VNI ');
    out.uint(networkIdentifier(view, start));
    if ((view.getUint8(start) & GROUP_POLICY) === 0) return;
    out.text(' group ');
    out.uint(view.getUint16(start + 2));
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'VXLAN header');
    if ((view.getUint8(offset) & VALID_VNI) === 0) {
      // "the I flag MUST be set to 1 for a valid VXLAN Network ID": receivers drop it, so nothing inside can be relied on.
      stack.malformed(offset, 'VXLAN I flag is not set: the VNI is not valid');
      return (HEADER << HEADER_SHIFT) | DATA;
    }
    return (HEADER << HEADER_SHIFT) | stack.tables.link[LINKTYPE_ETHERNET];
  },
};
