/**
 * Proof from the bytes, for payloads that no port announces: version, header length, total length equal to what is
 * there, and a correct checksum. A guess that fails any of these is not made.
 */
import { fold, pseudoHeaderSum, sumWords } from './checksum.ts';

/** Whether [offset, end) is exactly one IPv4 packet with a correct header checksum. */
export function provenIpv4(view: DataView, offset: number, end: number): boolean {
  const available = end - offset;
  if (available < 20) return false;
  const first = view.getInt32(offset);
  if (first >>> 28 !== 4 || (first & 0xffff) !== available) return false;
  const header = (first >>> 22) & 60;
  if (header < 20 || header > available) return false;
  const second = view.getInt32(offset + 4);
  const third = view.getInt32(offset + 8);
  const source = view.getInt32(offset + 12);
  const destination = view.getInt32(offset + 16);
  let sum =
    (first >>> 16) +
    (first & 0xffff) +
    (second >>> 16) +
    (second & 0xffff) +
    (third >>> 16) +
    (third & 0xffff) +
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff);
  for (let at = offset + 20; at < offset + header; at += 2) sum += view.getUint16(at);
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16) === 0xffff;
}

/** Whether [offset, end) is exactly one IP packet, of either version. */
export function provenPacket(view: DataView, offset: number, end: number): boolean {
  return provenIpv4(view, offset, end) || provenIpv6(view, offset, end);
}

/** Whether an IPv4 header with a correct checksum is at `offset`, wherever its packet ends. */
export function provenIpv4Header(view: DataView, offset: number, end: number): boolean {
  if (end - offset < 20) return false;
  const header = (view.getUint8(offset) & 15) << 2;
  return offset + header <= end && provenIpv4(view, offset, offset + view.getUint16(offset + 2));
}

const IPV6_HEADER = 40;
const HOP_BY_HOP = 0;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const DESTINATION_OPTIONS = 60;
/** How many headers of options a proof looks behind. */
const MOST_OPTIONS_HEADERS = 2;

/** Where a transport has its checksum; -1 for what has none that proves anything. */
function checksumPlace(protocol: number): number {
  if (protocol === ICMPV6) return 2;
  if (protocol === UDP) return 6;
  return protocol === TCP ? 16 : -1;
}

/**
 * Whether [offset, end) is exactly one IPv6 packet. Its header has no checksum, so the payload must be TCP, UDP or
 * ICMPv6, behind headers of options at most, with a correct one, or with the pseudo-header's sum that a sender leaves to its card.
 */
export function provenIpv6(view: DataView, offset: number, end: number): boolean {
  const available = end - offset;
  if (available < IPV6_HEADER + 8 || view.getUint8(offset) >> 4 !== 6) return false;
  if (view.getUint16(offset + 4) + IPV6_HEADER !== available) return false;
  let next = view.getUint8(offset + 6);
  let at = offset + IPV6_HEADER;
  for (let left = MOST_OPTIONS_HEADERS; left > 0 && end - at >= 16; left--) {
    if (next !== HOP_BY_HOP && next !== DESTINATION_OPTIONS) break;
    next = view.getUint8(at);
    at += (view.getUint8(at + 1) + 1) << 3;
  }
  const place = checksumPlace(next);
  if (place < 0 || at + place + 2 > end) return false;
  const pseudo = pseudoHeaderSum(view, offset + 8, 32, next, end - at);
  return fold(pseudo + sumWords(view, at, end)) === 0xffff || view.getUint16(at + place) === fold(pseudo);
}

/**
 * Whether an ARP packet for IPv4 over Ethernet stands at `offset`, sent from the address that the frame at `frame` says:
 * ARP has no checksum, and this is what it has instead.
 */
export function provenArp(view: DataView, frame: number, offset: number, end: number): boolean {
  if (end - offset < 28) return false;
  if (view.getInt32(offset) !== 0x00010800 || view.getUint16(offset + 4) !== 0x0604) return false;
  const operation = view.getUint16(offset + 6);
  if (operation !== 1 && operation !== 2) return false;
  for (let i = 0; i < 6; i++) {
    if (view.getUint8(frame + 6 + i) !== view.getUint8(offset + 8 + i)) return false;
  }
  return true;
}

const SMALLEST_FRAME = 14;
/** Bytes that all that is carried has at least: a frame's header. */
const SMALLEST_CARRIED = SMALLEST_FRAME;
/** How many VLAN tags a proof looks behind. */
const MOST_TAGS = 2;

