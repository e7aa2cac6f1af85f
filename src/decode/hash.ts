/**
 * Factors for a multilinear hash: the sum of each word times its factor, of which the top bits are taken. The factors are
 * drawn again for every table, so that no capture can be made whose packets all fall into one bucket.
 *
 * @returns `count` random odd numbers
 */
export function randomFactors(count: number): Int32Array {
  return Int32Array.from({ length: count }, () => (Math.random() * 2 ** 32) | 1);
}
