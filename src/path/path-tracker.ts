/**
 * Follows each ping of a capture from point to point, in one pass, and says how far it came.
 *
 * The files: points (where a ping can be seen), sightings (where each was), sighting-store (which packets are one ping says the matcher in
 * exchange/ping), exchange-sightings (the same of connections and queries), way and way-table (what goes between two
 * addresses), kept-pings (those shown one by one), path-evidence (all of that);
 * from there make-path-view with clocks, fate, path-rows, changes and path-notes to the view that path-view describes, and path-report
 * with path-words to its text.
 */

import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { BY_MASK } from '../decode/protocol.ts';
import { createReassembler, type Reassembler } from '../decode/reassembly.ts';
import { createTransportReader, findQuotedTransport, TRANSPORT } from '../exchange/inner-transport.ts';
import { createEchoReader, echoLayer } from '../exchange/ping/echo-reader.ts';
import { CLOCK, ENTRY, FLAG, KEY_WORDS } from '../exchange/ping/ping-layout.ts';
import { isToldElsewhere } from '../exchange/ping/ping-rules.ts';
import { createRepeatedPings, type RepeatedPings, takeEach } from '../exchange/ping/repeated-pings.ts';
import type { PingCounts } from '../exchange/ping/settlement.ts';
import { MOST_ERRORS, type QuotingError } from '../exchange/quoting-error.ts';
import { createTunnelTable } from '../exchange/tunnel-table.ts';
import { createFragmentWatch } from '../finding/watch/fragment-watch.ts';
import { createPacketWatch } from '../finding/watch/packet-watch.ts';
import { createTimeOrder } from '../finding/watch/time-order.ts';
import { createUnreadWatch, unreadReasons } from '../finding/watch/unread-watch.ts';
import type { KernelWitness } from '../packet/kernel-drop.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import { endsByClock } from './capture-end.ts';
import { createExchangeSightings, type ExchangeSightings } from './exchange-sightings.ts';
import type { Followed } from './followed.ts';
import type { Settled } from './kept-pings.ts';
import { type LatestView, makeLatestView, makePathView } from './make-path-view.ts';
import type { NotedError, PathEvidence } from './path-evidence.ts';
import type { PathView } from './path-view.ts';
import { createPointTable, originsByClock, type PointOrigin } from './points.ts';
import { createSightingStore, howManyLatest, type SightingStore } from './sighting-store.ts';
import { createWayTally, type WayTally } from './way-tally.ts';

/** A batch has their indexes in 16 bits. */
const MOST_INTERFACES = 1 << 16;

export interface PathTrackerOptions {
  /** To decode payloads as the user says; default: the usual decoder. */
  readonly decoder?: Decoder;
  /** The source's own list, which grows while packets are read. */
  readonly interfaces: readonly CaptureInterface[];
  /** Gives an interface's origin; default: its clock's. */
  readonly originOf?: (interfaceIndex: number) => PointOrigin;
  /** Pings remembered at once, a power of two; default: 32,768. */
  readonly capacity?: number;
  /** What is followed; default: pings only. */
  readonly of?: readonly Followed[];
}

export interface PathTracker {
  /** Decodes and counts a batch's first `count` packets. */
  batch(batch: PacketBatch, count?: number): void;
  /**
   * Counts a packet that is decoded already, and its fragments reassembled.
   *
   * @param view where the packet's bytes and layers are
   * @param stack its layers
   * @param number in its file, from 1
   * @param seconds the packet's time since 1970: whole seconds
   * @param nanoseconds the rest of its time
   * @param interfaceIndex into the source's `interfaces`
   */
  packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): void;
  /** For the caller of `packet`: reassembles fragments. */
  readonly reassembler: Reassembler;
  /**
   * The latest pings as they were seen so far, with the clocks as these tell; nothing ends. Connections and queries are not among them.
   *
   * @param most how many are looked at
   * @param seconds before the newest of them
   */
  latest(most: number, seconds: number): LatestView;
  /**
   * What became of the pings. Ends the tracker.
   *
   * @param droppedAt packets that the capture lost on an interface; undefined where it can't tell
   * @param timesAreArrival whether packets bear the time of their arrival, as the source says
   * @param witness what the kernel told meanwhile, where it was asked
   * @param endedAt when the capture on an interface ended, in seconds since 1970; undefined where its last packet is all that is known of that
   */
  view(
    droppedAt: (interfaceIndex: number) => number | undefined,
    timesAreArrival?: boolean,
    witness?: KernelWitness,
    endedAt?: (interfaceIndex: number) => number | undefined,
  ): PathView;
}

/** As {@link PathTracker.packet}. @returns the layer of the echo header, or -1 where the packet is no ping */
type TakePacket = (...packet: Parameters<PathTracker['packet']>) => number;

/**
 * @param options what is followed, and where it was captured
 * @param repeats what may spare decoding: for tests, which want it from the first packet on
 */
