/** Two lists laid side by side, so that what differs in all costs least (Needleman and Wunsch, 1970). */

/** A place in one list or in both: undefined if the other has nothing to match it. */
export interface Pairing<T> {
  readonly left: T | undefined;
  readonly right: T | undefined;
}

/**
 * Takes time and memory with the product of the lengths: for lists that are short.
 *
 * @param pairCost what it costs that two stand beside each other; infinite where they never may
 * @param lonelyCost what it costs that one stands alone
 */
export function align<T>(
  left: readonly T[],
  right: readonly T[],
  pairCost: (left: T, right: T) => number,
  lonelyCost: (one: T) => number,
): Pairing<T>[] {
  const width = right.length + 1;
  // By place: the least cost of what is from there to the ends.
  const costs = new Float64Array((left.length + 1) * width);
  const pairs = new Float64Array(left.length * right.length);
  const alone = { left: left.map(lonelyCost), right: right.map(lonelyCost) };
  for (let i = left.length; i >= 0; i--) {
    for (let j = right.length; j >= 0; j--) {
      if (i === left.length && j === right.length) continue;
      let least = Number.POSITIVE_INFINITY;
      if (i < left.length && j < right.length) {
        const pair = pairCost(left[i] as T, right[j] as T);
        pairs[i * right.length + j] = pair;
        least = pair + (costs[(i + 1) * width + j + 1] as number);
      }
      if (i < left.length)
        least = Math.min(least, (alone.left[i] as number) + (costs[(i + 1) * width + j] as number));
      if (j < right.length)
        least = Math.min(least, (alone.right[j] as number) + (costs[i * width + j + 1] as number));
      costs[i * width + j] = least;
    }
  }
  const steps: Pairing<T>[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const cost = costs[i * width + j] as number;
    const isBoth = i < left.length && j < right.length;
    if (
      isBoth &&
      cost === (pairs[i * right.length + j] as number) + (costs[(i + 1) * width + j + 1] as number)
    ) {
      steps.push({ left: left[i++], right: right[j++] });
    } else if (
      i < left.length &&
      cost === (alone.left[i] as number) + (costs[(i + 1) * width + j] as number)
    ) {
      steps.push({ left: left[i++], right: undefined });
    } else {
      steps.push({ left: undefined, right: right[j++] });
    }
  }
  return steps;
}
