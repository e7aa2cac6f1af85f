/**
 * Matches echo replies with their requests, in one pass and bounded memory, by what the innermost headers say: addresses,
 * identifier and sequence number (RFC 792, RFC 4443 section 4). The tunnels around them are recorded, and are no part of
 * the match: a reply that comes back outside the tunnel is an answer, and a fact to report.
 *
 * A capture on several interfaces holds each packet several times: on the container's veth, the bridge, the tunnel device
 * and the outer interface. A packet that is seen at another place (interface, tunnels, TTL) with the same identification
 * and checksum is the same packet, and counts once, with the deepest tunnels that it was seen in; times are taken there.
 */
import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../decode/protocol.ts';
import { icmp } from '../decode/protocols/icmp.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';
import { randomFactors } from './hash.ts';
import { PathTable, Tally } from './path-table.ts';
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
/** So many places where a packet was seen are remembered of each request and reply. */
const PLACES = 6;

const LINKTYPE_LINUX_SLL = 113;
const LINKTYPE_LINUX_SLL2 = 276;

// An entry: one request and its reply, in 32 words.
const STRIDE = 32;
/** Neighbours in the bucket; -1 at the ends. */
const OLDER = 0;
const NEWER = 1;
const BUCKET = 2;
/** State, IP version, and how many places are filled. */
const FLAGS = 3;
const SOURCE = 4;
const DESTINATION = 8;
const IDENTITY = 12;
/** IPv4 identification and ICMP checksum, which stay the same from hop to hop. */
const REQUEST_PRINT = 13;
const REPLY_PRINT = 14;
const REQUEST_TUNNELS = 15;
const REPLY_TUNNELS = 16;
const REQUEST_PLACES = 17;
const REPLY_PLACES = REQUEST_PLACES + PLACES;
/** How often the request and the reply came once more. */
const REPEATED = REPLY_PLACES + PLACES;
const DUPLICATES = REPEATED + 1;

const STATE = 3;
const EMPTY = 0;
const PENDING = 1;
const ANSWERED = 2;
/** A reply whose request was not seen, or not yet. */
const ORPHAN = 3;
const IPV6 = 4;
const LATE = 8;
const REQUEST_COUNT_SHIFT = 4;
const REPLY_COUNT_SHIFT = 8;

// Beside the words, in doubles: times in ns since the capture's first second, and packet numbers.
const REQUEST_TIME = 0;
const REPLY_TIME = 1;
const REQUEST_NUMBER = 2;
const REPLY_NUMBER = 3;
const DOUBLES = 4;

export interface PingTotals {
  readonly requests: number;
  readonly answered: number;
  /** Replies that came once more, as ping counts them. */
  readonly duplicates: number;
  /** Of the reply that came last, in ns; NaN before the first. */
  readonly lastRoundTrip: number;
}

/** Everything counted, requests that still wait among the unanswered. */
export interface PingSummary {
  readonly table: PathTable;
  /** Replies whose request the capture does not have. */
  readonly orphans: Tally;
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
  totals(): PingTotals;
  /** Requests without a reply that were sent less than `window` ns before the time given (ns since the first second). */
  waiting(window: number, seconds: number, nanoseconds: number): number;
  /** May be asked at any time; counting goes on undisturbed. */
  summary(): PingSummary;
}

export interface MatcherOptions {
  /** A reply that takes longer does not count; no limit where not given. */
  readonly timeoutMilliseconds?: number;
  /** A power of two; {@link CAPACITY} where not given. */
  readonly capacity?: number;
}

