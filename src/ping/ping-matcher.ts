/**
 * Matches echo replies with their requests, in one pass and bounded memory, by what the innermost headers say: addresses,
 * identifier and sequence number (RFC 792, RFC 4443 section 4). The tunnels around them are recorded, and are no part of
 * the match: a reply that comes back outside the tunnel is an answer, and a fact to report.
 *
 * A capture on several interfaces holds each packet several times: on the container's veth, the bridge, the tunnel device
 * and the outer interface. A packet that is seen at another place (interface, tunnels, TTL) with the same identification
 * and checksum is the same packet, and counts once, with the deepest tunnels that it was seen in; times are taken there.
 */
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { createEchoReader, ECHO } from './echo-reader.ts';
import { createGroupRequests } from './group-requests.ts';
import { createPingEntries, ENTRY, FLAG, KEY_VERSION, MOMENT } from './ping-entries.ts';
import { describeEvent, type PingEvent, type PingListener } from './ping-events.ts';
import { createHopsOf, createPlaceOf } from './place.ts';
import { createSettlement, PingCounts } from './settlement.ts';
import { Tally } from './tally.ts';
import { RELATION, type TunnelTable } from './tunnel-table.ts';

/**
 * How many requests are remembered. The oldest leaves first, and is unanswered if no reply came until then. Half of the
 * sequence numbers that there are, so that a run that starts over at 0 never meets its own past.
 */
export const CAPACITY = 1 << 15;
/** A request that is seen again, unanswered, within this time (ns) is a repetition; past it, a new request that looks the same. */
const REPEAT_WINDOW = 1e9;
/** A copy of an answered request, identical to its identification, within this time (ns) is still a copy of it. */
const COPY_WINDOW = 10e6;
/** Packets with the same identity that are looked at, newest first: more would be a trap made on purpose. */
const MOST_CANDIDATES = 8;
export interface PingTotals {
  readonly requests: number;
  readonly answered: number;
  /** Replies that came once more, as ping counts them. */
  readonly duplicates: number;
  /** Of the reply that came last, in ns; NaN before the first. */
  readonly lastRoundTrip: number;
}

export interface PingMatcher {
  /**
   * Takes the packet into account where it is an echo request or reply.
   *
   * @returns the layer of the echo header, or -1 where the packet is no ping
   */
  packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): number;
  /**
   * A first fragment has come, and the packet is decoded as far as it goes: an echo request in it counts from here, once for it
   * and for the whole, which brings the time to measure from.
   */
  firstFragment(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): void;
  /** The number of the request that the packet taken last is the answer to; 0 where it is none. */
  answeredRequest(): number;
  totals(): PingTotals;
  /** Requests without a reply that were sent less than `window` ns before the time given (ns since the first second). */
  waiting(window: number, seconds: number, nanoseconds: number): Tally;
  /** Tells of requests that were sent `window` ns or longer before the time given, and have no reply. */
  expire(window: number, seconds: number, nanoseconds: number): void;
  /** Everything counted, requests that still wait among the unanswered. May be asked at any time; counting goes on undisturbed. */
  summary(): PingCounts;
}

export interface MatcherOptions {
  /** A reply that takes longer does not count; no limit where not given. */
  readonly timeoutMilliseconds?: number;
  /** A power of two; {@link CAPACITY} where not given. */
  readonly capacity?: number;
  readonly onEvent?: (event: PingEvent) => void;
  /** Asked before: an event that is not wanted is not described. All are, where not given. */
  readonly wants?: (event: PingEvent['event']) => boolean;
}

