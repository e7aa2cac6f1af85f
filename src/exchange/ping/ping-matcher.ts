/**
 * Matches echo replies with their requests, in one pass and bounded memory, by what the innermost headers say: addresses,
 * identifier and sequence number (RFC 792, RFC 4443 section 4), and by the data that follows. The tunnels around them are recorded,
 * and are no part of the match: a reply that comes back outside the tunnel is an answer, and a fact to report. `verify` and `path` both
 * go by this, so that they count the same pings and the same answers.
 *
 * A capture on several interfaces holds each packet several times: on the container's veth, the bridge, the tunnel device
 * and the outer interface. A packet that is seen at another place (interface, tunnels, TTL) with the same identification
 * and checksum is the same packet, and counts once, with the deepest tunnels that it was seen in; times are taken there.
 *
 * The files: echo-reader (who a packet is from and to), ping-rules (what is the same ping, a copy, an answer), match-request and match-reply
 * (by these rules), ping-layout (where things lie in an entry), ping-entries (the ring of them), ping-record and ping-fate (what is
 * written into one), ping-memory (entries that come and go, and what is counted of them), group-requests, other-addresses, return-watch
 * and quoted-pings (answers that are none, or of others), settlement (what became of a request, counted in path-table, packet-sizes and
 * ping-course), ping-events (told one by one), repeated-pings, repeated-key, ping-comparison and comparison-code (what need not be decoded
 * for all this), compared-chunks (the same by another thread).
 */
import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { createFrameReader } from '../frame.ts';
import { HAND } from '../hand.ts';
import { createNetworkReader, ipv4Identification } from '../ip-header.ts';
import { createHopsOf, createPlaceOf } from '../place.ts';
import type { QuotingError } from '../quoting-error.ts';
import { reasonOf, stopsPackets } from '../quoting-error.ts';
import type { Tally } from '../tally.ts';
import { FIRST_HOPS } from '../tunnel.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import { RESULT } from './comparison-code.ts';
import { createEchoDataReader, createEchoReader, ECHO } from './echo-reader.ts';
import { createMatchReply } from './match-reply.ts';
import { createMatchRequest } from './match-request.ts';
import { type Look, REPEATED } from './ping-comparison.ts';
import { CLOCK, KEY_DATA, KEY_IDENTITY, KEY_LENGTH, KEY_VERSION, TOTAL } from './ping-layout.ts';
import { createPingMemory, type MatcherOptions, type PingMemory } from './ping-memory.ts';
import { createQuotedPings, QUOTED_REPLY } from './quoted-pings.ts';
import { createRepeatedKey } from './repeated-key.ts';
import type { PingCounts } from './settlement.ts';

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
   * Takes a packet into account that repeats another, as {@link packet} would.
   *
   * @param start the packet's
   * @param known what they have in common, as {@link REPEATED} says, from `look` on
   * @param results what was found in it, as {@link RESULT} says, from `at` on
   */
  repeat(
    view: DataView,
    start: number,
    known: Int32Array,
    look: number,
    results: Int32Array,
    at: number,
    number: number,
    seconds: number,
    nanoseconds: number,
  ): void;
  /** Only where the packet at hand is a ping. */
  readonly look: Look;
  /** The packet taken last, number `number`, is damaged, so that routers and receivers drop it: a reply answers nothing then. */
  spoil(number: number): void;
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
  /**
   * An ICMP error has come: a reply that it quotes was not delivered, where it says that a packet was stopped.
   *
   * @returns the ping that it is about, or -1
   */
  takeError(
    view: DataView,
    stack: LayerStack,
    error: QuotingError,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): number;
  /** The number of the request that the packet taken last is the answer to; 0 if it is none. */
  answeredRequest(): number;
  /** What is remembered; in its `hand` what there is to know of the packet taken last. */
  readonly memory: PingMemory;
  totals(): PingTotals;
  /** Requests without a reply that were sent less than `window` ns before the time given (ns since the first second). */
  waiting(window: number, seconds: number, nanoseconds: number): Tally;
  /** Tells of requests that were sent `window` ns or longer before the time given, and have no reply. */
  expire(window: number, seconds: number, nanoseconds: number): void;
  /**
   * Everything counted, requests that still wait among the unanswered, as `waiting` has them. May be asked at any time; counting
   * goes on undisturbed.
   *
   * @param isLast no packet will follow: nothing is copied to be counted on, and the answer stays this one
   */
  summary(window: number, seconds: number, nanoseconds: number, isLast?: boolean): PingCounts;
}

