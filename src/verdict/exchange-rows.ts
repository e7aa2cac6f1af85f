/** What a verdict tells of connections, queries and flows. */
import { NO_ERROR, responseCodeName } from '../exchange/dns/response-codes.ts';
import type { ExchangeCounts, ExchangeKind } from '../exchange/exchange-counts.ts';
import type { ExchangeSummary } from '../exchange/exchange-tracker.ts';
import type { PingEnds } from '../exchange/ping/ping-events.ts';
import type { Trace } from '../exchange/ping/trace.ts';
import type { RoundTripSummary } from '../exchange/round-trip-times.ts';
import type { TcpCounts, TransferCounts } from '../exchange/tcp/tcp-counts.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';
import type { UdpTrace } from '../exchange/udp/udp-traces.ts';

/** TCP connections, DNS queries over UDP, or other UDP flows, between the same addresses to the same port through the same tunnels; or a traceroute's probes. */
export interface VerdictExchange {
  /** What they are. */
  readonly kind: ExchangeKind;
  /** In the client's direction, outermost first; empty if no tunnel was seen. */
  readonly tunnels: readonly Tunnel[];
  /** The innermost addresses: the client's and the server's; reversed, like the tunnels, if only the server's packets were seen. */
  readonly inner: PingEnds;
  /** The port that is asked; of a traceroute the least of them. */
  readonly port: number;
  /** Of a traceroute over UDP: the greatest port that its probes asked. */
  readonly lastPort?: number;
  /** SYNs, queries and flows, each counted once on however many interfaces it was seen. The next three add up to it. */
  readonly begun: number;
  /** By a SYN-ACK, by any DNS answer, or by any packet back of a UDP flow; a SYN-ACK missing from the capture counts if later packets prove it. */
  readonly answered: number;
  /** By a RST to the SYN, or by an ICMP error that quotes it, the query or the flow. */
  readonly refused: number;
  /** Neither. Of UDP flows these are those that were seen one way only, which is not a loss: many are never answered. */
  readonly unanswered: number;
  /** How often SYNs and queries were sent again. */
  readonly sentAgain: number;
  /** Connections and flows whose beginning the capture does not have, and answers to queries that it does not have: whether they were answered is not judged. */
  readonly fromMiddle: number;
  /** DNS alone: how many answers had which response code other than NOERROR, by its name. */
  readonly responseCodes?: Readonly<Record<string, number>>;
  /** Milliseconds: for TCP from the last SYN to the ACK that ends the handshake, for DNS from the last query to its answer, for UDP from a flow's first packet to the first one back; null if none is known. */
  readonly time: RoundTripSummary | null;
  /** TCP alone, where a connection stood: how it went on, those from the middle included. */
  readonly transfer?: VerdictTransfer;
  /**
   * Of probes that traceroute, tracepath or mtr sent over UDP: who answered at each distance, nearest first. What a router answers counts as
   * answered, as the destination's word that nothing listens there does; `time` is the destination's. Absent from every other row.
   */
  readonly hops?: readonly VerdictHop[];
}

/** One router on a traceroute's way, or its destination. */
export interface VerdictHop {
  /** Hops that the requests had left where they were captured. */
  readonly ttl: number;
  /** Who answered; null if nobody did, and for all routers past the first eight at one distance. */
  readonly from: string | null;
  /** Echo requests, or UDP probes, that went so far. */
  readonly requests: number;
  /** Those that were answered. */
  readonly answered: number;
  /** Milliseconds; null if nothing was answered. */
  readonly rtt: RoundTripSummary | null;
}

/** How connections went on once they stood. */
export interface VerdictTransfer {
  /** Connections that both ends ended with FIN. */
  readonly finished: number;
  /** Connections that a RST ended. */
  readonly reset: number;
  /** Connections of which no end was seen. */
  readonly open: number;
  /** What whoever began them sent. */
  readonly there: VerdictTransferSide;
  /** What the other end sent. */
  readonly back: VerdictTransferSide;
}

