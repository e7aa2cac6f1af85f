/** Which echo requests ran out of hops, and which packet says so: traceroute's, or those that went into a loop. */

/** So many are remembered, the latest ones. */
const MOST_REMEMBERED = 16_384;

export interface RanOut {
  /** The packet that says so. */
  readonly by: number;
  /** Who sent it. */
  readonly from: string;
  /** Whose the request is, as {@link runOf} says. */
  readonly run: string;
}

/** By the request's packet. */
export class HopLinks {
  readonly #ranOut = new Map<number, RanOut>();

  note(request: number, ranOut: RanOut): void {
    if (this.#ranOut.has(request)) return;
    if (this.#ranOut.size === MOST_REMEMBERED) {
      for (const oldest of this.#ranOut.keys()) {
        this.#ranOut.delete(oldest);
        break;
      }
    }
    this.#ranOut.set(request, ranOut);
  }

  of(request: number): RanOut | undefined {
    return this.#ranOut.get(request);
  }
}
