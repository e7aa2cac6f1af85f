/** What a verdict tells of connections and queries. */
import { NO_ERROR, responseCodeName } from '../exchange/dns/response-codes.ts';
import type { ExchangeCounts, ExchangeKind } from '../exchange/exchange-counts.ts';
import type { ExchangeSummary } from '../exchange/exchange-tracker.ts';
import type { PingEnds } from '../exchange/ping/ping-events.ts';
import type { RoundTripSummary } from '../exchange/round-trip-times.ts';
import type { Tunnel } from '../exchange/tunnel.ts';

/** TCP connections, or DNS queries over UDP, between the same addresses to the same port through the same tunnels. */
export interface VerdictExchange {
  /** What they are. */
  readonly kind: ExchangeKind;
  /** In the direction of whoever asks, outermost first; empty if no tunnel was seen. */
  readonly tunnels: readonly Tunnel[];
  /** The innermost addresses: who asks, and who is asked; reversed, like the tunnels, if only packets of the one asked were seen. */
  readonly inner: PingEnds;
  /** The port that is asked. */
  readonly port: number;
  /** SYNs and queries, each counted once on however many interfaces it was seen. The next three add up to it. */
  readonly begun: number;
  /** By a SYN-ACK, or by any DNS answer; a SYN-ACK missing from the capture counts if later packets prove it. */
  readonly answered: number;
  /** By a RST to the SYN, or by an ICMP error that quotes it or the query. */
  readonly refused: number;
  /** Neither. */
  readonly unanswered: number;
  /** How often SYNs and queries were sent again. */
  readonly sentAgain: number;
  /** Connections whose beginning the capture does not have, and answers to queries that it does not have: judged as nothing. */
  readonly fromMiddle: number;
  /** DNS alone: how many answers had which response code other than NOERROR, by its name. */
  readonly responseCodes?: Readonly<Record<string, number>>;
  /** Milliseconds: for TCP from the last SYN to the ACK that ends the handshake, for DNS from the query to its answer; null if none is known. */
  readonly time: RoundTripSummary | null;
}

export function exchangeRows({ table, tunnels }: ExchangeSummary): VerdictExchange[] {
  return table.rows.map(({ kind, tunnels: id, src, dst, port, counts }) => ({
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
  }));
}

function responseCodes({ codes }: ExchangeCounts): Record<string, number> {
  return Object.fromEntries(
    codes.flatMap(({ count }, code) =>
      code === NO_ERROR || count === 0 ? [] : [[responseCodeName(code), count]],
    ),
  );
}

/** All rows' figures together. */
export function exchangeSums(rows: readonly VerdictExchange[]) {
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
