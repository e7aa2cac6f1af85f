/** Follows each ping of a capture from point to point, in one pass, and says how far it came. */

import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { randomFactors } from '../decode/hash.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { BY_MASK } from '../decode/protocol.ts';
import { createReassembler, type Reassembler } from '../decode/reassembly.ts';
import type { GroupMembers } from '../exchange/ping/group-requests.ts';
import type { OtherAddress } from '../exchange/ping/other-addresses.ts';
import { storedAddress } from '../exchange/ping/path-table.ts';
import { ENTRY, FLAG, NOTE } from '../exchange/ping/ping-layout.ts';
import { isToldElsewhere } from '../exchange/ping/ping-rules.ts';
import type { QuotingError } from '../exchange/quoting-error.ts';
import { createTunnelTable, type TunnelTable } from '../exchange/tunnel-table.ts';
import { createFragmentWatch } from '../finding/watch/fragment-watch.ts';
import { createPacketWatch } from '../finding/watch/packet-watch.ts';
import { createUnreadWatch, type UnreadReason, unreadReasons } from '../finding/watch/unread-watch.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import { createKeptPings, type KeptPings } from './kept-pings.ts';
import { makePathView } from './make-path-view.ts';
import type { PathView } from './path-view.ts';
import { createPointTable, MOST_POINTS, type PointOrigin, type PointTable } from './points.ts';
import { createSightingStore, type SightingStore } from './sighting-store.ts';
import { Way } from './way.ts';

/** The most pairs of addresses that are told apart: pings between further ones are counted together. */
const MOST_WAYS = 256;
const WAY_BITS = 9;
/** Of both addresses in an entry. */
const ADDRESS_WORDS = 8;

export interface PathTrackerOptions {
  /** For payloads to be read as the user says; the usual one where not given. */
  readonly decoder?: Decoder;
  /** The source's own list, which grows while packets are read. */
  readonly interfaces: readonly CaptureInterface[];
  /** An interface's origin; one for all where not given. */
  readonly originOf?: (interfaceIndex: number) => PointOrigin;
  /** Pings remembered at a time, a power of two; 32,768 where not given. */
  readonly capacity?: number;
}

export interface PathTracker {
  /** Decodes a batch's first `count` packets and takes them into account. */
  batch(batch: PacketBatch, count?: number): void;
  /**
   * Takes a packet into account that is decoded already, and its fragments put together.
   *
   * @param view where the packet's bytes and layers are
   * @param stack its layers
   * @param number in its file, from 1
   * @param seconds the packet's time since 1970: whole seconds
   * @param nanoseconds and nanoseconds beside them
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
  /** For the caller of `packet`: puts fragments together. */
  readonly reassembler: Reassembler;
  /**
   * What became of the pings. Ends the tracker.
   *
   * @param droppedAt packets that the capture lost on an interface; undefined where it can't tell
   */
  view(droppedAt: (interfaceIndex: number) => number | undefined): PathView;
}

/** What is known when all packets are read. */
export interface PathEvidence {
  readonly points: PointTable;
  readonly tunnels: TunnelTable;
  readonly ways: readonly Way[];
  readonly kept: KeptPings;
  readonly errors: readonly NotedError[];
  readonly isTunnelPort: (port: number) => boolean;
  readonly firstSecond: number;
  /** Pings between further addresses, all together; undefined where there are none. */
  readonly furtherWay: Way | undefined;
  /** Who answered for groups, and for others that were asked; replies that do not return their requests' data. */
  readonly groups: readonly GroupMembers[];
  readonly otherAddresses: readonly OtherAddress[];
  readonly otherData: number;
  /** Packets at further points. */
  readonly elsewhere: number;
  /** Why packets could not be read. */
  readonly unread: readonly UnreadReason[];
}

