/** What a verdict has to say besides numbers: each finding names a fact, the packets that show it, and what to do. */

import type { PingCounts } from '../exchange/ping/settlement.ts';
import type { Tally } from '../exchange/tally.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';
import { FINDINGS, type FindingCode, type Severity } from './finding-codes.ts';
import type { FragmentCounts } from './fragment-watch.ts';
import type { NeighborWatch } from './neighbor-watch.ts';
import type { PacketWatch } from './packet-watch.ts';
import type { UnreadWatch } from './unread-watch.ts';

export interface Finding {
  /** Stable: scripts may rely on it. */
  readonly code: FindingCode;
  /** `error` where it explains a failure, `warning` where it may, `info` otherwise. */
  readonly severity: Severity;
  /** One line: the fact, and what to do. */
  readonly message: string;
  /** Numbers of the first packets that show it, ten at most. */
  readonly packets: readonly number[];
}

export type { FindingCode, Severity } from './finding-codes.ts';

/** What findings are made from. */
export interface Evidence {
  readonly summary: PingCounts;
  readonly watch: PacketWatch;
  readonly neighbors: NeighborWatch;
  readonly fragments: FragmentCounts;
  readonly unread: UnreadWatch;
  readonly tunnels: TunnelTable;
  /** Whether a UDP port is known to carry a tunnel. */
  readonly isTunnelPort: (port: number) => boolean;
  readonly packets: number;
  /** By the capture; undefined where it can't tell. */
  readonly dropped: number | undefined;
  /** How a capture ends that ends in the middle: "breaks off at byte 90, in the middle of packet 2". */
  readonly brokenOff: string | undefined;
  /** Packets that stand behind others of the same interface with a later time; and by how much at most, in ms. */
  readonly disorder: { readonly tally: Tally; readonly most: number };
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

/** @param severity where it is another than the code's own, as what is only likely */
export function finding(
  code: FindingCode,
  message: string,
  packets: readonly number[] = [],
  severity: Severity = FINDINGS[code].severity,
): Finding {
  return { code, severity, message, packets };
}
