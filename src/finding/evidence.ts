/** What findings are made from: the pings as they were counted, and what else was observed. */
import type { ExchangeSummary } from '../exchange/exchange-tracker.ts';
import type { PathCounts } from '../exchange/ping/path-table.ts';
import type { PingCounts } from '../exchange/ping/settlement.ts';
import type { Tally } from '../exchange/tally.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';
import type { RisenCounter } from '../packet/kernel-drop.ts';
import type { DroppedPings } from './dropped-pings.ts';
import type { EncryptedWatch } from './watch/encrypted-watch.ts';
import type { FragmentCounts } from './watch/fragment-watch.ts';
import type { KeepaliveWatch } from './watch/keepalive-watch.ts';
import type { NeighborWatch } from './watch/neighbor-watch.ts';
import type { PacketWatch } from './watch/packet-watch.ts';
import type { Disorder } from './watch/time-order.ts';
import type { UnreadWatch } from './watch/unread-watch.ts';

/** How large packets may be on the way, in bytes with all tunnels' headers. */
export interface KnownMtu {
  readonly bytes: number;
  /** In words: "as --mtu says". */
  readonly source: string;
}

export interface Evidence {
  readonly summary: PingCounts;
  /** The counts of all paths together. */
  readonly total: PathCounts;
  readonly watch: PacketWatch;
  readonly neighbors: NeighborWatch;
  readonly fragments: FragmentCounts;
  readonly unread: UnreadWatch;
  /** Tunnels that are seen and can't be opened. */
  readonly encrypted: EncryptedWatch;
  /** What tunnels' programs sent of their own. */
  readonly keepalives: KeepaliveWatch;
  /** Connections, queries and flows; undefined where there are none. */
  readonly exchanges: ExchangeSummary | undefined;
  /** There is no ping and no expectation to judge by, so the verdict is on the exchanges. */
  readonly isOnExchanges: boolean;
  readonly tunnels: TunnelTable;
  /** The largest packet that the way is known to take, by a flag or the interface; undefined where neither says so. */
  readonly mtu: KnownMtu | undefined;
  /** Whether a UDP port is known to carry a tunnel. */
  readonly isTunnelPort: (port: number) => boolean;
  readonly packets: number;
  /** Pings that the kernel says it dropped, where it was asked. */
  readonly kernelDrops?: readonly DroppedPings[] | undefined;
  /** Its counters of loss that rose, where it was asked. */
  readonly kernelCounters?: readonly RisenCounter[] | undefined;
  /** By the capture; undefined where it can't tell. */
  readonly dropped: number | undefined;
  /** How a capture ends that ends in the middle: "breaks off at byte 90, in the middle of packet 2". */
  readonly brokenOff: string | undefined;
  readonly disorder: Disorder;
  /** More packets will come: what the end of the capture means is not known yet. */
  readonly isRunning: boolean;
  /** Why there are no packets, where there are none: "0 of 8 packets passed the filter icmp". */
  readonly whyEmpty: string | undefined;
  /** The times are those of arrival in this program. */
  readonly timesAreArrival: boolean;
  readonly timeoutMilliseconds: number | undefined;
  /** Requests without a reply that were sent less than so many ns before the last packet. */
  readonly waiting: (nanoseconds: number) => Tally;
}
