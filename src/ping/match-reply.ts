/** Echo replies: which request each answers, and which are copies, seen at another place or sent once more. */
import { ENTRY, FLAG, MOMENT } from './ping-entries.ts';
import { CLOCK, MOST_CANDIDATES, type PingMemory, REPEAT_WINDOW, TOTAL } from './ping-memory.ts';
import { RELATION, type TunnelTable } from './tunnel-table.ts';

/** Takes the reply with the key at hand into account, by the same as a request. */
export type MatchReply = (print: number, id: number, place: number, hops: number, number: number) => void;

export function createMatchReply(memory: PingMemory, { relation, depth, join }: TunnelTable): MatchReply {
  const {
    STRIDE,
    OLDER,
    FLAGS,
    REPLY_PRINT,
    REQUEST_TUNNELS,
    REPLY_TUNNELS,
    REPLY_PLACES,
    DUPLICATES,
    HOPS,
  } = ENTRY;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME, REQUEST_NUMBER, REPLY_NUMBER } = MOMENT;
  const { STATE, EMPTY, PENDING, ANSWERED, ORPHAN, LATE, REPLY_COUNT_SHIFT } = FLAG;
  const { NOW } = CLOCK;
  const { DUPLICATES: DUPLICATE_REPLIES, REPLY_TO } = TOTAL;
  const [REPEAT, CANDIDATES] = [REPEAT_WINDOW, MOST_CANDIDATES];
  const SAME = RELATION.same;
  const { entries, groups, clock, totals, tell, insert, answer } = memory;
  const { words, moments, newest, isMatch, findPlace, addPlace, cameAgain } = entries;

  function beginReply(
    entry: number,
    print: number,
    id: number,
    place: number,
    hops: number,
    number: number,
  ): void {
    const time = clock[NOW];
    const word = entry * STRIDE;
    words[word + REPLY_PRINT] = print;
    words[word + REPLY_TUNNELS] = id;
    words[word + HOPS] = (words[word + HOPS] & 0xffff) | (hops << 16);
    moments[entry * MOMENTS + REPLY_TIME] = time;
    moments[entry * MOMENTS + REPLY_NUMBER] = number;
    addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
  }

  /** The entry that a reply belongs to, or -1: the newest request, unless another went through just the reply's tunnels. */
  function requestOf(id: number): number {
    const time = clock[NOW];
    let latest = -1;
    let sameWay = -1;
    let pending = -1;
    let candidates = 0;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++candidates > CANDIDATES) break;
      const word = entry * STRIDE;
      const state = words[word + FLAGS] & STATE;
      if (latest < 0) latest = entry;
      if (state === ORPHAN) continue;
      if (relation(words[word + REQUEST_TUNNELS], id) === SAME) {
        if (entry === latest) return entry;
        const age = Math.abs(time - moments[entry * MOMENTS + REQUEST_TIME]);
        if (sameWay < 0 && age <= REPEAT) sameWay = entry;
      }
      if (pending < 0 && state === PENDING) pending = entry;
    }
    return sameWay >= 0 ? sameWay : pending >= 0 ? pending : latest;
  }

  return (print, id, place, hops, number) => {
    const time = clock[NOW];
    let entry = requestOf(id);
    if (entry < 0 && groups.areThere()) {
      entry = groups.requestOf();
      // Further members of the group answer what is answered already.
      if (entry >= 0 && (words[entry * STRIDE + FLAGS] & STATE) !== PENDING) return;
    }
    const word = entry * STRIDE;
    const state = entry < 0 ? EMPTY : words[word + FLAGS] & STATE;
    if (state === PENDING || state === ANSWERED) totals[REPLY_TO] = moments[entry * MOMENTS + REQUEST_NUMBER];
    if (state === PENDING) {
      // Of a reply that came late, only the first is of interest.
      if ((words[word + FLAGS] & LATE) !== 0) return;
      beginReply(entry, print, id, place, hops, number);
      answer(entry);
      return;
    }
    const before = moments[entry * MOMENTS + REPLY_TIME];
    if (state === EMPTY || (state === ORPHAN && Math.abs(time - before) > REPEAT)) {
      beginReply(insert(ORPHAN), print, id, place, hops, number);
      return;
    }
    let index = findPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
    if (index < 0) {
      index = addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
      if (words[word + REPLY_PRINT] === print) {
        const there = words[word + REQUEST_TUNNELS];
        if (id !== words[word + REPLY_TUNNELS]) join(id, words[word + REPLY_TUNNELS]);
        const better =
          state === ORPHAN
            ? depth(id) > depth(words[word + REPLY_TUNNELS])
            : relation(there, id) === SAME && relation(there, words[word + REPLY_TUNNELS]) !== SAME;
        if (better) {
          words[word + REPLY_TUNNELS] = id;
          words[word + HOPS] = (words[word + HOPS] & 0xffff) | (hops << 16);
          moments[entry * MOMENTS + REPLY_TIME] = time;
          moments[entry * MOMENTS + REPLY_NUMBER] = number;
        }
        return;
      }
    }
    if (index >= 0 && cameAgain(entry, REPLY_PLACES, DUPLICATES, index) && state === ANSWERED) {
      totals[DUPLICATE_REPLIES]++;
      if (tell !== undefined) tell('duplicate', entry, number, time);
    }
  };
}