/** @throws {RangeError} if the capacity is none */
export function createPingMatcher(tunnels: TunnelTable, options: MatcherOptions = {}): PingMatcher {
  const memory = createPingMemory(tunnels, options);
  const { clock, totals, hand, expire, waiting, summary, refuse } = memory;
  const { key, hashAddresses } = memory.entries;
  const { find: findTunnels } = tunnels;
  const LAYER = LAYER_WORDS;
  const KEY_IP = KEY_VERSION;
  const KEY_NUMBERS = KEY_IDENTITY;
  const SOURCE = 6;
  const { LAYER: LAYER_BITS, NETWORK_SHIFT, REPLY } = ECHO;
  const { NOW, FIRST_SECOND } = CLOCK;
  const [KEY_PRINT, KEY_SIZE] = [KEY_DATA, KEY_LENGTH];
  const OF = REPEATED;
  const { PRINT, OUTER: OUTERMOST } = RESULT;
  const {
    POINT,
    INTERFACE,
    OUTER,
    FIRST_POINT,
    SEVERAL,
    TO_GROUP,
    HARDWARE,
    HARDWARE_FROM,
    ENTRY: AT_HAND,
    SIGHTING,
    FOUND,
  } = HAND;
  const { REQUESTS, ANSWERED, DUPLICATES, ANSWERED_NUMBER, LAST_ROUND_TRIP, AWAY } = TOTAL;
  const fillKey = createRepeatedKey(memory.entries);
  const readEcho = createEchoReader(key);
  const readData = createEchoDataReader(key);
  const { pointOf } = options;
  const placeOf = createPlaceOf(hand, pointOf !== undefined);
  const hopsOf = createHopsOf(hand);
  const { outermost, timeToLive } = createNetworkReader();
  const { frameOf, hardware, isBroadcast } = createFrameReader();
  const isFirstHop = Uint8Array.from({ length: 256 }, (_, hops) => (FIRST_HOPS.includes(hops) ? 1 : 0));
  const { isGroup } = memory.groups;
  const request = createMatchRequest(memory, tunnels);
  const reply = createMatchReply(memory, tunnels);
  const quotedPing = createQuotedPings(memory, tunnels);

  function setClock(seconds: number, nanoseconds: number): void {
    if (Number.isNaN(clock[FIRST_SECOND])) clock[FIRST_SECOND] = seconds;
    clock[NOW] = (seconds - clock[FIRST_SECOND]) * 1e9 + nanoseconds;
  }

  function notePoint(): void {
    if (hand[FIRST_POINT] < 0) hand[FIRST_POINT] = hand[POINT];
    else hand[SEVERAL] = 1;
  }

  // Of the packet at hand, for `look`.
  let lastTunnels = 0;
  let lastHops = 0;
  let lastPlace = 0;

  function take(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
    isFragment: boolean,
  ): number {
    totals[ANSWERED_NUMBER] = 0;
    hand[AT_HAND] = -1;
    hand[SIGHTING] = 0;
    const found = readEcho(view, stack);
    hand[FOUND] = found;
    if (found < 0) return -1;
    const layer = found & LAYER_BITS;
    if (pointOf !== undefined) {
      const point = pointOf(view, stack, interfaceIndex);
      if (point < 0) return layer;
      hand[POINT] = point;
    }
    const network = (found >> NETWORK_SHIFT) & LAYER_BITS;
    const { words: layers } = stack;
    let print = view.getUint16(layers[layer * LAYER + 1] + 2);
    if (key[KEY_IP] === 0) print |= view.getUint16(layers[network * LAYER + 1] + 4) << 16;
    setClock(seconds, nanoseconds);
    const id = findTunnels(view, stack, layer, number);
    const hops = hopsOf(view, stack, network);
    const place = placeOf(view, stack, id, interfaceIndex, hops & 0xffff);
    hand[INTERFACE] = interfaceIndex;
    lastTunnels = id;
    lastHops = hops;
    lastPlace = place;
    if (hand[POINT] !== hand[FIRST_POINT]) notePoint();
    if ((found & REPLY) === 0) {
      hand[TO_GROUP] = isGroup() || (key[KEY_IP] === 0 && isBroadcast(view, stack, network)) ? 1 : 0;
      // Where a router has taken it on, it comes from the router's address, and replies may go to another one's.
      hand[HARDWARE] = isFirstHop[hops & 0xff] === 0 ? 0 : hardware(view, frameOf(stack, network), SOURCE);
      request(print, id, place, hops, number, isFragment);
    } else if (!isFragment) {
      const frame = frameOf(stack, network);
      hand[HARDWARE] = hardware(view, frame, 0);
      hand[HARDWARE_FROM] = hardware(view, frame, SOURCE);
      reply(print, id, place, hops, number);
    }
    return layer;
  }

  return {
    memory,
    packet: (view, stack, number, seconds, nanoseconds, interfaceIndex) =>
      take(view, stack, number, seconds, nanoseconds, interfaceIndex, false),
    repeat(view, start, known, look, results, at, number, seconds, nanoseconds) {
      totals[ANSWERED_NUMBER] = 0;
      hand[AT_HAND] = -1;
      hand[SIGHTING] = 0;
      const found = known[look + OF.FOUND];
      const id = known[look + OF.TUNNELS];
      const hops = known[look + OF.HOPS];
      const place = known[look + OF.PLACE];
      hand[FOUND] = found;
      fillKey(known, look, results, at);
      if (key[KEY_PRINT] === 0)
        readData(view, start + known[look + OF.DATA], start + known[look + OF.END], true);
      setClock(seconds, nanoseconds);
      hand[OUTER] = results[at + OUTERMOST];
      hand[POINT] = known[look + OF.POINT];
      hand[INTERFACE] = known[look + OF.INTERFACE];
      if (hand[POINT] !== hand[FIRST_POINT]) notePoint();
      hand[HARDWARE] = known[look + OF.HARDWARE];
      if ((found & REPLY) === 0) {
        hand[TO_GROUP] = known[look + OF.TO_GROUP];
        request(results[at + PRINT], id, place, hops, number, false);
      } else {
        hand[HARDWARE_FROM] = known[look + OF.HARDWARE_FROM];
        reply(results[at + PRINT], id, place, hops, number);
      }
    },
    look(words, at) {
      for (let i = 0; i < KEY_NUMBERS; i++) words[at + OF.ADDRESSES + i] = key[i];
      words[at + OF.VERSION] = key[KEY_IP];
      words[at + OF.HASH] = hashAddresses();
      words[at + OF.LENGTH] = key[KEY_SIZE];
      words[at + OF.FOUND] = hand[FOUND];
      words[at + OF.TUNNELS] = lastTunnels;
      words[at + OF.HOPS] = lastHops;
      words[at + OF.PLACE] = lastPlace;
      words[at + OF.INTERFACE] = hand[INTERFACE];
      words[at + OF.POINT] = hand[POINT];
      words[at + OF.TO_GROUP] = hand[TO_GROUP];
      words[at + OF.HARDWARE] = hand[HARDWARE];
      words[at + OF.HARDWARE_FROM] = hand[HARDWARE_FROM];
    },
    firstFragment(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      take(view, stack, number, seconds, nanoseconds, interfaceIndex, true);
    },
    spoil(number) {
      if (hand[FOUND] >= 0 && (hand[FOUND] & REPLY) !== 0) memory.spoil(number);
    },
    takeError(view, stack, error, number, seconds, nanoseconds, interfaceIndex) {
      if (error.isDamaged) return -1;
      const found = quotedPing(view, stack, error);
      if (found < 0) return -1;
      setClock(seconds, nanoseconds);
      if ((found & QUOTED_REPLY) !== 0 && stopsPackets(error)) {
        const { words: layers } = stack;
        const outer = outermost(layers, stack.count - 1);
        // How many layers there are tells an error in a tunnel from the same one behind its end.
        const place = placeOf(view, stack, stack.count, interfaceIndex, timeToLive(view, layers, outer));
        refuse(found >> 1, number, place, Math.max(0, ipv4Identification(view, stack, outer)));
      }
      // What is quoted is the request itself, not its tunnel's packet.
      else if ((found & QUOTED_REPLY) === 0 && error.isEchoRequest && reasonOf(error) === 'ttl')
        memory.runOut(found >> 1, error.from);
      return found >> 1;
    },
    answeredRequest: () => totals[ANSWERED_NUMBER],
    totals: () => ({
      requests: totals[REQUESTS],
      answered: totals[ANSWERED] - totals[AWAY],
      duplicates: totals[DUPLICATES],
      lastRoundTrip: totals[LAST_ROUND_TRIP],
    }),
    waiting,
    expire,
    summary,
  };
}
