/** Amounts as people write them, in flags and in specifications. */
import { BlockList, isIP } from 'node:net';

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

export const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s)$/;
export const PERCENT = /^(\d+(?:\.\d+)?)%$/;

/** `5ms`, `0.5s` or `250us` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  return unit === undefined ? undefined : Number(digits) * (MILLISECONDS[unit] as number);
}

/** `2.5%` as 2.5; undefined for anything else, and past 100. */
export function parsePercent(text: string): number | undefined {
  const value = Number(PERCENT.exec(text)?.[1]);
  return value <= 100 ? value : undefined;
}

/** `172.16.0.2`, `fd00::2`, or a network such as `172.16.0.0/16`: whether an address is that, or in it. */
export type AddressTest = (address: string) => boolean;

/** Undefined for what is no address and no network. */
export function parseAddress(text: string): AddressTest | undefined {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || Number(prefix ?? 0) > bits) return undefined;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(prefix ?? bits), family);
  // An IPv4 address is never one of IPv6, though Node maps one onto the other.
  return (candidate) => isIP(candidate) === version && list.check(candidate, family);
}
