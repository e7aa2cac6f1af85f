/**
 * Where each ping was seen, request and reply apart: in bounded memory, and without an allocation for a packet.
 *
 * A packet is the same ping's by its innermost addresses, identifier, sequence number, and the first bytes of its data, in
 * which ping puts the time of sending: what no router, bridge or tunnel changes. TTL, checksums and outer headers are no part of it.
 * Where the innermost addresses are translated (NAT), it is another ping.
 */

import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { createEchoReader, ECHO } from '../echo-reader.ts';
import { createPingEntries, ENTRY, FLAG } from '../ping-entries.ts';
import { createNetworkReader } from '../place.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import { MOST_POINTS, type Point } from './points.ts';

/** How many pings are remembered; the oldest leaves first, and is judged as it was seen until then. */
const SIGHTED_PINGS = 1 << 15;
/** Bytes of a ping's data that tell it apart. Linux's ping begins it with 16 bytes of time. */
const PRINT_BYTES = 16;
/** A packet that comes once more to a point within this time (ns) is a copy; past it, another ping that looks the same. */
const COPY_WINDOW = 1e9;
/** The longest way (ns) from one point to another of the same clock. */
const TRAVEL_WINDOW = 30e9;
/** Pings of the same identity that are looked at, newest first: more would be a trap made on purpose. */
const MOST_CANDIDATES = 8;
/** Pings that are looked at, newest first, for the one whose tunnel's packet an ICMP error quotes. */
const MOST_QUOTED = 1024;

export interface SightingStore {
  /** Takes the packet into account where it is a ping; says whether it is. */
  packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): boolean;
  /**
   * The ping that an ICMP error quotes, or the last one whose tunnel's packet it quotes; -1 where none is known.
   *
   * @param isOfTunnel whether the outermost of a combination of tunnels is the quoted packet's
   */
  quoted(
    view: DataView,
    stack: LayerStack,
    identification: number,
    isOfTunnel: (tunnels: number) => boolean,
  ): number;
  /** Notes what an ICMP error, the `error`th, says of a ping; the first one holds. */
  noteError(entry: number, error: number): void;
  /** Has every ping that is still remembered settled. */
  settleAll(): void;
  /** Of the ping that is settled. */
  readonly words: Int32Array;
  /** Bits of the points where it was seen: 0 is the request's direction, 1 the reply's. */
  mask(entry: number, direction: number): number;
  /** Index of a sighting in the following arrays. */
  slot(entry: number, direction: number, point: number): number;
  /** ns since the capture's first second, by the point's own clock. */
  readonly times: Float64Array;
  /** Number of its tunnels; and the innermost and outermost TTL (or hop limit), and that of the last copy. */
  readonly tunnels: Uint16Array;
  readonly innerHops: Uint8Array;
  readonly outerHops: Uint8Array;
  readonly lastHops: Uint8Array;
  /** How often it came. */
  readonly counts: Uint16Array;
  readonly numbers: Uint32Array;
  error(entry: number): number;
  /** The capture's first second; NaN before the first ping. */
  readonly firstSecond: number;
  /** Pings that were seen past the most points that are told apart. */
  readonly elsewhere: number;
}

export interface StoreOptions {
  readonly points: readonly Point[];
  readonly findPoint: (view: DataView, stack: LayerStack, interfaceIndex: number) => number;
  readonly tunnels: TunnelTable;
  /** Is told of a ping that leaves, or is asked for at the end. */
  readonly settle: (entry: number) => void;
  /** A power of two; {@link SIGHTED_PINGS} where not given. */
  readonly capacity?: number;
}

