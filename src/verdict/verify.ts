/** Follows the pings of a capture, from a file to its end or live, and the connections and queries beside them, and gives a verdict. */

import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { timeText } from '../decode/format.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { BY_MASK } from '../decode/protocol.ts';
import { createReassembler, type Reassembler } from '../decode/reassembly.ts';
import type { ExchangeEvent } from '../exchange/exchange-events.ts';
import { createExchangeTracker } from '../exchange/exchange-tracker.ts';
import type { PingPath } from '../exchange/ping/path-table.ts';
import type { PingEvent } from '../exchange/ping/ping-events.ts';
import { createPingMatcher } from '../exchange/ping/ping-matcher.ts';
import { createRepeatedPings, type RepeatedPings, takeEach } from '../exchange/ping/repeated-pings.ts';
import { USUAL_WAIT_MILLISECONDS } from '../exchange/ping/settlement.ts';
import { createTunnelTable, type TunnelTable } from '../exchange/tunnel-table.ts';
import type { Evidence, KnownMtu } from '../finding/evidence.ts';
import { createEncryptedWatch } from '../finding/watch/encrypted-watch.ts';
import { createFragmentWatch } from '../finding/watch/fragment-watch.ts';
import { createKeepaliveWatch } from '../finding/watch/keepalive-watch.ts';
import { createNeighborWatch } from '../finding/watch/neighbor-watch.ts';
import { createPacketWatch } from '../finding/watch/packet-watch.ts';
import { createTimeOrder } from '../finding/watch/time-order.ts';
import { createUnreadWatch } from '../finding/watch/unread-watch.ts';
import { requireSource } from '../packet/require-source.ts';
import type { CaptureInterface, PacketBatch, PacketSource } from '../packet/source.ts';
import type { Expectation } from './expectation.ts';
import { makeVerdict, type Verdict } from './verdict.ts';

export interface VerifyOptions {
  /** To decode payloads as the user says; default: the usual decoder. */
  readonly decoder?: Decoder;
  /**
   * A reply that takes longer does not count. Default: every reply counts, as in ping itself; one that takes more than
   * a second is a finding then, and a live request is reported as unanswered after a second.
   */
  readonly timeoutMilliseconds?: number;
  /** What decides the verdict; default: every request is answered. */
  readonly expectations?: readonly Expectation[];
  /** Called for each ping event as it happens. */
  readonly onEvent?: (event: PingEvent) => void;
  /** Called first: an event that is not wanted is not described. Default: all are wanted. */
  readonly wants?: (event: PingEvent['event']) => boolean;
  /** Called for each TCP connection and DNS query that is answered, refused or unanswered, as it happens. */
  readonly onExchange?: (event: ExchangeEvent) => void;
  /** Verify the checksums of at most this many pings; default: all. */
  readonly mostChecked?: number;
  /** Pings, TCP connections, DNS queries and UDP flows remembered at once, each a power of two; default 32,768, and 16,384 queries and flows. */
  readonly capacity?: number;
  /** Whether the course of each path's pings over time is counted, to be drawn; default: not. */
  readonly keepsCourses?: boolean;
  /** The largest packet that the tunnels' way takes, where it is known. */
  readonly mtu?: KnownMtu;
}

/** The counts so far, for a status line. */
export interface PingSnapshot {
  /** Seen so far. */
  readonly packets: number;
  /** The sum of the next three. */
  readonly requests: number;
  /** Requests that were answered. */
  readonly answered: number;
  /** Requests that waited too long. */
  readonly unanswered: number;
  /** Sent within the time limit, or the last second, before the last packet. */
  readonly waiting: number;
  /** Duplicate replies. */
  readonly duplicates: number;
  /** Milliseconds; null before the first reply. */
  readonly lastRoundTrip: number | null;
}

