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

const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;

/**
 * Whether [offset, end) is exactly one IPv6 packet. Its header has no checksum, so the payload must be TCP, UDP or
 * ICMPv6, directly behind the header, with a correct one.
 */
export function provenIpv6(view: DataView, offset: number, end: number): boolean {
  const available = end - offset;
  if (available < 48 || view.getUint8(offset) >> 4 !== 6) return false;
  const length = view.getUint16(offset + 4);
  if (length + 40 !== available) return false;
  const next = view.getUint8(offset + 6);
  if (next !== TCP && next !== UDP && next !== ICMPV6) return false;
  const sum = pseudoHeaderSum(view, offset + 8, 32, next, length) + sumWords(view, offset + 40, end);
  return fold(sum) === 0xffff;
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
    case 0x0800: {
      // The checksum is over the header alone: a capture that has cut the rest takes nothing from it.
      const header = (view.getUint8(at) & 15) << 2;
      return at + header <= end && provenIpv4(view, at, at + view.getUint16(at + 2));
    }
    case 0x86dd:
      return provenIpv6(view, at, Math.min(end, at + 40 + view.getUint16(at + 4)));
    case 0x0806:
      return provenArp(view, offset, at, end);
    default:
      return false;
  }
}
