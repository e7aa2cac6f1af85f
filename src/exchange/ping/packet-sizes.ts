/** Requests that no router may cut into fragments, by the length of their outermost packet: how many of each were answered. */
import { Tally } from '../tally.ts';

/** The most lengths that are told apart: more than a sweep through all that fits between two usual MTUs in steps of ten. */
const MOST = 256;

export interface SizeCounts {
  answered: number;
  readonly unanswered: Tally;
}

export class PacketSizes {
  readonly #counts = new Map<number, SizeCounts>();
  /** Those of the length that came last. */
  #size = 0;
  #last: SizeCounts | undefined;

  /** @param size bytes from the outermost IP header on */
  add(size: number, isAnswered: boolean, packet: number): void {
    const counts = this.#find(size);
    if (counts === undefined) return;
    if (isAnswered) counts.answered++;
    else counts.unanswered.add(packet);
  }

  /**
   * Adds what another has counted.
   *
   * @param less bytes that its packets are taken to be shorter
   */
  merge(other: PacketSizes, less = 0): void {
    for (const [size, { answered, unanswered }] of other.#counts) {
      const counts = this.#find(size - less);
      if (counts === undefined) continue;
      counts.answered += answered;
      counts.unanswered.merge(unanswered);
    }
  }

  /** The shortest first. */
  sorted(): [size: number, counts: SizeCounts][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  #find(size: number): SizeCounts | undefined {
    if (size === this.#size) return this.#last;
    let counts = this.#counts.get(size);
    if (counts === undefined) {
      if (this.#counts.size === MOST) return undefined;
      counts = { answered: 0, unanswered: new Tally() };
      this.#counts.set(size, counts);
    }
    this.#size = size;
    this.#last = counts;
    return counts;
  }
}
