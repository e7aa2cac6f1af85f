/** How a request that is remembered comes to be answered, and unanswered again. */
import { HAND } from '../hand.ts';
import type { PingEntries } from './ping-entries.ts';
import type { PingListener } from './ping-events.ts';
import { CLOCK, COUNT, ENTRY, FLAG, MOMENT, NOTE, TOTAL } from './ping-layout.ts';
import type { ReturnWatch } from './return-watch.ts';

/** The most routers that are told apart. */
const MOST_ROUTERS = 1024;

export interface PingFate {
  /** The entry's request and reply are both there. */
  answer(entry: number): void;
  /** Where the entry's packets were seen is another than before. */
  review(entry: number): void;
  /**
   * An ICMP error, packet `number`, says that the entry's reply was not delivered.
   *
   * @param place where the error was seen, as a {@link PlaceOf} says; its lower 16 bits count
   * @param print what tells it from another error about the same reply, likewise
   */
  refuse(entry: number, number: number, place: number, print: number): void;
  /** A router says, in the packet at hand, that the hops ran out which the entry's request had left. */
  runOut(entry: number, router: string): void;
  /** The reply at hand, packet `number`, is damaged, so that receivers drop it. */
  spoil(number: number): void;
}

/** What is changed here: see {@link PingMemory}. */
export interface FateParts {
  readonly entries: PingEntries;
  readonly returns: ReturnWatch;
  readonly clock: Float64Array;
  readonly totals: Float64Array;
  readonly hand: Int32Array;
  readonly tell: PingListener | undefined;
  /** A reply that takes longer (ns) does not count. */
  readonly limit: number;
  /** Whoever said that hops ran out. */
  readonly routers: string[];
}

export function createPingFate({
  entries,
  returns,
  clock,
  totals,
  hand,
  tell,
  limit,
  routers,
}: FateParts): PingFate {
  const { STRIDE, FLAGS, NOTES, DUPLICATES, REPLY_PRINT } = ENTRY;
  const { STRIDE: COUNTS, REFUSED: REFUSALS, REFUSED_AT, REFUSED_BY } = COUNT;
  const { AWAY, REFUSED, DAMAGED, EXPIRED } = NOTE;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME, REQUEST_NUMBER, REPLY_NUMBER } = MOMENT;
  const { STATE, PENDING, ANSWERED, ORPHAN, LATE } = FLAG;
  const { NOW } = CLOCK;
  const [ANSWERS, NUMBER, ROUND_TRIP, TOTAL_AWAY] = [
    TOTAL.ANSWERED,
    TOTAL.ANSWERED_NUMBER,
    TOTAL.LAST_ROUND_TRIP,
    TOTAL.AWAY,
  ];
  const { ENTRY: AT_HAND } = HAND;
  const { words, moments, counts } = entries;

  function answer(entry: number): void {
    const word = entry * STRIDE;
    const elapsed = moments[entry * MOMENTS + REPLY_TIME] - moments[entry * MOMENTS + REQUEST_TIME];
    if (elapsed > limit) {
      words[word + FLAGS] |= LATE;
      tellReply('late', entry);
      return;
    }
    words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | ANSWERED;
    totals[ANSWERS]++;
    totals[NUMBER] = moments[entry * MOMENTS + REQUEST_NUMBER];
    tellReply('reply', entry);
    if (elapsed >= 0) totals[ROUND_TRIP] = elapsed;
  }

  function tellReply(event: 'reply' | 'late', entry: number): void {
    const moment = entry * MOMENTS;
    if (tell !== undefined) tell(event, entry, moments[moment + REPLY_NUMBER], moments[moment + REPLY_TIME]);
  }

  function review(entry: number): void {
    const word = entry * STRIDE;
    const isAway = returns.isAway(entry);
    if (isAway === ((words[word + NOTES] & AWAY) !== 0)) return;
    words[word + NOTES] ^= AWAY;
    totals[TOTAL_AWAY] += isAway ? 1 : -1;
  }

  function refuse(entry: number, number: number, place: number, print: number): void {
    const word = entry * STRIDE;
    const refusals = entry * COUNTS + REFUSALS;
    const [at, by] = [entry * COUNTS + REFUSED_AT, entry * COUNTS + REFUSED_BY];
    if (counts[refusals] === 0) counts[at] = place;
    else if (counts[at] !== (place & 0xffff) || counts[by] === (print & 0xffff)) return;
    counts[by] = print;
    if (counts[refusals] < 0xffff) counts[refusals]++;
    // Of a reply that came more than once, another may have arrived.
    if (counts[refusals] <= words[word + DUPLICATES]) return;
    if ((words[word + FLAGS] & STATE) !== ANSWERED) return;
    takeBack(entry, REFUSED, number);
  }

  function runOut(entry: number, router: string): void {
    const word = entry * STRIDE;
    if ((words[word + FLAGS] & (STATE | LATE)) !== PENDING) return;
    if ((words[word + NOTES] & (EXPIRED | REFUSED | DAMAGED)) !== 0) return;
    let index = routers.indexOf(router);
    if (index < 0) {
      if (routers.length === MOST_ROUTERS) return;
      index = routers.push(router) - 1;
    }
    words[word + NOTES] |= EXPIRED;
    words[word + REPLY_PRINT] = index;
    moments[entry * MOMENTS + REPLY_TIME] = clock[NOW];
  }

  /** The request is unanswered again. */
  function takeBack(entry: number, note: number, number: number): void {
    const word = entry * STRIDE;
    words[word + NOTES] |= note;
    words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | PENDING;
    totals[ANSWERS]--;
    review(entry);
    if (tell !== undefined) tell('undelivered', entry, number, clock[NOW]);
  }

  function spoil(number: number): void {
    const entry = hand[AT_HAND];
    if (entry < 0) return;
    if ((words[entry * STRIDE + FLAGS] & STATE) === ORPHAN) words[entry * STRIDE + NOTES] |= DAMAGED;
    if (totals[NUMBER] === 0) return;
    totals[NUMBER] = 0;
    takeBack(entry, DAMAGED, number);
  }

  return { answer, review, refuse, runOut, spoil };
}
