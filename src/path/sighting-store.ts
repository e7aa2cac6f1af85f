/**
 * Where each ping was seen, request and reply apart, beside what the matcher remembers of it: in bounded memory, and without an allocation
 * for a packet. Which packets are the same ping, and which answers it, the matcher says, as for the verdict. Where the innermost
 * addresses are translated (NAT), it is another ping.
 */

import type { LayerStack } from '../decode/layer-stack.ts';
import { createHand, HAND, SIGHTING } from '../exchange/hand.ts';
import { createEchoReader, ECHO } from '../exchange/ping/echo-reader.ts';
import { createFurtherPackets } from '../exchange/ping/further-packets.ts';
import { REPEATED } from '../exchange/ping/ping-comparison.ts';
import { CLOCK, ENTRY } from '../exchange/ping/ping-layout.ts';
import { createPingMatcher, type PingMatcher } from '../exchange/ping/ping-matcher.ts';
import type { PingMemory } from '../exchange/ping/ping-memory.ts';
import {
  MOST_CANDIDATES,
  type Outcome,
  outcomeOf,
  REPEAT_WINDOW,
  TRAVEL_WINDOW,
} from '../exchange/ping/ping-rules.ts';
import { createHopsOf } from '../exchange/place.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';
import type { Point } from './points.ts';
import { createSightings, type ExchangeName, type Sightings } from './sightings.ts';

/** How many pings are remembered; the oldest leaves first, and is judged as it was seen until then. */
const SIGHTED_PINGS = 1 << 15;

/** Takes packets as the matcher does, and has them go through it. */
export interface SightingStore
  extends Pick<PingMatcher, 'packet' | 'look' | 'spoil' | 'firstFragment' | 'takeError'>,
    Sightings {
  /** As the matcher's. @param length that the packet had on the wire */
  repeat(...repetition: [...Parameters<PingMatcher['repeat']>, length: number]): void;
  /** Whether the packet taken last was captured at a point that is told apart. */
  isAtPoint(): boolean;
  /** Has every ping that is still remembered settled. */
  settleAll(): void;
  /** Of the ping that is settled. */
  readonly words: Int32Array;
  /** A value of {@link OUTCOME}; an orphan is unanswered. */
  outcome(entry: number): Outcome;
  /** What there is to say of it: bits of {@link NOTE}. */
  notes(entry: number): number;
  readonly ranOut: PingMemory['ranOut'];
  /** The matcher's memory: who answered for groups, and for others. */
  readonly memory: PingMemory;
  /** What is shown of it. */
  name(entry: number): ExchangeName;
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
  /** A power of two; default: {@link SIGHTED_PINGS}. */
  readonly capacity?: number;
}

