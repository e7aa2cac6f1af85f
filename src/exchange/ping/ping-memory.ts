/** What the matcher remembers of pings, and counts: the ring of entries, the time, and what became of requests. */

import type { LayerStack } from '../../decode/layer-stack.ts';
import { fixedDoubles } from '../fixed-memory.ts';
import { createHand, HAND } from '../hand.ts';
import { Tally } from '../tally.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import { createGroupRequests, type GroupRequests } from './group-requests.ts';
import { createOtherAddresses, type OtherAddresses } from './other-addresses.ts';
import { createPingEntries, type PingEntries } from './ping-entries.ts';
import { describeEvent, type PingEvent, type PingListener } from './ping-events.ts';
import { createPingFate, type PingFate } from './ping-fate.ts';
import { CLOCK, ENTRY, FLAG, MOMENT, NOTE, TOTAL } from './ping-layout.ts';
import { createPingRecord, type PingRecord } from './ping-record.ts';
import { OUTCOME, outcomeOf } from './ping-rules.ts';
import { createReturnWatch, type ReturnWatch } from './return-watch.ts';
import { createSettlement, PingCounts } from './settlement.ts';

/**
 * How many requests are remembered, answered or not; the oldest leaves first. Half of the sequence numbers that there are, so
 * that a run that starts over at 0 never meets its own past.
 */
export const CAPACITY = 1 << 15;
/**
 * For each of those, so many older ones that still wait for their reply are remembered beside them: 131,072, of 213 bytes, which cost memory
 * once they wait. One that has to leave for the next is forgotten.
 */
const WAITING_SHARE = 4;
/** So many requests can wait at a time. */
export const MOST_WAITING = CAPACITY * (1 + WAITING_SHARE);
/** A request that has waited for so long (ns) is no longer forgotten when it leaves, but lost. */
const LONGEST_WAIT = 60e9;
/** For captures of several clocks: which ping a packet is of can't be told by times of different ones. */
export interface SeveralClocks {
  /** Whether there are several so far. */
  areThere(): boolean;
  /** The ping with the key at hand that was seen nearest to the packet at hand, or -1. */
  nearest(isReply: boolean): number;
}

export interface MatcherOptions {
  /** A reply that takes longer does not count; default: no limit. */
  readonly timeoutMilliseconds?: number;
  /** A power of two; default: {@link CAPACITY}. */
  readonly capacity?: number;
  readonly onEvent?: (event: PingEvent) => void;
  /** Asked before: an event that is not wanted is not described. Default: all are. */
  readonly wants?: (event: PingEvent['event']) => boolean;
  /** How many waiting requests are remembered beside each of the others; default: 4. */
  readonly waitingShare?: number;
  /** Told of each ping that leaves memory, before it does. */
  readonly onLeave?: (entry: number) => void;
  /** Whether it is counted how each path's pings went over time, which takes 3 KB a path; default: not. */
  readonly keepsCourses?: boolean;
  readonly clocks?: SeveralClocks;
  /** The point at which a packet was captured, or -1 for one that is not to be taken into account; default: the interface, or device. */
  readonly pointOf?: (view: DataView, stack: LayerStack, interfaceIndex: number) => number;
}

/** A request whose hops ran out. */
export interface RanOut {
  /** Its path's index in the summary's table, which tells whether it is a traceroute's. */
  readonly path: number;
  /** Hops that it had left where it was captured. */
  readonly ttl: number;
  /** Who said so; null if that is not known. */
  readonly from: string | null;
}

export interface PingMemory extends PingFate {
  readonly entries: PingEntries;
  readonly groups: GroupRequests;
  /** In ns since the capture's first second. In arrays, as V8 would allocate a number for each that is kept in a variable. */
  readonly clock: Float64Array;
  readonly totals: Float64Array;
  readonly hand: Int32Array;
  readonly others: OtherAddresses;
  readonly returns: ReturnWatch;
  readonly record: PingRecord;
  readonly clocks: SeveralClocks | undefined;
  /** Whether times can be compared: all packets so far are of one clock. */
  isOneClock(): boolean;
  /** Who is told of each ping, if anybody. */
  readonly tell: PingListener | undefined;
  /** An entry for the key at hand, in the place of the oldest, which is settled first. */
  insert(state: number): number;
  /** Looks at the entry once more: which points are farther on the way may be known only from pings that came later. */
  reviewLater(entry: number): void;
  /** Hands each ping that is remembered to `onLeave`, in the order in which they came. */
  leaveAll(): void;
  /** Where the entry's hops ran out, if they did and nothing else has answered it. */
  ranOut(entry: number): RanOut | undefined;
  expire(window: number, seconds: number, nanoseconds: number): void;
  waiting(window: number, seconds: number, nanoseconds: number): Tally;
  summary(window: number, seconds: number, nanoseconds: number, isLast?: boolean): PingCounts;
}

