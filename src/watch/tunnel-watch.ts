/**
 * Follows pings, connections and queries for as long as packets come, in bounded memory, and counts them by tunnel.
 *
 * Time is cut into intervals, and each has a tracker of its own (as `verify` has one), which is thrown away behind it with all that it
 * remembers: so nothing grows, and no table of tunnels or paths fills up for good. A tracker sees packets from the horizon before its interval
 * on, so that it knows the requests whose replies come, until the horizon after it, when it is known what became of all requests
 * that were sent in it. It tells of those alone, and so each is counted once. What is counted lies outside of trackers, in a
 * {@link SeriesTable}, and only grows.
 */
import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { timeText } from '../decode/format.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import type { ExchangeEvent } from '../exchange/exchange-events.ts';
import { runOf } from '../exchange/ping/path-table.ts';
import type { PingEvent } from '../exchange/ping/ping-events.ts';
import { createTunnelTable, UNKNOWN_TUNNEL } from '../exchange/tunnel-table.ts';
import type { KnownMtu } from '../finding/evidence.ts';
import type { Finding, FindingCode } from '../finding/finding.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import { createPingTracker, type PingTracker } from '../verdict/verify.ts';
import { SeriesTable, type TunnelSeries } from './tunnel-series.ts';
import { createWaitingFailures, type WaitingFailures } from './waiting-failures.ts';

/** Seconds, where nobody says otherwise: a request without a reply for so long is lost. As long as ping(8) waits at its end. */
export const USUAL_HORIZON = 10;
/** Seconds. */
export const USUAL_INTERVAL = 60;
/** Seconds that a packet may take from the kernel to here. */
const ON_THE_WAY = 1;
/** Requests that are remembered as lost although a reply of theirs was seen. */
const MOST_UNDELIVERED = 16_384;
/** Requests whose hops ran out that are held back until it is known whether a traceroute sent them. */
const MOST_EXPIRED = 16_384;
/** Of the interval, not of a capture that ends: nobody has to ping in each minute. */
const OF_NO_INTEREST: readonly FindingCode[] = ['no-echo-request'];

export interface TunnelWatchOptions {
  readonly decoder?: Decoder;
  /** Seconds; default: {@link USUAL_HORIZON}. */
  readonly horizon?: number;
  /** Seconds, at least the horizon; default: {@link USUAL_INTERVAL}. */
  readonly interval?: number;
  readonly series?: SeriesTable;
  readonly mtu?: KnownMtu;
  /** Pings, connections and queries that a tracker remembers, a power of two; default: as for verify. */
  readonly capacity?: number;
  /** Of packets that the kernel dropped so far; undefined if that is not known. */
  readonly dropped?: () => number | undefined;
  /** Whether packets carry the time of their arrival. */
  readonly timesAreArrival?: () => boolean;
  /** Told of a ping that was lost (one whose hops ran out at the interval's end), whose reply came late, or was not delivered. */
  readonly onPing?: (event: PingEvent) => void;
  /** Told of a connection or query that was refused, or not answered. */
  readonly onExchange?: (event: ExchangeEvent) => void;
  /** Told what an interval showed, the horizon behind its end. */
  readonly onInterval?: (interval: WatchedInterval) => void;
}

/** What an interval showed. */
export interface WatchedInterval {
  /** Seconds since 1970. */
  readonly begin: number;
  readonly end: number;
  readonly packets: number;
  readonly pings: IntervalPings;
  readonly findings: readonly Finding[];
}

export interface IntervalPings {
  requests: number;
  answered: number;
  lost: number;
  /** Of the answered: by a router, as a traceroute asks of it; no round trip. */
  hops: number;
  /** Of all round trips, in seconds. */
  roundTripSum: number;
}

export interface TunnelWatch {
  readonly series: SeriesTable;
  /** In how many intervals a finding was, by its code. */
  readonly findings: ReadonlyMap<FindingCode, number>;
  readonly packets: number;
  /**
   * Decodes and counts a packet.
   *
   * @param wants asked, where it is given, with the packet decoded, and put together where it is the last fragment
   */
  packet(batch: PacketBatch, index: number, interfaces: readonly CaptureInterface[], wants?: Wants): void;
  /** Time has passed. @param now seconds since 1970, by the clock that cuts intervals */
  tick(now: number): void;
  /** No packet will come. */
  end(): void;
}

/** @param view where the decoded bytes are */
export type Wants = (stack: LayerStack, view: DataView) => boolean;

interface Period {
  readonly tracker: PingTracker;
  readonly failures: WaitingFailures;
  readonly pings: IntervalPings;
  /** Hops ran out, of a traceroute's request or one that is lost. */
  readonly expired: PingEvent[];
  /** Of requests, whose numbers are the packets' in this tracker: those that are told lie from the first to before the last. */
  first: number;
  last: number;
  /** Packets that it saw, and among them those that are its own. */
  taken: number;
  packets: number;
  readonly droppedBefore: number;
  begin: number;
  /** Infinite as long as it is not known. */
  end: number;
}

