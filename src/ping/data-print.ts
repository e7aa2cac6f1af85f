/**
 * What an echo's data says about it: RFC 792 and RFC 4443 want it returned as it was sent, and no router, bridge or tunnel changes
 * it. Ping begins it with the time of sending, so that its first bytes and its length tell pings apart whose numbers are the same.
 */
import { randomFactors } from '../decode/hash.ts';
import { LAYER_INCOMPLETE, LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { KEY_DATA, KEY_LENGTH } from './ping-entries.ts';

/** Bytes of the data that are looked at: with 16 of them Linux's ping says when it was sent. */
const PRINT_BYTES = 16;
const ECHO_HEADER = 8;
const LONGEST = 0xffff;

/**
 * Adds to the key the first bytes of the data, as a hash, and its length and one; 0 for what can't be known, of a packet that is cut
 * short, quoted, or a fragment: it fits any.
 *
 * @param layer of the echo header
 */
export type DataReader = (view: DataView, stack: LayerStack, layer: number) => void;

/** @param key as in {@link PingEntries} */
export function createDataReader(key: Int32Array): DataReader {
  const LAYER = LAYER_WORDS;
  const INCOMPLETE = LAYER_INCOMPLETE;
  const [FIRST, SECOND, THIRD, FOURTH] = randomFactors(4) as unknown as [number, number, number, number];
  const [DATA, LENGTH, BYTES, HEADER, MOST] = [KEY_DATA, KEY_LENGTH, PRINT_BYTES, ECHO_HEADER, LONGEST];

  function hashShort(view: DataView, start: number, end: number): number {
    let hash = 0x811c9dc5 | (end - start);
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
    return hash === 0 ? 1 : hash;
  }

  return (view, stack, layer) => {
    const { words } = stack;
    const start = (words[layer * LAYER + 1] + HEADER) | 0;
    const end = words[layer * LAYER + 2];
    const length = (end - start) | 0;
    const isWhole = (words[layer * LAYER] & INCOMPLETE) === 0;
    key[LENGTH] = !isWhole ? 0 : length < MOST ? length + 1 : MOST;
    if (length < BYTES) {
      key[DATA] = isWhole ? hashShort(view, start, end) : 0;
      return;
    }
    const hash =
      (Math.imul(view.getInt32(start), FIRST) +
        Math.imul(view.getInt32(start + 4), SECOND) +
        Math.imul(view.getInt32(start + 8), THIRD) +
        Math.imul(view.getInt32(start + 12), FOURTH)) |
      0;
    key[DATA] = hash === 0 ? 1 : hash;
  };
}
