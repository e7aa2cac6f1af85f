/** The ways of a capture, found by the addresses, protocol and port of what takes them: both directions are told apart. */
import { randomFactors } from '../decode/hash.ts';
import { storedAddress } from '../exchange/ping/path-table.ts';
import { FOLLOWED, type Followed } from './followed.ts';
import { Way } from './way.ts';

/** The most pairs of addresses that are told apart: pings between further ones are counted together. */
const MOST_WAYS = 256;
const WAY_BITS = 9;
/** Of both addresses in an entry. */
const ADDRESS_WORDS = 8;

/** Words of a way's key behind its addresses: version of IP, protocol, port. */
const VERSION = ADDRESS_WORDS;
const PROTOCOL = ADDRESS_WORDS + 1;
const PORT = ADDRESS_WORDS + 2;
const WORDS = ADDRESS_WORDS + 3;

export interface WayTable {
  readonly list: readonly Way[];
  /**
   * The number of a way; -1 past the most that are told apart.
   *
   * @param words the addresses of whoever asks and whom, four words each, from `from` on
   * @param port that is asked; 0 where there is none
   */
  wayOf(words: Int32Array, from: number, isIpv6: boolean, protocol: Followed, port: number): number;
}

export function createWayTable(): WayTable {
  const WAY_SHIFT = 32 - WAY_BITS;
  const list: Way[] = [];
  const key = new Int32Array(WORDS);
  /** The ways' keys, found by a hash of them: neighbours in a bucket are linked. */
  const keys = new Int32Array(MOST_WAYS * WORDS);
  const older = new Int16Array(MOST_WAYS);
  const buckets = new Int16Array(1 << WAY_BITS).fill(-1);
  const factors = randomFactors(WORDS);

  function wayOf(words: Int32Array, from: number, isIpv6: boolean, protocol: Followed, port: number): number {
    for (let i = 0; i < ADDRESS_WORDS; i++) key[i] = words[from + i];
    key[VERSION] = isIpv6 ? 6 : 4;
    key[PROTOCOL] = FOLLOWED.indexOf(protocol);
    key[PORT] = port;
    let hash = 0;
    for (let i = 0; i < WORDS; i++) hash = (hash + Math.imul(key[i], factors[i])) | 0;
    const bucket = hash >>> WAY_SHIFT;
    for (let number = buckets[bucket]; number >= 0; number = older[number]) {
      let i = 0;
      while (i < WORDS && keys[number * WORDS + i] === key[i]) i++;
      if (i === WORDS) return number;
    }
    const number = list.length;
    if (number === MOST_WAYS) return -1;
    keys.set(key, number * WORDS);
    older[number] = buckets[bucket];
    buckets[bucket] = number;
    const [src, dst] = [storedAddress(key, 0, isIpv6), storedAddress(key, 4, isIpv6)];
    list.push(new Way(src, dst, protocol, port === 0 ? null : port));
    return number;
  }

  return { list, wayOf };
}