/**
 * Whether an Ethernet frame stands at `offset`, with padding behind its payload or none: a sender that is no group, and IPv4 with
 * a correct header checksum, IPv6 with a correct transport checksum, or ARP from that sender, behind two VLAN tags at most.
 */
export function provenFrame(view: DataView, offset: number, end: number): boolean {
  if (end - offset < SMALLEST_FRAME + 20 || (view.getUint8(offset + 6) & 1) !== 0) return false;
  let type = offset + SMALLEST_FRAME - 2;
  for (let tags = 0; tags < MOST_TAGS && end - type > 24; tags++) {
    const tag = view.getUint16(type);
    if (tag !== 0x8100 && tag !== 0x88a8) break;
    type += 4;
  }
  const at = type + 2;
  if (end - at < 20) return false;
  switch (view.getUint16(type)) {
    case 0x0800:
      // The checksum is over the header alone: a capture that has cut the rest takes nothing from it.
      return provenIpv4Header(view, at, end);
    case 0x86dd:
      return provenIpv6(view, at, Math.min(end, at + 40 + view.getUint16(at + 4)));
    case 0x0806:
      return provenArp(view, offset, at, end);
    default:
      return false;
  }
}

/** What a tunnel carries, by its EtherType: a frame, or a packet of either version. */
export const FRAME_TYPE = 0x6558;
const IPV4_TYPE = 0x0800;
const IPV6_TYPE = 0x86dd;
const ARP_TYPE = 0x0806;
/** Ethernet's smallest frame, without its check sequence: shorter ones are padded. */
const SHORTEST_PADDED = 60;

/**
 * What stands in a UDP payload in front of what a tunnel carries: VXLAN's header, or the four bytes of a TUN device. Its own bytes prove
 * little; with a frame or a packet behind them that is proven, they do. A protocol of this kind attaches by {@link guessedBehind}.
 */
export interface Prelude {
  /** The first byte of such payloads, from and to. */
  readonly firstByte: readonly [from: number, to: number];
  /** The bits of the first eight bytes that never differ, as two words, and what they are. Nothing else is asked of most payloads. */
  readonly mask: readonly [first: number, second: number];
  readonly bits: readonly [first: number, second: number];
  /** Bytes of the prelude, or of its part that is always there, where {@link Prelude.length} says how many there are in all. */
  readonly bytes: number;
  /** Its length where that differs; 0 if it can't be one. */
  readonly length?: (view: DataView, offset: number, end: number) => number;
  /** What follows: {@link FRAME_TYPE}, an EtherType of IP, or what this prelude says of it; -1 if it says what can't be. */
  readonly carries: number | ((view: DataView, offset: number, end: number) => number);
}

/** How a payload is recognised by what a prelude says, and what is behind it. */
export interface Recognition {
  readonly firstByte: readonly [from: number, to: number];
  readonly firstWord: readonly [mask: number, bits: number];
  /** Whether the bytes leave no doubt. */
  readonly prove: (view: DataView, offset: number, end: number) => boolean;
  /** Whether they look so: enough for advice, and not for a guess. */
  readonly resembles: (view: DataView, offset: number, end: number) => boolean;
}

export function guessedBehind({ firstByte, mask, bits, bytes, length, carries }: Prelude): Recognition {
  const [firstMask, secondMask, first, second] = [...mask, ...bits].map((word) => word | 0) as [
    number,
    number,
    number,
    number,
  ];
  const least = Math.max(bytes + SMALLEST_CARRIED, 8);
  const typeOf = typeof carries === 'number' ? () => carries : carries;
  const lengthOf = length ?? (() => bytes);
  const fits = (view: DataView, offset: number, end: number): boolean =>
    end - offset >= least &&
    (view.getInt32(offset) & firstMask) === first &&
    (view.getInt32(offset + 4) & secondMask) === second;
  return {
    firstByte,
    firstWord: [firstMask, first],
    prove(view, offset, end) {
      if (!fits(view, offset, end)) return false;
      const at = offset + lengthOf(view, offset, end);
      return at > offset && provenCarried(view, at, end, typeOf(view, offset, end));
    },
    resembles(view, offset, end) {
      if (!fits(view, offset, end)) return false;
      const at = offset + lengthOf(view, offset, end);
      return at > offset && resemblesCarried(view, at, end, typeOf(view, offset, end));
    },
  };
}

/** Whether [offset, end) is what is carried, whole: a packet exactly, a frame with no more padding than a short one gets. */
function provenCarried(view: DataView, offset: number, end: number, type: number): boolean {
  if (type === IPV4_TYPE) return provenIpv4(view, offset, end);
  if (type === IPV6_TYPE) return provenIpv6(view, offset, end);
  return type === FRAME_TYPE && provenFrame(view, offset, end) && isFilled(view, offset, end);
}

