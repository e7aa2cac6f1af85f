/**
 * Follows each ping of a capture from point to point, in one pass, and says how far it came.
 *
 * The files: points (where a ping can be seen), sighting-store (where each was seen; which packets are one ping says the matcher in
 * exchange/ping), way and way-table (pings between two addresses), kept-pings (those shown one by one), path-evidence (all of that);
 * from there make-path-view with clocks, fate, path-rows, changes and path-notes to the view that path-view describes, and path-report
 * to its text.
 */

import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { BY_MASK } from '../decode/protocol.ts';
import { createReassembler, type Reassembler } from '../decode/reassembly.ts';
import { isToldElsewhere } from '../exchange/ping/ping-rules.ts';
import { MOST_ERRORS, type QuotingError } from '../exchange/quoting-error.ts';
import { createTunnelTable } from '../exchange/tunnel-table.ts';
import { createFragmentWatch } from '../finding/watch/fragment-watch.ts';
import { createPacketWatch } from '../finding/watch/packet-watch.ts';
import { createTimeOrder } from '../finding/watch/time-order.ts';
import { createUnreadWatch, unreadReasons } from '../finding/watch/unread-watch.ts';
import type { KernelWitness } from '../packet/kernel-drop.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import { createKeptPings } from './kept-pings.ts';
import { makePathView } from './make-path-view.ts';
import type { NotedError, PathEvidence } from './path-evidence.ts';
import type { PathView } from './path-view.ts';
import { createPointTable, MOST_POINTS, type PointOrigin } from './points.ts';
import { createSightingStore, type SightingStore } from './sighting-store.ts';
import { Way } from './way.ts';
import { createWayTable } from './way-table.ts';

export interface PathTrackerOptions {
  /** To decode payloads as the user says; default: the usual decoder. */
  readonly decoder?: Decoder;
  /** The source's own list, which grows while packets are read. */
  readonly interfaces: readonly CaptureInterface[];
  /** Gives an interface's origin; default: one for all. */
  readonly originOf?: (interfaceIndex: number) => PointOrigin;
  /** Pings remembered at once, a power of two; default: 32,768. */
  readonly capacity?: number;
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
   * What became of the pings. Ends the tracker.
   *
   * @param droppedAt packets that the capture lost on an interface; undefined where it can't tell
   * @param timesAreArrival whether packets bear the time of their arrival, as the source says
   * @param witness what the kernel told meanwhile, where it was asked
   */
  view(
    droppedAt: (interfaceIndex: number) => number | undefined,
    timesAreArrival?: boolean,
    witness?: KernelWitness,
  ): PathView;
}

const ONE_ORIGIN: PointOrigin = { label: '', clock: 0 };

