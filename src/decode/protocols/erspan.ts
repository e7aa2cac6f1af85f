/**
 * Encapsulated Remote Switched Port Analyzer (draft-foschiano-erspan-03): a switch's copies of frames, sent in GRE.
 *
 * Type I has no header: its GRE has no sequence number either, and the layer no bytes. Type II (section 4.2):
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Ver  |          VLAN         | COS | En|T|    Session ID     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Reserved         |                  Index                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Type III (section 4.3), with En called BSO, and behind the first word:
 *
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Timestamp                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             SGT               |P|    FT   |   Hw ID   |D|Gra|O|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Platf ID |               Platform Specific Info              |
 * |                  Platform Specific Info (if O)                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, byteString, flag, span, uint } from '../fields.ts';
import { INCOMPLETE } from '../layer-stack.ts';
import { DATA, type Field, HEADER_SHIFT, NO_BYTES, NO_IDENTIFIER, type Protocol } from '../protocol.ts';
import { hasSequenceNumber } from './gre.ts';

const TYPE_2_HEADER = 8;
const TYPE_3_HEADER = 12;
const PLATFORM_HEADER = 8;
const TYPE_2 = 1;
const TYPE_3 = 2;
const TRUNCATED = 0x0400;
const SESSION = 0x03ff;
const FRAME_TYPE_ETHERNET = 0;
const FRAME_TYPE_IP = 2;
const LINKTYPE_ETHERNET = 1;
const IPV4_ETHERTYPE = 0x0800;

function version(view: DataView, start: number): number {
  return view.getUint8(start) >> 4;
}

function hasPlatformHeader(view: DataView, start: number): boolean {
  return (view.getUint8(start + 11) & 1) !== 0;
}

/** Of type II or III: type I is a layer without bytes. */
const hasHeader: NonNullable<Field['when']> = (_view, _start, stack, layer) => stack.headerLength(layer) > 0;

const isType2: NonNullable<Field['when']> = (view, start, stack, layer) =>
  hasHeader(view, start, stack, layer) && version(view, start) === TYPE_2;
const isType3: NonNullable<Field['when']> = (view, start, stack, layer) =>
  hasHeader(view, start, stack, layer) && version(view, start) === TYPE_3;

/** Type I has none. */
const session: NonNullable<Field['read']> = (view, start, stack, layer) =>
  hasHeader(view, start, stack, layer) ? view.getUint16(start + 2) & SESSION : NO_IDENTIFIER;

