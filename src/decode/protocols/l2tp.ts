/**
 * Layer Two Tunneling Protocol: version 2 in UDP (RFC 2661, section 3.1), version 3 in UDP and straight in IP (RFC 3931,
 * sections 3.2 and 4.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |T|L|x|x|S|x|O|P|x|x|x|x|  Ver  |    Length (if L), Reserved    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Tunnel ID           |           Session ID          |  version 2
 * |            Session ID, Control Connection ID                  |  version 3
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             Ns (if S)         |             Nr (if S)         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Offset Size (if O)       |        Offset pad …
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Straight in IP, data starts with the session ID alone, and a control message with a session ID of zero. How long a
 * cookie and a sublayer follow it the ends have agreed on: the frame is found where its bytes prove it.
 */
import { byteString, flag, hex, span, uint } from '../fields.ts';
import { FRAME_TYPE, guessedBehind, type Prelude, provenFrame } from '../proof.ts';
import {
  DATA,
  type Decoding,
  type Field,
  HEADER_SHIFT,
  type Layers,
  NO_IDENTIFIER,
  type Protocol,
} from '../protocol.ts';

const CONTROL = 0x8000;
const LENGTH_PRESENT = 0x4000;
const SEQUENCE_PRESENT = 0x0800;
const OFFSET_PRESENT = 0x0200;
const VERSION = 0x000f;
const RESERVED = 0x34f0;
/** "The T, L and S bits must be set" in a control message (RFC 2661, 3.1). */
const IN_CONTROL = CONTROL | LENGTH_PRESENT | SEQUENCE_PRESENT;
const PPP_ETHERTYPE = 0x880b;
const LINKTYPE_ETHERNET = 1;
const UDP_DATA_HEADER = 8;
const CONTROL_HEADER = 12;
/** "A Cookie field may be … 32 or 64 bits", and a sublayer of 32 bits (RFC 3931, 4.1 and 4.6). */
const MOST_BEFORE_FRAME = 12;

type When = NonNullable<Field['when']>;

/** In IP, the header has no flags: a session ID of zero stands where they would, and they stand behind it. */
function isInIp(stack: Layers, layer: number): boolean {
  return layer > 0 && stack.describe(layer - 1).name !== 'udp';
}

/** Where the flags stand, from the layer's start: -1 for data in IP, which has none. */
function flagsOffset(view: DataView, start: number, stack: Layers, layer: number): number {
  if (!isInIp(stack, layer)) return 0;
  return view.getUint32(start) === 0 ? 4 : -1;
}

function flagsAt(view: DataView, start: number, stack: Layers, layer: number): number {
  const at = flagsOffset(view, start, stack, layer);
  return at < 0 ? 0 : view.getUint16(start + at);
}

const hasFlags: When = (view, start, stack, layer) => flagsOffset(view, start, stack, layer) >= 0;
const isVersion2: When = (view, start, stack, layer) => (flagsAt(view, start, stack, layer) & VERSION) === 2;
const isControl: When = (view, start, stack, layer) => (flagsAt(view, start, stack, layer) & CONTROL) !== 0;
const isVersion3Control: When = (view, start, stack, layer) =>
  !isVersion2(view, start, stack, layer) && isControl(view, start, stack, layer);
const isVersion3Data: When = (view, start, stack, layer) =>
  !isVersion2(view, start, stack, layer) && !isControl(view, start, stack, layer);
const hasLength: When = (view, start, stack, layer) =>
  (flagsAt(view, start, stack, layer) & LENGTH_PRESENT) !== 0 &&
  (isVersion2(view, start, stack, layer) || isControl(view, start, stack, layer));
const hasSequence: When = (view, start, stack, layer) =>
  isVersion3Control(view, start, stack, layer) ||
  ((flagsAt(view, start, stack, layer) & SEQUENCE_PRESENT) !== 0 && isVersion2(view, start, stack, layer));

const readFlag =
  (mask: number): NonNullable<Field['read']> =>
  (view, start, stack, layer) =>
    (flagsAt(view, start, stack, layer) & mask) === 0 ? 0 : 1;

/** Of version 2: where the tunnel ID stands, from the flags. */
function tunnelOffset(word: number): number {
  return (word & LENGTH_PRESENT) === 0 ? 2 : 4;
}

/** Where Ns stands, from the layer's start. */
function sequenceOffset(view: DataView, start: number, stack: Layers, layer: number): number {
  if (!isVersion2(view, start, stack, layer)) return flagsOffset(view, start, stack, layer) + 8;
  return tunnelOffset(flagsAt(view, start, stack, layer)) + 4;
}

/** Of version 2, in bytes; the offset padding is not there to be seen yet where fewer than that are. */
function version2Length(view: DataView, start: number, end: number): number {
  const word = view.getUint16(start);
  let length = tunnelOffset(word) + 4;
  if ((word & SEQUENCE_PRESENT) !== 0) length += 4;
  if ((word & OFFSET_PRESENT) === 0) return length;
  length += 2;
  return start + length > end ? length : length + view.getUint16(start + length - 2);
}

