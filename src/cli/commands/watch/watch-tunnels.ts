/** Reads a capture for as long as it lasts, and tells what it shows: as metrics, as lines. */
import { basename } from 'node:path';
import { createDecoder, type Decoder } from '../../../decode/decoder.ts';
import type { DisplayFilter } from '../../../display-filter/display-filter.ts';
import { smallestMtu } from '../../../host/interfaces.ts';
import { PacketRecord } from '../../../output/printer.ts';
import type { InterfaceStatistics, PacketBatch, PacketSource } from '../../../packet/source.ts';
import { escapeControls } from '../../../text/printable.ts';
import { type MetricsAddress, type MetricsServer, openMetricsServer } from '../../../watch/metrics-server.ts';
import { SeriesTable } from '../../../watch/tunnel-series.ts';
import {
  createTunnelWatch,
  type TunnelWatch,
  USUAL_HORIZON,
  USUAL_INTERVAL,
  type Wants,
} from '../../../watch/tunnel-watch.ts';
import { watchMetrics } from '../../../watch/watch-metrics.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { requireNamedInput } from '../../input.ts';
import type { InputOptions } from '../../input-options.ts';
import { openDisplayFilter, openSource, UNWATCHED_TIMEOUT } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { writeText } from '../../standard-output.ts';
import type { WatchExport } from './watch-export.ts';
import { createWatchLines } from './watch-lines.ts';

export interface WatchOptions extends InputOptions {
  metrics?: MetricsAddress;
  jsonLines?: boolean;
  /** Milliseconds. */
  timeout?: number;
  interval?: number;
  series?: number;
  /** A folder. */
  export?: string;
  /** Milliseconds. */
  exportEvery?: number;
}

/** Milliseconds. */
const TICK = 1000;
const USUAL_EXPORT = 3_600_000;

export async function watchTunnels(
  options: WatchOptions,
  words: readonly string[],
  version: string,
): Promise<number> {
  const { interval = USUAL_INTERVAL * 1000, metrics } = options;
  const timeout = options.timeout ?? Math.min(USUAL_HORIZON * 1000, interval);
  if (timeout > interval)
    throw new UsageError(
      `--timeout is ${timeout / 1000} s, and --interval ${interval / 1000} s; expected a timeout that is no longer`,
    );
  requireNamedInput('watch', options, words);
  const filter = await openDisplayFilter(options);
  const source = await openSource({ ...options, bufferTimeout: UNWATCHED_TIMEOUT }, words);
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const dropped = () => source.statistics().dropped;
  const lines = createWatchLines(options.jsonLines === true, writeText, dropped);
  const mtu = source.isLive && source.interfaces.length === 1 ? smallestMtu(source.interfaces) : undefined;
  const watch = createTunnelWatch({
    decoder,
    horizon: timeout / 1000,
    interval: interval / 1000,
    series: new SeriesTable(options.series),
    ...(mtu !== undefined && {
      mtu: { bytes: mtu, source: `as ${escapeControls(source.interfaces[0]?.name ?? '')} says` },
    }),
    dropped,
    timesAreArrival: () => source.timesAreArrival === true,
    ...lines.listener,
  });
  let server: MetricsServer | undefined;
  let exported: WatchExport | undefined;
  try {
    exported = await openExport(options, source, decoder);
    if (metrics !== undefined)
      server = await serveMetrics(metrics, watch, source, version, () => exported?.failures);
  } catch (error) {
    await source.close();
    throw error;
  }
  const tick = (now: number) => {
    watch.tick(now);
    exported?.tick(now);
    lines.turn();
  };
  const clock = source.isLive ? everySecond(source, tick) : undefined;
  let failure: unknown;
  try {
    const visit = takePackets(watch, source, filter, exported, clock === undefined ? tick : undefined);
    await readPackets(source, options, visit, clock?.end);
  } catch (error) {
    // What was seen before the fault is good, and is told.
    failure = error;
  }
  try {
    watch.end();
    lines.turn();
    exported?.finish();
  } finally {
    await server?.close();
  }
  failure ??= clock?.failure;
  if (failure !== undefined) throw failure;
  return (exported?.failures ?? 0) > 0 ? EXIT.notCarriedOut : EXIT.done;
}

async function openExport(
  options: WatchOptions,
  { interfaces }: PacketSource,
  decoder: Decoder,
): Promise<WatchExport | undefined> {
  const { export: folder, exportEvery = USUAL_EXPORT, interface: names = [], read } = options;
  if (folder === undefined) return undefined;
  // A filter remembers the packet before, and so whoever asks has one of its own.
  const matches = (await openDisplayFilter(options))?.matches;
  const { openWatchExport } = await import('./watch-export.ts');
  const named = read === undefined ? names : [basename(read)];
  return openWatchExport({ folder, interfaces, decoder, matches }, exportEvery / 1000, named);
}

/** @param tick told the time that packets bring, where no clock tells it */
function takePackets(
  watch: TunnelWatch,
  { interfaces }: PacketSource,
  filter: DisplayFilter | undefined,
  exported: WatchExport | undefined,
  tick: ((now: number) => void) | undefined,
): (batch: PacketBatch, count: number) => void {
  const pass = tick && passTime(tick);
  let record: PacketRecord | undefined;
  let batch: PacketBatch;
  let index = 0;
  const wants: Wants | undefined =
    filter &&
    ((stack, view) => {
      record ??= new PacketRecord(stack, interfaces);
      record.advance(batch, index);
      record.view = view;
      return filter.matches(record);
    });
  return (next, count) => {
    batch = next;
    for (index = 0; index < count; index++) {
      pass?.(batch, index);
      watch.packet(batch, index, interfaces, wants);
      exported?.packet(batch, index);
    }
  };
}

/** A file's packets bring their time: the clock goes by them. */
function passTime(tick: (now: number) => void): (batch: PacketBatch, index: number) => void {
  let second = Number.NEGATIVE_INFINITY;
  return ({ seconds }, index) => {
    const now = seconds[index] as number;
    if (now === second) return;
    second = now;
    tick(now);
  };
}

/** Time passes also while no packet comes; what goes wrong then ends the run. */
function everySecond(source: PacketSource, tick: (now: number) => void) {
  const clock: { failure: unknown; end(): void } = {
    failure: undefined,
    end: () => clearInterval(timer),
  };
  const timer = setInterval(() => {
    try {
      tick(Date.now() / 1000);
    } catch (error) {
      clock.failure ??= error;
      source.stop();
    }
  }, TICK);
  tick(Date.now() / 1000);
  return clock;
}

async function serveMetrics(
  address: MetricsAddress,
  watch: TunnelWatch,
  source: PacketSource,
  version: string,
  exportFailures: () => number | undefined,
): Promise<MetricsServer> {
  const startTime = Date.now() / 1000 - process.uptime();
  let interfaces: readonly InterfaceStatistics[] = [];
  const server = await openMetricsServer(address, (format) => {
    interfaces = source.statistics().interfaces ?? interfaces;
    const { user, system } = process.cpuUsage();
    return watchMetrics(
      watch,
      {
        version,
        startTime,
        processorSeconds: (user + system) / 1e6,
        residentBytes: process.memoryUsage.rss(),
        interfaces,
        exportFailures: exportFailures(),
      },
      format,
    );
  });
  console.error(`tunnelscope: metrics at ${server.url}`);
  return server;
}