/** What one end of connections sent. */
export interface VerdictTransferSide {
  /** TCP segments, those without data included. */
  readonly segments: number;
  /** Bytes of data in them; what was sent again counts again. */
  readonly bytes: number;
  /** Segments with data or a FIN that were sent again. */
  readonly sentAgain: number;
  /** Segments that said that this end has no room for more data. */
  readonly zeroWindows: number;
  /** Connections whose oldest segment was sent again twice or more, and never acknowledged: by its IP packet's length, the shortest first. */
  readonly neverAcknowledged: readonly { readonly bytes: number; readonly connections: number }[];
}

export function exchangeRows({ table, flows, traces, tunnels }: ExchangeSummary): VerdictExchange[] {
  const rows = [...table.rows, ...flows.rows].map(({ kind, tunnels: id, src, dst, port, counts }) => ({
    kind,
    tunnels: tunnels.tunnels(id).map((tunnel) => ({ ...tunnel })),
    inner: { src, dst },
    port,
    begun: counts.begun.count,
    answered: counts.answered,
    refused: counts.refused,
    unanswered: counts.unanswered.count,
    sentAgain: counts.again.count,
    fromMiddle: counts.middle.count,
    ...(kind === 'dns' && { responseCodes: responseCodes(counts) }),
    time: counts.times.summary(),
    ...(counts.tcp !== undefined && { transfer: transferOf(counts.tcp) }),
  }));
  return [...rows, ...traces.map((trace) => traceRow(trace, tunnels))];
}

function traceRow(traced: UdpTrace, tunnels: TunnelTable): VerdictExchange {
  const { src, dst, firstPort, lastPort, probes, answered, times, trace } = traced;
  return {
    kind: 'udp',
    tunnels: tunnels.tunnels(traced.tunnels).map((tunnel) => ({ ...tunnel })),
    inner: { src, dst },
    port: firstPort,
    lastPort,
    begun: probes.count,
    answered,
    refused: 0,
    unanswered: probes.count - answered,
    sentAgain: 0,
    fromMiddle: 0,
    time: times.summary(),
    hops: verdictHops(trace),
  };
}

/** "udp 7000", "udp 33434-33449". */
export function askedText({ kind, port, lastPort = port }: VerdictExchange): string {
  return `${kind} ${lastPort === port ? port : `${port}-${lastPort}`}`;
}

export function verdictHops(trace: Trace): VerdictHop[] {
  return trace.hops().map(({ ttl, from = null, requests, answered, times }) => ({
    ttl,
    from,
    requests,
    answered,
    rtt: times.summary(),
  }));
}

function transferOf({ finished, aborted, open, there, back }: TcpCounts): VerdictTransfer {
  return { finished, reset: aborted.count, open, there: sideOf(there), back: sideOf(back) };
}

function sideOf({ segments, bytes, again, zeroWindows, stuck }: TransferCounts): VerdictTransferSide {
  return {
    segments,
    bytes,
    sentAgain: again.count,
    zeroWindows: zeroWindows.count,
    neverAcknowledged: [...stuck]
      .sort(([a], [b]) => a - b)
      .map(([bytes, { count }]) => ({ bytes, connections: count })),
  };
}

function responseCodes({ codes }: ExchangeCounts): Record<string, number> {
  return Object.fromEntries(
    codes.flatMap(({ count }, code) =>
      code === NO_ERROR || count === 0 ? [] : [[responseCodeName(code), count]],
    ),
  );
}

/** All rows' figures together, but those of UDP flows, which are not judged. */
export function exchangeSums(all: readonly VerdictExchange[]) {
  const rows = all.filter(({ kind }) => kind !== 'udp');
  const sum = (of: 'begun' | 'answered' | 'refused' | 'unanswered') =>
    rows.reduce((before, row) => before + row[of], 0);
  return {
    begun: sum('begun'),
    answered: sum('answered'),
    refused: sum('refused'),
    unanswered: sum('unanswered'),
    kinds: new Set(rows.filter(({ begun }) => begun > 0).map(({ kind }) => kind)),
  };
}
