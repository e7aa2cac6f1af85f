/**
 * Generic Network Virtualization Encapsulation (RFC 8926, section 3.4).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Virtual Network Identifier (VNI)       |    Reserved   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                    Variable-Length Options                    ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * An option (section 3.5):
 *
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Option Class         |      Type     |R|R|R| Length  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                  Variable-Length Option Data                  ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, byteString, flag, hex, ofEach, span, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { FRAME_TYPE, guessedBehind, type Prelude } from '../proof.ts';
import { type Decoding, HEADER_SHIFT, type Items, type Layers, type Protocol } from '../protocol.ts';

const FIXED_HEADER = 8;
const FLAGS = 1;
const PROTOCOL_TYPE = 2;
const VNI = 4;
const CRITICAL_OPTIONS = 0x40;
const OPTION_HEADER = 4;
const CRITICAL_OPTION = 0x80;

/** OVN's logical ports (class 0x0102, type 0x80): the only critical option that is common. */
const OVN_PORTS = 0x010280;

/** IANA's registry of option classes, those that are met. */
const optionClassNames: Readonly<Record<number, string>> = {
  256: 'Linux',
  257: 'Open vSwitch',
  258: 'Open Virtual Networking (OVN)',
  259: 'In-band Network Telemetry (INT)',
  260: 'VMware',
  356: 'Google',
};

/** In bytes, options included: Opt Len counts words of 4. */
function headerLength(view: DataView, start: number): number {
  return FIXED_HEADER + ((view.getUint8(start) & 0x3f) << 2);
}

export function networkIdentifier(view: DataView, start: number): number {
  return view.getUint32(start + VNI) >>> 8;
}

/** In bytes, with its header. */
function optionLength(view: DataView, option: number): number {
  return OPTION_HEADER + ((view.getUint8(option + 3) & 0x1f) << 2);
}

/** The options, up to the first that goes beyond them. */
const options: Items = (view, start, _stack, _layer, visit) => {
  const end = start + headerLength(view, start);
  for (let at = start + FIXED_HEADER; at < end; ) {
    const next = at + optionLength(view, at);
    if (next > end) return;
    visit(at);
    at = next;
  }
};

const optionFields = ofEach('option', options, [
  hex('option.class', 0, 16, 'Option Class', 'Who defined the option: 0x0102 is OVN, 0x0101 Open vSwitch.', {
    values: optionClassNames,
  }),
  hex('option.type', 2, 8, 'Option Type', 'The option within its class; the top bit marks it as critical.'),
  flag(
    'option.type.critical',
    16,
    'Critical Option',
    'An end that does not know this option must drop the packet.',
  ),
  uint('option.length', 3, 8, 'Option Length', 'The length of the option in bytes, including its header.', {
    read: optionLength,
  }),
  byteString(
    'option.unknown.data',
    'Option Data',
    'The option’s data, in a format defined by its class.',
    (view, option) => span(OPTION_HEADER, optionLength(view, option) - OPTION_HEADER),
    { when: (view, option) => optionLength(view, option) > OPTION_HEADER },
  ),
]);

/** Whether the header names OVN's logical ports. */
export function hasOvnPorts(view: DataView, stack: Layers, layer: number): boolean {
  let found = false;
  options(view, stack.start(layer), stack, layer, (at) => {
    if (view.getUint32(at) >>> 8 === OVN_PORTS) found = true;
  });
  return found;
}

/** Options must fill their room exactly, and one that is critical must be announced. Only says what it finds. */
function checkOptions(stack: Decoding, view: DataView, start: number, end: number): void {
  const announced = (view.getUint8(start + FLAGS) & CRITICAL_OPTIONS) !== 0;
  let at = start + FIXED_HEADER;
  while (at < end) {
    const length = optionLength(view, at);
    if (at + length > end) {
      stack.malformed(at + 3, 'GENEVE option goes beyond the options', length, end - at);
      return;
    }
    if ((view.getUint8(at + 2) & CRITICAL_OPTION) !== 0) {
      if (!announced) stack.malformed(start + FLAGS, 'GENEVE option is critical, but the C flag is not set');
      if (view.getUint32(at) >>> 8 !== OVN_PORTS) {
        stack.unsupported(at, 'unknown critical GENEVE option');
      }
    }
    at += length;
  }
}

