/** IP addresses and networks as numbers. */
import { isIPv4, isIPv6 } from 'node:net';
import { ipBytes } from '../text/ip-bytes.ts';

export interface Prefix {
  readonly family: 'ip' | 'ip6';
  readonly base: bigint;
  readonly length: number;
}

/** `10.1.0.10` or `10.1.0.0/24`; undefined for what is neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length] = text.split('/');
  const family = familyOf(address);
  if (family === undefined) return undefined;
  const width = widthOf(family);
  const bits = length === undefined ? width : Number(length);
  if (!(bits >= 0 && bits <= width)) return undefined;
  return { family, base: addressNumber(address), length: bits };
}

export function familyOf(address: string): 'ip' | 'ip6' | undefined {
  if (isIPv4(address)) return 'ip';
  return isIPv6(address) ? 'ip6' : undefined;
}

function widthOf(family: 'ip' | 'ip6'): number {
  return family === 'ip' ? 32 : 128;
}

function addressNumber(address: string): bigint {
  return ipBytes(address.replace(/%.*$/, '')).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** Whether an address, or a whole network, is in a network. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || inner.length < outer.length) return false;
  const rest = BigInt(widthOf(outer.family) - outer.length);
  return outer.base >> rest === inner.base >> rest;
}

/** `10.1.0.10/24` → `10.1.0.0/24`. */
export function networkOf(text: string): string {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return text;
  const rest = BigInt(widthOf(prefix.family) - prefix.length);
  return `${addressText({ ...prefix, base: (prefix.base >> rest) << rest })}/${prefix.length}`;
}

/** An address of a network that a host may have: its second one, where it has two. */
export function hostIn(text: string): string {
  const prefix = parsePrefix(networkOf(text));
  if (prefix === undefined) return text;
  const isOne = prefix.length >= widthOf(prefix.family) - 1;
  return addressText({ ...prefix, base: prefix.base + (isOne ? 0n : 2n) });
}

function addressText({ family, base }: Prefix): string {
  const hexadecimal = base.toString(16).padStart(widthOf(family) / 4, '0');
  if (family === 'ip') return [...Buffer.from(hexadecimal, 'hex')].join('.');
  return new URL(`http://[${hexadecimal.replace(/....(?!$)/g, '$&:')}]`).hostname.slice(1, -1);
}

/** `10.1.0.10/24` → `10.1.0.10`. */
export function addressOf(text: string): string {
  return text.replace(/\/.*$/, '');
}
