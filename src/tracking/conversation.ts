/** The two ends that a packet's layer goes between, as words of a key: the same whichever way it goes. */
import type { LayerStack } from '../decode/layer-stack.ts';

/** Words that two addresses take. */
export const ADDRESS_WORDS = 8;

/**
 * Writes the addresses around a layer into the first words, the lower one first.
 *
 * @param tie says which end is lower where both addresses are the same: below zero or 0 the sender's
 * @returns 0 where the sender has the lower address, 1 where the receiver has; -1 where there are no addresses
 */
export function setAddresses(
  words: Int32Array,
  view: DataView,
  stack: LayerStack,
  layer: number,
  tie = 0,
): -1 | 0 | 1 {
  const network = stack.networkBefore(layer);
  if (network < 0) return -1;
  const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: number };
  const source = stack.start(network) + offset;
  let order = 0;
  for (let i = 0; i < bytes && order === 0; i++)
    order = view.getUint8(source + i) - view.getUint8(source + bytes + i);
  const side = (order === 0 ? tie : order) <= 0 ? 0 : 1;
  const lower = source + side * bytes;
  const higher = source + (1 - side) * bytes;
  for (let i = 0; i < ADDRESS_WORDS / 2; i++) {
    const isThere = i * 4 < bytes;
    words[i] = isThere ? view.getInt32(lower + i * 4) : 0;
    words[ADDRESS_WORDS / 2 + i] = isThere ? view.getInt32(higher + i * 4) : 0;
  }
  return side;
}

/** Words that two addresses with their ports take. */
export const END_WORDS = ADDRESS_WORDS + 1;

/** The same with ports, of a UDP or TCP layer: of two equal addresses the lower port says which end is lower. */
export function setEnds(words: Int32Array, view: DataView, stack: LayerStack, layer: number): -1 | 0 | 1 {
  const at = stack.start(layer);
  const [source, destination] = [view.getUint16(at), view.getUint16(at + 2)];
  const side = setAddresses(words, view, stack, layer, source - destination);
  words[ADDRESS_WORDS] = side === 0 ? (source << 16) | destination : (destination << 16) | source;
  return side;
}

/** Whether the packet around a layer is for one host alone. */
export function isUnicast(view: DataView, stack: LayerStack, layer: number): boolean {
  const network = stack.networkBefore(layer);
  const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: number };
  const destination = stack.start(network) + offset + bytes;
  const first = view.getUint8(destination);
  if (bytes === 16) return first !== 0xff;
  return first >> 4 !== 0xe && view.getUint32(destination) !== 0xffffffff;
}
