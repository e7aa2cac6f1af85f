/** The packet that somebody means who types a number or a time. */
import type { PacketStore } from './store.ts';

/**
 * The packet that a text names: its number from 1, or seconds since the first packet: a number with a point or an "s" behind it ("12.5", "12s").
 *
 * @returns its index; or why there is none, in a few words
 */
export function packetAt(text: string, store: PacketStore): number | { readonly fault: string } {
  const trimmed = text.trim();
  const [, seconds] = /^([+-]?(?:\d+(?=\.|s)(?:\.\d*)?|\.\d+))s?$/.exec(trimmed) ?? [];
  if (seconds !== undefined) return firstAt(Number(seconds), store);
  if (!/^\d+$/.test(trimmed))
    return { fault: 'expected a number such as 42, or seconds such as 12.5 or 12s' };
  const number = Number(trimmed);
  if (number > store.first && number <= store.count) return number - 1;
  return { fault: `packets ${store.first + 1} to ${store.count} are here` };
}

/** The first packet at a time or later; the last one past the end. Times in a capture only just don't always rise: near enough. */
function firstAt(seconds: number, store: PacketStore): number | { readonly fault: string } {
  if (store.count === 0) return { fault: 'there are no packets yet' };
  let low = store.first;
  let high = store.count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (store.secondsSinceFirst(middle) < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}
