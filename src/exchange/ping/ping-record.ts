/** What an entry says of its request and of its reply: the tunnels, TTLs, time and number that each had where it counts. */
import { HAND } from '../hand.ts';
import type { PingEntries } from './ping-entries.ts';
import { CLOCK, COUNT, ENTRY, MOMENT } from './ping-layout.ts';

export interface PingRecord {
  /**
   * The packet at hand is the request as it counts.
   *
   * @param id the number of its tunnels
   * @param hops with the packet's length above them, as a HopsOf makes them
   */
  request(entry: number, id: number, hops: number, number: number): void;
  /** The packet at hand is the reply as it counts. */
  reply(entry: number, id: number, hops: number, number: number): void;
}

export function createPingRecord(
  { words, moments, counts }: PingEntries,
  clock: Float64Array,
  hand: Int32Array,
): PingRecord {
  const { STRIDE, REQUEST_TUNNELS, REPLY_TUNNELS, HOPS } = ENTRY;
  const { STRIDE: COUNTS, REQUEST_OUTER, REPLY_OUTER, HARDWARE, HARDWARE_AT } = COUNT;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME, REQUEST_NUMBER, REPLY_NUMBER } = MOMENT;
  const { NOW } = CLOCK;
  const { OUTER, INTERFACE, HARDWARE: HARDWARE_AT_HAND } = HAND;

  return {
    request(entry, id, hops, number) {
      const word = entry * STRIDE;
      const moment = entry * MOMENTS;
      words[word + REQUEST_TUNNELS] = id;
      words[word + HOPS] = (words[word + HOPS] & ~0xffff) | (hops & 0xffff);
      counts[entry * COUNTS + REQUEST_OUTER] = hand[OUTER];
      counts[entry * COUNTS + HARDWARE] = hand[HARDWARE_AT_HAND];
      counts[entry * COUNTS + HARDWARE_AT] = hand[INTERFACE];
      moments[moment + REQUEST_TIME] = clock[NOW];
      moments[moment + REQUEST_NUMBER] = number;
    },
    reply(entry, id, hops, number) {
      const word = entry * STRIDE;
      const moment = entry * MOMENTS;
      words[word + REPLY_TUNNELS] = id;
      words[word + HOPS] = (words[word + HOPS] & 0xffff) | (hops << 16);
      counts[entry * COUNTS + REPLY_OUTER] = hand[OUTER];
      moments[moment + REPLY_TIME] = clock[NOW];
      moments[moment + REPLY_NUMBER] = number;
    },
  };
}
