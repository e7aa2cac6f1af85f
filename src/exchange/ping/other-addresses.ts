/** Replies that come from another address than was asked, as behind a NAT whose way back is missing: who asked whom, and who answered. */
import { randomFactors } from '../../decode/hash.ts';
import { Tally } from '../tally.ts';
import { storedAddress } from './path-table.ts';
import type { PingEntries } from './ping-entries.ts';
import { ENTRY, FLAG, KEY_DATA, KEY_IDENTITY, KEY_LENGTH, KEY_VERSION, NOTE } from './ping-layout.ts';

/** The latest requests are found by who asks and their numbers; of two that fall into the same place, the later. */
const PLACE_BITS = 12;
const MOST_TOLD = 64;
/** Words of what is told: who asked, whom, who answered, and the IP version. */
const TOLD_WORDS = 13;

export interface OtherAddress {
  /** Who asked. */
  readonly src: string;
  /** Whom. */
  readonly dst: string;
  /** Who answered. */
  readonly from: string;
  /** The replies. */
  readonly tally: Tally;
}

export interface OtherAddresses {
  /** Remembers the request with the key at hand. */
  note(entry: number): void;
  /** A remembered request has another number from now on. */
  moved(from: number, to: number): void;
  /** The latest request by the same sender, with the same numbers and just the same data, to another address; or -1. */
  requestOf(): number;
  /** The reply with the key at hand came instead of one from the address that `entry` asks. */
  tell(entry: number, number: number): void;
  list(): OtherAddress[];
}

export function createOtherAddresses({ words, key }: PingEntries): OtherAddresses {
  const { STRIDE, FLAGS, SOURCE, IDENTITY, DATA, NOTES } = ENTRY;
  const { STATE, PENDING, ANSWERED, IPV6 } = FLAG;
  const [KEY_NUMBERS, KEY_IP, KEY_PRINT, KEY_SIZE] = [KEY_IDENTITY, KEY_VERSION, KEY_DATA, KEY_LENGTH];
  const { LENGTH } = NOTE;
  const TOLD = TOLD_WORDS;
  const SHIFT = 32 - PLACE_BITS;
  const MASK = (1 << PLACE_BITS) - 1;
  const latest = new Int32Array(1 << PLACE_BITS).fill(-1);
  const [FIRST, LAST, IDENT] = randomFactors(3) as unknown as [number, number, number];
  const told = new Int32Array(MOST_TOLD * TOLD_WORDS);
  const one = new Int32Array(TOLD_WORDS);
  const tallies: Tally[] = [];

  /** Of a sender's address, four words of which IPv4 fills the first. A run's sequence numbers go through neighbouring places. */
  function placeOf(address: Int32Array, at: number, numbers: number): number {
    const hash =
      Math.imul(address[at], FIRST) + Math.imul(address[at + 3], LAST) + Math.imul(numbers >>> 16, IDENT);
    return ((hash >>> SHIFT) + numbers) & MASK;
  }

  return {
    note(entry) {
      latest[placeOf(key, 0, key[KEY_NUMBERS])] = entry;
    },
    moved(from, to) {
      const place = placeOf(words, from * STRIDE + SOURCE, words[from * STRIDE + IDENTITY]);
      if (latest[place] === from) latest[place] = to;
    },
    requestOf() {
      const entry = latest[placeOf(key, 0, key[KEY_NUMBERS])];
      if (entry < 0 || key[KEY_PRINT] === 0) return -1;
      const word = entry * STRIDE;
      const flags = words[word + FLAGS];
      const state = flags & STATE;
      if ((state !== PENDING && state !== ANSWERED) || (flags & IPV6) !== key[KEY_IP]) return -1;
      if (words[word + IDENTITY] !== key[KEY_NUMBERS] || words[word + DATA] !== key[KEY_PRINT]) return -1;
      if ((words[word + NOTES] & LENGTH) !== key[KEY_SIZE]) return -1;
      for (let i = 0; i < 4; i++) if (words[word + SOURCE + i] !== key[i]) return -1;
      return entry;
    },
    tell(entry, number) {
      for (let i = 0; i < 8; i++) one[i] = words[entry * STRIDE + SOURCE + i];
      for (let i = 0; i < 4; i++) one[8 + i] = key[4 + i];
      one[12] = key[KEY_IP];
      let known = 0;
      for (; known < tallies.length; known++) {
        let i = 0;
        while (i < TOLD && told[known * TOLD + i] === one[i]) i++;
        if (i === TOLD) break;
      }
      if (known === MOST_TOLD) return;
      if (known === tallies.length) {
        told.set(one, known * TOLD);
        tallies.push(new Tally());
      }
      tallies[known].add(number);
    },
    list: () =>
      tallies.map((tally, i) => {
        const at = i * TOLD;
        const isIpv6 = told[at + 12] !== 0;
        return {
          src: storedAddress(told, at, isIpv6),
          dst: storedAddress(told, at + 4, isIpv6),
          from: storedAddress(told, at + 8, isIpv6),
          tally,
        };
      }),
  };
}