export const erspan: Protocol = {
  name: 'erspan',
  title: 'Encapsulated Remote Switch Packet ANalysis',
  short: 'ERSPAN',
  reference: 'draft-foschiano-erspan-03',
  about:
    'Copies of frames that a switch saw on its ports, sent across the network to an analyzer. The original frames went their own way.',
  attach: [{ table: 'gre.proto', values: [0x88be, 0x22eb] }],
  identifier: { name: 'session', filter: 'erspan.spanid', read: session },
  fields: [
    bits('version', 0, 4, 'Version', '1 for type II, 2 for type III.', { when: hasHeader }),
    bits('vlan', 4, 12, 'VLAN', 'The VLAN of the copied frame.', { when: hasHeader }),
    bits('cos', 16, 3, 'Class of Service', 'How urgent the copied frame was.', { when: hasHeader }),
    bits('encap', 19, 2, 'Encapsulation', 'How the frame was tagged where it was copied: 2 is 802.1Q.', {
      when: isType2,
    }),
    bits('bso', 19, 2, 'Bad/Short/Oversized', 'What was wrong with the copied frame; 0 if nothing.', {
      when: isType3,
    }),
    bits('truncated', 21, 1, 'Truncated (T)', '1 if the switch copied only the beginning of the frame.', {
      when: hasHeader,
    }),
    bits('spanid', 22, 10, 'Session ID', 'Which of the switch’s mirroring sessions this is.', {
      when: hasHeader,
    }),
    bits('reserved', 32, 12, 'Reserved', 'Must be zero.', { hidden: true, when: isType2 }),
    bits('index', 44, 20, 'Index', 'Where in the switch the frame was copied: port and direction.', {
      when: isType2,
    }),
    uint('timestamp', 4, 32, 'Timestamp', 'When the frame was copied, in the unit given by Gra.', {
      when: isType3,
    }),
    uint('sgt', 8, 16, 'Security Group Tag', 'Cisco’s security group tag of the sender.', { when: isType3 }),
    bits('p', 80, 1, 'Has Ethernet PDU (P)', '1 if an Ethernet frame follows.', { when: isType3 }),
    bits('ft', 81, 5, 'Frame Type', '0 for an Ethernet frame, 2 for an IP packet.', { when: isType3 }),
    bits('hw', 86, 6, 'Hardware ID', 'Which engine of the switch made the copy.', { when: isType3 }),
    flag('direction', 92, 'Direction (D)', 'Set for frames that left the port, not for those that came in.', {
      when: isType3,
    }),
    bits(
      'gra',
      93,
      2,
      'Timestamp granularity',
      '0 for 100 microseconds, 1 for 100 nanoseconds, 2 for IEEE 1588.',
      {
        when: isType3,
      },
    ),
    bits('o', 95, 1, 'Optional subheader (O)', '1 if a platform-specific header follows.', {
      when: isType3,
    }),
    bits('platid', 96, 6, 'Platform ID', 'The platform that defines that header.', {
      when: (view, start, stack, layer) =>
        isType3(view, start, stack, layer) && hasPlatformHeader(view, start),
    }),
    byteString(
      'platform',
      'Platform Specific Info',
      'The platform-specific header.',
      () => span(TYPE_3_HEADER, PLATFORM_HEADER),
      {
        when: (view, start, stack, layer) =>
          isType3(view, start, stack, layer) && hasPlatformHeader(view, start),
      },
    ),
  ],
  summary(out, view, start, stack, layer) {
    if (stack.headerLength(layer) === 0) {
      out.text('Type I');
      return;
    }
    out.text('Session ');
    out.uint(session(view, start, stack, layer));
  },
  decode(stack, view, offset, end) {
    const { link, etherType } = stack.tables;
    const carrier = stack.start(stack.count - 1);
    // "Type I … the GRE header … S = 0": nothing but the frame follows.
    if (view.getUint16(carrier + 2) === 0x88be && !hasSequenceNumber(view, carrier))
      return NO_BYTES | link[LINKTYPE_ETHERNET];
    const available = end - offset;
    if (available < TYPE_2_HEADER) return stack.tooShort(offset, TYPE_2_HEADER, available, 'ERSPAN header');
    const kind = version(view, offset);
    if (kind !== TYPE_2 && kind !== TYPE_3)
      return stack.malformed(offset, 'ERSPAN version is neither 1 nor 2');
    let length = TYPE_2_HEADER;
    let frameType = FRAME_TYPE_ETHERNET;
    if (kind === TYPE_3) {
      if (available < TYPE_3_HEADER) return stack.tooShort(offset, TYPE_3_HEADER, available, 'ERSPAN header');
      length = TYPE_3_HEADER + (hasPlatformHeader(view, offset) ? PLATFORM_HEADER : 0);
      if (available < length) return stack.tooShort(offset, length, available, 'ERSPAN platform header');
      frameType = (view.getUint8(offset + 10) >> 2) & 0x1f;
    }
    // The switch has cut the copy: what its headers promise is not here, and nobody's fault.
    if ((view.getUint16(offset + 2) & TRUNCATED) !== 0) stack.incomplete = INCOMPLETE.capture;
    let entry = DATA;
    if (frameType === FRAME_TYPE_ETHERNET) entry = link[LINKTYPE_ETHERNET];
    else if (frameType === FRAME_TYPE_IP) entry = etherType[IPV4_ETHERTYPE];
    return (length << HEADER_SHIFT) | entry;
  },
};
