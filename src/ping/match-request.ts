/** Echo requests: which of them are new, and which are the same packet at another place, a repetition, or the whole of a fragment. */
import { ENTRY, FLAG, MOMENT } from './ping-entries.ts';
import { CLOCK, MOST_CANDIDATES, type PingMemory, REPEAT_WINDOW, TOTAL } from './ping-memory.ts';
import type { TunnelTable } from './tunnel-table.ts';

/** A copy of an answered request, identical to its identification, within this time (ns) is still a copy of it. */
const COPY_WINDOW = 10e6;

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
  const { STRIDE, OLDER, FLAGS, REQUEST_PRINT, REQUEST_TUNNELS, REQUEST_PLACES, REPEATED, DUPLICATES, HOPS } =
    ENTRY;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME, REQUEST_NUMBER } = MOMENT;
  const { STATE, PENDING, ORPHAN, REQUEST_COUNT_SHIFT, PIECES_SHIFT } = FLAG;
  const { NOW, FIRST_REQUEST } = CLOCK;
  const { REQUESTS, DUPLICATES: DUPLICATE_REPLIES } = TOTAL;
  const [REPEAT, COPY, CANDIDATES] = [REPEAT_WINDOW, COPY_WINDOW, MOST_CANDIDATES];
  const PIECE = 1 << PIECES_SHIFT;
  const PIECES = 15 << PIECES_SHIFT;
  const { entries, groups, clock, totals, tell, insert, answer } = memory;
  const { words, moments, newest, isMatch, findPlace, addPlace, cameAgain } = entries;
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
    words[word + REQUEST_TUNNELS] = id;
    words[word + HOPS] = (words[word + HOPS] & ~0xffff) | (hops & 0xffff);
    if (time < clock[FIRST_REQUEST]) clock[FIRST_REQUEST] = time;
    moments[entry * MOMENTS + REQUEST_TIME] = time;
    moments[entry * MOMENTS + REQUEST_NUMBER] = number;
    addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
    totals[REQUESTS]++;
    if (tell !== undefined) tell('request', entry, number, time);
    if (groups.isGroup()) groups.note(entry);
  }

  return (print, id, place, hops, number, isFragment) => {
    const piece = isFragment ? PIECE : 0;
    const time = clock[NOW];
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
        totals[DUPLICATE_REPLIES] += words[word + DUPLICATES];
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
      // Behind so many others the same numbers are those of a run that has started over.
      if (entry >= AWAY || age > (state === PENDING ? REPEAT : same ? COPY : -1)) break;
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
