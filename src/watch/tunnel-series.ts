/**
 * What is counted of one way through tunnels, for as long as the process runs: kinds, VNIs and the outermost pair of addresses. So many ways
 * have counts of their own; those past them are counted together, so that who makes addresses up takes no memory.
 */
import type { Tunnel } from '../exchange/tunnel.ts';
import { labelText } from './open-metrics.ts';

/** Seconds: where the histogram of round trips has its bounds, behind which there is one more bucket for all others. */
export const ROUND_TRIP_BOUNDS: readonly number[] = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10],
];

/** So many ways have counts of their own, where nobody says otherwise. */
export const USUAL_SERIES = 1000;

export type ExchangeKind = 'tcp' | 'dns';
export type ExchangeOutcome = 'answered' | 'refused' | 'unanswered';

/** What became of pings. */
export class PingTotals {
  requests = 0;
  answered = 0;
  /** Without an answer in time, or with one that was not delivered. */
  lost = 0;
  /** Lost ones whose reply came, too late or again. */
  late = 0;
  /** Lost ones whose reply was seen, and refused or damaged on its way. */
  undelivered = 0;
  duplicates = 0;
  /** Of round trips: how many are in each bucket, and their sum in seconds. */
  readonly buckets = new Float64Array(ROUND_TRIP_BOUNDS.length + 1);
  roundTripSum = 0;

  /** @param seconds a round trip's */
  addRoundTrip(seconds: number): void {
    let bucket = 0;
    while (bucket < ROUND_TRIP_BOUNDS.length && seconds > (ROUND_TRIP_BOUNDS[bucket] as number)) bucket++;
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
    this.roundTripSum += seconds;
  }
}

export class TunnelSeries {
  /** As they stand between braces: `tunnel="vxlan",vni="42",src="10.1.0.10",dst="10.2.0.10"`. */
  readonly labels: string;
  packets = 0;
  bytes = 0;
  readonly pings = new PingTotals();
  readonly exchanges: Record<ExchangeKind, Record<ExchangeOutcome, number>> = {
    tcp: { answered: 0, refused: 0, unanswered: 0 },
    dns: { answered: 0, refused: 0, unanswered: 0 },
  };

  constructor(labels: string) {
    this.labels = labels;
  }
}

export class SeriesTable {
  /** In the order in which they were seen first; {@link other} is not among them. */
  readonly all: TunnelSeries[] = [];
  /** Of all ways past the most. */
  readonly other = new TunnelSeries(labelText({ tunnel: 'other', vni: '', src: '', dst: '' }));
  readonly most: number;
  readonly #byLabels = new Map<string, TunnelSeries>();

  /** @param most so many ways have counts of their own */
  constructor(most = USUAL_SERIES) {
    this.most = most;
  }

  /** The counts of a way; `undefined` for one that is not known. */
  of(tunnels: readonly Tunnel[] | undefined): TunnelSeries {
    if (tunnels === undefined) return this.other;
    const labels = tunnelLabels(tunnels);
    const known = this.#byLabels.get(labels);
    if (known !== undefined) return known;
    if (this.all.length >= this.most) return this.other;
    const series = new TunnelSeries(labels);
    this.#byLabels.set(labels, series);
    this.all.push(series);
    return series;
  }
}

/**
 * Kinds and numbers from the outermost tunnel in, with a slash between; addresses of the outermost that has some. GTP's endpoint identifiers
 * are left out: each phone has its own. A label that is empty is the same as one that is not there, for Prometheus.
 */
function tunnelLabels(tunnels: readonly Tunnel[]): string {
  const kinds = tunnels.map(({ kind }) => kind).join('/');
  const numbers = (name: 'vni' | 'key' | 'session') =>
    tunnels.flatMap((tunnel) => tunnel[name] ?? []).join('/');
  const [vni, key, session] = [numbers('vni'), numbers('key'), numbers('session')];
  const outer = tunnels.find(({ src }) => src !== undefined);
  return labelText({
    tunnel: kinds === '' ? 'none' : kinds,
    vni,
    ...(key !== '' && { key }),
    ...(session !== '' && { session }),
    src: outer?.src ?? '',
    dst: outer?.dst ?? '',
  });
}