/** @throws {RangeError} if the capacity is none */
export function createPingMemory(tunnels: TunnelTable, options: MatcherOptions): PingMemory {
  const capacity = options.capacity ?? CAPACITY;
  if (capacity < 2 || capacity > CAPACITY || (capacity & (capacity - 1)) !== 0) {
    throw new RangeError(`capacity ${capacity}: expected a power of two from 2 to ${CAPACITY}`);
  }
  const limit = (options.timeoutMilliseconds ?? Number.POSITIVE_INFINITY) * 1e6;
  const { STRIDE, FLAGS, NOTES, SOURCE, IDENTITY, REQUEST_TUNNELS, REPLY_PRINT, HOPS } = ENTRY;
  const { AWAY, REFUSED, DAMAGED, EXPIRED } = NOTE;
  const { STRIDE: MOMENTS, REQUEST_TIME, REQUEST_NUMBER } = MOMENT;
  const { STATE, EMPTY, PENDING, ORPHAN, LATE, IPV6 } = FLAG;
  const { NOW, FIRST_SECOND, FIRST_REQUEST } = CLOCK;
  const TOTAL_AWAY = TOTAL.AWAY;
  const { SEVERAL: HAND_SEVERAL } = HAND;
  /** What became of them is known: they wait for nothing. */
  const UNDELIVERED = REFUSED | DAMAGED | EXPIRED;
  const { onLeave, clocks } = options;
  const entries = createPingEntries(capacity, capacity * (options.waitingShare ?? WAITING_SHARE));
  const { words, moments, take, next, shelf, nextAway, putAway } = entries;
  const routers: string[] = [];
  const settle = createSettlement(entries, tunnels, routers, options.keepsCourses === true);
  const groups = createGroupRequests(entries);
  const others = createOtherAddresses(entries);
  const hand = createHand();
  const returns = createReturnWatch(entries, hand, tunnels);
  const clock = fixedDoubles([0, Number.NaN, Number.POSITIVE_INFINITY]);
  const totals = fixedDoubles([0, 0, 0, 0, Number.NaN, 0]);
  const record = createPingRecord(entries, clock, hand);
  const settled = new PingCounts();
  /** What the last summary was: nothing is counted any more. */
  let last: PingCounts | undefined;
  /** How many entries were made, and of how many it is told what became of them. */
  let made = 0;
  let expired = 0;
  /** The same of those that were put away. */
  let madeAway = 0;
  let expiredAway = 0;

  const { onEvent, wants = () => true } = options;
  const tell: PingListener | undefined =
    onEvent &&
    ((event, entry, number, time) => {
      if (wants(event))
        onEvent(describeEvent(event, entries, tunnels, entry, number, time, clock[FIRST_SECOND], routers));
    });

  const fate = createPingFate({ entries, returns, clock, totals, hand, tell, limit, routers });
  const isOneClock = () => clocks === undefined || !clocks.areThere();

  function insert(state: number): number {
    const oldest = next();
    const flags = words[oldest * STRIDE + FLAGS];
    if (shelf > 0 && (flags & (STATE | LATE)) === PENDING) keepWaiting(oldest);
    else if ((flags & STATE) !== EMPTY) leave(oldest, false);
    made++;
    const entry = take(state);
    if (hand[HAND_SEVERAL] !== 0) returns.begin(entry);
    return entry;
  }

  function leave(entry: number, isForgotten: boolean): void {
    if ((words[entry * STRIDE + NOTES] & AWAY) !== 0) totals[TOTAL_AWAY]--;
    if (onLeave !== undefined) onLeave(entry);
    settle(entry, settled, clock[FIRST_REQUEST], Number.POSITIVE_INFINITY, isForgotten);
  }

  /** A request without a reply does not leave for those behind it, but for one that waits as it does. */
  function keepWaiting(entry: number): void {
    const oldest = nextAway();
    const state = words[oldest * STRIDE + FLAGS] & STATE;
    if (state !== EMPTY) {
      const waited = clock[NOW] - moments[oldest * MOMENTS + REQUEST_TIME];
      const isForgotten = state === PENDING && waited < Math.min(limit, LONGEST_WAIT);
      // It counts as unanswered, and nobody told that yet.
      if (tell !== undefined && expiredAway <= madeAway - shelf) {
        tellUnanswered(oldest, Number.POSITIVE_INFINITY);
        expiredAway = madeAway - shelf + 1;
      }
      leave(oldest, isForgotten);
    }
    const to = putAway(entry);
    groups.moved(entry, to);
    others.moved(entry, to);
    returns.moved(entry, to);
    const wasTold = expired > made - capacity;
    if (wasTold && expiredAway === madeAway) expiredAway++;
    madeAway++;
  }

  function reviewLater(entry: number): void {
    if (hand[HAND_SEVERAL] !== 0 && isOneClock()) fate.review(entry);
  }

  function expire(window: number, seconds: number, nanoseconds: number): void {
    const latest = (seconds - clock[FIRST_SECOND]) * 1e9 + nanoseconds - window;
    for (expiredAway = Math.max(expiredAway, madeAway - shelf); expiredAway < madeAway; expiredAway++) {
      if (!tellUnanswered(nextAway(madeAway - expiredAway), latest)) return;
    }
    for (expired = Math.max(expired, made - capacity); expired < made; expired++) {
      if (!tellUnanswered(expired & (capacity - 1), latest)) return;
    }
  }

  /** @returns whether what became of the request is known by now */
  function tellUnanswered(entry: number, latest: number): boolean {
    const isAway = (words[entry * STRIDE + NOTES] & AWAY) !== 0;
    if ((words[entry * STRIDE + FLAGS] & STATE) !== PENDING && !isAway) return true;
    const time = moments[entry * MOMENTS + REQUEST_TIME];
    if (time > latest) return false;
    tell?.('unanswered', entry, moments[entry * MOMENTS + REQUEST_NUMBER], time);
    return true;
  }

  /** How many entries there are at most, in the ring and put away: what was never filled is not looked at. */
  const filled = () => (made < capacity ? made : capacity + Math.min(shelf, madeAway));

  /** The entry so many steps before the next one, over the ring and then those put away. */
  const before = (ago: number) => (ago <= capacity ? next(ago) : nextAway(ago - capacity));

  return {
    entries,
    groups,
    others,
    returns,
    record,
    clocks,
    isOneClock,
    ...fate,
    hand,
    clock,
    totals,
    tell,
    insert,
    expire,
    reviewLater,
    leaveAll() {
      for (let i = filled(); i > 0; i--) {
        const entry = before(i);
        if ((words[entry * STRIDE + FLAGS] & STATE) === EMPTY) continue;
        reviewLater(entry);
        onLeave?.(entry);
      }
    },
    ranOut(entry) {
      const word = entry * STRIDE;
      const flags = words[word + FLAGS];
      const notes = words[word + NOTES];
      if ((notes & EXPIRED) === 0 || outcomeOf(flags, notes, isOneClock()) === OUTCOME.answered)
        return undefined;
      const [there, ident] = [words[word + REQUEST_TUNNELS], words[word + IDENTITY] >>> 16];
      const path = settled.table.indexOf(there, ident, (flags & IPV6) !== 0, words, word + SOURCE);
      return { path, ttl: words[word + HOPS] & 0xff, from: routers[words[word + REPLY_PRINT]] ?? null };
    },
    waiting(window, seconds, nanoseconds) {
      const since = (seconds - clock[FIRST_SECOND]) * 1e9 + nanoseconds - window;
      let from = 1;
      for (; from <= filled(); from++) {
        const entry = before(from);
        const state = words[entry * STRIDE + FLAGS] & STATE;
        if (state === EMPTY || (state !== ORPHAN && moments[entry * MOMENTS + REQUEST_TIME] < since)) break;
      }
      const waiting = new Tally();
      for (let i = from - 1; i > 0; i--) {
        const entry = before(i);
        if ((words[entry * STRIDE + FLAGS] & STATE) !== PENDING) continue;
        if ((words[entry * STRIDE + NOTES] & UNDELIVERED) !== 0) continue;
        waiting.add(moments[entry * MOMENTS + REQUEST_NUMBER]);
      }
      return waiting;
    },
    summary(window, seconds, nanoseconds, isLast = false) {
      if (last !== undefined) return last;
      const since = (seconds - clock[FIRST_SECOND]) * 1e9 + nanoseconds - window;
      // Paths may be many: a copy of all their counts would be half of what verify takes.
      const found = isLast ? settled : settled.clone();
      if (isLast) last = found;
      found.groups = groups.members();
      found.otherAddresses = others.list();
      for (let i = filled(); i > 0; i--) {
        const entry = before(i);
        if ((words[entry * STRIDE + FLAGS] & STATE) === EMPTY) continue;
        reviewLater(entry);
        settle(entry, found, clock[FIRST_REQUEST], since);
      }
      for (const { counts } of found.table.paths) counts.settleExpired();
      found.table.rest.settleExpired();
      return found;
    },
  };
}
