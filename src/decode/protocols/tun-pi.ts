/**
 * The packet information that Linux's TUN and TAP devices put in front of each packet or frame, unless opened with IFF_NO_PI
 * (linux/if_tun.h, struct tun_pi). socat sends it along: it is why other tools read "Bogus IP version (0)".
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             Flags             |      Protocol (EtherType)     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { hex } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { FRAME_TYPE, guessedBehind, type Prelude, provenIpv4Header, provenPacket } from '../proof.ts';
import { HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 4;
const PROTOCOL = 2;
const FRAME_HEADER = 14;
const LINKTYPE_ETHERNET = 1;
/** The flags that the kernel writes in host byte order (TUN_PKT_STRIP is 1): both orders are seen on the wire. */
const KNOWN_FLAGS = 0x0101;

const prelude: Prelude = {
  firstByte: [0x00, 0x01],
  mask: [~KNOWN_FLAGS << 16, 0],
  bits: [0, 0],
  bytes: HEADER,
  carries: (view, offset) => {
    const etherType = view.getUint16(offset + PROTOCOL);
    return etherType === FRAME_TYPE ? 0 : etherType;
  },
};

/** A TAP device's: the frame says the same once more. */
const preludeOfFrame: Prelude = {
  ...prelude,
  carries: (view, offset, end) => (isBeforeFrame(view, offset, end) ? FRAME_TYPE : -1),
};

/** The kernel's word for a frame that has a length in place of an EtherType (linux/if_ether.h, ETH_P_802_2). */
const LLC = 0x0004;
const LARGEST_LENGTH = 1500;

/** Whether a frame follows, as from a TAP device: its EtherType is the one that the packet information says. */
function isBeforeFrame(view: DataView, offset: number, end: number): boolean {
  const at = offset + HEADER;
  if (end - at < FRAME_HEADER) return false;
  const said = view.getUint16(offset + PROTOCOL);
  const type = view.getUint16(at + FRAME_HEADER - 2);
  if (said === LLC) return type <= LARGEST_LENGTH;
  // Addresses may look like an EtherType: 8.0.0.0/16 in IPv4's header.
  return type === said && !provenPacket(view, at, end);
}

const beforePacket = guessedBehind(prelude);
const beforeFrame = guessedBehind(preludeOfFrame);

/** In IP's protocol 4, where only an IP packet should be, a likeness will do: the capture may have cut the packet. */
function fitsInIp(view: DataView, offset: number, end: number): boolean {
  return beforePacket.resembles(view, offset, end) || beforeFrame.resembles(view, offset, end);
}

/** Ethernet's smallest frame with what it pads: a bridge passes it on so. */
const LONGEST_TO_READ = HEADER + FRAME_HEADER + 40;
const ARP_LENGTH = 28;

/** How long packet information and what follows it are, by the packet's own length; -1 where more bytes have to tell, 0 where it is none. */
function lengthInStream(view: DataView, offset: number, end: number): number {
  if (end - offset < LONGEST_TO_READ - 40 + 8) return -1;
  const said = view.getUint16(offset + PROTOCOL);
  if ((view.getUint16(offset) & ~KNOWN_FLAGS) !== 0) return 0;
  const bare = lengthOfPacket(view, offset + HEADER, said);
  const framed =
    view.getUint16(offset + HEADER + FRAME_HEADER - 2) === said
      ? lengthOfPacket(view, offset + HEADER + FRAME_HEADER, said)
      : 0;
  if (framed > 0 && bare > 0) {
    // An address of 8.0.0.0/16 looks like an EtherType, and a hardware address may begin like a packet.
    const isPacket = said === 0x0800 && provenIpv4Header(view, offset + HEADER, end);
    return isPacket ? HEADER + bare : HEADER + FRAME_HEADER + framed;
  }
  if (framed > 0) return HEADER + FRAME_HEADER + framed;
  return bare > 0 && said !== 0x0806 ? HEADER + bare : 0;
}

/** By its header's first bytes; 0 where it is none of the type. */
function lengthOfPacket(view: DataView, at: number, type: number): number {
  const version = view.getUint8(at) >> 4;
  if (type === 0x0800) return version === 4 ? view.getUint16(at + 2) : 0;
  if (type === 0x86dd) return version === 6 ? 40 + view.getUint16(at + 4) : 0;
  return type === 0x0806 && view.getInt32(at) === 0x00010800 ? ARP_LENGTH : 0;
}

/** Whether it begins here: all of it proven, or of a long packet IPv4's header, whose checksum holds. */
function provenInStream(view: DataView, offset: number, end: number): boolean {
  if (end - offset < HEADER + 20 || (view.getUint16(offset) & ~KNOWN_FLAGS) !== 0) return false;
  const length = lengthInStream(view, offset, end);
  if (length <= 0) return false;
  if (offset + length <= end) {
    const whole = offset + length;
    return beforePacket.prove(view, offset, whole) || beforeFrame.prove(view, offset, whole);
  }
  if (view.getUint16(offset + PROTOCOL) !== 0x0800) return false;
  return (
    provenIpv4Header(view, offset + HEADER, end) ||
    provenIpv4Header(view, offset + HEADER + FRAME_HEADER, end)
  );
}

export const tunPacketInformation: Protocol = {
  name: 'tunpi',
  title: 'TUN Packet Information',
  short: 'TUN PI',
  reference: 'Linux, Documentation/networking/tuntap.rst, 3.2',
  about:
    'Four bytes that a TUN device puts before each packet to say what follows. A user-space tunnel such as socat’s carries them across the network, and both ends must agree on them.',
  attach: [
    { table: 'udp.guess', ...beforePacket },
    { table: 'udp.guess', ...beforeFrame },
    { table: 'ip.guess', prove: fitsInIp },
    ...[0x0800, 0x86dd, 0x0806].map((type) => ({
      table: 'tcp.guess' as const,
      firstWord: [~(KNOWN_FLAGS << 16), type] as const,
      prove: provenInStream,
      length: lengthInStream,
    })),
    { table: 'decode-as', name: 'tun' },
  ],
  fields: [
    hex('flags', 0, 16, 'Flags', 'Bit 0: the packet did not fit the reader’s buffer and was truncated.'),
    hex('proto', PROTOCOL, 16, 'Protocol', 'The EtherType of what follows: 0x0800 for IPv4.', {
      values: etherTypeNames,
    }),
  ],
  summary(out, view, start) {
    out.text('Protocol 0x');
    out.hex(view.getUint16(start + PROTOCOL), 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'TUN packet information');
    if (isBeforeFrame(view, offset, end))
      return (HEADER << HEADER_SHIFT) | stack.tables.link[LINKTYPE_ETHERNET];
    return (HEADER << HEADER_SHIFT) | stack.tables.etherType[view.getUint16(offset + PROTOCOL)];
  },
};
