/** What `verify`'s flags demand of the pings, out of their words. */
import { parseAddress, parseDuration, parsePercent } from '../../../verdict/amounts.ts';
import type { ExchangeDemands } from '../../../verdict/exchange-demands.ts';
import type { AddressPair, PingDemands } from '../../../verdict/ping-demands.ts';
import { UsageError } from '../../errors.ts';

/** What `--expect` says, as often as it is given. */
export interface Expected {
  /** Of pings; undefined if each was about something else. */
  readonly pings?: Pick<PingDemands, 'tunnel' | 'vni' | 'key' | 'session' | 'teid' | 'port'>;
  /** Each that names a proto. What the values may be is checked with the other demands. */
  readonly exchanges: readonly ExchangeWords[];
}

export type ExchangeWords = Pick<
  ExchangeDemands,
  'port' | 'tunnel' | 'vni' | 'key' | 'session' | 'teid' | 'tunnelPort'
> & {
  readonly proto: string;
};

const KEYS = {
  proto: 'proto',
  tunnel: 'tunnel',
  kind: 'tunnel',
  vni: 'vni',
  key: 'key',
  session: 'session',
  teid: 'teid',
  port: 'port',
  'tunnel-port': 'tunnelPort',
} as const;

const PART = new RegExp(`^(${Object.keys(KEYS).join('|')})=([\\w-]+)$`);
/** Keys and TEIDs are often written in hexadecimal. */
const NUMBER = /^(\d+|0x[0-9a-f]{1,8})$/i;

/** `tunnel=vxlan,vni=42`, or each in a flag of its own; with `proto=tcp`, an expectation of its own. */
export function parseExpected(text: string, previous: Expected = { exchanges: [] }): Expected {
  const words: Partial<Record<keyof ExchangeWords, string | number>> = {};
  for (const part of text.split(',')) {
    const [, name, value = ''] = PART.exec(part.trim()) ?? [];
    const key = KEYS[name as keyof typeof KEYS];
    const isNumber = key !== 'tunnel' && key !== 'proto';
    if (name === undefined || (isNumber && !NUMBER.test(value))) {
      throw new UsageError(
        `--expect "${text}" is not understood; expected tunnel=KIND, vni, key, session, teid or port=NUMBER, as in tunnel=vxlan,vni=42, or proto=tcp, dns or udp with them, as in proto=tcp,port=443,tunnel=vxlan`,
      );
    }
    if (key in words) throw saidTwice(text, name);
    words[key] = isNumber ? Number(value) : value;
  }
  const { proto, ...rest } = words;
  if (proto !== undefined)
    return { ...previous, exchanges: [...previous.exchanges, words as unknown as ExchangeWords] };
  if ('tunnelPort' in rest) {
    throw new UsageError(
      `--expect "${text}" has tunnel-port without proto; expected port=NUMBER, the tunnel's own, as in tunnel=vxlan,port=4789`,
    );
  }
  const again = Object.keys(rest).find((key) => key in (previous.pings ?? {}));
  if (again !== undefined) throw saidTwice(text, again);
  return { ...previous, pings: { ...previous.pings, ...rest } as Expected['pings'] & object };
}

function saidTwice(text: string, name: string): UsageError {
  return new UsageError(`--expect "${text}" says ${name} twice; expected it once`);
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
