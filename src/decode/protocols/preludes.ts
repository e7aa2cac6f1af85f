/**
 * What tunnel programs put in front of what they carry: a few bytes of their own, which tell little, and then a frame or an IP packet, which
 * can be proven (proof.ts). One row a program; the last is for bytes that nobody is known to send.
 *
 * 0 to 13 bytes in front | an Ethernet frame, or an IPv4 or IPv6 packet, to the end of the datagram
 */

import type { FitsPrelude } from '../dispatch-tables.ts';
import { byteString, hex, span, uint } from '../fields.ts';
import { bytesInFront, FRAME_TYPE, IS_FRAME, LENGTHS_IN_FRONT, typeCarried, typeOfProven } from '../proof.ts';
import { DATA, type Decoding, type Field, HEADER_SHIFT, NO_TUNNEL, type Protocol } from '../protocol.ts';
import { destinationPort } from './udp.ts';

const LINKTYPE_ETHERNET = 1;

interface ProgramPrelude {
  readonly name: string;
  readonly title: string;
  readonly short: string;
  /** The program, the version whose packets were looked at, and the settings. */
  readonly reference: string;
  readonly about: string;
  /** How many bytes there can be, in the order in which they are tried where the user names the program: none leaves the packet or frame alone. */
  readonly bytes: readonly number[];
  readonly fits: FitsPrelude;
  readonly fields: readonly Field[];
}

const VTUN_LENGTH = 0x0fff;
const NOT_COMPRESSED = 0xfa;
/** OpenVPN counts seconds since 1970: from 2004 to 2038. */
const EARLIEST = 0x40000000;
/** OpenVPN's operation codes, in the upper five bits: P_DATA_V1 with a packet ID, P_DATA_V2 with a peer ID besides. */
const DATA_V1 = 6;
const DATA_V2 = 9;

/** Whether openvpn's header of data starts here, in so many bytes: none, an operation code, or `--secret`'s packet ID with its time. */
function fitsOpenVpnPacketId(view: DataView, offset: number, bytes: number): boolean {
  if (bytes === 0) return true;
  const operation = view.getUint8(offset) >> 3;
  if (bytes === 5) return operation === DATA_V1;
  return bytes === 8 && (operation === DATA_V2 || view.getInt32(offset + 4) >= EARLIEST);
}

/** A packet ID, `--fragment`'s four bytes (zero for a whole packet), `--comp-lzo no`'s one: each may be there. */
const fitsOpenVpn: FitsPrelude = (view, offset, _end, bytes) => {
  for (const optional of [0, 1, 4, 5]) {
    const at = offset + bytes - optional;
    if (at < offset || !fitsOpenVpnPacketId(view, offset, bytes - optional)) continue;
    if (optional >= 4 && view.getInt32(at) !== 0) continue;
    if ((optional & 1) === 1 && view.getUint8(offset + bytes - 1) !== NOT_COMPRESSED) continue;
    return true;
  }
  return false;
};

/** The header in one field: its length is what was found. */
function whole(about: string): Field {
  return byteString('header', 'Header', about, (_view, _start, stack, layer) =>
    span(0, stack.headerLength(layer)),
  );
}

const programs: readonly ProgramPrelude[] = [
  {
    name: 'fastd',
    title: 'Fast and Secure Tunneling Daemon',
    short: 'fastd',
    reference: 'fastd 22, method null',
    about:
      'A tunnel program of community networks. Without encryption, one byte says that a frame or packet follows.',
    bytes: [1],
    fits: (view, offset) => view.getUint8(offset) === 0,
    fields: [
      hex('type', 0, 8, 'Type', '0 is data, 1 a handshake.', { values: { 0: 'Data', 1: 'Handshake' } }),
    ],
  },
  {
    name: 'vtun',
    title: 'Virtual Tunnel',
    short: 'VTun',
    reference: 'vtund 3.0.4, proto udp',
    about: 'A tunnel program that puts the length of what it carries in front of it, over UDP and TCP alike.',
    bytes: [2],
    fits: (view, offset, end) =>
      view.getUint16(offset) === end - offset - 2 ||
      (end - offset === 2 && (view.getUint16(offset) & VTUN_LENGTH) === 0),
    fields: [
      hex(
        'flags',
        0,
        16,
        'Flags',
        'None with data; asks and answers whether the other end is there, or ends the tunnel.',
        {
          read: (view, start) => view.getUint16(start) & ~VTUN_LENGTH,
          values: { 0: 'Data', 8192: 'Echo request', 16384: 'Echo reply', 32768: 'Connection close' },
        },
      ),
      uint('length_field', 0, 16, 'Length', 'Of what follows, in bytes.', {
        read: (view, start) => view.getUint16(start) & VTUN_LENGTH,
      }),
    ],
  },
  {
    name: 'openvpn',
    title: 'OpenVPN',
    short: 'OpenVPN',
    reference: 'openvpn 2.6, cipher none, auth none',
    about:
      'A tunnel program that usually encrypts. Without, a few bytes of its own precede the packet or frame.',
    bytes: [0, 1, 4, 5, 6, 8, 9, 12, 13],
    fits: fitsOpenVpn,
    fields: [
      whole(
        'A packet ID with its time, or an operation code and a packet ID; then four bytes of --fragment, and one of --comp-lzo: each if it is used.',
      ),
    ],
  },
  {
    name: 'tinc',
    title: 'tinc',
    short: 'tinc',
    reference: 'tincd 1.0.36, Cipher = none, Digest = none',
    about:
      'A tunnel program that carries Ethernet frames, as a router with addresses of zero. Without encryption, a sequence number is in front.',
    bytes: [4],
    fits: (_view, _offset, _end, _bytes, isFrame) => isFrame,
    fields: [uint('seq', 0, 32, 'Sequence Number', 'Counts the packets, so that none can be replayed.')],
  },
];

