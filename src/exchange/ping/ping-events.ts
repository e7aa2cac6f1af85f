/** What happens to pings, one by one and as it happens: for live captures, and for scripts that read along. */
import { timeText } from '../../decode/format.ts';
import type { Tunnel } from '../tunnel.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import { storedAddress } from './path-table.ts';
import type { PingEntries } from './ping-entries.ts';
import { ENTRY, FLAG, MOMENT, NOTE } from './ping-layout.ts';

/** The two ends of a ping: the innermost addresses. */
export interface PingEnds {
  /** Who pings. */
  readonly src: string;
  /** Who is pinged. */
  readonly dst: string;
}

export interface PingEvent {
  /**
   * Without a time limit, a reply that comes after `unanswered` is still reported, and counts. `undelivered`: a
   * reply reported earlier was refused by an ICMP error, or damaged, and the request is unanswered again. `late`: with a time
   * limit, the first reply that came after it, and does not count.
   */
  readonly event: 'request' | 'reply' | 'late' | 'duplicate' | 'undelivered' | 'unanswered';
  /** The packet's; for `unanswered`, the request's; for `undelivered`, that of the ICMP error, or of the reply. */
  readonly number: number;
  /** That packet's: seconds since 1970 in UTC, with nine decimals. */
  readonly time: string;
  /** The request's packet. */
  readonly request: number;
  /** The tunnels seen by then, outermost first, in the request's direction. */
  readonly tunnels: readonly Tunnel[];
  /** The innermost addresses, in the direction of the request. */
  readonly inner: PingEnds;
  /** The echo header's identifier. */
  readonly ident: number;
  /** The echo header's sequence number. */
  readonly seq: number;
  /** Of a reply, late or not: milliseconds; null if the clock went backwards. */
  readonly rtt?: number | null;
  /** Of `unanswered`, where a router said that the request's hops ran out: it was sent by traceroute or mtr, or into a loop. */
  readonly expired?: PingExpired;
}

/** Where a request's hops ran out. */
export interface PingExpired {
  /** Hops that it had left where it was captured. */
  readonly ttl: number;
  /** The router that said so; null past the most that are told apart. */
  readonly from: string | null;
}

/** Told by the matcher: the entry of its ring, the packet, and its time in ns since the capture's first second. */
export type PingListener = (event: PingEvent['event'], entry: number, number: number, time: number) => void;

/**
 * @param firstSecond of the capture, since 1970
 * @param routers whoever said that hops ran out, by the number in an entry
 */
export function describeEvent(
  event: PingEvent['event'],
  { words, moments }: PingEntries,
  tunnels: TunnelTable,
  entry: number,
  number: number,
  time: number,
  firstSecond: number,
  routers: readonly string[],
): PingEvent {
  const word = entry * ENTRY.STRIDE;
  const moment = entry * MOMENT.STRIDE;
  const isIpv6 = (words[word + ENTRY.FLAGS] & FLAG.IPV6) !== 0;
  const identity = words[word + ENTRY.IDENTITY] as number;
  const elapsed = time - (moments[moment + MOMENT.REQUEST_TIME] as number);
  const seconds = Math.floor(time / 1e9);
  return {
    event,
    number,
    time: timeText(firstSecond + seconds, time - seconds * 1e9),
    request: moments[moment + MOMENT.REQUEST_NUMBER] as number,
    tunnels: tunnels.tunnels(words[word + ENTRY.REQUEST_TUNNELS] as number),
    inner: {
      src: storedAddress(words, word + ENTRY.SOURCE, isIpv6),
      dst: storedAddress(words, word + ENTRY.DESTINATION, isIpv6),
    },
    ident: identity >>> 16,
    seq: identity & 0xffff,
    ...(event === 'reply' || event === 'late' ? { rtt: elapsed < 0 ? null : elapsed / 1e6 } : {}),
    ...(event === 'unanswered' ? expiredAt(words, word, routers) : {}),
  };
}

function expiredAt(words: Int32Array, word: number, routers: readonly string[]): Pick<PingEvent, 'expired'> {
  if (((words[word + ENTRY.NOTES] as number) & NOTE.EXPIRED) === 0) return {};
  const ttl = (words[word + ENTRY.HOPS] as number) & 0xff;
  return { expired: { ttl, from: routers[words[word + ENTRY.REPLY_PRINT] as number] ?? null } };
}