/** How many bytes a search looks behind: up to eight of anything, and what openvpn's packet ID, fragment and compression bytes make together. */
export const LENGTHS_IN_FRONT: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13];
/** Those of them that the first words of a payload say nothing of. */
const LONGER_IN_FRONT = LENGTHS_IN_FRONT.filter((bytes) => bytes > 8);
/** In the result of {@link bytesInFront}. */
export const IS_FRAME = 0x100;
/** Upper bytes of the EtherTypes that a frame's proof knows. */
const UPPER_BYTES = new Uint8Array(256);
const FRAME_TYPES = [0x0800, 0x0806, 0x8100, 0x86dd, 0x88a8];
for (const type of FRAME_TYPES) UPPER_BYTES[type >> 8] = 1;
const OPENVPN_NOT_COMPRESSED = 0xfa;

/**
 * Finds a frame or an IP packet that is proven, behind some bytes that are not looked at.
 *
 * @returns how many bytes are in front, one of {@link LENGTHS_IN_FRONT}, with {@link IS_FRAME} if of a frame; 0 where nothing is proven
 */
export function bytesInFront(view: DataView, offset: number, end: number): number {
  if (end - offset < 21) return 0;
  const lengths = lengthsToTry(view, offset, end);
  return lengths === undefined ? 0 : search(view, offset, end, lengths);
}

function search(view: DataView, offset: number, end: number, lengths: readonly number[]): number {
  // Frames first: behind a frame's header stands a packet too.
  for (const bytes of lengths) {
    const at = offset + bytes;
    if (at + SMALLEST_FRAME + 20 > end) break;
    if (UPPER_BYTES[view.getUint8(at + SMALLEST_FRAME - 2)] === 0) continue;
    if (provenFrame(view, at, end) && isFilled(view, at, end)) return bytes | IS_FRAME;
  }
  for (const bytes of lengths) {
    const at = offset + bytes;
    if (at + 20 > end) break;
    const first = view.getInt32(at);
    if (first >>> 28 === 4) {
      if ((first & 0xffff) === end - at && provenIpv4(view, at, end)) return bytes;
    } else if (first >>> 28 === 6 && provenIpv6(view, at, end)) {
      return bytes;
    }
  }
  return 0;
}

/**
 * What nearly every other payload fails: a length that leads to the end in the place of IPv4's or IPv6's, or the first byte of an EtherType, behind one
 * to eight bytes. All payloads of unknown ports come here, so it reads six words and no more.
 */
function lengthsToTry(view: DataView, offset: number, end: number): readonly number[] | undefined {
  const left = (end - offset) | 0;
  if (left < 24) return LENGTHS_IN_FRONT;
  const a = view.getInt32(offset);
  const b = view.getInt32(offset + 4);
  const c = view.getInt32(offset + 8);
  const d = view.getInt32(offset + 12);
  const e = view.getInt32(offset + 16);
  const f = view.getInt32(offset + 20);
  const ab = (a << 8) | (b >>> 24);
  const bc = (b << 8) | (c >>> 24);
  const cd = (c << 8) | (d >>> 24);
  // IPv4's total length stands two bytes into the packet, and IPv6's payload length, less by 40, four bytes.
  if ((ab & 0xffff) === left - 1 || b >>> 16 === left - 2 || ((b >> 8) & 0xffff) === left - 3)
    return LENGTHS_IN_FRONT;
  if ((b & 0xffff) === left - 4 || (bc & 0xffff) === left - 5 || c >>> 16 === left - 6)
    return LENGTHS_IN_FRONT;
  if (((c >> 8) & 0xffff) === left - 7 || (c & 0xffff) === left - 8) return LENGTHS_IN_FRONT;
  if (((b >> 8) & 0xffff) === left - 41 || (b & 0xffff) === left - 42 || (bc & 0xffff) === left - 43)
    return LENGTHS_IN_FRONT;
  if (c >>> 16 === left - 44 || ((c >> 8) & 0xffff) === left - 45 || (c & 0xffff) === left - 46)
    return LENGTHS_IN_FRONT;
  if ((cd & 0xffff) === left - 47 || d >>> 16 === left - 48) return LENGTHS_IN_FRONT;
  const types =
    UPPER_BYTES[(d >> 16) & 0xff] |
    UPPER_BYTES[(d >> 8) & 0xff] |
    UPPER_BYTES[d & 0xff] |
    UPPER_BYTES[e >>> 24] |
    UPPER_BYTES[(e >> 16) & 0xff] |
    UPPER_BYTES[(e >> 8) & 0xff] |
    UPPER_BYTES[e & 0xff] |
    UPPER_BYTES[f >>> 24];
  if (c === 0 || c >>> 24 === OPENVPN_NOT_COMPRESSED) return LENGTHS_IN_FRONT;
  if (types === 0) return undefined;
  return hasFrameType(view, offset) ? LENGTHS_IN_FRONT : LONGER_IN_FRONT;
}

