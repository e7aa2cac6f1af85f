/** Reads a capture for as long as it lasts, and tells what it shows: as metrics, as lines. */
import { createDecoder } from '../../../decode/decoder.ts';
import type { LayerStack } from '../../../decode/layer-stack.ts';
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
} from '../../../watch/tunnel-watch.ts';
import { watchMetrics } from '../../../watch/watch-metrics.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { requireNamedInput } from '../../input.ts';
import type { InputOptions } from '../../input-options.ts';
import { openDisplayFilter, openSource, UNWATCHED_TIMEOUT } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { writeText } from '../../standard-output.ts';
import { createWatchLines } from './watch-lines.ts';

export interface WatchOptions extends InputOptions {
  metrics?: MetricsAddress;
  jsonLines?: boolean;
  /** Milliseconds. */
  timeout?: number;
  interval?: number;
  series?: number;
}

/** Milliseconds. */
const TICK = 1000;

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
  try {
    if (metrics !== undefined) server = await serveMetrics(metrics, watch, source, version);
  } catch (error) {
    await source.close();
    throw error;
  }
  const visit = filter === undefined ? takeAll(watch, source) : takeMatches(watch, source, filter.matches);
  const clock = source.isLive ? everySecond(source, watch, lines.turn) : undefined;
  try {
    await readPackets(source, options, visit, clock?.end);
    watch.end();
    lines.turn();
  } finally {
    clock?.end();
    await server?.close();
  }
  if (clock?.failure !== undefined) throw clock.failure;
  return EXIT.done;
}

type Visit = (batch: PacketBatch, count: number) => void;

function takeAll(watch: TunnelWatch, source: PacketSource): Visit {
  const { interfaces } = source;
  const pass = source.isLive ? undefined : passTime(watch);
  return (batch, count) => {
    for (let i = 0; i < count; i++) {
      pass?.(batch, i);
      watch.packet(batch, i, interfaces);
    }
  };
}

function takeMatches(
  watch: TunnelWatch,
  source: PacketSource,
  matches: (record: PacketRecord) => boolean,
): Visit {
  const { interfaces } = source;
  const pass = source.isLive ? undefined : passTime(watch);
  let record: PacketRecord | undefined;
  return (batch, count) => {
    for (let i = 0; i < count; i++) {
      pass?.(batch, i);
      watch.packet(batch, i, interfaces, (stack: LayerStack, view: DataView) => {
        record ??= new PacketRecord(stack, interfaces);
        record.advance(batch, i);
        record.view = view;
        return matches(record);
      });
    }
  };
}

/** A file's packets bring their time: the clock goes by them. */
function passTime(watch: TunnelWatch): (batch: PacketBatch, index: number) => void {
  let second = Number.NEGATIVE_INFINITY;
  return ({ seconds }, index) => {
    const now = seconds[index] as number;
    if (now === second) return;
    second = now;
    watch.tick(now);
  };
}

/** Time passes also while no packet comes; what goes wrong then ends the run. */
function everySecond(source: PacketSource, watch: TunnelWatch, turn: () => void) {
  const clock: { failure: unknown; end(): void } = {
    failure: undefined,
    end: () => clearInterval(timer),
  };
  const timer = setInterval(() => {
    try {
      watch.tick(Date.now() / 1000);
      turn();
    } catch (error) {
      clock.failure ??= error;
      source.stop();
    }
  }, TICK);
  watch.tick(Date.now() / 1000);
  return clock;
}

async function serveMetrics(
  address: MetricsAddress,
  watch: TunnelWatch,
  source: PacketSource,
  version: string,
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
        interfaces: interfaces.map((one) => ({ ...one, name: escapeControls(one.name) })),
      },
      format,
    );
  });
  console.error(`tunnelscope: metrics at ${server.url}`);
  return server;
}
