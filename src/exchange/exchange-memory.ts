/**
 * What a connection's and a query's exchange have in common: a request, seen at several places, sent again, answered, refused or not. A
 * request that is seen at another place (interface, tunnels, TTL) is the same, and counts once, with the deepest tunnels that it was seen in; at
 * one of its places it was sent again.
 */

import { type ExchangeCounts, type ExchangeKind, type ExchangeTable, KINDS } from './exchange-counts.ts';
import { createExchangeEntries, type ExchangeEntries } from './exchange-entries.ts';
import type { ExchangeListener } from './exchange-events.ts';
import { ENTRY, FLAG, KEY, MOMENT } from './exchange-layout.ts';
import { RELATION } from './tunnel-relation.ts';
import type { TunnelTable } from './tunnel-table.ts';

/** The packet at hand, where its time may be compared with others of the same capture. */
export interface Sighting {
  /** ns since the first packet. */
  time: number;
  number: number;
  /** The number of its tunnels, where it was captured, and its place: as a PlaceOf answers, 0 if that can't be known. */
  tunnels: number;
  point: number;
  place: number;
  /** The sender is the key's second end. */
  isSecond: boolean;
  /** FEW_HOPS of an entry's flags, where the packet has so few left. */
  fewHops: number;
}

/** Network or capture copied a packet, where it comes to the same place within this time (ns): nobody sends again so early. */
const COPY_WINDOW = 10e6;
/** The same where places can't be told apart: the shortest time after which TCP sends again on Linux. */
const UNKNOWN_PLACE_WINDOW = 200e6;

/** The time of an answer is that of a better place, where it comes there so soon (ns) after it was seen first. */
const TRAVEL_WINDOW = 100e6;

export interface ExchangeRules {
  readonly kind: ExchangeKind;
  /** Exchanges remembered at a time, a power of two. */
  readonly capacity: number;
  /** A request is sent again within this time (ns), and past it a new one that looks the same. */
  readonly repeatWindow: number;
  /** So long before the capture's end (ns) a request still waits for its answer. */
  readonly wait: number;
}

/** What else a kind of exchange remembers of each, beside its entry. */
export interface ExchangeCourse {
  /** The entry is taken for another exchange. */
  begin(entry: number): void;
  /** Counts it. @param now ns since the first packet */
  settle(entry: number, counts: ExchangeCounts, flags: number, now: number): void;
}

export interface ExchangeMemory {
  /** Set once, before the first packet. */
  course: ExchangeCourse | undefined;
  readonly entries: ExchangeEntries;
  readonly sighting: Sighting;
  /** Makes an entry for the packet at hand. @param flags its state, and who asked */
  insert(flags: number): number;
  /** The packet at hand is the one that the entry's request counts by. */
  record(entry: number): void;
  /** The packet at hand is the entry's request. */
  begin(entry: number): void;
  /** It is so once more, at this place or another. @returns whether it is: false if it is too late for that */
  see(entry: number): boolean;
  /** The packet at hand tells when the request was answered, at a place that may be a better or a worse one than before. */
  timeAnswer(entry: number, isSameWay: boolean): void;
  refuse(entry: number, number: number, byError: boolean): void;
  /** Who is told of each exchange, if anybody; set once, before the first packet. Not of what may be a traceroute's probe, unless it is answered. */
  tell: ExchangeListener | undefined;
  /** The packet at hand answers the request: tells so. To be called once what is known of the answer is in the entry. */
  tellAnswered(entry: number): void;
  /** Tells of each request that waits too long by then, in ns since the first packet; of all if that is infinite. */
  expire(now: number): void;
  /**
   * Counts everything into a table, as of now.
   *
   * @param now ns since the first packet
   */
  summary(table: ExchangeTable, now: number): void;
}

