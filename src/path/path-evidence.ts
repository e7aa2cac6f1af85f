/** What a path view is made from: all that the tracker knows when the packets are read. */
import type { QuotingError } from '../exchange/quoting-error.ts';
import type { Tally } from '../exchange/tally.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';
import type { Evidence } from '../finding/evidence.ts';
import type { UnreadReason } from '../finding/watch/unread-watch.ts';
import type { ClockEnd } from './capture-end.ts';
import type { IsTrace } from './fate.ts';
import type { Followed } from './followed.ts';
import type { KeptPings } from './kept-pings.ts';
import type { PointTable } from './points.ts';
import type { Way } from './way.ts';

/** With what the verdict's findings are made from, as far as the view tells the same. */
export interface PathEvidence
  extends Pick<Evidence, 'summary' | 'total' | 'watch' | 'disorder' | 'timesAreArrival'> {
  readonly points: PointTable;
  readonly tunnels: TunnelTable;
  readonly ways: readonly Way[];
  readonly kept: KeptPings;
  readonly errors: readonly NotedError[];
  readonly isTunnelPort: (port: number) => boolean;
  readonly firstSecond: number;
  readonly isTrace: IsTrace;
  /** Pings between further addresses, all together; undefined if there are none. */
  readonly furtherWay: Way | undefined;
  /** Packets at further points. */
  readonly elsewhere: number;
  /** What is followed. */
  readonly of: readonly Followed[];
  /** Of each kind of exchange beside pings, packets in tunnels whose TCP or UDP checksum is wrong. */
  readonly damaged: readonly Tally[];
  /** By clock. */
  readonly ends: readonly (ClockEnd | undefined)[];
  /** Why packets could not be read. */
  readonly unread: readonly UnreadReason[];
}

/** An ICMP error that is about a ping, and where it was captured first. */
export interface NotedError {
  readonly error: QuotingError;
  readonly point: number;
  readonly number: number;
  pings: number;
}
