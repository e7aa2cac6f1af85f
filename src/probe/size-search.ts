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

/** No envelope is larger, as a rule: VXLAN over IPv6 with VLANs takes 78 bytes. */
const LARGEST_ENVELOPE = 100;

/**
 * Tries the largest first, then what somebody told, then likely ends, each with the size behind it, where it ends as a rule; then one envelope
 * below what does not pass, and then halves.
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
  const guesses = [to, ...likely.toSorted((a, b) => b - a)];
  const isBetween = (size: number) => size > passes && size < fails;
  let hasLeftRoom = false;
  let behind: number | undefined;
  for (let tries = 0; fails - passes > 1; tries++) {
    if (tries === most) return undefined;
    const guess = behind ?? guesses.find(isBetween);
    let size = guess ?? Math.floor((passes + fails) / 2);
    if (guess === undefined && !hasLeftRoom) {
      size = Math.max(size, fails - LARGEST_ENVELOPE);
      hasLeftRoom = true;
    }
    const { passed, toldMtu } = await attempt(size);
    if (passed) passes = size;
    else fails = size;
    if (toldMtu !== undefined) guesses.unshift(toldMtu);
    behind =
      passed && behind === undefined && guess !== undefined && isBetween(size + 1) ? size + 1 : undefined;
  }
  return passes;
}