export function createPathTracker(
  options: PathTrackerOptions,
  repeats: RepeatedPings = createRepeatedPings(),
): PathTracker {
  const { interfaces, originOf = originsByClock(options.interfaces) } = options;
  const decoder = options.decoder ?? createDecoder();
  const { decode, tables } = decoder;
  const fragments = createFragmentWatch();
  const unread = createUnreadWatch();
  const reassembler = createReassembler(decoder, {
    ...fragments.events,
    firstFragment: (view, layers, number, seconds, nanoseconds, interfaceIndex) =>
      store.firstFragment(view, layers, number, seconds, nanoseconds, interfaceIndex),
  });
  const tunnels = createTunnelTable();
  const points = createPointTable(interfaces, originOf);
  const watch = createPacketWatch();
  const order = createTimeOrder();
  const tally = createWayTally(points, (from) => from === store);
  const errors: NotedError[] = [];
  const errorNumbers = new Map<QuotingError, number>();
  /** Seconds since 1970 of each interface's last packet; NaN where there is none. */
  const ends = new Float64Array(MOST_INTERFACES).fill(Number.NaN);
  const stack = new LayerStack();
  const { of = ['icmp'] } = options;
  const hasPings = of.includes('icmp');
  const readEcho = createEchoReader(new Int32Array(KEY_WORDS));
  const readTransport = createTransportReader();
  const { LAYER, NETWORK_SHIFT, DNS, UDP } = TRANSPORT;
  let packets = 0;
  let elsewhere = 0;

  const store: SightingStore = createSightingStore({
    points: points.list,
    findPoint: points.find,
    tunnels,
    settle: settlePing,
    ...(options.capacity !== undefined && { capacity: options.capacity }),
  });

  const connections = of.includes('tcp') ? follow('tcp') : undefined;
  const queries = of.includes('dns') ? follow('dns') : undefined;

  function settlePing(entry: number): void {
    if (isShown(entry)) settle(store, entry, wayOfPing(tally, entry));
  }

  function isShown(entry: number): boolean {
    return !isToldElsewhere(store.notes(entry)) && (store.mask(entry, 0) | store.mask(entry, 1)) !== 0;
  }

  function wayOfPing({ wayOf }: WayTally, entry: number): number {
    const { words } = store;
    const isIpv6 = (words[entry * ENTRY.STRIDE + ENTRY.FLAGS] & FLAG.IPV6) !== 0;
    return wayOf(words, entry * ENTRY.STRIDE + ENTRY.SOURCE, isIpv6, 'icmp', 0);
  }

  function follow(protocol: Exclude<Followed, 'icmp'>): ExchangeSightings {
    const sightings: ExchangeSightings = createExchangeSightings({
      protocol,
      points: points.list,
      tunnels,
      settle(entry) {
        const [addresses, isIpv6] = [sightings.addresses(entry), sightings.isIpv6(entry)];
        settle(sightings, entry, tally.wayOf(addresses, 0, isIpv6, protocol, sightings.port(entry)));
      },
    });
    return sightings;
  }

  function settle(from: Settled, entry: number, number: number): void {
    tally.settle(from, entry, number);
    const error = from.error(entry);
    if (error >= 0) (errors[error] as NotedError).pings++;
  }

  /** @param entry the ping or other exchange that it is about */
  function noteError(
    from: Settled,
    error: QuotingError,
    entry: number,
    view: DataView,
    layers: LayerStack,
    number: number,
    index: number,
  ) {
    let known = errorNumbers.get(error);
    if (known === undefined) {
      // As many as the watch tells apart; each further packet would be one of its own.
      if (errors.length === MOST_ERRORS) return;
      known = errors.length;
      errorNumbers.set(error, known);
      errors.push({ error, point: points.find(view, layers, index), number, pings: 0 });
    }
    from.noteError(entry, known);
  }

  function noteTime(number: number, seconds: number, nanoseconds: number, interfaceIndex: number): void {
    order.packet(number, seconds, nanoseconds, interfaceIndex);
    const time = seconds + nanoseconds / 1e9;
    if (!(ends[interfaceIndex] >= time)) ends[interfaceIndex] = time;
  }

  const packet: TakePacket = (view, layers, number, seconds, nanoseconds, interfaceIndex) => {
    noteTime(number, seconds, nanoseconds, interfaceIndex);
    const echo = take(view, layers, number, seconds, nanoseconds, interfaceIndex);
    if (reassembler.othersLeft() === 0) return echo;
    reassembler.others((where, others) => {
      take(where, others, number, seconds, nanoseconds, interfaceIndex);
    });
    return echo;
  };

  const take: TakePacket = (view, layers, number, seconds, nanoseconds, interfaceIndex) => {
    const echo = hasPings
      ? store.packet(view, layers, number, seconds, nanoseconds, interfaceIndex)
      : echoLayer(readEcho(view, layers));
    const error = watch.packet(view, layers, number, echo);
    if (hasPings && watch.isDamaged()) store.spoil(number);
    if (echo < 0) takeOther(error, view, layers, number, seconds, nanoseconds, interfaceIndex);
    return echo;
  };

  function takeOther(
    error: QuotingError | undefined,
    view: DataView,
    layers: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): void {
    unread.packet(view, layers, number);
    if (error !== undefined) {
      takeError(error, view, layers, number, seconds, nanoseconds, interfaceIndex);
      return;
    }
    if (connections === undefined && queries === undefined) return;
    const found = readTransport(view, layers);
    if (found < 0) return;
    const followed = (found & DNS) !== 0 ? queries : (found & UDP) !== 0 ? undefined : connections;
    if (followed === undefined) return;
    const point = points.find(view, layers, interfaceIndex);
    if (point < 0) {
      elsewhere++;
      return;
    }
    const { clock } = store.memory;
    if (Number.isNaN(store.firstSecond)) clock[CLOCK.FIRST_SECOND] = seconds;
    const since = (seconds - store.firstSecond) * 1e9 + nanoseconds;
    followed.packet(view, layers, found & LAYER, (found >> NETWORK_SHIFT) & LAYER, number, since, point);
  }

  function takeError(
    error: QuotingError,
    view: DataView,
    layers: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    index: number,
  ): void {
    if (hasPings) {
      const ping = store.takeError(view, layers, error, number, seconds, nanoseconds, index);
      if (ping >= 0) {
        noteError(store, error, ping, view, layers, number, index);
        return;
      }
    }
    const found = findQuotedTransport(layers);
    if (found < 0) return;
    const followed = (found & UDP) !== 0 ? queries : connections;
    if (followed === undefined) return;
    const entry = followed.takeError(view, layers, error, found & LAYER, (found >> NETWORK_SHIFT) & LAYER);
    if (entry >= 0) noteError(followed, error, entry, view, layers, number, index);
  }

  function decodePacket(batch: PacketBatch, i: number, number: number): void {
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    const index = interfaceIndex[i];
    const { linkType } = interfaces[index] as CaptureInterface;
    decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
    const isWhole = stack.fragment < 0;
    const where = isWhole ? view : reassembler.packet(view, stack, number, seconds[i], nanoseconds[i], index);
    const echo = packet(where, stack, number, seconds[i], nanoseconds[i], index);
    if (isWhole && watch.isPlainPing() && store.isAtPoint())
      repeats.learn(view, stack, echo, index, store.look);
  }

  return {
    packet,
    reassembler,
    batch(batch, count = batch.count) {
      const { view, start, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
      const first = batch.firstNumber ?? packets + 1;
      packets += count;
      const decodeOne = (i: number) => decodePacket(batch, i, first + i);
      if (!hasPings) {
        for (let i = 0; i < count; i++) decodeOne(i);
        return;
      }
      takeEach(
        repeats,
        batch,
        count,
        (i, known, look, results, at) => {
          const number = first + i;
          const second = seconds[i];
          const rest = nanoseconds[i];
          noteTime(number, second, rest, interfaceIndex[i]);
          store.repeat(view, start[i], known, look, results, at, number, second, rest, originalLength[i]);
          watch.plainPing();
        },
        decodeOne,
      );
    },
    latest(most, seconds) {
      const latest = createWayTally(points, () => true);
      const { entries } = store.memory;
      for (let ago = howManyLatest(store, most, seconds); ago > 0; ago--) {
        const entry = entries.next(ago);
        if (isShown(entry)) latest.settle(store, entry, wayOfPing(latest, entry));
      }
      let summary: PingCounts | undefined;
      // All that is counted is looked at for this: only where hops ran out.
      const isTrace = (path: number) => {
        summary ??= store.memory.summary(0, Number.POSITIVE_INFINITY, 0);
        return summary.table.at(path).isTrace;
      };
      return makeLatestView(
        { points, tunnels, ...latest, firstSecond: store.firstSecond, isTrace },
        originOf,
        interfaces,
      );
    },
    view(droppedAt, timesAreArrival = false, witness, endedAt = () => undefined) {
      store.settleAll();
      connections?.settleAll();
      queries?.settleAll();
      points.complete();
      // No request waits for its reply any longer.
      const summary = store.memory.summary(0, Number.POSITIVE_INFINITY, 0);
      const evidence: PathEvidence = {
        points,
        tunnels,
        ways: tally.ways,
        kept: tally.kept,
        errors,
        isTunnelPort: (port) => ((tables.udpPort[port] ?? 0) & BY_MASK) !== 0,
        firstSecond: store.firstSecond,
        isTrace: (path) => summary.table.at(path).isTrace,
        furtherWay: tally.furtherWay,
        summary,
        total: summary.table.total(),
        watch,
        disorder: order.disorder(),
        timesAreArrival,
        elsewhere: store.elsewhere + elsewhere,
        of,
        damaged: [connections, queries].flatMap((one) => (one === undefined ? [] : [one.damaged])),
        ends: endsByClock(ends, originOf, endedAt),
        unread: unreadReasons(unread, fragments.counts(reassembler.waiting())),
      };
      return makePathView(evidence, originOf, interfaces, droppedAt, witness);
    },
  };
}
