/**
 * The same packet farther on, in captures of several clocks. Of ten files nine hold packets that one has brought already; of those that repeat
 * a ping nothing needs to be matched again where only one ping can be meant. What is found here is what match-request and match-reply
 * would do, which take whatever this leaves.
 */
import { HAND } from '../hand.ts';
import { NO_TUNNEL } from '../tunnel-table.ts';
import { RESULT } from './comparison-code.ts';
import { ECHO } from './echo-reader.ts';
import { REPEATED } from './ping-comparison.ts';
import { CLOCK, COUNT, ENTRY, FLAG, NOTE } from './ping-layout.ts';
import type { PingMemory } from './ping-memory.ts';
import { isSamePacket } from './ping-rules.ts';
import { createRepeatedKey } from './repeated-key.ts';

export interface FurtherPackets {
  /**
   * The ping that a repetition is of, if nothing but its place is new; or -1. Sets the time.
   *
   * @param known as the matcher's `repeat` takes it, and so are the others
   */
  find(
    known: Int32Array,
    look: number,
    results: Int32Array,
    at: number,
    seconds: number,
    nanoseconds: number,
  ): number;
  /** That packet counts as seen at its place. */
  see(entry: number, known: Int32Array, look: number): void;
}

export function createFurtherPackets({ entries, clock, hand }: PingMemory): FurtherPackets {
  const { STRIDE, OLDER, FLAGS, NOTES, REQUEST_PRINT, REPLY_PRINT, REQUEST_TUNNELS, REPLY_TUNNELS } = ENTRY;
  const { REQUEST_PLACES, REPLY_PLACES } = ENTRY;
  const { STRIDE: COUNTS, INTERFACE: FIRST_INTERFACE, HARDWARE_AT } = COUNT;
  const { STATE, PENDING, ANSWERED, REQUEST_COUNT_SHIFT, REPLY_COUNT_SHIFT, PIECES_SHIFT } = FLAG;
  const { NOW, FIRST_SECOND } = CLOCK;
  const OF = REPEATED;
  const { DATA, PRINT } = RESULT;
  const { REPLY } = ECHO;
  const { MEMBER } = NOTE;
  const { FIRST_POINT, SEVERAL } = HAND;
  const NONE = NO_TUNNEL;
  const PIECES = 15 << PIECES_SHIFT;
  const { words, counts, newest, isMatch, fits, findPlace, addPlace, learnData } = entries;

  const fillKey = createRepeatedKey(entries);

  /** The only ping with the key at hand whose data fits, or -1. */
  function onlyOne(): number {
    let only = -1;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (only >= 0 || !fits(entry)) return -1;
      only = entry;
    }
    return only;
  }

  function isFurtherRequest(entry: number, known: Int32Array, look: number, print: number): boolean {
    const word = entry * STRIDE;
    const flags = words[word + FLAGS];
    const id = known[look + OF.TUNNELS];
    return (
      ((flags & STATE) === PENDING || (flags & STATE) === ANSWERED) &&
      (flags & PIECES) === 0 &&
      counts[entry * COUNTS + FIRST_INTERFACE] !== known[look + OF.INTERFACE] &&
      isSamePacket(words[word + REQUEST_PRINT], print, true) &&
      (id === words[word + REQUEST_TUNNELS] || id === NONE) &&
      known[look + OF.TO_GROUP] === 0 &&
      findPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, known[look + OF.PLACE]) < 0
    );
  }

  function isFurtherReply(entry: number, known: Int32Array, look: number, print: number): boolean {
    const word = entry * STRIDE;
    const id = known[look + OF.TUNNELS];
    const before = words[word + REPLY_TUNNELS];
    return (
      (words[word + FLAGS] & STATE) === ANSWERED &&
      (words[word + NOTES] & MEMBER) === 0 &&
      counts[entry * COUNTS + HARDWARE_AT] !== known[look + OF.INTERFACE] &&
      words[word + REPLY_PRINT] === print &&
      (id === before || (id === NONE && before === words[word + REQUEST_TUNNELS])) &&
      findPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, known[look + OF.PLACE]) < 0
    );
  }

  return {
    find(known, look, results, at, seconds, nanoseconds) {
      if (results[at + DATA] === 0) return -1;
      fillKey(known, look, results, at);
      clock[NOW] = (seconds - clock[FIRST_SECOND]) * 1e9 + nanoseconds;
      const entry = onlyOne();
      if (entry < 0) return -1;
      const isFurther = (known[look + OF.FOUND] & REPLY) === 0 ? isFurtherRequest : isFurtherReply;
      return isFurther(entry, known, look, results[at + PRINT]) ? entry : -1;
    },
    see(entry, known, look) {
      if (known[look + OF.POINT] !== hand[FIRST_POINT]) hand[SEVERAL] = 1;
      const place = known[look + OF.PLACE];
      if ((known[look + OF.FOUND] & REPLY) !== 0) {
        addPlace(entry, REPLY_PLACES, REPLY_COUNT_SHIFT, place);
        return;
      }
      addPlace(entry, REQUEST_PLACES, REQUEST_COUNT_SHIFT, place);
      learnData(entry);
    },
  };
}
