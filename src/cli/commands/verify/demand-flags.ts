/** What `verify`'s flags demand of the pings, out of their words. */
import { parseAddress, parseDuration, parsePercent } from '../../../verdict/amounts.ts';
import type { AddressPair } from '../../../verdict/ping-demands.ts';
import { UsageError } from '../../errors.ts';

/** Of {@link PingDemands}, what `--expect` can say. */
export type TunnelDemand = { tunnel?: string; vni?: number; port?: number };

/** `tunnel=vxlan,vni=42`, or each in a flag of its own; what the words may be is looked at with the other demands. */
export function parseTunnelDemand(text: string, previous: TunnelDemand = {}): TunnelDemand {
  const demand = { ...previous };
  for (const part of text.split(',')) {
    const [, key, value = ''] = /^(tunnel|vni|port)=([\w-]+)$/.exec(part.trim()) ?? [];
    const isNumber = key !== 'tunnel';
    if (key === undefined || (isNumber && !/^\d+$/.test(value))) {
      throw new UsageError(
        `--expect "${text}" is not understood; expected tunnel=KIND, vni=NUMBER or port=NUMBER, as in tunnel=vxlan,vni=42`,
      );
    }
    if (key in demand) throw new UsageError(`--expect "${text}" says ${key} twice; expected it once`);
    Object.assign(demand, { [key]: isNumber ? Number(value) : value });
  }
  return demand;
}

/** `172.16.0.2,172.16.1.2`: source and destination, as addresses or networks; once. */
export function parsePair(flag: string) {
  return (text: string, previous?: AddressPair): AddressPair => {
    const [src, dst, ...more] = text.split(',').map((part) => part.trim());
    const isGood = [src, dst].every((part) => part !== undefined && parseAddress(part) !== undefined);
    if (!isGood || more.length > 0) {
      throw new UsageError(
        `${flag} "${text}" is not understood; expected a source and a destination, as in 172.16.0.2,172.16.1.2 or 172.16.0.0/24,172.16.1.2`,
      );
    }
    if (previous !== undefined) {
      throw new UsageError(
        `${flag} was given more than once (${previous.join(',')}, ${text}); expected it once; use --spec for several checks`,
      );
    }
    return [src as string, dst as string];
  };
}

/** `2.5%` as a number. */
export function parseShare(text: string): number {
  const share = parsePercent(text);
  if (share === undefined)
    throw new UsageError(
      `--max-loss "${text}" is not understood; expected a share from 0% to 100%, such as 2.5%`,
    );
  return share;
}

/** `5ms`, `0.5s`, `250us` in milliseconds. */
export function parseTime(flag: string) {
  return (text: string): number => {
    const time = parseDuration(text);
    if (time === undefined || time === 0)
      throw new UsageError(
        `${flag} "${text}" is not understood; expected a duration above 0, such as 5ms, 0.5s or 250us`,
      );
    return time;
  };
}
