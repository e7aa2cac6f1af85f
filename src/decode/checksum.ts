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

/**
 * The sum of the 16-bit big-endian words in [start, end), an odd last byte padded with zero. Not folded: exact for
 * up to 2^37 bytes, as the sum is a double.
 */
export function sumWords(view: DataView, start: number, end: number): number {
  let sum = 0;
  let at = start;
  // Two words a read: the high halves are summed apart, so that the sum stays in small integers for 64 KiB.
  let high = 0;
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at);
    high += word >>> 16;
    sum += word & 0xffff;
  }
  sum += high;
  if (at + 2 <= end) {
    sum += view.getUint16(at);
    at += 2;
  }
  if (at < end) sum += view.getUint8(at) << 8;
  return sum;
}

/** Folds a sum's carries into 16 bits: 0xffff where the sum holds a correct checksum. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 65536) + (folded % 65536);
  return folded;
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
  return (
    sumWords(view, addresses, addresses + addressBytes) +
    protocol +
    (length % 65536) +
    Math.floor(length / 65536)
  );
}