/** An ICMP error that is about a ping, and where it was captured first. */
export interface NotedError {
  readonly error: QuotingError;
  readonly point: number;
  readonly number: number;
  pings: number;
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
  const kept = createKeptPings();
  const ways: Way[] = [];
  const POINTS = MOST_POINTS;
  const WAY_WORDS = ADDRESS_WORDS + 1;
  const { STRIDE: ENTRY_WORDS, SOURCE, FLAGS } = ENTRY;
  const { IPV6 } = FLAG;
  const { OTHER_DATA } = NOTE;
  const WAY_SHIFT = 32 - WAY_BITS;
  /** The ways' addresses, found by a hash of them: neighbours in a bucket are linked. */
  const wayWords = new Int32Array(MOST_WAYS * WAY_WORDS);
  const olderWays = new Int16Array(MOST_WAYS);
  const buckets = new Int16Array(1 << WAY_BITS).fill(-1);
  const factors = randomFactors(ADDRESS_WORDS);
  const errors: NotedError[] = [];
  const errorNumbers = new Map<QuotingError, number>();
  const stack = new LayerStack();
  let packets = 0;
  let furtherWay: Way | undefined;
  let otherData = 0;

  const store: SightingStore = createSightingStore({
    points: points.list,
    findPoint: points.find,
    tunnels,
    settle,
    ...(options.capacity !== undefined && { capacity: options.capacity }),
  });

  /** The way that an entry's addresses belong to; -1 past the most that are told apart. */
  function wayOf(entry: number): number {
    const { words } = store;
    const from = entry * ENTRY_WORDS + SOURCE;
    let hash = 0;
    for (let i = 0; i < ADDRESS_WORDS; i++) hash = (hash + Math.imul(words[from + i], factors[i])) | 0;
    const bucket = hash >>> WAY_SHIFT;
    const version = words[entry * ENTRY_WORDS + FLAGS] & IPV6;
    for (let number = buckets[bucket]; number >= 0; number = olderWays[number]) {
      const known = number * WAY_WORDS;
      let i = 0;
      while (i < ADDRESS_WORDS && wayWords[known + i] === words[from + i]) i++;
      if (i === ADDRESS_WORDS && wayWords[known + ADDRESS_WORDS] === version) return number;
    }
    const number = ways.length;
    if (number === MOST_WAYS) return -1;
    for (let i = 0; i < ADDRESS_WORDS; i++) wayWords[number * WAY_WORDS + i] = words[from + i];
    wayWords[number * WAY_WORDS + ADDRESS_WORDS] = version;
    olderWays[number] = buckets[bucket];
    buckets[bucket] = number;
    const isIpv6 = version !== 0;
    ways.push(new Way(storedAddress(words, from, isIpv6), storedAddress(words, from + 4, isIpv6)));
    return number;
  }

  function settle(entry: number): void {
    const notes = store.notes(entry);
    const [requests, replies] = [store.mask(entry, 0), store.mask(entry, 1)];
    if (isToldElsewhere(notes) || (requests | replies) === 0) return;
    const number = wayOf(entry);
    let way = ways[number];
    if (way === undefined) {
      furtherWay ??= new Way('', '');
      way = furtherWay;
    }
    if ((notes & OTHER_DATA) !== 0) otherData++;
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
   * @returns above 0 for `a`, below for `b`, 0 where it can't be told
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
      known = errors.length;
      errorNumbers.set(error, known);
      errors.push({ error, point: points.find(view, layers, index), number, pings: 0 });
    }
    store.noteError(entry, known);
  }

  const packet: PathTracker['packet'] = (view, layers, number, seconds, nanoseconds, interfaceIndex) => {
    const isPing = store.packet(view, layers, number, seconds, nanoseconds, interfaceIndex);
    if (isPing) return;
    const error = watch.packet(view, layers, number, -1);
    unread.packet(view, layers, number);
    if (error === undefined) return;
    const entry = store.takeError(view, layers, error, number, seconds, nanoseconds);
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
    view(droppedAt) {
      store.settleAll();
      points.complete();
      const evidence: PathEvidence = {
        points,
        tunnels,
        ways,
        kept,
        errors,
        isTunnelPort: (port) => ((tables.udpPort[port] ?? 0) & BY_MASK) !== 0,
        firstSecond: store.firstSecond,
        furtherWay,
        groups: store.memory.groups.members(),
        otherAddresses: store.memory.others.list(),
        otherData,
        elsewhere: store.elsewhere,
        unread: unreadReasons(unread, fragments.counts(reassembler.waiting())),
      };
      return makePathView(evidence, originOf, interfaces, droppedAt);
    },
  };
}
