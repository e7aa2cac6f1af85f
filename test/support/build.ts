/** Headers for tests that need many of one kind: lengths and checksums are right unless a test changes them. */
import { fold, pseudoHeaderSum, sumWords } from '../../src/decode/checksum.ts';
import { hex, viewOf } from './decoding.ts';

export function join(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? hex(part) : part)]));
}

/** The bytes with some of them replaced from `at` on. */
export function patched(bytes: Uint8Array, at: number, digits: string): Uint8Array {
  const copy = bytes.slice();
  copy.set(hex(digits), at);
  return copy;
}

export function ethernetFrame(etherType: string, payload: Uint8Array): Uint8Array {
  return join('020000000002 020000000001', etherType, payload);
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  viewOf(bytes).setUint16(at, value);
}

/** @param flags the two bytes of flags and fragment offset */
export function ipv4Packet(protocol: number, payload: Uint8Array, flags = 0): Uint8Array {
  const packet = join('45 00 0000 0001 0000 40 00 0000 c0000201 c6336402', payload);
  put16(packet, 2, packet.length);
  put16(packet, 6, flags);
  packet[9] = protocol;
  put16(packet, 10, 0xffff - fold(sumWords(viewOf(packet), 0, 20)));
  return packet;
}

export function ipv6Packet(nextHeader: number, payload: Uint8Array): Uint8Array {
  const packet = join(
    '60000000 0000 00 40 20010db8000000000000000000000001 20010db8000000010000000000000002',
    payload,
  );
  put16(packet, 4, payload.length);
  packet[6] = nextHeader;
  return packet;
}

/** A datagram with its checksum, for the addresses of {@link ipv4Packet} or {@link ipv6Packet}. */
export function udpDatagram(port: number, payload: Uint8Array, over: 'ipv4' | 'ipv6' = 'ipv4'): Uint8Array {
  const datagram = join('9c40 0000 0000 0000', payload);
  put16(datagram, 2, port);
  put16(datagram, 4, datagram.length);
  const network = viewOf(
    over === 'ipv4' ? ipv4Packet(17, new Uint8Array()) : ipv6Packet(17, new Uint8Array()),
  );
  const [offset, bytes] = over === 'ipv4' ? [12, 8] : [8, 32];
  const sum =
    pseudoHeaderSum(network, offset, bytes, 17, datagram.length) +
    sumWords(viewOf(datagram), 0, datagram.length);
  put16(datagram, 6, 0xffff - fold(sum));
  return datagram;
}

/** An ICMP echo request with its checksum. */
export function echoRequest(payload = hex('70696e67')): Uint8Array {
  const message = join('08 00 0000 4567 0001', payload);
  put16(message, 2, 0xffff - fold(sumWords(viewOf(message), 0, message.length)));
  return message;
}

/** Ethernet, IPv4 and UDP to a port, around a payload. */
export function inUdp(payload: Uint8Array, port = 9000): Uint8Array {
  return ethernetFrame('0800', ipv4Packet(17, udpDatagram(port, payload)));
}
