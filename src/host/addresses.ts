/** Addresses out of the kernel's messages, in words. */
import { SocketAddress } from 'node:net';

/** 10.1.0.10, or 2001:db8::1 as RFC 5952 writes it; undefined for what is neither, and for the address of all zeros. */
export function ipAddress(value: DataView): string | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.every((byte) => byte === 0)) return undefined;
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return undefined;
  const groups = bytes.toString('hex').replace(/....(?!$)/g, '$&:');
  return new SocketAddress({ address: groups, family: 'ipv6' }).address;
}

/** An address of the link layer: 3e:f0:c3:c1:47:b6. */
export function linkAddress(value: DataView): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    .toString('hex')
    .replace(/..(?!$)/g, '$&:');
}

/** 224.0.0.0/4 (RFC 5771), ff00::/8 (RFC 4291). */
export function isMulticast(value: DataView): boolean {
  const first = value.getUint8(0);
  return value.byteLength === 4 ? first >= 224 && first < 240 : first === 0xff;
}
