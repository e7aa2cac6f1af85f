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
import { createMatchReply } from './match-reply.ts';
import { createMatchRequest } from './match-request.ts';
import { KEY_VERSION } from './ping-entries.ts';
import { CLOCK, createPingMemory, type MatcherOptions, TOTAL } from './ping-memory.ts';
import { createHopsOf, createPlaceOf } from './place.ts';
import type { PingCounts } from './settlement.ts';
import type { Tally } from './tally.ts';
import type { TunnelTable } from './tunnel-table.ts';

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
  /** The number of the request that the packet taken last is a reply to, the first one or a copy; 0 where it is none. */
  replyTo(): number;
  totals(): PingTotals;
  /** Requests without a reply that were sent less than `window` ns before the time given (ns since the first second). */
  waiting(window: number, seconds: number, nanoseconds: number): Tally;
  /** Tells of requests that were sent `window` ns or longer before the time given, and have no reply. */
  expire(window: number, seconds: number, nanoseconds: number): void;
  /**
   * Everything counted, requests that still wait among the unanswered, as `waiting` has them. May be asked at any time; counting
   * goes on undisturbed.
   */
  summary(window: number, seconds: number, nanoseconds: number): PingCounts;
}

/** @throws {RangeError} where the capacity is none */
export function createPingMatcher(tunnels: TunnelTable, options: MatcherOptions = {}): PingMatcher {
  const memory = createPingMemory(tunnels, options);
  const { clock, totals, expire, waiting, summary } = memory;
  const { key } = memory.entries;
  const { find: findTunnels } = tunnels;
  const LAYER = LAYER_WORDS;
  const KEY_IP = KEY_VERSION;
  const { LAYER: LAYER_BITS, NETWORK_SHIFT, REPLY } = ECHO;
  const { NOW, FIRST_SECOND } = CLOCK;
  const { REQUESTS, ANSWERED, DUPLICATES, ANSWERED_NUMBER, LAST_ROUND_TRIP, REPLY_TO } = TOTAL;
  const readEcho = createEchoReader(key);
  const placeOf = createPlaceOf();
  const hopsOf = createHopsOf();
  const request = createMatchRequest(memory, tunnels);
  const reply = createMatchReply(memory, tunnels);

  function look(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
    isFragment: boolean,
  ): number {
    totals[ANSWERED_NUMBER] = 0;
    totals[REPLY_TO] = 0;
    const found = readEcho(view, stack);
    if (found < 0) return -1;
    const layer = found & LAYER_BITS;
    const network = (found >> NETWORK_SHIFT) & LAYER_BITS;
    const { words: layers } = stack;
    let print = view.getUint16(layers[layer * LAYER + 1] + 2);
    if (key[KEY_IP] === 0) print |= view.getUint16(layers[network * LAYER + 1] + 4) << 16;
    if (Number.isNaN(clock[FIRST_SECOND])) clock[FIRST_SECOND] = seconds;
    clock[NOW] = (seconds - clock[FIRST_SECOND]) * 1e9 + nanoseconds;
    const id = findTunnels(view, stack, layer, number);
    const hops = hopsOf(view, stack, network);
    const place = placeOf(view, stack, id, interfaceIndex, hops & 0xffff);
    if ((found & REPLY) === 0) request(print, id, place, hops, number, isFragment);
    else if (!isFragment) reply(print, id, place, hops, number);
    return layer;
  }

  return {
    packet: (view, stack, number, seconds, nanoseconds, interfaceIndex) =>
      look(view, stack, number, seconds, nanoseconds, interfaceIndex, false),
    firstFragment(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      look(view, stack, number, seconds, nanoseconds, interfaceIndex, true);
    },
    answeredRequest: () => totals[ANSWERED_NUMBER],
    replyTo: () => totals[REPLY_TO],
    totals: () => ({
      requests: totals[REQUESTS],
      answered: totals[ANSWERED],
      duplicates: totals[DUPLICATES],
      lastRoundTrip: totals[LAST_ROUND_TRIP],
    }),
    waiting,
    expire,
    summary,
  };
}
