/**
 * Small arrays that are read and written for each packet. V8 keeps short ones among its objects, which it moves: memory of their own stays
 * where it is, so that code that V8 has optimized reads them by address, with no look at length and place.
 */
export function fixedWords(count: number): Int32Array {
  return new Int32Array(new ArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
}

export function fixedDoubles(values: readonly number[]): Float64Array {
  const doubles = new Float64Array(new ArrayBuffer(values.length * Float64Array.BYTES_PER_ELEMENT));
  doubles.set(values);
  return doubles;
}