/** How many bytes of cookie and sublayer stand before a frame that is proven; -1 where none is. */
function frameOffset(view: DataView, at: number, end: number): number {
  for (let skip = 0; skip <= MOST_BEFORE_FRAME; skip += 4) {
    if (provenFrame(view, at + skip, end)) return skip;
  }
  return -1;
}

/** Version 3's data with a frame, on any port: as fastd's offload sends it. */
const prelude: Prelude = {
  firstByte: [0x00, 0x00],
  mask: [0xffffffff, 0],
  bits: [0x00030000, 0],
  bytes: UDP_DATA_HEADER,
  length: (view, offset, end) => {
    const skip = frameOffset(view, offset + UDP_DATA_HEADER, end);
    return skip < 0 ? 0 : UDP_DATA_HEADER + skip;
  },
  carries: FRAME_TYPE,
};

/** The header up to a frame that is proven, or up to the session ID. */
function decodeSession(stack: Decoding, view: DataView, offset: number, end: number, header: number): number {
  const skip = frameOffset(view, offset + header, end);
  if (skip < 0) return (header << HEADER_SHIFT) | DATA;
  return ((header + skip) << HEADER_SHIFT) | stack.tables.link[LINKTYPE_ETHERNET];
}

/** A length field that counts from `from` on narrows the layer. */
function narrow(stack: Decoding, view: DataView, from: number, end: number): void {
  const length = view.getUint16(from + 2);
  if (from + length <= end) stack.end = from + length;
  else stack.lengthBeyond(from + 2, length, end - from, 'L2TP length');
}

function decodeControl(stack: Decoding, view: DataView, offset: number, end: number, flags: number): number {
  const length = flags + CONTROL_HEADER;
  if (end - offset < length) return stack.tooShort(offset, length, end - offset, 'L2TP control header');
  if (view.getUint16(offset + flags + 2) < CONTROL_HEADER) {
    return stack.malformed(offset + flags + 2, 'L2TP length is below 12 bytes');
  }
  narrow(stack, view, offset + flags, end);
  return (length << HEADER_SHIFT) | DATA;
}

/** The session ID, which control messages don't have. */
const sessionOf: NonNullable<Field['read']> = (view, start, stack, layer) => {
  if (isControl(view, start, stack, layer)) return NO_IDENTIFIER;
  if (isVersion2(view, start, stack, layer))
    return view.getUint16(start + tunnelOffset(view.getUint16(start)) + 2);
  return view.getUint32(start + (isInIp(stack, layer) ? 0 : 4));
};

/** Whether a payload can be version 2: no reserved bit set, in a control message all that must be there, a length that fits. */
function fitsVersion2(view: DataView, offset: number, end: number): boolean {
  if (end - offset < 6) return false;
  const word = view.getUint16(offset);
  if ((word & (RESERVED | VERSION)) !== 2) return false;
  if ((word & CONTROL) !== 0 && (word & IN_CONTROL) !== IN_CONTROL) return false;
  const length = version2Length(view, offset, end);
  if (offset + length > end) return false;
  if ((word & LENGTH_PRESENT) !== 0) {
    const said = view.getUint16(offset + 2);
    return said >= length && offset + said <= end;
  }
  // A session's data, with neither length nor number zero.
  return view.getUint16(offset + 2) !== 0 && view.getUint16(offset + 4) !== 0;
}

