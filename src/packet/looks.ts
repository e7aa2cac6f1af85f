/** What the memory has in common in which looks.wat finds packets that are known: its two users fill the rest. */
import type { PacketBatch } from './source.ts';

/** Bytes of a vector, where shapes and looks have theirs, the most of each, and bytes of a shape with that many; as in looks.wat. */
export const [VECTOR, VECTORS, MOST_VECTORS, SHAPE_BYTES] = [16, 64, 16, 320];
/** The most bytes of packets that are compared at once: fewer than a processor's cache holds. */
export const MOST_BYTES = 1 << 18;
/** As many as there is room for. */
export const MOST_SHAPES = 64;

/** Fills the vectors that keep 0 to 15 bytes. */
export function fillTails(bytes: Uint8Array, at: number): void {
  for (let tail = 0; tail < VECTOR; tail++) bytes.fill(0xff, at + tail * VECTOR, at + tail * VECTOR + tail);
}

/** Gives a look the vectors of a packet, masked as its shape says. */
export function fillVectors(words: Int32Array, look: number, shape: number, packet: number): void {
  const [to, masks, from] = [(look + VECTORS) / 4, (shape + VECTORS) / 4, packet / 4];
  const count = words[shape / 4 + 2] / 4;
  for (let i = 0; i < count; i++) words[to + i] = words[from + i] & words[masks + i];
}

/** How many packets of a batch, `most` at most, lie behind each other within {@link MOST_BYTES}. */
export function countTogether({ start, capturedLength }: PacketBatch, from: number, most: number): number {
  const end = start[from] + MOST_BYTES;
  let to = from;
  while (to < from + most && start[to] >= start[from] && start[to] + capturedLength[to] <= end) to++;
  return to - from;
}