/** Whether a payload can be GENEVE: version 0, nothing in any reserved bit, and a frame or an IP packet behind its options. */
function isPlain(view: DataView, offset: number, end: number): boolean {
  if (end - offset < FIXED_HEADER || view.getUint8(offset) >> 6 !== 0) return false;
  if ((view.getUint8(offset + FLAGS) & 0x3f) !== 0 || view.getUint8(offset + FIXED_HEADER - 1) !== 0)
    return false;
  const type = view.getUint16(offset + PROTOCOL_TYPE);
  const isCarried = type === FRAME_TYPE || type === 0x0800 || type === 0x86dd;
  return isCarried && offset + headerLength(view, offset) < end;
}

/** The header's length, where options fill their room exactly; else 0. */
function wholeHeader(view: DataView, offset: number, end: number): number {
  const length = headerLength(view, offset);
  if (length > end - offset) return 0;
  let at = FIXED_HEADER;
  while (at < length) at += optionLength(view, offset + at);
  return at === length ? length : 0;
}

/** Version 0, and nothing in any reserved bit. */
const prelude: Prelude = {
  firstByte: [0x00, 0x3f],
  mask: [0xc03f0000, 0xff],
  bits: [0, 0],
  bytes: FIXED_HEADER,
  length: wholeHeader,
  carries: (view, offset) => view.getUint16(offset + PROTOCOL_TYPE),
};

export const geneve: Protocol = {
  name: 'geneve',
  title: 'Generic Network Virtualization Encapsulation',
  short: 'GENEVE',
  reference: 'RFC 8926, section 3.4',
  about:
    'VXLAN’s successor, used by OVN and many clouds: it carries frames or packets over UDP, says which virtual network they belong to, and has room for options.',
  attach: [
    { table: 'udp.port', values: [6081], tunnel: 'port', answers: isPlain },
    { table: 'udp.guess', ...guessedBehind(prelude) },
    { table: 'decode-as', name: 'geneve' },
  ],
  identifier: { name: 'vni', filter: 'geneve.vni', read: networkIdentifier },
  fields: [
    bits('version', 0, 2, 'Version', 'Always 0 so far: other versions must be dropped.'),
    bits('opt_len', 2, 6, 'Options Length', 'The length of the options after the fixed header, in bytes.', {
      filter: 'geneve.option.length',
      scale: 4,
    }),
    hex('flags', FLAGS, 8, 'Flags', 'The flags O and C, and six bits that must be zero.', { hidden: true }),
    flag(
      'flags.oam',
      8,
      'Control Packet (O)',
      'A control message between the tunnel’s ends, not user traffic.',
    ),
    flag(
      'flags.critical',
      9,
      'Critical Options Present (C)',
      'At least one option is critical: the receiver must know it.',
    ),
    flag('flags.reserved', 10, 'Reserved', 'Must be zero.', {
      hidden: true,
      read: (view, start) => ((view.getUint8(start + FLAGS) & 0x3f) === 0 ? 0 : 1),
    }),
    hex(
      'proto_type',
      PROTOCOL_TYPE,
      16,
      'Protocol Type',
      'What the tunnel carries: 0x6558 for Ethernet frames.',
      {
        values: etherTypeNames,
      },
    ),
    hex(
      'vni',
      VNI,
      24,
      'Virtual Network Identifier (VNI)',
      'Which virtual network the packet belongs to: both ends must agree.',
    ),
    hex('reserved', 7, 8, 'Reserved', 'Must be zero.', { hidden: true }),
    byteString(
      'options',
      'Options',
      'Additional data that both ends understand; OVN carries its logical ports here.',
      (view, start) => span(FIXED_HEADER, headerLength(view, start) - FIXED_HEADER),
      { when: (view, start) => headerLength(view, start) > FIXED_HEADER },
    ),
    ...optionFields,
  ],
  summary(out, view, start) {
    out.text('VNI ');
    out.uint(networkIdentifier(view, start));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < FIXED_HEADER) return stack.tooShort(offset, FIXED_HEADER, available, 'GENEVE header');
    if (view.getUint8(offset) >> 6 !== 0) return stack.malformed(offset, 'GENEVE version is not 0');
    const length = headerLength(view, offset);
    if (available < length) return stack.tooShort(offset, length, available, 'GENEVE header with options');
    if (length > FIXED_HEADER) checkOptions(stack, view, offset, offset + length);
    return (length << HEADER_SHIFT) | stack.tables.etherType[view.getUint16(offset + PROTOCOL_TYPE)];
  },
};
