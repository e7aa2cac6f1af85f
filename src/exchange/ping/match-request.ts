/** Echo requests: which of them are new, and which are the same packet at another place, a repetition, or the whole of a fragment. */

import { HAND, SIGHTING } from '../hand.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import { CLOCK, COUNT, ENTRY, FLAG, MOMENT, NOTE, TOTAL } from './ping-layout.ts';
import type { PingMemory } from './ping-memory.ts';
import {
  COPY_WINDOW,
  isSamePacket,
  isToldElsewhere,
  MOST_CANDIDATES,
  REPEAT_WINDOW,
  TRAVEL_WINDOW,
} from './ping-rules.ts';

/**
 * Takes the request with the key at hand into account.
 *
 * @param print IPv4 identification and ICMP checksum
 * @param id the number of its tunnels
 * @param hops with the packet's length, as a HopsOf makes it; the length of a fragment tells nothing
 * @param isFragment whether it is a packet's first fragment
 */
export type MatchRequest = (
  print: number,
  id: number,
  place: number,
  hops: number,
  number: number,
  isFragment: boolean,
) => void;

export function createMatchRequest(memory: PingMemory, { depth, join }: TunnelTable): MatchRequest {
  const { STRIDE, OLDER, FLAGS, REQUEST_PRINT, REQUEST_TUNNELS, REQUEST_PLACES, NOTES } = ENTRY;
  const { REPEATED, DUPLICATES } = ENTRY;
  const { STRIDE: COUNTS, INTERFACE: FIRST_INTERFACE } = COUNT;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME, REQUEST_NUMBER } = MOMENT;
  const { STATE, PENDING, ORPHAN, REQUEST_COUNT_SHIFT, PIECES_SHIFT } = FLAG;
  const { DAMAGED, GROUP } = NOTE;
  const { NOW, FIRST_REQUEST } = CLOCK;
  const { POINT, INTERFACE, SEVERAL, TO_GROUP, ENTRY: AT_HAND, SIGHTING: WHAT } = HAND;
  const { REQUESTS, DUPLICATES: DUPLICATE_REPLIES } = TOTAL;
  const [REPEAT, TRAVEL, COPY, CANDIDATES] = [REPEAT_WINDOW, TRAVEL_WINDOW, COPY_WINDOW, MOST_CANDIDATES];
  const WHOLE = SIGHTING.whole;
  const PIECE = 1 << PIECES_SHIFT;
  const PIECES = 15 << PIECES_SHIFT;
  const { entries, record, groups, others, returns, clocks, isOneClock, clock, totals, hand } = memory;
  const { tell, insert, answer, review } = memory;
  const { words, moments, counts, newest, isMatch, fits, learnData, findPlace, addPlace, cameAgain } =
    entries;
  const AWAY = entries.capacity;

  function beginRequest(
    entry: number,
    print: number,
    id: number,
    place: number,
    hops: number,
    number: number,
    piece: number,
  ): void {
    const time = clock[NOW];
    const word = entry * STRIDE;
    words[word + FLAGS] += piece === 0 ? hops & ~0xffff : piece;
    words[word + REQUEST_PRINT] = print;
    record.request(entry, id, hops, number);
    counts[entry * COUNTS + FIRST_INTERFACE] = hand[INTERFACE];
    if (time < clock[FIRST_REQUEST]) clock[FIRST_REQUEST] = time;
    addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
    totals[REQUESTS]++;
    hand[AT_HAND] = entry;
    if (hand[SEVERAL] !== 0 && isOneClock()) returns.sawRequest(entry, hand[POINT], time, true);
    others.note(entry);
    if (tell !== undefined) tell('request', entry, number, time);
    if (hand[TO_GROUP] !== 0) groups.note(entry);
  }

  /** The request was seen before, and is here at another point, or once more. */
  function seeAgain(entry: number): void {
    hand[AT_HAND] = entry;
    learnData(entry);
    // Bare, or sent by this host, a packet does not show that it goes to all.
    if (hand[TO_GROUP] !== 0 && (words[entry * STRIDE + NOTES] & GROUP) === 0) groups.note(entry);
    if (hand[SEVERAL] === 0 || !isOneClock()) return;
    returns.sawRequest(entry, hand[POINT], clock[NOW], false);
    review(entry);
  }

  return (print, id, place, hops, number, isFragment) => {
    const piece = isFragment ? PIECE : 0;
    const time = clock[NOW];
    const isAlone = isOneClock();
    let candidates = 0;
    let entry = newest();
    if (!isAlone && clocks !== undefined) entry = clocks.nearest(false);
    for (; entry >= 0; entry = isAlone ? words[entry * STRIDE + OLDER] : -1) {
      if (!isMatch(entry)) continue;
      if (++candidates > CANDIDATES) break;
      if (!fits(entry)) continue;
      const word = entry * STRIDE;
      const flags = words[word + FLAGS];
      const state = flags & STATE;
      if (state === ORPHAN) {
        if (isToldElsewhere(words[word + NOTES])) continue;
        if (isAlone && moments[entry * MOMENTS + REPLY_TIME] < time) continue;
        // The reply stands before its request in the capture, and came after it all the same.
        words[word + FLAGS] = (flags & ~STATE) | PENDING;
        totals[DUPLICATE_REPLIES] += words[word + DUPLICATES];
        learnData(entry);
        beginRequest(entry, print, id, place, hops, number, piece);
        if ((words[word + NOTES] & DAMAGED) === 0) answer(entry);
        if (hand[SEVERAL] !== 0) review(entry);
        return;
      }
      const isElsewhere = counts[entry * COUNTS + FIRST_INTERFACE] !== hand[INTERFACE];
      const same = isSamePacket(words[word + REQUEST_PRINT], print, isElsewhere);
      const age = isAlone ? Math.abs(time - moments[entry * MOMENTS + REQUEST_TIME]) : 0;
      if (same && piece === 0 && (flags & PIECES) !== 0) {
        words[word + FLAGS] = flags - PIECE;
        seeAgain(entry);
        hand[WHAT] = WHOLE;
        if (state === PENDING && words[word + REQUEST_TUNNELS] === id) {
          moments[entry * MOMENTS + REQUEST_TIME] = time;
          moments[entry * MOMENTS + REQUEST_NUMBER] = number;
        }
        return;
      }
      const index = findPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
      if (index < 0) {
        // Another request that looks the same, of another tenant's network perhaps.
        if (!same) continue;
        if (age > (isElsewhere ? TRAVEL : REPEAT)) break;
        if (id !== words[word + REQUEST_TUNNELS]) join(id, words[word + REQUEST_TUNNELS]);
        addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
        seeAgain(entry);
        if ((flags & PIECES) !== PIECES) words[word + FLAGS] += piece;
        if (depth(id) > depth(words[word + REQUEST_TUNNELS])) {
          record.request(entry, id, hops, number);
          if (piece === 0) words[word + FLAGS] = (words[word + FLAGS] & 0xffff) | (hops & ~0xffff);
        }
        return;
      }
      // Behind so many others the same numbers are those of a run that has started over.
      if (entry >= AWAY || age > (state === PENDING ? REPEAT : same ? COPY : -1)) break;
      seeAgain(entry);
      if (piece === 0) {
        cameAgain(entry, REQUEST_PLACES, REPEATED, index);
      } else if ((flags & PIECES) === 0) {
        words[word + FLAGS] += PIECE;
        cameAgain(entry, REQUEST_PLACES, REPEATED, index);
      }
      return;
    }
    beginRequest(insert(PENDING), print, id, place, hops, number, piece);
  };
}