/** Whether an EtherType of a frame stands behind one to eight bytes: random bytes have one of an eighth of its first bytes. */
function hasFrameType(view: DataView, offset: number): boolean {
  for (let at = offset + SMALLEST_FRAME - 1, left = 8; left > 0; at++, left--) {
    if (UPPER_BYTES[view.getUint8(at)] !== 0 && FRAME_TYPES.includes(view.getUint16(at))) return true;
  }
  return false;
}

/** Whether a proven frame's packet ends where the frame does, but for a short frame's padding. */
function isFilled(view: DataView, offset: number, end: number): boolean {
  let at = offset + SMALLEST_FRAME;
  let type = view.getUint16(at - 2);
  for (; type === 0x8100 || type === 0x88a8; type = view.getUint16(at - 2)) at += 4;
  if (type === IPV4_TYPE) at += view.getUint16(at + 2);
  else if (type === IPV6_TYPE) at += IPV6_HEADER + view.getUint16(at + 4);
  else at += 28;
  return at === end || (at < end && end - offset <= SHORTEST_PADDED);
}

/**
 * As {@link typeCarried}, for what is proven already or nearly always is: the lengths and the EtherType decide, if they agree.
 */
export function typeOfProven(view: DataView, offset: number, end: number): number {
  const left = end - offset;
  if (left < SMALLEST_FRAME + 20) return typeCarried(view, offset, end);
  const version = view.getUint8(offset) >> 4;
  const isFrame = USUAL_TYPES.includes(view.getUint16(offset + SMALLEST_FRAME - 2));
  if (version === 4 && view.getUint16(offset + 2) === left && !isFrame) return IPV4_TYPE;
  if (version === 6 && view.getUint16(offset + 4) + IPV6_HEADER === left && !isFrame) return IPV6_TYPE;
  return isFrame && version !== 4 && version !== 6 ? FRAME_TYPE : typeCarried(view, offset, end);
}

/**
 * What [offset, end) is, where nothing says it: the EtherType of IPv4 or IPv6, or {@link FRAME_TYPE}; -1 for neither. What is proven goes
 * before what looks so.
 */
export function typeCarried(view: DataView, offset: number, end: number): number {
  for (const type of CARRIED) if (provenCarried(view, offset, end, type)) return type;
  for (const type of CARRIED) if (resemblesCarried(view, offset, end, type)) return type;
  return -1;
}
const CARRIED: readonly number[] = [IPV4_TYPE, IPV6_TYPE, FRAME_TYPE];

/** Whether what is there looks like it, however much the capture has cut off, and whatever its checksums say. */
export function resemblesCarried(view: DataView, offset: number, end: number, type: number): boolean {
  const available = end - offset;
  if (type === IPV4_TYPE) {
    if (available < 20) return false;
    const header = (view.getUint8(offset) & 15) << 2;
    const total = view.getUint16(offset + 2);
    const isUsual = USUAL_PROTOCOLS.includes(view.getUint8(offset + 9));
    return (
      view.getUint8(offset) >> 4 === 4 && header >= 20 && total >= Math.max(available, header) && isUsual
    );
  }
  if (type === IPV6_TYPE) {
    if (available < IPV6_HEADER) return false;
    const isLongEnough = view.getUint16(offset + 4) + IPV6_HEADER >= available;
    return view.getUint8(offset) >> 4 === 6 && isLongEnough && USUAL_NEXT.includes(view.getUint8(offset + 6));
  }
  if (type !== FRAME_TYPE || available < SMALLEST_FRAME || (view.getUint8(offset + 6) & 1) !== 0)
    return false;
  if (view.getInt32(offset + 6) === 0 && view.getUint16(offset + 10) === 0) return false;
  return USUAL_TYPES.includes(view.getUint16(offset + SMALLEST_FRAME - 2));
}

const USUAL_PROTOCOLS: readonly number[] = [1, TCP, UDP];
const USUAL_NEXT: readonly number[] = [HOP_BY_HOP, TCP, UDP, ICMPV6];
const USUAL_TYPES: readonly number[] = [IPV4_TYPE, IPV6_TYPE, ARP_TYPE, 0x8100, 0x88a8];
