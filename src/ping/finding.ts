/** What a verdict has to say besides numbers: each finding names a fact, the packets that show it, and what to do. */
import type { FragmentCounts } from './fragment-watch.ts';
import type { PacketWatch } from './packet-watch.ts';
import type { PingSummary } from './ping-matcher.ts';
import type { Tunnel, TunnelTable } from './tunnel-table.ts';

export type FindingCode =
  | 'no-echo-request'
  | 'outer-port-unreachable'
  | 'outer-unreachable'
  | 'outer-fragmentation-needed'
  | 'outer-ttl-exceeded'
  | 'inner-unreachable'
  | 'tun-packet-information-mismatch'
  | 'no-reply'
  | 'lost-replies'
  | 'late-replies'
  | 'request-outside-tunnel'
  | 'reply-outside-tunnel'
  | 'other-vni'
  | 'other-tunnel'
  | 'reply-without-request'
  | 'duplicate-replies'
  | 'repeated-requests'
  | 'bad-checksum'
  | 'clock-backwards'
  | 'packets-dropped'
  | 'arrival-times'
  | 'malformed'
  | 'truncated'
  | 'fragments'
  | 'overlapping-fragments'
  | 'too-many-paths';

/** An `error` explains why pings fail, a `warning` wants a look, `info` limits what the verdict can know. */
export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  /** Stable: scripts may rely on it. */
  readonly code: FindingCode;
  readonly severity: Severity;
  /** One line: the fact, and what to do. */
  readonly message: string;
  /** Numbers of the first packets that show it, ten at most. */
  readonly packets: readonly number[];
}

/** What findings are made from. */
export interface Evidence {
  readonly summary: PingSummary;
  readonly watch: PacketWatch;
  readonly fragments: FragmentCounts;
  readonly tunnels: TunnelTable;
  /** Whether a UDP port is known to carry a tunnel. */
  readonly isTunnelPort: (port: number) => boolean;
  readonly packets: number;
  /** By the capture; undefined where it can't tell. */
  readonly dropped: number | undefined;
  /** The times are those of arrival in this program. */
  readonly timesAreArrival: boolean;
  readonly timeoutMilliseconds: number | undefined;
}

export function finding(
  code: FindingCode,
  severity: Severity,
  message: string,
  packets: readonly number[] = [],
): Finding {
  return { code, severity, message, packets };
}

/** "1 packet", "2 packets". */
export function counted(count: number, what: string, many = `${what}s`): string {
  return `${count} ${count === 1 ? what : many}`;
}

/** "tunpi from 10.1.0.10 to 10.2.0.10", outermost first. */
export function tunnelText(tunnels: readonly Tunnel[]): string {
  return tunnels
    .map(({ kind, vni, src, dst }) => {
      const named = vni === undefined ? kind : `${kind} ${vni}`;
      return src === undefined ? named : `${named} from ${src} to ${dst}`;
    })
    .join(', in it ');
}
