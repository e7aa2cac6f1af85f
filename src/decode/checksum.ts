/**
 * The Internet checksum (RFC 1071) in composable parts: sums of 16-bit words add up, in any order, and fold at the end.
 */

/** The words that stand for a checksum's state, in the order of {@link CHECKSUM}. */
export const CHECKSUM = { bad: 0, good: 1, unverifiable: 2, absent: 3, partial: 4 } as const;

/** For `status` fields. The numbers are those of Wireshark's checksum status, where it has one. */
export const CHECKSUM_WORDS: Readonly<Record<number, string>> = {
  0: 'bad',
  1: 'good',
  2: 'unverifiable',
  3: 'absent',
  4: 'partial',
};

/** What people are told where the word alone says too little. */
export const CHECKSUM_TEXTS: Readonly<Record<string, string>> = { partial: 'partial: the card completes it' };

/** The most bytes whose words sum up within a 32-bit integer. */
const BLOCK = 65534;

/**
 * The sum of the 16-bit big-endian words in [start, end), an odd last byte padded with zero. Not folded: exact for
 * up to 2^37 bytes, as the sum is a double.
 */
export function sumWords(view: DataView, start: number, end: number): number {
  if (end - start <= BLOCK) return sumBlock(view, start, end);
  let sum = 0;
  let at = start;
  for (; end - at > BLOCK; at += BLOCK) sum += sumBlock(view, at, at + BLOCK);
  return sum + sumBlock(view, at, end);
}

function sumBlock(view: DataView, start: number, end: number): number {
  let at = start | 0;
  let sum = 0;
  // The high halves are summed apart, four reads a turn: twice as fast as one read a turn.
  let high = 0;
  for (const last = (end - 16) | 0; at <= last; at = (at + 16) | 0) {
    const first = view.getInt32(at);
    const second = view.getInt32(at + 4);
    const third = view.getInt32(at + 8);
    const fourth = view.getInt32(at + 12);
    high = (high + (first >>> 16) + (second >>> 16) + (third >>> 16) + (fourth >>> 16)) | 0;
    sum = (sum + (first & 0xffff) + (second & 0xffff) + (third & 0xffff) + (fourth & 0xffff)) | 0;
  }
  for (const last = (end - 4) | 0; at <= last; at = (at + 4) | 0) {
    const word = view.getInt32(at);
    high = (high + (word >>> 16)) | 0;
    sum = (sum + (word & 0xffff)) | 0;
  }
  if (at + 2 <= end) {
    sum = (sum + view.getUint16(at)) | 0;
    at = (at + 2) | 0;
  }
  if (at < end) sum = (sum + (view.getUint8(at) << 8)) | 0;
  return sum + high;
}

/** Folds a sum's carries into 16 bits: 0xffff where the sum holds a correct checksum. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0x7fffffff) folded = Math.floor(folded / 65536) + (folded % 65536);
  const once = (folded & 0xffff) + (folded >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/** The folded sum of a header that carries its own checksum: whether it is right. */
export function isGood(view: DataView, start: number, end: number): boolean {
  return fold(sumWords(view, start, end)) === 0xffff;
}

/** The sum of a TCP or UDP pseudo-header: addresses (any length), protocol, and length in bytes (RFC 9293, 3.1; RFC 8200, 8.1). */
export function pseudoHeaderSum(
  view: DataView,
  addresses: number,
  addressBytes: number,
  protocol: number,
  length: number,
): number {
  let sum = protocol;
  for (let at = addresses; at < addresses + addressBytes; at += 4) {
    const word = view.getInt32(at);
    sum += (word >>> 16) + (word & 0xffff);
  }
  return length < 65536 ? sum + length : sum + (length % 65536) + Math.floor(length / 65536);
}
