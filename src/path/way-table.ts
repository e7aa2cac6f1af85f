/** The ways of a capture, found by the addresses of a ping: both directions are told apart. */
import { randomFactors } from '../decode/hash.ts';
import { storedAddress } from '../exchange/ping/path-table.ts';
import { ENTRY, FLAG } from '../exchange/ping/ping-layout.ts';
import { Way } from './way.ts';

/** The most pairs of addresses that are told apart: pings between further ones are counted together. */
const MOST_WAYS = 256;
const WAY_BITS = 9;
/** Of both addresses in an entry. */
const ADDRESS_WORDS = 8;

export interface WayTable {
  readonly list: readonly Way[];
  /** The number of the way that an entry's addresses belong to; -1 past the most that are told apart. */
  wayOf(words: Int32Array, entry: number): number;
}

export function createWayTable(): WayTable {
  const WAY_WORDS = ADDRESS_WORDS + 1;
  const WAY_SHIFT = 32 - WAY_BITS;
  const { STRIDE: ENTRY_WORDS, SOURCE, FLAGS } = ENTRY;
  const { IPV6 } = FLAG;
  const list: Way[] = [];
  /** The ways' addresses, found by a hash of them: neighbours in a bucket are linked. */
  const wayWords = new Int32Array(MOST_WAYS * WAY_WORDS);
  const olderWays = new Int16Array(MOST_WAYS);
  const buckets = new Int16Array(1 << WAY_BITS).fill(-1);
  const factors = randomFactors(ADDRESS_WORDS);

  function wayOf(words: Int32Array, entry: number): number {
    const from = entry * ENTRY_WORDS + SOURCE;
    let hash = 0;
    for (let i = 0; i < ADDRESS_WORDS; i++) hash = (hash + Math.imul(words[from + i], factors[i])) | 0;
    const bucket = hash >>> WAY_SHIFT;
    const version = words[entry * ENTRY_WORDS + FLAGS] & IPV6;
    for (let number = buckets[bucket]; number >= 0; number = olderWays[number]) {
      const known = number * WAY_WORDS;
      let i = 0;
      while (i < ADDRESS_WORDS && wayWords[known + i] === words[from + i]) i++;
      if (i === ADDRESS_WORDS && wayWords[known + ADDRESS_WORDS] === version) return number;
    }
    const number = list.length;
    if (number === MOST_WAYS) return -1;
    for (let i = 0; i < ADDRESS_WORDS; i++) wayWords[number * WAY_WORDS + i] = words[from + i];
    wayWords[number * WAY_WORDS + ADDRESS_WORDS] = version;
    olderWays[number] = buckets[bucket];
    buckets[bucket] = number;
    const isIpv6 = version !== 0;
    list.push(new Way(storedAddress(words, from, isIpv6), storedAddress(words, from + 4, isIpv6)));
    return number;
  }

  return { list, wayOf };
}