export const l2tp: Protocol = {
  name: 'l2tp',
  title: 'Layer 2 Tunneling Protocol',
  short: 'L2TP',
  reference: 'RFC 2661, section 3.1; RFC 3931',
  about:
    'Carries PPP of a dial-up line (version 2) or Ethernet frames (version 3) from one network to another; often inside IPsec, as it does not encrypt.',
  attach: [
    { table: 'udp.port', values: [1701], tunnel: 'port', answers: fitsVersion2 },
    { table: 'ip.proto', values: [115], tunnel: 'protocol' },
    { table: 'udp.guess', ...guessedBehind(prelude) },
    { table: 'decode-as', name: 'l2tp' },
  ],
  identifier: { name: 'session', read: sessionOf },
  fields: [
    hex('flags', 0, 16, 'Flags and Version', 'Which of the optional fields are present.', {
      hidden: true,
      when: hasFlags,
      read: flagsAt,
    }),
    uint('type', 0, 16, 'Type (T)', '0 carries data, 1 sets up or tears down the tunnel.', {
      when: hasFlags,
      read: readFlag(CONTROL),
    }),
    flag('length_bit', 0, 'Length Bit (L)', 'A length follows.', {
      when: (view, start, stack, layer) =>
        isVersion2(view, start, stack, layer) || isVersion3Control(view, start, stack, layer),
      read: readFlag(LENGTH_PRESENT),
    }),
    flag('seq_bit', 0, 'Sequence Bit (S)', 'Sequence numbers follow.', {
      when: (view, start, stack, layer) =>
        isVersion2(view, start, stack, layer) || isVersion3Control(view, start, stack, layer),
      read: readFlag(SEQUENCE_PRESENT),
    }),
    flag('offset_bit', 0, 'Offset Bit (O)', 'Version 2: padding precedes the payload.', {
      when: isVersion2,
      read: readFlag(OFFSET_PRESENT),
    }),
    flag('priority', 0, 'Priority Bit (P)', 'Of version 2: urgent.', {
      hidden: true,
      when: isVersion2,
      read: readFlag(0x0100),
    }),
    uint('version', 0, 16, 'Version', '2 carries PPP, 3 anything.', {
      when: hasFlags,
      read: (view, start, stack, layer) => flagsAt(view, start, stack, layer) & VERSION,
    }),
    uint('length_field', 0, 16, 'Length', 'The length of the message in bytes, from the flags on.', {
      filter: 'l2tp.length',
      when: hasLength,
      read: (view, start, stack, layer) => view.getUint16(start + flagsOffset(view, start, stack, layer) + 2),
    }),
    uint('tunnel', 0, 16, 'Tunnel ID', 'Version 2: the receiver’s number for the tunnel.', {
      when: isVersion2,
      read: (view, start) => view.getUint16(start + tunnelOffset(view.getUint16(start))),
    }),
    uint('session', 0, 16, 'Session ID', 'Version 2: the receiver’s number for the session in the tunnel.', {
      when: isVersion2,
      read: (view, start) => view.getUint16(start + tunnelOffset(view.getUint16(start)) + 2),
    }),
    hex('sid', 0, 32, 'Session ID', 'Version 3: the receiver’s number for the pseudowire.', {
      when: (view, start, stack, layer) => isVersion3Data(view, start, stack, layer) || isInIp(stack, layer),
      read: (view, start, stack, layer) => view.getUint32(start + (isInIp(stack, layer) ? 0 : 4)),
    }),
    hex('ccid', 0, 32, 'Control Connection ID', 'Version 3: the receiver’s number for the tunnel.', {
      when: isVersion3Control,
      read: (view, start, stack, layer) => view.getUint32(start + flagsOffset(view, start, stack, layer) + 4),
    }),
    uint('Ns', 0, 16, 'Ns', 'Counts the messages sent.', {
      when: hasSequence,
      read: (view, start, stack, layer) => view.getUint16(start + sequenceOffset(view, start, stack, layer)),
    }),
    uint('Nr', 0, 16, 'Nr', 'The number of the next message expected.', {
      when: hasSequence,
      read: (view, start, stack, layer) =>
        view.getUint16(start + sequenceOffset(view, start, stack, layer) + 2),
    }),
    byteString(
      'cookie_and_sublayer',
      'Cookie and Sublayer',
      'What the ends agreed to put before each frame: a cookie as proof of origin, and a sequence number.',
      (_view, _start, stack, layer) => {
        const from = isInIp(stack, layer) ? 4 : UDP_DATA_HEADER;
        return span(from, stack.headerLength(layer) - from);
      },
      {
        when: (view, start, stack, layer) =>
          isVersion3Data(view, start, stack, layer) &&
          stack.headerLength(layer) > (isInIp(stack, layer) ? 4 : UDP_DATA_HEADER),
      },
    ),
  ],
  summary(out, view, start, stack, layer) {
    if (isControl(view, start, stack, layer)) {
      out.text('Control message');
    } else if (isVersion2(view, start, stack, layer)) {
      const at = start + tunnelOffset(view.getUint16(start));
      out.text('Tunnel ');
      out.uint(view.getUint16(at));
      out.text(' session ');
      out.uint(view.getUint16(at + 2));
    } else {
      out.text('Session 0x');
      out.hex(view.getUint32(start + (isInIp(stack, layer) ? 0 : 4)), 8);
    }
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (stack.count > 0 && isInIp(stack, stack.count)) {
      if (available < 4) return stack.tooShort(offset, 4, available, 'L2TP session ID');
      if (view.getUint32(offset) === 0) return decodeControl(stack, view, offset, end, 4);
      return decodeSession(stack, view, offset, end, 4);
    }
    if (available < 2) return stack.tooShort(offset, 2, available, 'L2TP header');
    const word = view.getUint16(offset);
    const version = word & VERSION;
    if (version !== 2 && version !== 3) return stack.malformed(offset, 'L2TP version is neither 2 nor 3');
    if (version === 3) {
      if ((word & CONTROL) !== 0) return decodeControl(stack, view, offset, end, 0);
      if (available < UDP_DATA_HEADER)
        return stack.tooShort(offset, UDP_DATA_HEADER, available, 'L2TP header');
      return decodeSession(stack, view, offset, end, UDP_DATA_HEADER);
    }
    const length = version2Length(view, offset, end);
    if (available < length) return stack.tooShort(offset, length, available, 'L2TP header');
    if ((word & LENGTH_PRESENT) !== 0) {
      if (view.getUint16(offset + 2) < length)
        return stack.malformed(offset + 2, 'L2TP length is below the header length');
      narrow(stack, view, offset, end);
    }
    const isData = (word & CONTROL) === 0 && offset + length < stack.end;
    return (length << HEADER_SHIFT) | (isData ? stack.tables.etherType[PPP_ETHERTYPE] : DATA);
  },
};