export function createSightingStore(options: StoreOptions): SightingStore {
  const { points, findPoint, settle, capacity = SIGHTED_PINGS } = options;
  const { find: findTunnels } = options.tunnels;
  const LAYER = LAYER_WORDS;
  const { LAYER: LAYER_BITS, NETWORK_SHIFT, REPLY } = ECHO;
  const { STRIDE, OLDER, FLAGS, REQUEST_PRINT: PRINT, REQUEST_PLACES, REPLY_PLACES } = ENTRY;
  // An entry's words for places hold the masks of points here, and the error that came upon it.
  const REQUEST_MASK = REQUEST_PLACES;
  const REPLY_MASK = REPLY_PLACES;
  const ERROR = REQUEST_PLACES + 1;
  const { STATE, EMPTY, PENDING } = FLAG;
  const SIDE = MOST_POINTS;
  const SLOTS = 2 * MOST_POINTS;
  const [COPY, TRAVEL, CANDIDATES] = [COPY_WINDOW, TRAVEL_WINDOW, MOST_CANDIDATES];

  const entries = createPingEntries(capacity);
  const { words, key, newest, isMatch, take, next } = entries;
  const { outermost, timeToLive } = createNetworkReader();
  const readEcho = createEchoReader(key);
  const readQuoted = createEchoReader(key, true);
  // Untouched memory costs nothing until a point is seen: the operating system hands out pages as they are written to.
  const times = new Float64Array(capacity * SLOTS);
  const tunnels = new Uint16Array(capacity * SLOTS);
  const identifications = new Uint16Array(capacity * SLOTS);
  const innerHops = new Uint8Array(capacity * SLOTS);
  const outerHops = new Uint8Array(capacity * SLOTS);
  const lastHops = new Uint8Array(capacity * SLOTS);
  const counts = new Uint16Array(capacity * SLOTS);
  const numbers = new Uint32Array(capacity * SLOTS);
  /** The packet's time, in an array as V8 would allocate a number for each that is kept in a variable out here. */
  const clock = new Float64Array([0, Number.NaN]);
  let elsewhere = 0;

  /** A hash of the data's first bytes; 0 where the capture has not so many, which then fits any. */
  function printOf(view: DataView, stack: LayerStack, layer: number): number {
    const start = stack.words[layer * LAYER + 1] + 8;
    const end = stack.words[layer * LAYER + 2];
    if (end - start < PRINT_BYTES) {
      if (stack.isIncomplete(layer - 1) || stack.originalLength > stack.packetEnd - stack.packetStart)
        return 0;
      let short = 0x811c9dc5 | (end - start);
      for (let at = start; at < end; at++) short = Math.imul(short ^ view.getUint8(at), 0x01000193);
      return short === 0 ? 1 : short;
    }
    let hash = 0x811c9dc5 | 0;
    for (let at = start; at < start + PRINT_BYTES; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at), 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    return hash === 0 ? 1 : hash;
  }

  /** How far (ns) the packet at hand is from the ping's other sightings; Infinity where it can't be the same. */
  function distance(entry: number, direction: number, point: number): number {
    const time = clock[0];
    const slots = entry * SLOTS;
    const word = entry * STRIDE;
    const mask = words[word + (direction === 0 ? REQUEST_MASK : REPLY_MASK)];
    if ((mask >>> point) & 1) {
      const age = Math.abs(time - times[slots + direction * SIDE + point]);
      return age <= COPY ? age : Number.POSITIVE_INFINITY;
    }
    const own = points[point].clock;
    let nearest = Number.POSITIVE_INFINITY;
    let foreign = Number.POSITIVE_INFINITY;
    for (let side = 0; side < 2; side++) {
      let rest = words[word + (side === 0 ? REQUEST_MASK : REPLY_MASK)];
      while (rest !== 0) {
        const other = 31 - Math.clz32(rest);
        rest &= ~(1 << other);
        const age = Math.abs(time - times[slots + side * SIDE + other]);
        if (points[other].clock !== own) {
          if (age < foreign) foreign = age;
        } else if (age < nearest) nearest = age;
      }
    }
    if (nearest === Number.POSITIVE_INFINITY) return foreign;
    return nearest <= TRAVEL ? nearest : Number.POSITIVE_INFINITY;
  }

  /** The ping that the packet at hand belongs to, or -1. */
  function match(print: number, direction: number, point: number): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    let candidates = 0;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++candidates > CANDIDATES) break;
      const other = words[entry * STRIDE + PRINT];
      if (other !== print && other !== 0 && print !== 0) continue;
      const far = distance(entry, direction, point);
      if (far < least) {
        least = far;
        best = entry;
      }
    }
    return best;
  }

  function insert(print: number): number {
    const oldest = next();
    if ((words[oldest * STRIDE + FLAGS] & STATE) !== EMPTY) settle(oldest);
    const entry = take(PENDING);
    const word = entry * STRIDE;
    words[word + PRINT] = print;
    words[word + REQUEST_MASK] = 0;
    words[word + REPLY_MASK] = 0;
    words[word + ERROR] = 0;
    return entry;
  }

  function packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): boolean {
    const found = readEcho(view, stack);
    if (found < 0) return false;
    const point = findPoint(view, stack, interfaceIndex);
    if (point < 0) {
      elsewhere++;
      return true;
    }
    if (Number.isNaN(clock[1])) clock[1] = seconds;
    clock[0] = (seconds - clock[1]) * 1e9 + nanoseconds;
    const layer = found & LAYER_BITS;
    const direction = (found & REPLY) !== 0 ? 1 : 0;
    const print = printOf(view, stack, layer);
    const layers = stack.words;
    const network = (found >> NETWORK_SHIFT) & LAYER_BITS;
    const hops = timeToLive(view, layers, network);
    let entry = match(print, direction, point);
    if (entry < 0) entry = insert(print);
    const word = entry * STRIDE;
    if (words[word + PRINT] === 0) words[word + PRINT] = print;
    const masked = word + (direction === 0 ? REQUEST_MASK : REPLY_MASK);
    const slot = entry * SLOTS + direction * SIDE + point;
    if ((words[masked] >>> point) & 1) {
      if (counts[slot] < 0xffff) counts[slot]++;
      lastHops[slot] = hops;
      if (clock[0] >= times[slot]) return true;
    } else {
      words[masked] |= 1 << point;
      counts[slot] = 1;
      lastHops[slot] = hops;
    }
    const outer = outermost(layers, network);
    times[slot] = clock[0];
    tunnels[slot] = findTunnels(view, stack, layer, number);
    innerHops[slot] = hops;
    outerHops[slot] = timeToLive(view, layers, outer);
    identifications[slot] = view.getUint16(layers[outer * LAYER + 1] + 4);
    numbers[slot] = number;
    return true;
  }

  function quotedTunnel(identification: number, isOfTunnel: (tunnels: number) => boolean): number {
    for (let ago = 1; ago <= Math.min(capacity, MOST_QUOTED); ago++) {
      const entry = next(ago);
      if ((words[entry * STRIDE + FLAGS] & STATE) === EMPTY) return -1;
      for (let side = 0; side < 2; side++) {
        let rest = words[entry * STRIDE + (side === 0 ? REQUEST_MASK : REPLY_MASK)];
        while (rest !== 0) {
          const point = 31 - Math.clz32(rest);
          rest &= ~(1 << point);
          const slot = entry * SLOTS + side * SIDE + point;
          if ((identification < 0 || identifications[slot] === identification) && isOfTunnel(tunnels[slot]))
            return entry;
        }
      }
    }
    return -1;
  }

  return {
    packet,
    quoted(view, stack, identification, isOfTunnel) {
      const found = readQuoted(view, stack);
      if (found < 0) return quotedTunnel(identification, isOfTunnel);
      const print = printOf(view, stack, found & LAYER_BITS);
      for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
        const other = words[entry * STRIDE + PRINT];
        if (isMatch(entry) && (print === 0 || other === 0 || other === print)) return entry;
      }
      return -1;
    },
    noteError(entry, error) {
      if (words[entry * STRIDE + ERROR] === 0) words[entry * STRIDE + ERROR] = error + 1;
    },
    settleAll() {
      for (let ago = capacity; ago > 0; ago--) {
        const entry = next(ago);
        if ((words[entry * STRIDE + FLAGS] & STATE) !== EMPTY) settle(entry);
      }
    },
    words,
    mask: (entry, direction) => words[entry * STRIDE + (direction === 0 ? REQUEST_MASK : REPLY_MASK)],
    slot: (entry, direction, point) => entry * SLOTS + direction * SIDE + point,
    times,
    tunnels,
    innerHops,
    outerHops,
    lastHops,
    counts,
    numbers,
    error: (entry) => words[entry * STRIDE + ERROR] - 1,
    get firstSecond() {
      return clock[1];
    },
    get elsewhere() {
      return elsewhere;
    },
  };
}
