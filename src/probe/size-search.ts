/** The largest packet that passes. */

/** What came of packets of one size. */
export interface SizeTrial {
  /** Bytes of the IP packet, which is what an MTU counts. */
  readonly size: number;
  readonly passed: boolean;
  /** The MTU that somebody told, who refused it. */
  readonly toldMtu?: number | undefined;
}

export interface SizeSearch {
  /** A size that passes. */
  readonly from: number;
  /** The largest that is asked about. */
  readonly to: number;
  /** Sizes at which it may well end: MTUs of devices on the way. */
  readonly likely: readonly number[];
  /** Sizes that are tried at most. */
  readonly most: number;
  readonly attempt: (size: number) => Promise<SizeTrial>;
}

/**
 * Tries the largest first, then what somebody told, then likely ends, then halves; and the size behind each that passes, which is where it
 * ends as a rule.
 *
 * @returns undefined if tries ran out before the end was found
 */
export async function findLargest({
  from,
  to,
  likely,
  most,
  attempt,
}: SizeSearch): Promise<number | undefined> {
  let [passes, fails] = [from, to + 1];
  const guesses = [...likely].sort((a, b) => b - a);
  let next = to;
  for (let tries = 0; fails - passes > 1; tries++) {
    if (tries === most) return undefined;
    const { passed, toldMtu } = await attempt(next);
    if (passed) passes = Math.max(passes, next);
    else fails = Math.min(fails, next);
    if (toldMtu !== undefined) guesses.unshift(toldMtu);
    const isBetween = (size: number) => size > passes && size < fails;
    const guess = guesses.find(isBetween);
    const behind = passes + 1;
    if (passed && isBetween(behind)) next = behind;
    else next = guess ?? Math.floor((passes + fails) / 2);
  }
  return passes;
}