export function createPingMatcher(tunnels: TunnelTable, options: MatcherOptions = {}): PingMatcher {
  const capacity = options.capacity ?? CAPACITY;
  if (capacity < 2 || capacity > CAPACITY || (capacity & (capacity - 1)) !== 0) {
    throw new RangeError(`capacity ${capacity}: expected a power of two from 2 to ${CAPACITY}`);
  }
  const limit = (options.timeoutMilliseconds ?? Number.POSITIVE_INFINITY) * 1e6;
  const { find: findTunnels, relation, depth } = tunnels;
  const SAME = RELATION.same;
  const ICMP = protocolNumber(icmp);
  const ICMPV6 = protocols.findIndex((protocol) => protocol.name === 'icmpv6');
  const QUOTED = LAYER_QUOTED;
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const PAYLOAD = DATA;
  const addressBytes = Uint8Array.from(protocols, (protocol) => protocol.addresses?.bytes ?? 0);
  const addressOffset = Uint8Array.from(protocols, (protocol) => protocol.addresses?.offset ?? 0);

  const words = new Int32Array(capacity * STRIDE);
  const doubles = new Float64Array(capacity * DOUBLES);
  /** How often the packet came once more at each place: requests' places, then replies'. */
  const again = new Uint16Array(capacity * PLACES * 2);
  const bucketBits = 32 - Math.clz32(capacity);
  const BUCKET_SHIFT = 32 - bucketBits;
  const buckets = new Int32Array(1 << bucketBits).fill(-1);
  const factors = randomFactors(9);
  /** The packet at hand: source and destination as in the request, identifier and sequence number. */
  const key = new Int32Array(9);
  let keyIsIpv6 = 0;
  let bucket = 0;
  /** The next entry to fill, which is the oldest. */
  let head = 0;

  /**
   * The time of the packet at hand, and the capture's first second. In an array, as V8 would allocate a number for each
   * that is handed on or kept in a variable out here.
   */
  const clock = new Float64Array([0, Number.NaN]);
  let requests = 0;
  let answered = 0;
  let duplicates = 0;
  const lastRoundTrip = new Float64Array([Number.NaN]);
  const settledTable = new PathTable();
  const settledOrphans = new Tally();

  function isKey(entry: number): boolean {
    const word = entry * STRIDE;
    if (
      words[word + IDENTITY] !== key[8] ||
      words[word + SOURCE] !== key[0] ||
      words[word + DESTINATION] !== key[4]
    ) {
      return false;
    }
    if ((words[word + FLAGS] & IPV6) !== keyIsIpv6) return false;
    if (keyIsIpv6 === 0) return true;
    for (let i = 1; i < 4; i++) {
      if (words[word + SOURCE + i] !== key[i] || words[word + DESTINATION + i] !== key[4 + i]) return false;
    }
    return true;
  }

  /** Takes the oldest entry, which is settled first, for the key at hand. */
  function insert(state: number): number {
    const entry = head;
    head = (head + 1) & (capacity - 1);
    const word = entry * STRIDE;
    if ((words[word + FLAGS] & STATE) !== EMPTY) {
      settle(entry, settledTable, settledOrphans);
      unlink(word);
    }
    const older = buckets[bucket];
    words[word + OLDER] = older;
    words[word + NEWER] = -1;
    if (older >= 0) words[older * STRIDE + NEWER] = entry;
    buckets[bucket] = entry;
    words[word + BUCKET] = bucket;
    // No places yet: what the slots for them hold does not count.
    words[word + FLAGS] = state | keyIsIpv6;
    words[word + REPEATED] = 0;
    words[word + DUPLICATES] = 0;
    for (let i = 0; i < 9; i++) words[word + SOURCE + i] = key[i];
    return entry;
  }

  function unlink(word: number): void {
    const older = words[word + OLDER];
    const newer = words[word + NEWER];
    if (older >= 0) words[older * STRIDE + NEWER] = newer;
    if (newer >= 0) words[newer * STRIDE + OLDER] = older;
    else buckets[words[word + BUCKET]] = older;
  }

  /** Which of the entry's places it is, or -1. Place 0 stands for one that can't be known, and is none of them. */
  function placeOf(word: number, first: number, count: number, place: number): number {
    for (let i = 0; i < count; i++) if (words[word + first + i] === place) return i;
    return -1;
  }

  /** @returns the new place's index, or -1 where there is no room */
  function addPlace(entry: number, first: number, shift: number, place: number): number {
    const word = entry * STRIDE;
    const count = (words[word + FLAGS] >> shift) & 15;
    if (count === PLACES || place === 0) return -1;
    words[word + first + count] = place;
    again[entry * PLACES * 2 + first - REQUEST_PLACES + count] = 0;
    words[word + FLAGS] += 1 << shift;
    return count;
  }

  /** A packet that is there already came once more at a place: true where it did so more often than at any other. */
  function cameAgain(entry: number, counter: number, index: number): boolean {
    const slot = entry * PLACES * 2 + index;
    if (again[slot] === 0xffff || ++again[slot] <= words[entry * STRIDE + counter]) return false;
    words[entry * STRIDE + counter]++;
    return true;
  }

  function request(print: number, id: number, place: number, number: number): void {
    const time = clock[0];
    let candidates = 0;
    for (let entry = buckets[bucket]; entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isKey(entry)) continue;
      if (++candidates > MOST_CANDIDATES) break;
      const word = entry * STRIDE;
      const flags = words[word + FLAGS];
      const state = flags & STATE;
      if (state === ORPHAN) {
        if (doubles[entry * DOUBLES + REPLY_TIME] < time) continue;
        // The reply stands before its request in the capture, and came after it all the same.
        words[word + FLAGS] = (flags & ~STATE) | PENDING;
        duplicates += words[word + DUPLICATES];
        beginRequest(entry, print, id, place, number);
        answer(entry);
        return;
      }
      const same = words[word + REQUEST_PRINT] === print;
      const age = Math.abs(time - doubles[entry * DOUBLES + REQUEST_TIME]);
      const count = (flags >> REQUEST_COUNT_SHIFT) & 15;
      const index = placeOf(word, REQUEST_PLACES, count, place);
      if (index < 0) {
        // Another request that looks the same, of another tenant's network perhaps.
        if (!same) continue;
        if (age > REPEAT_WINDOW) break;
        addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
        if (depth(id) > depth(words[word + REQUEST_TUNNELS])) {
          words[word + REQUEST_TUNNELS] = id;
          doubles[entry * DOUBLES + REQUEST_TIME] = time;
          doubles[entry * DOUBLES + REQUEST_NUMBER] = number;
        }
        return;
      }
      if (age > (state === PENDING ? REPEAT_WINDOW : same ? COPY_WINDOW : -1)) break;
      cameAgain(entry, REPEATED, index);
      return;
    }
    beginRequest(insert(PENDING), print, id, place, number);
  }

  function beginRequest(entry: number, print: number, id: number, place: number, number: number): void {
    const time = clock[0];
    const word = entry * STRIDE;
    words[word + REQUEST_PRINT] = print;
    words[word + REQUEST_TUNNELS] = id;
    doubles[entry * DOUBLES + REQUEST_TIME] = time;
    doubles[entry * DOUBLES + REQUEST_NUMBER] = number;
    addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
    requests++;
  }

  /** The entry's request and reply are both there. */
  function answer(entry: number): void {
    const word = entry * STRIDE;
    const elapsed = doubles[entry * DOUBLES + REPLY_TIME] - doubles[entry * DOUBLES + REQUEST_TIME];
    if (elapsed > limit) {
      words[word + FLAGS] |= LATE;
      return;
    }
    words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | ANSWERED;
    answered++;
    if (elapsed >= 0) lastRoundTrip[0] = elapsed;
  }

  function beginReply(entry: number, print: number, id: number, place: number, number: number): void {
    const time = clock[0];
    const word = entry * STRIDE;
    words[word + REPLY_PRINT] = print;
    words[word + REPLY_TUNNELS] = id;
    doubles[entry * DOUBLES + REPLY_TIME] = time;
    doubles[entry * DOUBLES + REPLY_NUMBER] = number;
    addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
  }

  /** The entry that a reply belongs to, or -1: the newest request, unless another went through just the reply's tunnels. */
  function requestOf(id: number): number {
    const time = clock[0];
    let newest = -1;
    let sameWay = -1;
    let pending = -1;
    let candidates = 0;
    for (let entry = buckets[bucket]; entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isKey(entry)) continue;
      if (++candidates > MOST_CANDIDATES) break;
      const word = entry * STRIDE;
      const state = words[word + FLAGS] & STATE;
      if (newest < 0) newest = entry;
      if (state === ORPHAN) continue;
      if (relation(words[word + REQUEST_TUNNELS], id) === SAME) {
        if (entry === newest) return entry;
        const age = Math.abs(time - doubles[entry * DOUBLES + REQUEST_TIME]);
        if (sameWay < 0 && age <= REPEAT_WINDOW) sameWay = entry;
      }
      if (pending < 0 && state === PENDING) pending = entry;
    }
    return sameWay >= 0 ? sameWay : pending >= 0 ? pending : newest;
  }

  function reply(print: number, id: number, place: number, number: number): void {
    const time = clock[0];
    const entry = requestOf(id);
    const word = entry * STRIDE;
    const state = entry < 0 ? EMPTY : words[word + FLAGS] & STATE;
    if (state === PENDING) {
      // Of a reply that came late, only the first is of interest.
      if ((words[word + FLAGS] & LATE) !== 0) return;
      beginReply(entry, print, id, place, number);
      answer(entry);
      return;
    }
    const before = doubles[entry * DOUBLES + REPLY_TIME];
    if (state === EMPTY || (state === ORPHAN && Math.abs(time - before) > REPEAT_WINDOW)) {
      beginReply(insert(ORPHAN), print, id, place, number);
      return;
    }
    let index = placeOf(word, REPLY_PLACES, (words[word + FLAGS] >> REPLY_COUNT_SHIFT) & 15, place);
    if (index < 0) {
      index = addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
      if (words[word + REPLY_PRINT] === print) {
        const there = words[word + REQUEST_TUNNELS];
        const better =
          state === ORPHAN
            ? depth(id) > depth(words[word + REPLY_TUNNELS])
            : relation(there, id) === SAME && relation(there, words[word + REPLY_TUNNELS]) !== SAME;
        if (better) {
          words[word + REPLY_TUNNELS] = id;
          doubles[entry * DOUBLES + REPLY_TIME] = time;
          doubles[entry * DOUBLES + REPLY_NUMBER] = number;
        }
        return;
      }
    }
    if (index >= 0 && cameAgain(entry, DUPLICATES, PLACES + index) && state === ANSWERED) duplicates++;
  }

  /** Counts what became of an entry. */
  function settle(entry: number, table: PathTable, orphans: Tally): void {
    const word = entry * STRIDE;
    const double = entry * DOUBLES;
    const flags = words[word + FLAGS];
    const state = flags & STATE;
    const replyNumber = doubles[double + REPLY_NUMBER];
    if (state === ORPHAN) {
      orphans.add(replyNumber, 1 + words[word + DUPLICATES]);
      return;
    }
    const there = words[word + REQUEST_TUNNELS];
    const ident = words[word + IDENTITY] >>> 16;
    const counts = table.find(there, ident, (flags & IPV6) !== 0, words, word + SOURCE);
    const requestNumber = doubles[double + REQUEST_NUMBER];
    counts.requests.add(requestNumber);
    counts.duplicates.add(replyNumber, words[word + DUPLICATES]);
    counts.repeated.add(requestNumber, words[word + REPEATED]);
    if (state === PENDING) {
      counts.unanswered.add(requestNumber);
      if ((flags & LATE) !== 0) counts.late.add(replyNumber);
      return;
    }
    counts.answered++;
    const elapsed = doubles[double + REPLY_TIME] - doubles[double + REQUEST_TIME];
    if (elapsed >= 0) counts.times.add(elapsed);
    else counts.backwards.add(replyNumber);
    const back = relation(there, words[word + REPLY_TUNNELS]);
    if (back === SAME) return;
    if (back === RELATION.outside) counts.outside.add(replyNumber);
    else if (back === RELATION.otherVni) counts.otherVni.add(replyNumber);
    else counts.otherTunnel.add(replyNumber);
  }

  /**
   * Where the packet was seen: interface, tunnels, and how far it had come, in one word. 0 where that can't be known:
   * Linux cooked capture, version 1, does not say the interface.
   */
  function placeHash(
    view: DataView,
    stack: LayerStack,
    network: number,
    id: number,
    interfaceIndex: number,
  ): number {
    const { words: layers, linkType, packetStart } = stack;
    if (linkType === LINKTYPE_LINUX_SLL) return 0;
    let outer = 0;
    while (outer < network && addressBytes[layers[outer * LAYER] & PROTOCOL_BITS] === 0) outer++;
    const hops = timeToLive(view, layers, network) | (timeToLive(view, layers, outer) << 8);
    let hash = Math.imul(id + 1, 0x9e3779b1) ^ Math.imul(interfaceIndex + 1, 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 15)) + hops, 0xc2b2ae35);
    if (linkType === LINKTYPE_LINUX_SLL2) {
      // Interface index and packet type (tcpdump.org, LINKTYPE_LINUX_SLL2): 4 and 10 bytes from the start.
      hash = Math.imul(hash ^ (hash >>> 13) ^ view.getInt32(packetStart + 4), 0x27d4eb2f);
      hash = Math.imul(hash ^ (hash >>> 16) ^ view.getUint8(packetStart + 10), 0x165667b1);
    }
    hash ^= hash >>> 15;
    return hash === 0 ? 1 : hash;
  }

  function timeToLive(view: DataView, layers: Int32Array, layer: number): number {
    const start = layers[layer * LAYER + 1];
    const bytes = addressBytes[layers[layer * LAYER] & PROTOCOL_BITS];
    return view.getUint8(start + (bytes === 4 ? 8 : 7));
  }

  function packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): number {
    const layers = stack.words;
    let layer = (stack.count - 1) | 0;
    if (layer < 1) return -1;
    let meta = layers[layer * LAYER];
    if ((meta & PROTOCOL_BITS) === PAYLOAD) meta = layers[--layer * LAYER];
    const protocol = meta & PROTOCOL_BITS;
    if ((protocol !== ICMP && protocol !== ICMPV6) || (meta & QUOTED) !== 0) return -1;
    const start = layers[layer * LAYER + 1];
    const type = view.getUint8(start);
    let isReply = false;
    if (protocol === ICMP) {
      if (type === 0) isReply = true;
      else if (type !== 8) return -1;
    } else if (type === 129) {
      isReply = true;
    } else if (type !== 128) {
      return -1;
    }
    let network = (layer - 1) | 0;
    while (network >= 0 && addressBytes[layers[network * LAYER] & PROTOCOL_BITS] === 0) network--;
    if (network < 0) return -1;
    const networkProtocol = layers[network * LAYER] & PROTOCOL_BITS;
    const networkStart = layers[network * LAYER + 1];
    const addresses = networkStart + addressOffset[networkProtocol];
    const identity = view.getInt32(start + 4);
    const from = isReply ? 4 : 0;
    let print = view.getUint16(start + 2);
    let hash = Math.imul(identity, factors[8]);
    key[8] = identity;
    if (addressBytes[networkProtocol] === 4) {
      const source = view.getInt32(addresses);
      const destination = view.getInt32(addresses + 4);
      if (keyIsIpv6 !== 0) key.fill(0, 0, 8);
      keyIsIpv6 = 0;
      key[from] = source;
      key[4 - from] = destination;
      hash = (hash + Math.imul(key[0], factors[0]) + Math.imul(key[4], factors[4])) | 0;
      print |= view.getUint16(networkStart + 4) << 16;
    } else {
      keyIsIpv6 = IPV6;
      for (let i = 0; i < 4; i++) {
        key[from + i] = view.getInt32(addresses + i * 4);
        key[4 - from + i] = view.getInt32(addresses + 16 + i * 4);
      }
      for (let i = 0; i < 8; i++) hash = (hash + Math.imul(key[i], factors[i])) | 0;
    }
    bucket = hash >>> BUCKET_SHIFT;
    if (Number.isNaN(clock[1])) clock[1] = seconds;
    clock[0] = (seconds - clock[1]) * 1e9 + nanoseconds;
    const id = findTunnels(view, stack, layer);
    const place = placeHash(view, stack, network, id, interfaceIndex);
    if (isReply) reply(print, id, place, number);
    else request(print, id, place, number);
    return layer;
  }

  return {
    packet,
    totals: () => ({ requests, answered, duplicates, lastRoundTrip: lastRoundTrip[0] }),
    waiting(window, seconds, nanoseconds) {
      const since = (seconds - clock[1]) * 1e9 + nanoseconds - window;
      let count = 0;
      for (let i = 1; i <= capacity; i++) {
        const entry = (head - i) & (capacity - 1);
        const state = words[entry * STRIDE + FLAGS] & STATE;
        if (state === EMPTY || (state !== ORPHAN && doubles[entry * DOUBLES + REQUEST_TIME] < since)) break;
        if (state === PENDING) count++;
      }
      return count;
    },
    summary() {
      const table = settledTable.clone();
      const orphans = new Tally();
      orphans.merge(settledOrphans);
      for (let i = 0; i < capacity; i++) {
        const entry = (head + i) & (capacity - 1);
        if ((words[entry * STRIDE + FLAGS] & STATE) !== EMPTY) settle(entry, table, orphans);
      }
      return { table, orphans };
    },
  };
}
