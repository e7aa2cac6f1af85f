/** What becomes of connections and queries, one by one and as it happens: for scripts that read along. */
import { timeText } from '../decode/format.ts';
import { responseCodeName } from './dns/response-codes.ts';
import type { ExchangeEntries } from './exchange-entries.ts';
import { ENTRY, FLAG, KEY, MOMENT } from './exchange-layout.ts';
import { storedAddress } from './ping/path-table.ts';
import type { PingEnds } from './ping/ping-events.ts';
import type { Tunnel } from './tunnel.ts';
import type { TunnelTable } from './tunnel-table.ts';

export interface ExchangeEvent {
  /** Always `exchange`: pings have events of other names. */
  readonly event: 'exchange';
  /** TCP connections and DNS queries; UDP flows are not judged. */
  readonly kind: 'tcp' | 'dns';
  /**
   * `unanswered`: a connection's SYN for a second, a query for five, or until the capture ended. An answer that comes later, or after a
   * refusal, is still reported, and counts.
   */
  readonly outcome: 'answered' | 'refused' | 'unanswered';
  /** The packet's: what answers or refuses; for `unanswered`, the request's. */
  readonly number: number;
  /** That packet's: seconds since 1970 in UTC, with nine decimals. */
  readonly time: string;
  /** The packet of the SYN or query. */
  readonly request: number;
  /** The tunnels seen by then, outermost first, in the request's direction. */
  readonly tunnels: readonly Tunnel[];
  /** The innermost addresses, in the direction of the request. */
  readonly inner: PingEnds;
  /** The port of whoever asks. */
  readonly srcport: number;
  /** The port that is asked. */
  readonly port: number;
  /** DNS alone: the message's identifier. */
  readonly ident?: number;
  /** Of an answered query: the name of the response code. */
  readonly rcode?: string;
  /**
   * Of what was answered: milliseconds from the last SYN or query to the packet that answers, where both were seen first. Of a connection that is
   * the SYN-ACK; the verdict has the time to the ACK after it. Null if the capture has the answer first.
   */
  readonly elapsed?: number | null;
}

/** Told by the memory: the entry of its ring, the packet, and its time in ns since the capture's first second. */
export type ExchangeListener = (
  outcome: ExchangeEvent['outcome'],
  entry: number,
  number: number,
  time: number,
) => void;

/** @param firstSecond of the capture, since 1970 */
export function describeExchange(
  kind: ExchangeEvent['kind'],
  outcome: ExchangeEvent['outcome'],
  { words, moments }: ExchangeEntries,
  tunnels: TunnelTable,
  entry: number,
  number: number,
  time: number,
  firstSecond: number,
): ExchangeEvent {
  const word = entry * ENTRY.STRIDE;
  const ends = word + ENTRY.ENDS;
  const flags = words[word + ENTRY.FLAGS] as number;
  const isSecond = (flags & FLAG.ASKER_SECOND) !== 0;
  const isIpv6 = words[ends + KEY.VERSION] !== 0;
  const ports = words[ends + KEY.PORTS] as number;
  const [first, second] = [ports >>> 16, ports & 0xffff];
  const request = moments[entry * MOMENT.STRIDE + MOMENT.REQUEST_NUMBER] as number;
  const last = moments[entry * MOMENT.STRIDE + MOMENT.LAST] as number;
  const seconds = Math.floor(time / 1e9);
  const isDns = kind === 'dns';
  const isAnswered = outcome === 'answered';
  return {
    event: 'exchange',
    kind,
    outcome,
    number,
    time: timeText(firstSecond + seconds, time - seconds * 1e9),
    request,
    tunnels: tunnels.tunnels(words[word + ENTRY.TUNNELS] as number),
    inner: {
      src: storedAddress(words, ends + (isSecond ? KEY.SECOND : KEY.FIRST), isIpv6),
      dst: storedAddress(words, ends + (isSecond ? KEY.FIRST : KEY.SECOND), isIpv6),
    },
    srcport: isSecond ? second : first,
    port: isSecond ? first : second,
    ...(isDns && { ident: words[word + ENTRY.IDENTITY] as number }),
    ...(isDns && isAnswered && { rcode: responseCodeName((flags >> FLAG.RCODE_SHIFT) & 15) }),
    ...(isAnswered && { elapsed: number < request || time < last ? null : (time - last) / 1e6 }),
  };
}