export function createPathTracker(options: PathTrackerOptions): PathTracker {
  const { interfaces, originOf = () => ONE_ORIGIN } = options;
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
  const kept = createKeptPings();
  const { list: ways, wayOf } = createWayTable();
  const POINTS = MOST_POINTS;
  const errors: NotedError[] = [];
  const errorNumbers = new Map<QuotingError, number>();
  const stack = new LayerStack();
  let packets = 0;
  let furtherWay: Way | undefined;

  const store: SightingStore = createSightingStore({
    points: points.list,
    findPoint: points.find,
    tunnels,
    settle,
    ...(options.capacity !== undefined && { capacity: options.capacity }),
  });

  function settle(entry: number): void {
    const notes = store.notes(entry);
    const [requests, replies] = [store.mask(entry, 0), store.mask(entry, 1)];
    if (isToldElsewhere(notes) || (requests | replies) === 0) return;
    const number = wayOf(store.words, entry);
    let way = ways[number];
    if (way === undefined) {
      furtherWay ??= new Way('', '');
      way = furtherWay;
    }
    way.count(requests, replies, store.outcome(entry));
    notePoints(way, entry, 0);
    notePoints(way, entry, 1);
    const error = store.error(entry);
    if (error >= 0) (errors[error] as NotedError).pings++;
    if (number >= 0) kept.add(store, entry, number);
  }

  /** What the ping's sightings in one direction say of the points. */
  function notePoints(way: Way, entry: number, direction: number): void {
    const { times, counts } = store;
    const mask = store.mask(entry, direction);
    for (let rest = mask; rest !== 0; ) {
      const a = 31 - Math.clz32(rest);
      rest &= ~(1 << a);
      const at = store.slot(entry, direction, a);
      way.seen[direction * POINTS + a]++;
      way.copies[direction * POINTS + a] += counts[at] - 1;
      for (let others = rest; others !== 0; ) {
        const b = 31 - Math.clz32(others);
        others &= ~(1 << b);
        const elapsed = times[store.slot(entry, direction, b)] - times[at];
        let isBefore = direction === 0 ? elapsed : -elapsed;
        if (points.list[a].clock !== points.list[b].clock) {
          way.elapsed(direction, a, b, elapsed);
          way.elapsed(direction, b, a, -elapsed);
          isBefore = nearness(entry, direction, a, b);
        }
        if (isBefore > 0) way.order(a, b);
        else if (isBefore < 0) way.order(b, a);
      }
    }
  }

  /**
   * Which of two points of different clocks a request passes first: from the nearer one the round trip is longer. Without a
   * reply at both, the TTL tells, which falls on the way.
   *
   * @returns above 0 for `a`, below for `b`, 0 if it can't be told
   */
  function nearness(entry: number, direction: number, a: number, b: number): number {
    const { times, innerHops, outerHops, tunnels: around } = store;
    const other = store.mask(entry, 1 - direction);
    if (((other >>> a) & 1) !== 0 && ((other >>> b) & 1) !== 0) {
      // The pair is counted with the request.
      if (direction === 1) return 0;
      const trip = (point: number) => times[store.slot(entry, 1, point)] - times[store.slot(entry, 0, point)];
      return trip(a) - trip(b);
    }
    const [atA, atB] = [store.slot(entry, direction, a), store.slot(entry, direction, b)];
    const sign = direction === 0 ? 1 : -1;
    if (innerHops[atA] !== innerHops[atB]) return (innerHops[atA] - innerHops[atB]) * sign;
    if (around[atA] !== around[atB]) return 0;
    return (outerHops[atA] - outerHops[atB]) * sign;
  }

  /** @param entry the ping that it is about */
  function noteError(
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
    store.noteError(entry, known);
  }

  const packet: PathTracker['packet'] = (view, layers, number, seconds, nanoseconds, interfaceIndex) => {
    order.packet(number, seconds, nanoseconds, interfaceIndex);
    const echo = store.packet(view, layers, number, seconds, nanoseconds, interfaceIndex);
    const error = watch.packet(view, layers, number, echo);
    if (watch.isDamaged()) store.spoil(number);
    if (echo >= 0) return;
    unread.packet(view, layers, number);
    if (error === undefined) return;
    const entry = store.takeError(view, layers, error, number, seconds, nanoseconds, interfaceIndex);
    if (entry >= 0) noteError(error, entry, view, layers, number, interfaceIndex);
  };

  return {
    packet,
    reassembler,
    batch(batch, count = batch.count) {
      const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
      const first = batch.firstNumber ?? packets + 1;
      packets += count;
      for (let i = 0; i < count; i++) {
        const index = interfaceIndex[i];
        const number = first + i;
        decode(view, start[i], capturedLength[i], originalLength[i], interfaces[index].linkType, stack);
        const where =
          stack.fragment < 0
            ? view
            : reassembler.packet(view, stack, number, seconds[i], nanoseconds[i], index);
        packet(where, stack, number, seconds[i], nanoseconds[i], index);
      }
    },
    view(droppedAt, timesAreArrival = false, witness) {
      store.settleAll();
      points.complete();
      // No request waits for its reply any longer.
      const summary = store.memory.summary(0, Number.POSITIVE_INFINITY, 0);
      const evidence: PathEvidence = {
        points,
        tunnels,
        ways,
        kept,
        errors,
        isTunnelPort: (port) => ((tables.udpPort[port] ?? 0) & BY_MASK) !== 0,
        firstSecond: store.firstSecond,
        furtherWay,
        summary,
        total: summary.table.total(),
        watch,
        disorder: order.disorder(),
        timesAreArrival,
        elsewhere: store.elsewhere,
        unread: unreadReasons(unread, fragments.counts(reassembler.waiting())),
      };
      return makePathView(evidence, originOf, interfaces, droppedAt, witness);
    },
  };
}
