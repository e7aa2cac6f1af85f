/** The key of a packet that repeats another. */
import { RESULT } from './comparison-code.ts';
import { REPEATED } from './ping-comparison.ts';
import type { PingEntries } from './ping-entries.ts';
import { KEY_DATA, KEY_HASH, KEY_IDENTITY, KEY_LENGTH, KEY_VERSION } from './ping-layout.ts';

/**
 * Fills the key: with what repetitions have in common, as {@link REPEATED} says, from `look` on, and what was found in this one, as
 * {@link RESULT} says, from `at` on.
 */
export type FillRepeatedKey = (known: Int32Array, look: number, results: Int32Array, at: number) => void;

export function createRepeatedKey({ key }: PingEntries): FillRepeatedKey {
  const OF = REPEATED;
  const { IDENTITY, DATA } = RESULT;
  const [KEY_NUMBERS, KEY_IP, KEY_PRINT, KEY_SIZE] = [KEY_IDENTITY, KEY_VERSION, KEY_DATA, KEY_LENGTH];
  const HASH = KEY_HASH;

  return (known, look, results, at) => {
    key[0] = known[look + OF.ADDRESSES];
    key[4] = known[look + OF.ADDRESSES + 4];
    const version = known[look + OF.VERSION];
    // The other words of addresses are 0 where only IPv4 was.
    if ((version | key[KEY_IP]) !== 0)
      for (let i = 1; i < KEY_NUMBERS; i++) key[i] = known[look + OF.ADDRESSES + i];
    key[KEY_IP] = version;
    key[HASH] = known[look + OF.HASH];
    key[KEY_NUMBERS] = results[at + IDENTITY];
    key[KEY_PRINT] = results[at + DATA];
    key[KEY_SIZE] = known[look + OF.LENGTH];
  };
}