export function createPingMatcher(tunnels: TunnelTable, options: MatcherOptions = {}): PingMatcher {
  const capacity = options.capacity ?? CAPACITY;
  if (capacity < 2 || capacity > CAPACITY || (capacity & (capacity - 1)) !== 0) {
    throw new RangeError(`capacity ${capacity}: expected a power of two from 2 to ${CAPACITY}`);
  }
  const limit = (options.timeoutMilliseconds ?? Number.POSITIVE_INFINITY) * 1e6;
  const { find: findTunnels, relation, depth, join } = tunnels;
  const SAME = RELATION.same;
  const LAYER = LAYER_WORDS;
  const { LAYER: LAYER_BITS, NETWORK_SHIFT, REPLY } = ECHO;

  const {
    STRIDE,
    OLDER,
    FLAGS,
    REQUEST_PRINT,
    REPLY_PRINT,
    REQUEST_TUNNELS,
    REPLY_TUNNELS,
    REQUEST_PLACES,
    REPLY_PLACES,
    REPEATED,
    DUPLICATES,
    HOPS,
  } = ENTRY;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME, REQUEST_NUMBER, REPLY_NUMBER } = MOMENT;
  const {
    STATE,
    EMPTY,
    PENDING,
    ANSWERED,
    ORPHAN,
    LATE,
    REQUEST_COUNT_SHIFT,
    REPLY_COUNT_SHIFT,
    PIECES_SHIFT,
  } = FLAG;
  const KEY_IP = KEY_VERSION;
  const [REPEAT, COPY, CANDIDATES] = [REPEAT_WINDOW, COPY_WINDOW, MOST_CANDIDATES];
  const PIECE = 1 << PIECES_SHIFT;
  const PIECES = 15 << PIECES_SHIFT;

  const entries = createPingEntries(capacity);
  const { words, moments, key, newest, isMatch, take, next, findPlace, addPlace, cameAgain } = entries;
  const readEcho = createEchoReader(key);
  const settle = createSettlement(entries, tunnels);
  const groups = createGroupRequests(entries);
  const placeOf = createPlaceOf();
  const hopsOf = createHopsOf();

  /**
   * The time of the packet at hand, the capture's first second, and the earliest request's time. In an array, as V8 would
   * allocate a number for each that is handed on or kept in a variable out here.
   */
  const clock = new Float64Array([0, Number.NaN, Number.POSITIVE_INFINITY]);
  let requests = 0;
  let answered = 0;
  let duplicates = 0;
  let answeredNumber = 0;
  const lastRoundTrip = new Float64Array([Number.NaN]);
  const settled = new PingCounts();

  /** How many entries were made, and of how many it is told what became of them. */
  let made = 0;
  let expired = 0;

  const { onEvent, wants = () => true } = options;
  const tell: PingListener | undefined =
    onEvent &&
    ((event, entry, number, time) => {
      if (wants(event)) onEvent(describeEvent(event, entries, tunnels, entry, number, time, clock[1]));
    });

  /** An entry for the key at hand, in the place of the oldest, which is settled first. */
  function insert(state: number): number {
    const oldest = next();
    if ((words[oldest * STRIDE + FLAGS] & STATE) !== EMPTY) settle(oldest, settled, clock[2]);
    made++;
    return take(state);
  }

  /**
   * @param hops with the packet's length, as {@link createHopsOf} makes it; the length of a fragment tells nothing
   * @param piece PIECE for a first fragment, 0 for a whole packet
   */
  function request(
    print: number,
    id: number,
    place: number,
    hops: number,
    number: number,
    piece: number,
  ): void {
    const time = clock[0];
    let candidates = 0;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++candidates > CANDIDATES) break;
      const word = entry * STRIDE;
      const flags = words[word + FLAGS];
      const state = flags & STATE;
      if (state === ORPHAN) {
        if (moments[entry * MOMENTS + REPLY_TIME] < time) continue;
        // The reply stands before its request in the capture, and came after it all the same.
        words[word + FLAGS] = (flags & ~STATE) | PENDING;
        duplicates += words[word + DUPLICATES];
        beginRequest(entry, print, id, place, hops, number, piece);
        answer(entry);
        return;
      }
      const same = words[word + REQUEST_PRINT] === print;
      if (same && piece === 0 && (flags & PIECES) !== 0) {
        words[word + FLAGS] = flags - PIECE;
        if (state === PENDING && words[word + REQUEST_TUNNELS] === id) {
          moments[entry * MOMENTS + REQUEST_TIME] = time;
          moments[entry * MOMENTS + REQUEST_NUMBER] = number;
        }
        return;
      }
      const age = Math.abs(time - moments[entry * MOMENTS + REQUEST_TIME]);
      const index = findPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
      if (index < 0) {
        // Another request that looks the same, of another tenant's network perhaps.
        if (!same) continue;
        if (age > REPEAT) break;
        if (id !== words[word + REQUEST_TUNNELS]) join(id, words[word + REQUEST_TUNNELS]);
        addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
        if ((flags & PIECES) !== PIECES) words[word + FLAGS] += piece;
        if (depth(id) > depth(words[word + REQUEST_TUNNELS])) {
          words[word + REQUEST_TUNNELS] = id;
          words[word + HOPS] = (words[word + HOPS] & ~0xffff) | (hops & 0xffff);
          if (piece === 0) words[word + FLAGS] = (words[word + FLAGS] & 0xffff) | (hops & ~0xffff);
          moments[entry * MOMENTS + REQUEST_TIME] = time;
          moments[entry * MOMENTS + REQUEST_NUMBER] = number;
        }
        return;
      }
      if (age > (state === PENDING ? REPEAT : same ? COPY : -1)) break;
      if (piece === 0) {
        cameAgain(entry, REQUEST_PLACES, REPEATED, index);
      } else if ((flags & PIECES) === 0) {
        words[word + FLAGS] += PIECE;
        cameAgain(entry, REQUEST_PLACES, REPEATED, index);
      }
      return;
    }
    beginRequest(insert(PENDING), print, id, place, hops, number, piece);
  }

  function beginRequest(
    entry: number,
    print: number,
    id: number,
    place: number,
    hops: number,
    number: number,
    piece: number,
  ): void {
    const time = clock[0];
    const word = entry * STRIDE;
    words[word + FLAGS] += piece === 0 ? hops & ~0xffff : piece;
    words[word + REQUEST_PRINT] = print;
    words[word + REQUEST_TUNNELS] = id;
    words[word + HOPS] = (words[word + HOPS] & ~0xffff) | (hops & 0xffff);
    if (time < clock[2]) clock[2] = time;
    moments[entry * MOMENTS + REQUEST_TIME] = time;
    moments[entry * MOMENTS + REQUEST_NUMBER] = number;
    addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
    requests++;
    if (tell !== undefined) tell('request', entry, number, time);
    if (groups.isGroup()) groups.note(entry);
  }

  /** The entry's request and reply are both there. */
  function answer(entry: number): void {
    const word = entry * STRIDE;
    const elapsed = moments[entry * MOMENTS + REPLY_TIME] - moments[entry * MOMENTS + REQUEST_TIME];
    if (elapsed > limit) {
      words[word + FLAGS] |= LATE;
      return;
    }
    words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | ANSWERED;
    answered++;
    answeredNumber = moments[entry * MOMENTS + REQUEST_NUMBER];
    if (tell !== undefined) tellReply(entry);
    if (elapsed >= 0) lastRoundTrip[0] = elapsed;
  }

  function beginReply(
    entry: number,
    print: number,
    id: number,
    place: number,
    hops: number,
    number: number,
  ): void {
    const time = clock[0];
    const word = entry * STRIDE;
    words[word + REPLY_PRINT] = print;
    words[word + REPLY_TUNNELS] = id;
    words[word + HOPS] = (words[word + HOPS] & 0xffff) | (hops << 16);
    moments[entry * MOMENTS + REPLY_TIME] = time;
    moments[entry * MOMENTS + REPLY_NUMBER] = number;
    addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
  }

  /** The entry that a reply belongs to, or -1: the newest request, unless another went through just the reply's tunnels. */
  function requestOf(id: number): number {
    const time = clock[0];
    let latest = -1;
    let sameWay = -1;
    let pending = -1;
    let candidates = 0;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++candidates > CANDIDATES) break;
      const word = entry * STRIDE;
      const state = words[word + FLAGS] & STATE;
      if (latest < 0) latest = entry;
      if (state === ORPHAN) continue;
      if (relation(words[word + REQUEST_TUNNELS], id) === SAME) {
        if (entry === latest) return entry;
        const age = Math.abs(time - moments[entry * MOMENTS + REQUEST_TIME]);
        if (sameWay < 0 && age <= REPEAT) sameWay = entry;
      }
      if (pending < 0 && state === PENDING) pending = entry;
    }
    return sameWay >= 0 ? sameWay : pending >= 0 ? pending : latest;
  }

  function reply(print: number, id: number, place: number, hops: number, number: number): void {
    const time = clock[0];
    let entry = requestOf(id);
    if (entry < 0 && groups.areThere()) {
      entry = groups.requestOf();
      // Further members of the group answer what is answered already.
      if (entry >= 0 && (words[entry * STRIDE + FLAGS] & STATE) !== PENDING) return;
    }
    const word = entry * STRIDE;
    const state = entry < 0 ? EMPTY : words[word + FLAGS] & STATE;
    if (state === PENDING) {
      // Of a reply that came late, only the first is of interest.
      if ((words[word + FLAGS] & LATE) !== 0) return;
      beginReply(entry, print, id, place, hops, number);
      answer(entry);
      return;
    }
    const before = moments[entry * MOMENTS + REPLY_TIME];
    if (state === EMPTY || (state === ORPHAN && Math.abs(time - before) > REPEAT)) {
      beginReply(insert(ORPHAN), print, id, place, hops, number);
      return;
    }
    let index = findPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
    if (index < 0) {
      index = addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
      if (words[word + REPLY_PRINT] === print) {
        const there = words[word + REQUEST_TUNNELS];
        if (id !== words[word + REPLY_TUNNELS]) join(id, words[word + REPLY_TUNNELS]);
        const better =
          state === ORPHAN
            ? depth(id) > depth(words[word + REPLY_TUNNELS])
            : relation(there, id) === SAME && relation(there, words[word + REPLY_TUNNELS]) !== SAME;
        if (better) {
          words[word + REPLY_TUNNELS] = id;
          words[word + HOPS] = (words[word + HOPS] & 0xffff) | (hops << 16);
          moments[entry * MOMENTS + REPLY_TIME] = time;
          moments[entry * MOMENTS + REPLY_NUMBER] = number;
        }
        return;
      }
    }
    if (index >= 0 && cameAgain(entry, REPLY_PLACES, DUPLICATES, index) && state === ANSWERED) {
      duplicates++;
      if (tell !== undefined) tell('duplicate', entry, number, time);
    }
  }

  function look(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
    piece: number,
  ): number {
    answeredNumber = 0;
    const found = readEcho(view, stack);
    if (found < 0) return -1;
    const layer = found & LAYER_BITS;
    const network = (found >> NETWORK_SHIFT) & LAYER_BITS;
    const { words: layers } = stack;
    let print = view.getUint16(layers[layer * LAYER + 1] + 2);
    if (key[KEY_IP] === 0) print |= view.getUint16(layers[network * LAYER + 1] + 4) << 16;
    if (Number.isNaN(clock[1])) clock[1] = seconds;
    clock[0] = (seconds - clock[1]) * 1e9 + nanoseconds;
    const id = findTunnels(view, stack, layer, number);
    const hops = hopsOf(view, stack, network);
    const place = placeOf(view, stack, id, interfaceIndex, hops & 0xffff);
    if ((found & REPLY) === 0) request(print, id, place, hops, number, piece);
    else if (piece === 0) reply(print, id, place, hops, number);
    return layer;
  }

  function tellReply(entry: number): void {
    const moment = entry * MOMENTS;
    tell?.('reply', entry, moments[moment + REPLY_NUMBER], moments[moment + REPLY_TIME]);
  }

  function expire(window: number, seconds: number, nanoseconds: number): void {
    const latest = (seconds - clock[1]) * 1e9 + nanoseconds - window;
    for (expired = Math.max(expired, made - capacity); expired < made; expired++) {
      const entry = expired & (capacity - 1);
      if ((words[entry * STRIDE + FLAGS] & STATE) !== PENDING) continue;
      const time = moments[entry * MOMENTS + REQUEST_TIME];
      if (time > latest) return;
      tell?.('unanswered', entry, moments[entry * MOMENTS + REQUEST_NUMBER], time);
    }
  }

  return {
    packet: (view, stack, number, seconds, nanoseconds, interfaceIndex) =>
      look(view, stack, number, seconds, nanoseconds, interfaceIndex, 0),
    firstFragment(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      look(view, stack, number, seconds, nanoseconds, interfaceIndex, PIECE);
    },
    answeredRequest: () => answeredNumber,
    expire,
    totals: () => ({ requests, answered, duplicates, lastRoundTrip: lastRoundTrip[0] }),
    waiting(window, seconds, nanoseconds) {
      const since = (seconds - clock[1]) * 1e9 + nanoseconds - window;
      let from = 1;
      for (; from <= capacity; from++) {
        const entry = next(from);
        const state = words[entry * STRIDE + FLAGS] & STATE;
        if (state === EMPTY || (state !== ORPHAN && moments[entry * MOMENTS + REQUEST_TIME] < since)) break;
      }
      const waiting = new Tally();
      for (let i = from - 1; i > 0; i--) {
        const entry = next(i);
        if ((words[entry * STRIDE + FLAGS] & STATE) !== PENDING) continue;
        waiting.add(moments[entry * MOMENTS + REQUEST_NUMBER]);
      }
      return waiting;
    },
    summary() {
      const counts = settled.clone();
      for (let i = capacity; i > 0; i--) {
        const entry = next(i);
        if ((words[entry * STRIDE + FLAGS] & STATE) !== EMPTY) settle(entry, counts, clock[2]);
      }
      return counts;
    },
  };
}
