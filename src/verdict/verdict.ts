/** The verdict on a capture's pings: one plain object, as `verify -T json` prints it. */

import type { ExchangeSummary } from '../exchange/exchange-tracker.ts';
import type { PathCounts } from '../exchange/ping/path-table.ts';
import type { PingEnds } from '../exchange/ping/ping-events.ts';
import type { RoundTripSummary } from '../exchange/round-trip-times.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { describeEncrypted, type VerdictEncrypted } from '../finding/encrypted-tunnel.ts';
import type { Evidence } from '../finding/evidence.ts';
import type { Finding } from '../finding/finding.ts';
import { findings } from '../finding/findings.ts';
import type { AddressName } from '../packet/address-names.ts';
import { exchangeRows, type VerdictExchange, type VerdictHop, verdictHops } from './exchange-rows.ts';
import type {
  Expectation,
  JudgedExchange,
  JudgedPath,
  JudgedPings,
  VerdictExpectation,
} from './expectation.ts';

export interface Verdict {
  /** `pass` if every expectation is met; without expectations, if at least one request was seen and every request was answered, not counting replies known to be undelivered; without any ping, as `basis` says. */
  readonly verdict: 'pass' | 'fail';
  /** What was read. */
  readonly capture: VerdictCapture;
  /** Each counts once, on however many interfaces it was seen. `answered` and `unanswered` add up to it. */
  readonly requests: number;
  /** Requests that were answered. */
  readonly answered: number;
  /** Requests that no reply came to, or none that was delivered. */
  readonly unanswered: number;
  /** Those of the unanswered whose reply was seen but not delivered: refused by an ICMP error, damaged, or not back where its request was first seen. */
  readonly undelivered: number;
  /** Duplicate replies, as ping counts them; of a request to a group, the replies of further members. */
  readonly duplicates: number;
  /** Milliseconds; null if nothing was answered. */
  readonly rtt: RoundTripSummary | null;
  /** Pings by run and tunnels. */
  readonly paths: readonly VerdictPath[];
  /** Whose the paths' inner addresses are; present where that was asked (`--names`). */
  readonly names?: readonly AddressName[];
  /** TCP connections, DNS queries and other UDP flows; absent if the capture has none. They decide the verdict only if `basis` says so, UDP flows never. */
  readonly exchanges?: readonly VerdictExchange[];
  /** Tunnels whose packets are encrypted, so that pings in them can't be seen; absent if there are none. */
  readonly encrypted?: readonly VerdictEncrypted[];
  /** Present if the capture has no ping and nothing was expected of pings: the verdict is on its connections and queries, and passes if all were answered, or are as expected. */
  readonly basis?: 'exchanges';
  /** What was expected, and whether it is met; empty if nothing was expected. */
  readonly expectations: readonly VerdictExpectation[];
  /** Errors first. */
  readonly findings: readonly Finding[];
}

export interface VerdictCapture {
  /** All packets examined. */
  readonly packets: number;
  /** Time of the earliest packet: seconds since 1970 in UTC, with nine decimals; null without packets. */
  readonly firstTime: string | null;
  /** The same for the latest packet. */
  readonly lastTime: string | null;
  /** Packets that the capture dropped; 0 also if it can't tell, see `dropsKnown`. */
  readonly dropped: number;
  /** False for captures that don't record drops: plain pcap files, npm cap. */
  readonly dropsKnown: boolean;
  /** Where times come from: the capture itself, or this program's clock when a packet arrived here. */
  readonly times: 'capture' | 'arrival';
  /** Packets that the capture cut short. */
  readonly truncated: number;
  /** Packets whose fields contradict each other. */
  readonly malformed: number;
  /** True if the file ends in the middle of a packet or of its compressed data: all whole packets were read. */
  readonly brokenOff: boolean;
}

/** Pings of one run (one identifier) through the same tunnels. */
export interface VerdictPath {
  /** In the request's direction, outermost first; empty if no tunnel was seen. */
  readonly tunnels: readonly Tunnel[];
  /** The innermost addresses, in the direction of the requests. */
  readonly inner: PingEnds;
  /** The echo header's identifier. */
  readonly ident: number;
  /** Echo requests. */
  readonly requests: number;
  /** Requests that were answered. */
  readonly answered: number;
  /** Requests that were not answered. */
  readonly unanswered: number;
  /** Duplicate replies. */
  readonly duplicates: number;
  /** Milliseconds; null if nothing was answered. Of a traceroute, the destination's answers alone. */
  readonly rtt: RoundTripSummary | null;
  /** Of a traceroute's or mtr's requests: who answered at each distance, nearest first. Absent of other pings. */
  readonly hops?: readonly VerdictHop[];
}