export function createSightingStore(options: StoreOptions): SightingStore {
  const { points, findPoint, settle, capacity = SIGHTED_PINGS } = options;
  const { LAYER: LAYER_BITS, NETWORK_SHIFT, REPLY } = ECHO;
  const { STRIDE, OLDER, FLAGS, NOTES, IDENTITY } = ENTRY;
  const { NOW, FIRST_SECOND } = CLOCK;
  const [REPEAT, TRAVEL, CANDIDATES] = [REPEAT_WINDOW, TRAVEL_WINDOW, MOST_CANDIDATES];
  const WHOLE = SIGHTING.whole;
  const { ENTRY: AT_HAND, FOUND, SIGHTING: WHAT } = HAND;
  const { POINT, HOPS, TUNNELS, FOUND: FOUND_IN_LOOK } = REPEATED;
  const hopsOf = createHopsOf(createHand());

  const sightings = createSightings(capacity);
  const {
    masks,
    times,
    tunnels,
    innerHops,
    outerHops,
    lastHops,
    counts,
    numbers,
    lengths,
    slot: slotOf,
  } = sightings;
  let elsewhere = 0;
  let point = -1;
  /** The first point's clock, and whether a point has another. */
  let clock = -1;
  let hasSeveral = false;
  /** Bits of the points that have the clock of the packet at hand, among so many as were known. */
  let ofClock = 0;
  let known = 0;

  const matcher = createPingMatcher(options.tunnels, {
    capacity,
    // What leaves has been seen at as many points as it will be: none is remembered for longer than others.
    waitingShare: 0,
    pointOf,
    onLeave(entry) {
      settle(entry);
      sightings.forget(entry);
    },
    clocks: { areThere: () => hasSeveral, nearest },
  });
  const { memory } = matcher;
  const { hand } = memory;
  const { find, see } = createFurtherPackets(memory);
  const { words, key, newest, isMatch, fits } = memory.entries;
  const readEcho = createEchoReader(key);

  /** How far (ns) the packet at hand is from the ping's other sightings; Infinity where it can't be the same. */
  function distance(entry: number, direction: number): number {
    const time = memory.clock[NOW];
    if ((masks[entry * 2 + direction] >>> point) & 1) {
      const age = Math.abs(time - times[slotOf(entry, direction, point)]);
      return age <= REPEAT ? age : Number.POSITIVE_INFINITY;
    }
    // By its own clock, where that has seen the ping; else by the others, which tell less.
    const isOwn = ((masks[entry * 2] | masks[entry * 2 + 1]) & ofClock) !== 0;
    let least = Number.POSITIVE_INFINITY;
    for (let side = 0; side < 2; side++) {
      let rest = masks[entry * 2 + side] & (isOwn ? ofClock : -1);
      while (rest !== 0) {
        const other = 31 - Math.clz32(rest);
        rest &= ~(1 << other);
        const age = Math.abs(time - times[slotOf(entry, side, other)]);
        if (age < least) least = age;
      }
    }
    return isOwn && least > TRAVEL ? Number.POSITIVE_INFINITY : least;
  }

  /** The ping that the packet at hand belongs to, or -1. */
  function nearest(isReply: boolean): number {
    const direction = isReply ? 1 : 0;
    let best = -1;
    let least = -1;
    let candidates = 0;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++candidates > CANDIDATES) break;
      if (!fits(entry)) continue;
      if (best < 0) {
        best = entry;
        continue;
      }
      if (least < 0) least = distance(best, direction);
      const far = distance(entry, direction);
      if (far < least) {
        least = far;
        best = entry;
      }
    }
    if (best < 0) return -1;
    // Nearly always there is one; and how far that is by other clocks does not matter.
    if (least < 0 && ((masks[best * 2] | masks[best * 2 + 1]) & ofClock) === 0) return best;
    return (least < 0 ? distance(best, direction) : least) === Number.POSITIVE_INFINITY ? -1 : best;
  }

  /** Notes at which point the ping at hand was captured, and which have the same clock. */
  function pointOf(view: DataView, stack: LayerStack, interfaceIndex: number): number {
    const found = findPoint(view, stack, interfaceIndex);
    if (found < 0) {
      point = found;
      elsewhere++;
    } else if (found !== point || points.length !== known) {
      comeTo(found);
    }
    return found;
  }

  function comeTo(next: number): void {
    point = next;
    known = points.length;
    const own = points[point].clock;
    ofClock = 0;
    for (let other = 0; other < known; other++) if (points[other].clock === own) ofClock |= 1 << other;
    if (clock < 0) clock = own;
    else if (own !== clock) hasSeveral = true;
  }

  /** What the matcher has taken, the ping at hand, was seen at the point. @param hops as a HopsOf makes them */
  function note(number: number, hops: number, through: number, length: number): void {
    const entry = hand[AT_HAND];
    if (entry < 0) return;
    const direction = (hand[FOUND] & REPLY) !== 0 ? 1 : 0;
    const slot = slotOf(entry, direction, point);
    if (((masks[entry * 2 + direction] >>> point) & 1) !== 0 && hand[WHAT] !== WHOLE) {
      if (counts[slot] < 0xffff) counts[slot]++;
      lastHops[slot] = hops & 0xff;
      if (memory.clock[NOW] < times[slot]) write(slot, number, hops, through, length);
      return;
    }
    if (((masks[entry * 2 + direction] >>> point) & 1) === 0) begin(entry, direction, slot, hops);
    write(slot, number, hops, through, length);
  }

  function begin(entry: number, direction: number, slot: number, hops: number): void {
    masks[entry * 2 + direction] |= 1 << point;
    counts[slot] = 1;
    lastHops[slot] = hops & 0xff;
  }

  function write(slot: number, number: number, hops: number, through: number, length: number): void {
    times[slot] = memory.clock[NOW];
    tunnels[slot] = through;
    innerHops[slot] = hops & 0xff;
    outerHops[slot] = (hops >>> 8) & 0xff;
    numbers[slot] = number;
    lengths[slot] = length;
  }

  /** Whether the ping was not seen at the point in that direction, and is near enough by the point's clock, if that has seen it. */
  function isNew(entry: number, direction: number): boolean {
    if (((masks[entry * 2 + direction] >>> point) & 1) !== 0) return false;
    if (((masks[entry * 2] | masks[entry * 2 + 1]) & ofClock) === 0) return true;
    return distance(entry, direction) !== Number.POSITIVE_INFINITY;
  }

  function notePacket(view: DataView, stack: LayerStack, number: number): void {
    const network = (hand[FOUND] >> NETWORK_SHIFT) & LAYER_BITS;
    note(number, hopsOf(view, stack, network), options.tunnels.last(), stack.originalLength);
  }

  return {
    ...sightings,
    packet(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      const echo = matcher.packet(view, stack, number, seconds, nanoseconds, interfaceIndex);
      if (echo >= 0) notePacket(view, stack, number);
      return echo;
    },
    look: matcher.look,
    repeat(view, start, looks, look, results, at, number, seconds, nanoseconds, length) {
      const next = looks[look + POINT];
      if (next !== point || points.length !== known) comeTo(next);
      const hops = looks[look + HOPS];
      const through = looks[look + TUNNELS];
      const entry = hasSeveral ? find(looks, look, results, at, seconds, nanoseconds) : -1;
      const direction = (looks[look + FOUND_IN_LOOK] & REPLY) !== 0 ? 1 : 0;
      if (entry >= 0 && isNew(entry, direction)) {
        see(entry, looks, look);
        const slot = slotOf(entry, direction, point);
        begin(entry, direction, slot, hops);
        write(slot, number, hops, through, length);
        return;
      }
      matcher.repeat(view, start, looks, look, results, at, number, seconds, nanoseconds);
      note(number, hops, through, length);
    },
    isAtPoint: () => point >= 0,
    spoil(number) {
      if (point >= 0) matcher.spoil(number);
    },
    firstFragment(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      const found = readEcho(view, stack);
      if (found < 0 || (found & REPLY) !== 0) return;
      matcher.firstFragment(view, stack, number, seconds, nanoseconds, interfaceIndex);
      notePacket(view, stack, number);
    },
    takeError: matcher.takeError,
    settleAll: memory.leaveAll,
    words,
    outcome(entry) {
      return outcomeOf(words[entry * STRIDE + FLAGS], words[entry * STRIDE + NOTES], !hasSeveral);
    },
    notes: (entry) => words[entry * STRIDE + NOTES],
    memory,
    ranOut: memory.ranOut,
    name(entry) {
      const identity = words[entry * STRIDE + IDENTITY];
      return { ident: identity >>> 16, seq: identity & 0xffff, srcport: null };
    },
    get firstSecond() {
      return memory.clock[FIRST_SECOND];
    },
    get elsewhere() {
      return elsewhere;
    },
  };
}

/**
 * How many of the latest pings, of `most` at most, were seen within `seconds` before the newest of them.
 *
 * @param most pings that are looked at
 */
export function howManyLatest(store: SightingStore, most: number, seconds: number): number {
  const { entries } = store.memory;
  /** By point: what a point's clock says is compared with that clock alone. */
  const newest = new Map<number, number>();
  let latest = 0;
  for (let ago = 1; ago <= Math.min(most, entries.capacity); ago++) {
    const entry = entries.next(ago);
    const direction = store.mask(entry, 0) === 0 ? 1 : 0;
    const mask = store.mask(entry, direction);
    latest = ago;
    if (mask === 0) continue;
    const point = 31 - Math.clz32(mask);
    const time = store.times[store.slot(entry, direction, point)] as number;
    const latestThere = newest.get(point) ?? time;
    newest.set(point, Math.max(latestThere, time));
    if (latestThere - time > seconds * 1e9) break;
  }
  return latest;
}
