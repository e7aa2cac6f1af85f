/** The packet at hand, as all that look at it share what is found out about it. */

import { fixedWords } from './fixed-memory.ts';

/** What a packet is among those of its ping: a further one, or the whole of a fragment that counts already. */
export const SIGHTING = { further: 0, whole: 1 } as const;

/** What is known of the packet at hand, and of where packets were captured: words of one array, as V8 would allocate a number for each that is kept in a variable. */
export const HAND = {
  /** The point where it was captured, and the interface's index. */
  POINT: 0,
  INTERFACE: 1,
  /** The outermost IPv4 header's identification. */
  OUTER: 2,
  /** The first point where a ping was captured, -1 before that; and 1 where there are others. */
  FIRST_POINT: 3,
  SEVERAL: 4,
  /** The exchange that the packet at hand is of; of a ping to a group, the group's; -1 where it is none. */
  ENTRY: 5,
  /** What it is there, a value of {@link SIGHTING}. */
  SIGHTING: 6,
  /** What the reader of the exchange found in it: of a ping, what the echo reader answered. */
  FOUND: 7,
  /** Of a request: 1 where it goes to a group. */
  TO_GROUP: 8,
  /** 16 bits of the hardware address that a request came from, or a reply goes to; 0 if that tells nothing. */
  HARDWARE: 9,
  /** The same of whom a reply comes from. */
  HARDWARE_FROM: 10,
} as const;

export function createHand(): Int32Array {
  const hand = fixedWords(11);
  hand[HAND.FIRST_POINT] = hand[HAND.ENTRY] = hand[HAND.FOUND] = -1;
  return hand;
}
