/** Echo replies: which request each answers, and which are copies, seen at another place or sent once more. */

import { HAND } from '../hand.ts';
import { RELATION } from '../tunnel-relation.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import { CLOCK, COUNT, ENTRY, FLAG, KEY_VERSION, MOMENT, NOTE, TOTAL } from './ping-layout.ts';
import type { PingMemory } from './ping-memory.ts';
import { isSameSum, MOST_CANDIDATES, REPEAT_WINDOW } from './ping-rules.ts';

/** Takes the reply with the key at hand into account, by the same as a request. */
export type MatchReply = (print: number, id: number, place: number, hops: number, number: number) => void;

export function createMatchReply(memory: PingMemory, { relation, depth, join }: TunnelTable): MatchReply {
  const {
    STRIDE,
    OLDER,
    FLAGS,
    REQUEST_PRINT,
    REPLY_PRINT,
    REQUEST_TUNNELS,
    REPLY_TUNNELS,
    REPLY_PLACES,
    DUPLICATES,
    NOTES,
  } = ENTRY;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME } = MOMENT;
  const { STATE, EMPTY, PENDING, ANSWERED, ORPHAN, LATE, REPLY_COUNT_SHIFT } = FLAG;
  const { OTHER_DATA, OTHER_SUM, DAMAGED, REFUSED, MEMBER, OTHER_ADDRESS, OTHER_HARDWARE } = NOTE;
  const { STRIDE: COUNTS, HARDWARE: ASKED_FROM, HARDWARE_AT } = COUNT;
  const { NOW } = CLOCK;
  const { POINT, INTERFACE, SEVERAL, HARDWARE, HARDWARE_FROM, ENTRY: AT_HAND } = HAND;
  const { DUPLICATES: DUPLICATE_REPLIES } = TOTAL;
  const [REPEAT, CANDIDATES] = [REPEAT_WINDOW, MOST_CANDIDATES];
  const SAME = RELATION.same;
  const KEY_IP = KEY_VERSION;
  const { entries, record, groups, others, returns, clocks, isOneClock, clock, totals, hand } = memory;
  const { tell, insert, answer, review } = memory;
  const { words, moments, counts, key, newest, isMatch, fits, learnData, findPlace, addPlace, cameAgain } =
    entries;

  function beginReply(
    entry: number,
    print: number,
    id: number,
    place: number,
    hops: number,
    number: number,
  ): void {
    words[entry * STRIDE + REPLY_PRINT] = print;
    record.reply(entry, id, hops, number);
    addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
    hand[AT_HAND] = entry;
    if (hand[SEVERAL] !== 0) seeReply(entry, true);
  }

  /** The reply is here where its request was: it should go to whom that came from. One copy of it that does is enough. */
  function compareHardware(entry: number, id: number): void {
    const from = entry * COUNTS + ASKED_FROM;
    const to = hand[HARDWARE];
    if (counts[from] === 0 || to === 0 || counts[entry * COUNTS + HARDWARE_AT] !== hand[INTERFACE]) return;
    if (relation(words[entry * STRIDE + REQUEST_TUNNELS], id) !== SAME) return;
    // What made this capture put the same addresses into all frames.
    if (counts[from] === hand[HARDWARE_FROM]) return;
    if (counts[from] === to) {
      counts[from] = 0;
      words[entry * STRIDE + NOTES] &= ~OTHER_HARDWARE;
    } else {
      words[entry * STRIDE + NOTES] |= OTHER_HARDWARE;
    }
  }

  /** @param isNew whether it was seen nowhere before */
  function seeReply(entry: number, isNew: boolean): void {
    hand[AT_HAND] = entry;
    if (hand[SEVERAL] === 0 || !isOneClock()) return;
    returns.sawReply(entry, hand[POINT], isNew);
    review(entry);
  }

  /**
   * The entry that a reply belongs to, or -1: the newest request with its data, unless another went through just the reply's
   * tunnels; or one that nothing has answered, whose data it does not return.
   */
  function requestOf(print: number, id: number): number {
    const time = clock[NOW];
    let latest = -1;
    let sameWay = -1;
    let pending = -1;
    let otherData = -1;
    let candidates = 0;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++candidates > CANDIDATES) break;
      const word = entry * STRIDE;
      const state = words[word + FLAGS] & STATE;
      if (!fits(entry)) {
        const isCopy = (words[word + NOTES] & OTHER_DATA) !== 0 && words[word + REPLY_PRINT] === print;
        if (isCopy || (otherData < 0 && state === PENDING)) otherData = entry;
        continue;
      }
      if (latest < 0) latest = entry;
      if (state === ORPHAN) continue;
      if (relation(words[word + REQUEST_TUNNELS], id) === SAME) {
        if (entry === latest) return entry;
        const age = Math.abs(time - moments[entry * MOMENTS + REQUEST_TIME]);
        if (sameWay < 0 && age <= REPEAT) sameWay = entry;
      }
      if (pending < 0 && state === PENDING) pending = entry;
    }
    if (sameWay >= 0) return sameWay;
    if (pending >= 0) return pending;
    return latest >= 0 ? latest : otherData;
  }

  /** The reply is a request's first one. */
  function answerFirst(
    entry: number,
    print: number,
    id: number,
    place: number,
    hops: number,
    number: number,
    isMember: boolean,
  ): void {
    const word = entry * STRIDE;
    const notes = words[word + NOTES] & ~(OTHER_DATA | OTHER_SUM | DAMAGED | REFUSED | OTHER_HARDWARE);
    const returned = fits(entry)
      ? isMember || isSameSum(words[word + REQUEST_PRINT], print, key[KEY_IP] !== 0)
        ? 0
        : OTHER_SUM
      : OTHER_DATA;
    words[word + NOTES] = notes | returned;
    if (returned !== OTHER_DATA) learnData(entry);
    beginReply(entry, print, id, place, hops, number);
    answer(entry);
    if (hand[SEVERAL] !== 0) review(entry);
  }

  /** A reply from a member of a group: the first one answers the request, and those of others come once more. */
  function answerGroup(print: number, id: number, place: number, hops: number, number: number): void {
    const member = insert(ORPHAN);
    beginReply(member, print, id, place, hops, number);
    // What was the oldest has left by now, or has another number.
    const group = groups.requestOf();
    if (group < 0) return;
    words[member * STRIDE + NOTES] |= MEMBER;
    groups.noteMember(group);
    if ((words[group * STRIDE + FLAGS] & STATE) !== PENDING) {
      countDuplicate(group, number);
      seeReply(group, false);
      return;
    }
    if ((words[group * STRIDE + FLAGS] & LATE) === 0)
      answerFirst(group, print, id, place, hops, number, true);
    hand[AT_HAND] = group;
  }

  function countDuplicate(entry: number, number: number): void {
    words[entry * STRIDE + DUPLICATES]++;
    tellDuplicate(entry, number);
  }

  function tellDuplicate(entry: number, number: number): void {
    totals[DUPLICATE_REPLIES]++;
    if (tell !== undefined) tell('duplicate', entry, number, clock[NOW]);
  }

  /** A member's answer was seen at another place, or came once more. */
  function seeMember(isRepeated: boolean, number: number): void {
    const group = groups.requestOf();
    if (group < 0) return;
    if (isRepeated) countDuplicate(group, number);
    seeReply(group, false);
  }

  /** A reply from an address that no request with its numbers asks: a group's member, or somebody else. */
  function beginOrphan(print: number, id: number, place: number, hops: number, number: number): void {
    if (groups.areThere() && groups.requestOf() >= 0) {
      answerGroup(print, id, place, hops, number);
      return;
    }
    const orphan = insert(ORPHAN);
    beginReply(orphan, print, id, place, hops, number);
    const asked = others.requestOf();
    if (asked < 0) return;
    words[orphan * STRIDE + NOTES] |= OTHER_ADDRESS;
    others.tell(asked, number);
  }

  return (print, id, place, hops, number) => {
    const time = clock[NOW];
    const isAlone = isOneClock();
    const entry = isAlone || clocks === undefined ? requestOf(print, id) : clocks.nearest(true);
    const word = entry * STRIDE;
    const state = entry < 0 ? EMPTY : words[word + FLAGS] & STATE;
    if (state === PENDING) {
      hand[AT_HAND] = entry;
      // Of a reply that came late, only the first is of interest.
      if ((words[word + FLAGS] & LATE) !== 0) return;
      // A copy of one that an error says was not delivered has not come any further.
      if ((words[word + NOTES] & REFUSED) !== 0 && words[word + REPLY_PRINT] === print) return;
      answerFirst(entry, print, id, place, hops, number, false);
      compareHardware(entry, id);
      return;
    }
    const mayBeOld = state === ORPHAN && isAlone;
    if (state === EMPTY || (mayBeOld && Math.abs(time - moments[entry * MOMENTS + REPLY_TIME]) > REPEAT)) {
      beginOrphan(print, id, place, hops, number);
      return;
    }
    if (state === ANSWERED) compareHardware(entry, id);
    const isMember = (words[word + NOTES] & MEMBER) !== 0;
    hand[AT_HAND] = entry;
    let index = findPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
    const isHere = index >= 0;
    if (!isHere) index = addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
    seeReply(entry, false);
    if (!isHere && words[word + REPLY_PRINT] === print) {
      const there = words[word + REQUEST_TUNNELS];
      if (id !== words[word + REPLY_TUNNELS]) join(id, words[word + REPLY_TUNNELS]);
      const better =
        state === ORPHAN
          ? depth(id) > depth(words[word + REPLY_TUNNELS])
          : relation(there, id) === SAME && relation(there, words[word + REPLY_TUNNELS]) !== SAME;
      if (better) record.reply(entry, id, hops, number);
      if (isMember) seeMember(false, number);
      return;
    }
    const isRepeated = index >= 0 && cameAgain(entry, REPLY_PLACES, DUPLICATES, index);
    if (isMember) seeMember(isRepeated, number);
    else if (isRepeated && state === ANSWERED) tellDuplicate(entry, number);
  };
}
