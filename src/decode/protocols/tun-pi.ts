/**
 * The packet information that Linux's TUN devices put in front of each packet, unless opened with IFF_NO_PI
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
import { FRAME_TYPE, guessedBehind, type Prelude } from '../proof.ts';
import { HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 4;
const PROTOCOL = 2;
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

export const tunPacketInformation: Protocol = {
  name: 'tunpi',
  title: 'TUN Packet Information',
  short: 'TUN PI',
  reference: 'Linux, Documentation/networking/tuntap.rst, 3.2',
  about:
    'Four bytes that a TUN device puts before each packet to say what follows. A user-space tunnel such as socat’s carries them across the network, and both ends must agree on them.',
  attach: [
    { table: 'udp.guess', ...guessedBehind(prelude) },
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
    return (HEADER << HEADER_SHIFT) | stack.tables.etherType[view.getUint16(offset + PROTOCOL)];
  },
};