export function createTunnelWatch(options: TunnelWatchOptions = {}): TunnelWatch {
  const { horizon = USUAL_HORIZON, interval = USUAL_INTERVAL, series = new SeriesTable() } = options;
  const decoder = options.decoder ?? createDecoder();
  const { decode } = decoder;
  const stack = new LayerStack();
  const findings = new Map<FindingCode, number>();
  /** The newest first: what begins, what is, and those behind whose requests are waited for. */
  let periods: Period[] = [];
  let current: Period | undefined;
  let tunnels = createTunnelTable();
  /** By number of the tunnels, in the table. */
  let seriesOf: (TunnelSeries | undefined)[] = [];
  /** The clock that was told last, and how far time has come by it: it never goes back. */
  let told = Number.NaN;
  let elapsed = 0;
  let packets = 0;

  function countLost(event: PingEvent, pings: IntervalPings): void {
    const totals = series.of(event.tunnels).pings;
    totals.requests++;
    totals.lost++;
    pings.requests++;
    pings.lost++;
    options.onPing?.(event);
  }

  /** A router's word that hops ran out answers a traceroute's request, and no other. */
  function countExpired({ expired, pings }: Period, traced: ReadonlySet<string>): void {
    for (const event of expired) {
      if (!traced.has(runOf({ ...event.inner, ident: event.ident }))) {
        countLost(event, pings);
        continue;
      }
      const totals = series.of(event.tunnels).pings;
      totals.requests++;
      totals.answered++;
      pings.requests++;
      pings.answered++;
      pings.hops++;
    }
  }

  function beginPeriod(first: number): Period {
    const undelivered = new Set<number>();
    const isOwn = (request: number) => request >= period.first && request < period.last;

    function countPing(event: PingEvent): void {
      if (!isOwn(event.request)) return;
      const totals = series.of(event.tunnels).pings;
      const { pings } = period;
      switch (event.event) {
        case 'reply': {
          if (undelivered.has(event.request)) {
            totals.late++;
            return;
          }
          totals.requests++;
          totals.answered++;
          pings.requests++;
          pings.answered++;
          const seconds = Math.max(0, event.rtt ?? 0) / 1000;
          totals.addRoundTrip(seconds);
          pings.roundTripSum += seconds;
          return;
        }
        case 'undelivered':
          if (undelivered.size >= MOST_UNDELIVERED || undelivered.has(event.request)) return;
          undelivered.add(event.request);
          totals.undelivered++;
          totals.lost++;
          pings.lost++;
          break;
        case 'unanswered':
          if (undelivered.has(event.request)) return;
          if (event.expired !== undefined && period.expired.length < MOST_EXPIRED) {
            period.expired.push(event);
            return;
          }
          countLost(event, pings);
          return;
        case 'late':
          totals.late++;
          break;
        case 'duplicate':
          totals.duplicates++;
          return;
        default:
          return;
      }
      options.onPing?.(event);
    }

    function countExchange(event: ExchangeEvent): void {
      series.of(event.tunnels).exchanges[event.kind][event.outcome]++;
      if (event.outcome !== 'answered') options.onExchange?.(event);
    }

    const failures = createWaitingFailures(horizon, countExchange);
    const tracker = createPingTracker({
      decoder,
      timeoutMilliseconds: horizon * 1000,
      ...(options.mtu !== undefined && { mtu: options.mtu }),
      ...(options.capacity !== undefined && { capacity: options.capacity }),
      wants: (event) => event !== 'request',
      onEvent: countPing,
      onExchange(event) {
        if (!isOwn(event.request)) return;
        if (event.outcome !== 'answered') {
          failures.add(event, elapsed);
          return;
        }
        failures.answer(event);
        countExchange(event);
      },
    });
    const period: Period = {
      tracker,
      failures,
      pings: { requests: 0, answered: 0, lost: 0, hops: 0, roundTripSum: 0 },
      expired: [],
      first,
      last: Number.POSITIVE_INFINITY,
      taken: 0,
      packets: 0,
      droppedBefore: options.dropped?.() ?? 0,
      begin: 0,
      end: Number.POSITIVE_INFINITY,
    };
    periods = [period, ...periods];
    return period;
  }

  /** From now on requests are told by the newest period. */
  function turnTo(period: Period): Period {
    if (current !== undefined) close(current);
    current = period;
    period.first = period.taken + 1;
    period.begin = elapsed;
    tunnels = createTunnelTable();
    seriesOf = [];
    return period;
  }

  /** Requests from now on are another's. */
  function close(period: Period): void {
    period.last = period.taken + 1;
    period.end = elapsed;
  }

  function finish(period: Period): void {
    periods = periods.filter((one) => one !== period);
    const { tracker, failures, pings } = period;
    tracker.tick(Number.POSITIVE_INFINITY);
    failures.expire(Number.POSITIVE_INFINITY);
    const dropped = options.dropped?.();
    const { verdict, paths } = tracker.judge(
      dropped === undefined ? undefined : dropped - period.droppedBefore,
      options.timesAreArrival?.() ?? false,
      undefined,
      true,
    );
    const traces = paths.filter(({ counts }) => counts.isTrace);
    countExpired(period, new Set(traces.map(runOf)));
    const found = verdict.findings.filter(({ code }) => !OF_NO_INTEREST.includes(code));
    for (const code of new Set(found.map((one) => one.code)))
      findings.set(code, (findings.get(code) ?? 0) + 1);
    const since = told - elapsed;
    options.onInterval?.({
      begin: since + period.begin,
      end: since + period.end,
      packets: period.packets,
      pings,
      findings: found,
    });
  }

  function advance(now: number): void {
    // Packets of several interfaces are a little out of order; farther back, the clock was set.
    const isSet = now < told - horizon;
    if (now < told && !isSet) return;
    if (now > told) elapsed += now - told;
    told = now;
    if (isSet) periods = periods.filter(({ first }) => first < Number.POSITIVE_INFINITY);
    let period = current === undefined || isSet ? turnTo(beginPeriod(1)) : current;
    const upcoming = () => (periods[0] === period ? undefined : periods[0]);
    if (elapsed - period.begin >= interval) period = turnTo(upcoming() ?? beginPeriod(1));
    // With a horizon as long as the interval, the next one begins with this one.
    if (elapsed - period.begin >= interval - horizon && upcoming() === undefined)
      beginPeriod(Number.POSITIVE_INFINITY);
    for (const one of periods) if (elapsed >= one.end + horizon + ON_THE_WAY) finish(one);
  }

  /** @returns the counts of the packet's way */
  function seriesFor(view: DataView): TunnelSeries {
    // What an error quotes went another way.
    let last = stack.count - 1;
    while (last > 0 && stack.isQuoted(last)) last--;
    const id = last < 0 ? 0 : tunnels.find(view, stack, last, 0);
    let found = seriesOf[id];
    if (found === undefined) {
      found = series.of(id === UNKNOWN_TUNNEL ? undefined : tunnels.tunnels(id));
      seriesOf[id] = found;
    }
    return found;
  }

  return {
    series,
    findings,
    get packets() {
      return packets;
    },
    packet(batch, index, interfaces, wants) {
      const { view, start, capturedLength, originalLength } = batch;
      const seconds = batch.seconds[index] as number;
      const nanoseconds = batch.nanoseconds[index] as number;
      const interfaceIndex = batch.interfaceIndex[index] as number;
      const { linkType } = interfaces[interfaceIndex] as CaptureInterface;
      if (current === undefined) advance(Number.isNaN(told) ? seconds + nanoseconds / 1e9 : told);
      let isFragment = false;
      let isWanted = true;
      for (let i = 0; i < periods.length; i++) {
        const period = periods[i] as Period;
        const { tracker } = period;
        const number = period.taken + 1;
        // What another tracker put together is in its own memory.
        if (i === 0 || isFragment)
          decode(view, start[index], capturedLength[index], originalLength[index], linkType, stack);
        if (i === 0) isFragment = stack.fragment >= 0;
        const where = isFragment
          ? tracker.reassembler.packet(view, stack, number, seconds, nanoseconds, interfaceIndex)
          : view;
        if (i === 0 && wants !== undefined) isWanted = wants(stack, where);
        if (!isWanted) {
          tracker.reassembler.leaveOthers();
          continue;
        }
        period.taken = number;
        tracker.packet(where, stack, number, seconds, nanoseconds, interfaceIndex);
        if (period !== current) continue;
        const counts = seriesFor(where);
        counts.packets++;
        counts.bytes += originalLength[index] as number;
        period.packets++;
        packets++;
      }
    },
    tick(now) {
      advance(now);
      for (const { tracker, failures } of periods) {
        tracker.tick(now - ON_THE_WAY);
        failures.expire(elapsed);
      }
    },
    end() {
      if (current !== undefined) close(current);
      // One that has not begun has nothing of its own.
      for (const period of [...periods].reverse()) if (period.last < Number.POSITIVE_INFINITY) finish(period);
    },
  };
}

/** Seconds as events have them. */
export function secondsText(seconds: number): string {
  const whole = Math.floor(seconds);
  return timeText(whole, Math.round((seconds - whole) * 1e6) * 1000);
}