export interface PingTracker {
  /** Decodes and counts a batch's first `count` packets. Fragments count when their packet is complete, with the last one's time. */
  batch(batch: PacketBatch, interfaces: readonly CaptureInterface[], count?: number): void;
  /**
   * Counts a packet that is decoded already, and its fragments reassembled.
   *
   * @param view where the packet's bytes are
   * @param stack its layers
   * @param number 1 for the capture's first packet
   * @param seconds the packet's time since 1970: whole seconds
   * @param nanoseconds the rest of its time
   * @param interfaceIndex into the source's `interfaces`
   * @returns the layer of the echo header, whose tunnels were found last then; or -1 if the packet is not a ping
   */
  packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): number;
  /** All tunnels seen, by number. */
  readonly tunnels: TunnelTable;
  /** The number of the request that the last packet answers; 0 if it answers none. */
  answeredRequest(): number;
  /** For the caller of `packet`: reassembles fragments, and tells the verdict what became of them. */
  readonly reassembler: Reassembler;
  /**
   * Time has passed without a packet: requests, connections and queries that waited too long are reported as unanswered.
   *
   * @param seconds since 1970; infinite if nothing more will come
   */
  tick(seconds: number): void;
  /** Cheap: may be called many times a second. */
  snapshot(): PingSnapshot;
  /**
   * The verdict on what was seen so far; more may follow.
   *
   * @param dropped packets that the capture dropped; undefined if it can't tell
   * @param timesAreArrival whether packets carry the time of their arrival, as the source says
   * @param brokenOff how the capture ends, if it ends in the middle, as the source's statistics say
   * @param whyEmpty why there are no packets, if that is known: a filter
   * @param kernel what the kernel told of the pings, if it was asked
   */
  verdict(
    dropped: number | undefined,
    timesAreArrival?: boolean,
    brokenOff?: string,
    whyEmpty?: string,
    kernel?: HeardKernel,
  ): Verdict;
  /**
   * The same, with the counts of its paths, in the same order.
   *
   * @param dropped as above, and so are the others
   * @param timesAreArrival as above
   * @param brokenOff as above
   * @param whyEmpty as above
   * @param isRunning whether more will follow: then nothing is said about how the capture ended
   */
  judge(
    dropped: number | undefined,
    timesAreArrival?: boolean,
    brokenOff?: string,
    isRunning?: boolean,
    whyEmpty?: string,
  ): Judgement;
}

/** What the kernel of this machine told while the packets were captured. */
export type HeardKernel = Pick<Evidence, 'kernelDrops' | 'kernelCounters'>;

export interface Judgement {
  readonly verdict: Verdict;
  readonly paths: readonly PingPath[];
  /** Pings past `mostChecked`. */
  readonly unchecked: number;
}

/**
 * @param options what is expected, and who is told of what as it happens
 * @param repeats what may spare decoding: for tests, which want it from the first packet on
 */