/** What is known of the capture when the verdict is asked for. */
export interface VerdictInput extends Omit<Evidence, 'total' | 'isOnExchanges'> {
  readonly firstTime: string | null;
  readonly lastTime: string | null;
  readonly expectations: readonly Expectation[];
}

export function makeVerdict(input: VerdictInput): Verdict {
  const { summary, watch, tunnels } = input;
  const { paths, rest } = summary.table;
  const total = summary.table.total();
  const { answered } = total;
  const requests = total.requests.count;
  const { exchanges } = input;
  const isOnExchanges =
    isNothingOfPings(input.expectations) &&
    requests + summary.orphans.count + summary.early.count === 0 &&
    exchanges !== undefined &&
    (exchanges.total.begun.count > 0 || (input.expectations.length > 0 && exchanges.flows.rows.length > 0));
  const found = findings({ ...input, total, isOnExchanges });
  const judged: JudgedPath[] = paths.map(({ tunnels: id, src, dst, counts }) => ({
    tunnels: tunnels.tunnels(id),
    inner: { src, dst },
    counts,
  }));
  if (rest.requests.count > 0) judged.push({ tunnels: undefined, inner: undefined, counts: rest });
  const pings: JudgedPings = { paths: judged, exchanges: judgedExchanges(exchanges), findings: found };
  const expectations = input.expectations.map((expectation) => expectation.judge(pings));
  const isAnswered = isOnExchanges
    ? exchanges.total.answered === exchanges.total.begun.count
    : requests > 0 && answered === requests;
  const isMet = expectations.length > 0 ? expectations.every(({ met }) => met) : isAnswered;
  const encrypted = describeEncrypted(input.encrypted.tunnels);
  const verdict: Verdict = {
    verdict: isMet ? 'pass' : 'fail',
    capture: {
      packets: input.packets,
      firstTime: input.firstTime,
      lastTime: input.lastTime,
      dropped: input.dropped ?? 0,
      dropsKnown: input.dropped !== undefined,
      times: input.timesAreArrival ? 'arrival' : 'capture',
      truncated: watch.truncated.count,
      malformed: watch.malformed.count,
      brokenOff: input.brokenOff !== undefined,
    },
    requests,
    answered,
    unanswered: total.unanswered.count,
    undelivered: total.refused.count + total.damaged.count + total.away.count,
    duplicates: total.duplicates.count,
    rtt: total.times.summary(),
    paths: paths.map(({ tunnels: id, src, dst, ident, counts }) => ({
      tunnels: tunnels.tunnels(id).map((tunnel) => ({ ...tunnel })),
      inner: { src, dst },
      ident,
      requests: counts.requests.count,
      answered: counts.answered,
      unanswered: counts.unanswered.count,
      duplicates: counts.duplicates.count,
      rtt: counts.times.summary(),
      ...hopsOf(counts),
    })),
    ...(exchanges !== undefined && { exchanges: exchangeRows(exchanges) }),
    ...(encrypted.length > 0 && { encrypted }),
    ...(isOnExchanges && { basis: 'exchanges' }),
    expectations,
    findings: found,
  };
  pingsOfVerdicts.set(verdict, pings);
  return verdict;
}

/** The hops of a traceroute, also of one that does not reach its destination: then its requests are lost all the same. */
function hopsOf({ trace, isTrace }: PathCounts): Pick<VerdictPath, 'hops'> {
  if (trace === undefined || !(isTrace || trace.isRising)) return {};
  return { hops: verdictHops(trace) };
}

/** Whether nothing is expected of pings, so that a capture without any may be as expected. */
function isNothingOfPings(expectations: readonly Expectation[]): boolean {
  if (expectations.length === 0) return true;
  return (
    expectations.every(({ about }) => about !== undefined) &&
    expectations.some(({ about }) => about === 'exchanges')
  );
}

function judgedExchanges(exchanges: ExchangeSummary | undefined): JudgedExchange[] {
  if (exchanges === undefined) return [];
  const { table, flows, tunnels } = exchanges;
  const rows = [...table.rows, ...flows.rows].map(
    ({ kind, port, tunnels: id, src, dst, counts }): JudgedExchange => ({
      kind,
      port,
      tunnels: tunnels.tunnels(id),
      inner: { src, dst },
      counts,
    }),
  );
  if (table.rest.begun.count === 0) return rows;
  return [
    ...rows,
    { kind: undefined, port: undefined, tunnels: undefined, inner: undefined, counts: table.rest },
  ];
}

/** The pings that verdicts were given on, for expectations added later. */
const pingsOfVerdicts = new WeakMap<Verdict, JudgedPings>();

/** The pings that a verdict is about; undefined if it was not made here but read from JSON. */
export function pingsOf(verdict: Verdict): JudgedPings | undefined {
  return pingsOfVerdicts.get(verdict);
}