/** What follows, as its bytes say. */
function entryOf(stack: Decoding, type: number): number {
  if (type === FRAME_TYPE) return stack.tables.link[LINKTYPE_ETHERNET];
  return type < 0 ? DATA : stack.tables.etherType[type];
}

function protocolOf({ bytes, fits, ...program }: ProgramPrelude): Protocol {
  const constant = bytes.length === 1 ? (bytes[0] as number) : 0;
  return {
    ...program,
    attach: [
      { table: 'udp.prelude', bytes, fits },
      { table: 'decode-as', name: program.name },
    ],
    summary(out) {
      out.text(program.short);
    },
    decode(stack, view, offset, end) {
      const proven = constant > 0 ? constant : bytesInFront(view, offset, end) & ~IS_FRAME;
      if (proven > 0 && offset + proven < end && (constant > 0 || bytes.includes(proven))) {
        const type = typeOfProven(view, offset + proven, end);
        const isFrame = type === FRAME_TYPE;
        if (type > 0 && fits(view, offset, end, proven, isFrame))
          return (proven << HEADER_SHIFT) | entryOf(stack, type);
      }
      // By the user's word: what is cut or damaged, or something of the program's own, such as keepalives and handshakes.
      let header = 0;
      for (const length of bytes) {
        if (offset + length > end) continue;
        const type = typeCarried(view, offset + length, end);
        if (!fits(view, offset, end, length, type === FRAME_TYPE)) continue;
        if (type >= 0) return (length << HEADER_SHIFT) | entryOf(stack, type);
        if (header === 0) header = length;
      }
      return header === 0 ? NO_TUNNEL : (header << HEADER_SHIFT) | DATA;
    },
  };
}

export const programPreludes: readonly Protocol[] = programs.map(protocolOf);

/** How many bytes stand in front: as the user says, or as they are where what follows is proven. */
function prefixLength(stack: Decoding, view: DataView, offset: number, end: number): number {
  const said = stack.tables.udpSkip[destinationPort(view, stack.start(stack.count - 1))];
  return said > 0 ? said : bytesInFront(view, offset, end) & ~IS_FRAME;
}

/** Bytes of nobody that is known: the tunnel is called by what follows, `raw` or `eth`. */
export const prefix: Protocol = {
  name: 'prefix',
  title: 'Bytes in Front',
  short: 'Prefix',
  reference: 'none: found where what follows is proven',
  about:
    'Bytes that a program puts in front of the packets or frames that it carries. Which program, they do not say; what follows them proves that they are a header.',
  attach: [
    {
      table: 'udp.prelude',
      bytes: LENGTHS_IN_FRONT,
      fits: () => true,
    },
    { table: 'decode-as', name: 'skip:N' },
  ],
  fields: [
    byteString('bytes', 'Bytes', 'The bytes, as they are.', (_view, _start, stack, layer) =>
      span(0, stack.headerLength(layer)),
    ),
  ],
  summary(out, _view, _start, stack, layer) {
    out.uint(stack.headerLength(layer));
    out.text(' bytes in front');
  },
  decode(stack, view, offset, end) {
    const length = prefixLength(stack, view, offset, end);
    if (end - offset < length) return stack.tooShort(offset, length, end - offset, 'bytes to skip');
    return (length << HEADER_SHIFT) | entryOf(stack, typeOfProven(view, offset + length, end));
  },
};