export function createPingTracker(
  options: VerifyOptions = {},
  repeats: RepeatedPings = createRepeatedPings(),
): PingTracker {
  const { timeoutMilliseconds, expectations = [], onEvent, onExchange, wants, capacity } = options;
  const window = (timeoutMilliseconds ?? USUAL_WAIT_MILLISECONDS) * 1e6;
  const decoder = options.decoder ?? createDecoder();
  const { decode, tables } = decoder;
  const tunnels = createTunnelTable();
  const matcher = createPingMatcher(tunnels, {
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(wants === undefined ? {} : { wants }),
    ...(capacity === undefined ? {} : { capacity }),
    keepsCourses: options.keepsCourses === true,
  });
  const watch = createPacketWatch(options.mostChecked);
  const neighbors = createNeighborWatch();
  const fragments = createFragmentWatch();
  const unread = createUnreadWatch();
  const encrypted = createEncryptedWatch();
  const keepalives = createKeepaliveWatch();
  const exchanges = createExchangeTracker({
    ...(capacity === undefined ? {} : { capacity }),
    ...(onExchange === undefined ? {} : { onEvent: onExchange }),
  });
  const reassembler = createReassembler(decoder, {
    ...fragments.events,
    firstFragment: matcher.firstFragment,
  });
  const stack = new LayerStack();
  let packets = 0;
  let isOver = false;
  const order = createTimeOrder();
  const { times } = order;

  const waiting = (nanoseconds: number) => matcher.waiting(nanoseconds, times[2], times[3]);

  function expire(): void {
    if (onEvent !== undefined) matcher.expire(window, times[2], times[3]);
    if (onExchange !== undefined) exchanges.expire(times[2], times[3]);
  }

  const take: PingTracker['packet'] = (view, layers, number, seconds, nanoseconds, interfaceIndex) => {
    const echo = matcher.packet(view, layers, number, seconds, nanoseconds, interfaceIndex);
    const error = watch.packet(view, layers, number, echo);
    if (watch.isDamaged()) matcher.spoil(number);
    if (error !== undefined) {
      matcher.takeError(view, layers, error, number, seconds, nanoseconds, interfaceIndex);
      exchanges.takeError(view, layers, error, number, seconds, nanoseconds, interfaceIndex);
    }
    expire();
    if (echo < 0) {
      exchanges.packet(view, layers, number, seconds, nanoseconds, interfaceIndex);
      neighbors.packet(view, layers, number, seconds, interfaceIndex);
      unread.packet(view, layers, number);
      keepalives.packet(view, layers, number);
      encrypted.packet(view, layers, number, (seconds - times[0]) * 1e9 + nanoseconds);
    }
    return echo;
  };

  const packet: PingTracker['packet'] = (view, layers, number, seconds, nanoseconds, interfaceIndex) => {
    packets++;
    order.packet(number, seconds, nanoseconds, interfaceIndex);
    const echo = take(view, layers, number, seconds, nanoseconds, interfaceIndex);
    if (reassembler.othersLeft() > 0) {
      reassembler.others((where, others) => {
        take(where, others, number, seconds, nanoseconds, interfaceIndex);
      });
    }
    return echo;
  };

  /** Apart from the loop over batches: where all packets repeat others, V8 need not make anything of this. */
  function decodePacket(batch: PacketBatch, interfaces: readonly CaptureInterface[], i: number): void {
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    const index = interfaceIndex[i];
    const { linkType } = interfaces[index] as CaptureInterface;
    decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
    const isWhole = stack.fragment < 0;
    const number = packets + 1;
    const where = isWhole ? view : reassembler.packet(view, stack, number, seconds[i], nanoseconds[i], index);
    const echo = packet(where, stack, number, seconds[i], nanoseconds[i], index);
    if (isWhole && watch.isPlainPing()) repeats.learn(view, stack, echo, index, matcher.look);
  }

  return {
    packet,
    tunnels,
    reassembler,
    batch(batch, interfaces, count = batch.count) {
      const { view, start, seconds, nanoseconds, interfaceIndex } = batch;
      takeEach(
        repeats,
        batch,
        count,
        (i, known, look, results, at) => {
          packets++;
          order.packet(packets, seconds[i], nanoseconds[i], interfaceIndex[i]);
          matcher.repeat(view, start[i], known, look, results, at, packets, seconds[i], nanoseconds[i]);
          watch.plainPing();
          expire();
        },
        (i) => decodePacket(batch, interfaces, i),
      );
    },
    tick(seconds) {
      isOver = seconds === Number.POSITIVE_INFINITY;
      matcher.expire(window, seconds, 0);
      exchanges.expire(seconds, 0);
    },
    snapshot() {
      const { requests, answered, duplicates, lastRoundTrip } = matcher.totals();
      const stillWaiting = waiting(window).count;
      return {
        packets,
        requests,
        answered,
        unanswered: requests - answered - stillWaiting,
        waiting: stillWaiting,
        duplicates,
        lastRoundTrip: Number.isNaN(lastRoundTrip) ? null : lastRoundTrip / 1e6,
      };
    },
    answeredRequest: matcher.answeredRequest,
    judge,
    verdict: (dropped, timesAreArrival, brokenOff, whyEmpty, kernel) =>
      judge(dropped, timesAreArrival, brokenOff, false, whyEmpty, kernel).verdict,
  };

  function judge(
    dropped: number | undefined,
    timesAreArrival = false,
    brokenOff?: string,
    isRunning = false,
    whyEmpty?: string,
    kernel: HeardKernel = {},
  ): Judgement {
    const summary = matcher.summary(window, times[2], times[3], isOver);
    const verdict = makeVerdict({
      summary,
      watch,
      neighbors,
      waiting,
      fragments: fragments.counts(reassembler.waiting()),
      unread,
      encrypted,
      keepalives,
      exchanges: exchanges.summary(times[2], times[3]),
      mtu: options.mtu,
      tunnels,
      isTunnelPort: (port) => ((tables.udpPort[port] ?? 0) & BY_MASK) !== 0,
      packets,
      ...kernel,
      dropped,
      brokenOff,
      disorder: order.disorder(),
      isRunning,
      whyEmpty,
      timesAreArrival,
      timeoutMilliseconds,
      expectations,
      firstTime: packets === 0 ? null : timeText(times[0], times[1]),
      lastTime: packets === 0 ? null : timeText(times[2], times[3]),
    });
    return { verdict, paths: summary.table.paths, unchecked: watch.unchecked };
  }
}

/**
 * Reads a source to the end and judges its pings. Closes the source, even on errors; a live one ends when its `stop()` is
 * called.
 *
 * ```ts
 * const { verdict, paths } = await verifyCapture(await openCaptureFile('ping.pcap'), {
 *   expectations: [expectPings('all through VXLAN 42', { tunnel: 'vxlan', vni: 42 })],
 * });
 * ```
 *
 * @throws {CaptureError} if the source fails in the middle
 * @throws {TypeError} if it is not a source
 */
export async function verifyCapture(source: PacketSource, options: VerifyOptions = {}): Promise<Verdict> {
  requireSource(source, 'verifyCapture');
  try {
    const tracker = createPingTracker(options);
    for (;;) {
      const batch = await source.next();
      if (batch === undefined) break;
      tracker.batch(batch, source.interfaces);
    }
    const { dropped, brokenOff } = source.statistics();
    return tracker.verdict(dropped, source.timesAreArrival, brokenOff);
  } finally {
    await source.close();
  }
}