export function createExchangeMemory(
  { depth, relation }: TunnelTable,
  { kind, capacity, repeatWindow, wait }: ExchangeRules,
  settled: ExchangeTable,
): ExchangeMemory {
  const { STRIDE, FLAGS, ENDS, TUNNELS, POINT } = ENTRY;
  const { FIRST, SECOND, PORTS, VERSION } = KEY;
  const { STATE, EMPTY, BEGUN, ANSWERED, REFUSED, ASKER_SECOND, WAY_KNOWN } = FLAG;
  const { TIMED, TIMED_THERE, PROVEN, BY_ERROR, DAMAGED, FEW_HOPS, RCODE_SHIFT } = FLAG;
  const { STRIDE: MOMENTS, FIRST: BEGAN, LAST, SEEN, ANSWER, REQUEST_NUMBER, ANSWER_NUMBER } = MOMENT;
  const SAME = RELATION.same;
  const [COPY, UNKNOWN, TRAVEL] = [COPY_WINDOW, UNKNOWN_PLACE_WINDOW, TRAVEL_WINDOW];
  const KIND = KINDS.indexOf(kind);
  const entries = createExchangeEntries(capacity);
  const { words, moments } = entries;
  const row = new Int32Array(12);
  const sighting: Sighting = {
    time: 0,
    number: 0,
    tunnels: 0,
    point: 0,
    place: 0,
    isSecond: false,
    fewHops: 0,
  };

  /** How many entries were made, and of how many it is told what became of them. */
  let made = 0;
  let expired = 0;

  /** @returns whether what became of the request is known by now */
  function tellUnanswered(entry: number, latest: number): boolean {
    if ((words[entry * STRIDE + FLAGS] & (STATE | FEW_HOPS)) !== BEGUN) return true;
    const moment = entry * MOMENTS;
    if (moments[moment + BEGAN] > latest) return false;
    memory.tell?.('unanswered', entry, moments[moment + REQUEST_NUMBER], moments[moment + LAST]);
    return true;
  }

  function record(entry: number): void {
    const word = entry * STRIDE;
    words[word + TUNNELS] = sighting.tunnels;
    words[word + POINT] = sighting.point;
    moments[entry * MOMENTS + LAST] = sighting.time;
    moments[entry * MOMENTS + REQUEST_NUMBER] = sighting.number;
  }

  /** @param since what was begun later still waits */
  function settle(entry: number, table: ExchangeTable, since: number, isLeaving: boolean, now: number): void {
    const word = entry * STRIDE;
    const moment = entry * MOMENTS;
    const flags = words[word + FLAGS];
    const state = flags & STATE;
    if (state === EMPTY) return;
    // Where only whoever was asked is seen, the row has the direction that there is.
    const isSecond = ((flags & ASKER_SECOND) !== 0) === ((flags & WAY_KNOWN) !== 0);
    const ports = words[word + ENDS + PORTS];
    row[0] = words[word + TUNNELS];
    row[1] = KIND;
    row[2] = (flags & ASKER_SECOND) !== 0 ? ports >>> 16 : ports & 0xffff;
    row[3] = words[word + ENDS + VERSION];
    for (let i = 0; i < 4; i++) {
      row[4 + i] = words[word + ENDS + (isSecond ? SECOND : FIRST) + i];
      row[8 + i] = words[word + ENDS + (isSecond ? FIRST : SECOND) + i];
    }
    const counts = ((flags & FEW_HOPS) === 0 ? table : table.fewHops()).find(row);
    const request = moments[moment + REQUEST_NUMBER];
    const answer = moments[moment + ANSWER_NUMBER];
    memory.course?.settle(entry, counts, flags, now);
    if (state !== BEGUN && state !== ANSWERED && state !== REFUSED) {
      counts.middle.add(request);
      return;
    }
    counts.begun.add(request);
    counts.again.add(request, entries.timesAgain(entry));
    if (state === ANSWERED) {
      counts.answered++;
      if ((flags & PROVEN) !== 0) counts.proven.add(answer);
      else counts.codes[(flags >> RCODE_SHIFT) & 15]?.add(answer);
      const elapsed = moments[moment + ANSWER] - moments[moment + LAST];
      if ((flags & TIMED) !== 0 && elapsed >= 0) counts.times.add(elapsed);
    } else if (state === REFUSED) {
      if ((flags & BY_ERROR) !== 0) counts.stopped.add(answer);
      else counts.reset.add(answer);
    } else {
      counts.unanswered.add(request);
      if ((flags & DAMAGED) !== 0) counts.damaged.add(answer);
      else if (isLeaving) counts.forgotten.add(request);
      // Whoever sends again has waited long enough.
      else if (moments[moment + BEGAN] > since && entries.timesAgain(entry) === 0)
        counts.waiting.add(request);
    }
  }

  const memory: ExchangeMemory = {
    course: undefined,
    entries,
    sighting,
    record,
    tell: undefined,
    insert(flags) {
      const oldest = entries.next();
      if (memory.tell !== undefined && made - expired === capacity) {
        tellUnanswered(oldest, Number.POSITIVE_INFINITY);
        expired++;
      }
      made++;
      // One that had all the time that it needed was not forgotten.
      if ((words[oldest * STRIDE + FLAGS] & STATE) !== EMPTY)
        settle(
          oldest,
          settled,
          Number.POSITIVE_INFINITY,
          sighting.time - moments[oldest * MOMENTS + BEGAN] < wait,
          sighting.time,
        );
      const entry = entries.take(flags | sighting.fewHops);
      memory.course?.begin(entry);
      moments[entry * MOMENTS + BEGAN] = moments[entry * MOMENTS + SEEN] = sighting.time;
      record(entry);
      return entry;
    },
    begin(entry) {
      record(entry);
      moments[entry * MOMENTS + BEGAN] = moments[entry * MOMENTS + SEEN] = sighting.time;
      entries.addPlace(entry, sighting.place);
    },
    see(entry) {
      const word = entry * STRIDE;
      const moment = entry * MOMENTS;
      const { time, place, tunnels, point } = sighting;
      const age = time - moments[moment + SEEN];
      if (age > repeatWindow) return false;
      if (age > 0) moments[moment + SEEN] = time;
      const index = entries.findPlace(entry, place);
      if (index < 0) {
        entries.addPlace(entry, place);
        if (depth(tunnels) > depth(words[word + TUNNELS])) record(entry);
        return true;
      }
      if (age <= (place === 0 ? UNKNOWN : COPY)) return true;
      entries.seeAgain(entry, index);
      // An answer that got lost behind the capture is followed by another one, to this packet.
      if (
        (words[word + FLAGS] & TIMED) === 0 &&
        words[word + TUNNELS] === tunnels &&
        words[word + POINT] === point
      )
        moments[moment + LAST] = time;
      return true;
    },
    timeAnswer(entry, isSameWay) {
      const word = entry * STRIDE;
      const flags = words[word + FLAGS];
      const { tunnels, point, time } = sighting;
      if ((flags & TIMED_THERE) !== 0) return;
      if ((flags & TIMED) !== 0 && time - moments[entry * MOMENTS + ANSWER] > TRAVEL) {
        words[word + FLAGS] = flags | TIMED_THERE;
        return;
      }
      const there = words[word + TUNNELS];
      const isThere =
        words[word + POINT] === point && (isSameWay ? there === tunnels : relation(there, tunnels) === SAME);
      if (!isThere && (flags & TIMED) !== 0) return;
      moments[entry * MOMENTS + ANSWER] = time;
      words[word + FLAGS] = flags | TIMED | (isThere ? TIMED_THERE : 0);
    },
    refuse(entry, number, byError) {
      const word = entry * STRIDE;
      words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | REFUSED | (byError ? BY_ERROR : 0);
      moments[entry * MOMENTS + ANSWER_NUMBER] = number;
      if ((words[word + FLAGS] & FEW_HOPS) === 0) memory.tell?.('refused', entry, number, sighting.time);
    },
    tellAnswered(entry) {
      memory.tell?.('answered', entry, moments[entry * MOMENTS + ANSWER_NUMBER], sighting.time);
    },
    expire(now) {
      for (; expired < made; expired++) {
        if (!tellUnanswered(expired & (capacity - 1), now - wait)) return;
      }
    },
    summary(table, now) {
      const oldest = entries.next();
      for (let ago = 0; ago < capacity; ago++)
        settle((oldest + ago) & (capacity - 1), table, now - wait, false, now);
    },
  };
  return memory;
}
