/** What a watch counted, as text for Prometheus: all families, with what they mean. docs/watch.md lists them. */
import { FINDINGS, type FindingCode } from '../finding/finding-codes.ts';
import type { InterfaceStatistics } from '../packet/source.ts';
import { labelText, type MetricsFormat, MetricsText } from './open-metrics.ts';
import { type PingTotals, ROUND_TRIP_BOUNDS, type TunnelSeries } from './tunnel-series.ts';
import type { TunnelWatch } from './tunnel-watch.ts';

/** Of the process and the capture. */
export interface WatchedProcess {
  readonly version: string;
  /** Seconds since 1970. */
  readonly startTime: number;
  /** Seconds of processor time. */
  readonly processorSeconds: number;
  /** Bytes. */
  readonly residentBytes: number;
  /** Of a live capture; none of a file. */
  readonly interfaces: readonly InterfaceStatistics[];
  /** Files that could not be written; undefined where none are. */
  readonly exportFailures?: number | undefined;
}

/** The families of pings: a name, what they count, and where it is. */
const PING_COUNTERS: readonly (readonly [string, string, (pings: PingTotals) => number])[] = [
  ['requests', 'Echo requests of which it is known what became of them.', (pings) => pings.requests],
  ['answered', 'Echo requests that were answered in time.', (pings) => pings.answered],
  [
    'lost',
    'Echo requests without an answer in time, or whose reply was not delivered.',
    (pings) => pings.lost,
  ],
  ['late', 'Lost echo requests whose reply came after all.', (pings) => pings.late],
  [
    'undelivered',
    'Lost echo requests whose reply was seen, and then refused by an ICMP error, or damaged.',
    (pings) => pings.undelivered,
  ],
  ['duplicate_replies', 'Echo replies that came once more.', (pings) => pings.duplicates],
];

/** All of it, in one of the two formats. */
export function watchMetrics(watch: TunnelWatch, process: WatchedProcess, format: MetricsFormat): string {
  const text = new MetricsText(format);
  const all = [...watch.series.all, watch.series.other];
  const of = (isThere: (series: TunnelSeries) => boolean, value: (series: TunnelSeries) => number) =>
    all.filter(isThere).map((series) => [series.labels, value(series)] as const);
  const hasPings = ({ pings }: TunnelSeries) => pings.requests > 0 || pings.duplicates > 0;
  const hasPackets = ({ packets }: TunnelSeries) => packets > 0;

  text.counter(
    'tunnelscope_packets',
    'Packets by tunnel.',
    of(hasPackets, ({ packets }) => packets),
  );
  text.counter(
    'tunnelscope_packet_bytes',
    'Bytes on the wire of those packets.',
    of(hasPackets, ({ bytes }) => bytes),
  );
  for (const [name, help, value] of PING_COUNTERS)
    text.counter(
      `tunnelscope_ping_${name}`,
      help,
      of(hasPings, ({ pings }) => value(pings)),
    );
  text.histogram(
    'tunnelscope_ping_round_trip_seconds',
    'Round trips of answered echo requests.',
    ROUND_TRIP_BOUNDS,
    all.filter(hasPings).map(({ labels, pings }) => [labels, pings.buckets, pings.roundTripSum] as const),
  );
  text.counter(
    'tunnelscope_exchanges',
    'TCP connections and DNS queries by what became of them.',
    all.flatMap(exchangeSamples),
  );
  text.counter(
    'tunnelscope_findings',
    'Intervals in which something was found, by code.',
    findingSamples(watch),
  );
  interfaceFamilies(text, process.interfaces);
  text.gauge('tunnelscope_series', 'Ways through tunnels that have counts of their own.', [
    ['', watch.series.all.length],
  ]);
  text.gauge('tunnelscope_series_limit', 'The most that may have.', [['', watch.series.most]]);
  if (process.exportFailures !== undefined)
    text.counter('tunnelscope_export_failures', 'Files of --export that could not be written.', [
      ['', process.exportFailures],
    ]);
  text.gauge('tunnelscope_build_info', 'Always 1; the version is a label.', [
    [labelText({ version: process.version }), 1],
  ]);
  text.counter('process_cpu_seconds', 'Processor time used.', [['', process.processorSeconds]]);
  text.gauge('process_resident_memory_bytes', 'Memory in use.', [['', process.residentBytes]]);
  text.gauge('process_start_time_seconds', 'When the process started.', [['', process.startTime]]);
  return text.toString();
}

function exchangeSamples({ labels, exchanges }: TunnelSeries): (readonly [string, number])[] {
  return (['tcp', 'dns'] as const).flatMap((kind) => {
    const outcomes = Object.entries(exchanges[kind]);
    if (outcomes.every(([, count]) => count === 0)) return [];
    return outcomes.map(([outcome, count]) => [`${labels},${labelText({ kind, outcome })}`, count] as const);
  });
}

/** All codes from the beginning on: only what was 0 once can be seen to rise. */
function* findingSamples({ findings }: TunnelWatch): Generator<readonly [string, number]> {
  for (const [code, { severity }] of Object.entries(FINDINGS))
    yield [labelText({ code, severity }), findings.get(code as FindingCode) ?? 0];
}

function interfaceFamilies(text: MetricsText, interfaces: readonly InterfaceStatistics[]): void {
  const of = (value: (one: InterfaceStatistics) => number | undefined) =>
    interfaces.flatMap((one) => {
      const count = value(one);
      return count === undefined ? [] : [[labelText({ interface: one.name }), count] as const];
    });
  text.counter(
    'tunnelscope_interface_packets',
    'Packets of an interface that passed the filter, dropped ones too.',
    of(({ passedFilter }) => passedFilter),
  );
  text.counter(
    'tunnelscope_kernel_dropped_packets',
    'Packets for which the kernel’s buffer had no room.',
    of(({ dropped }) => dropped),
  );
  text.counter(
    'tunnelscope_interface_dropped_packets',
    'Packets that the device dropped.',
    of(({ droppedAt }) => droppedAt),
  );
}
