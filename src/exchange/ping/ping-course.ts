/** How a path's pings went over time: round trips and losses in spans of equal length, which grow as the capture does. */

/** So many spans at most: as many as a wide terminal shows. */
const MOST_SPANS = 128;
/** Nanoseconds of the first span, before any has to grow. */
const SHORTEST = 1e6;
/** Words of a span. */
const WORDS = 3;
const [ANSWERED, TIME, LOST] = [0, 1, 2];

export interface PingSpan {
  /** Seconds since the capture's first second. */
  readonly from: number;
  readonly to: number;
  readonly answered: number;
  readonly lost: number;
  /** Milliseconds; null if nothing was answered. */
  readonly average: number | null;
}

export class PingCourse {
  #length = SHORTEST;
  /** The first span's start, in whole lengths: a path that begins late has all its spans to itself. */
  #first = 0;
  #spans: Float64Array | undefined;

  /**
   * @param time of the request, in ns since the capture's first second
   * @param elapsed the round trip in ns; below zero if it was lost
   */
  add(time: number, elapsed: number): void {
    const at = this.#spanOf(time) * WORDS;
    const spans = this.#spans as Float64Array;
    if (elapsed < 0) {
      spans[at + LOST]++;
      return;
    }
    spans[at + ANSWERED]++;
    spans[at + TIME] += elapsed;
  }

  /** Adds what another has counted. */
  merge(other: PingCourse): void {
    const theirs = other.#spans;
    if (theirs === undefined) return;
    if (this.#spans === undefined) {
      this.#spans = theirs.slice();
      this.#first = other.#first;
      this.#length = other.#length;
      return;
    }
    while (this.#length < other.#length) this.#grow();
    for (let i = 0; i < MOST_SPANS; i++) {
      if (theirs[i * WORDS + ANSWERED] === 0 && theirs[i * WORDS + LOST] === 0) continue;
      const at = this.#spanOf((other.#first + i + 0.5) * other.#length) * WORDS;
      for (let word = 0; word < WORDS; word++)
        (this.#spans as unknown as Float64Array)[at + word] += theirs[i * WORDS + word] as number;
    }
  }

  /** From the first span that holds anything to the last one, put together so that there are at most `most`. */
  spans(most: number): PingSpan[] {
    const spans = this.#spans;
    if (spans === undefined) return [];
    let from = 0;
    let to = MOST_SPANS;
    const isEmpty = (i: number) => spans[i * WORDS + ANSWERED] === 0 && spans[i * WORDS + LOST] === 0;
    while (from < to && isEmpty(from)) from++;
    while (to > from && isEmpty(to - 1)) to--;
    const together = Math.max(1, Math.ceil((to - from) / most));
    const found: PingSpan[] = [];
    for (let i = from; i < to; i += together) {
      const sums = [0, 0, 0];
      const end = Math.min(to, i + together);
      for (let at = i * WORDS; at < end * WORDS; at++) (sums[at % WORDS] as number) += spans[at] as number;
      const [answered, time, lost] = sums as [number, number, number];
      found.push({
        from: ((this.#first + i) * this.#length) / 1e9,
        to: ((this.#first + end) * this.#length) / 1e9,
        answered,
        lost,
        average: answered === 0 ? null : time / answered / 1e6,
      });
    }
    return found;
  }

  /** The index of the span that a time falls into; what is before the first one counts there. */
  #spanOf(time: number): number {
    if (this.#spans === undefined) {
      this.#spans = new Float64Array(MOST_SPANS * WORDS);
      this.#first = Math.floor(time / this.#length);
    }
    for (;;) {
      const span = Math.floor(time / this.#length) - this.#first;
      if (span < MOST_SPANS) return Math.max(0, span);
      this.#grow();
    }
  }

  /** Makes spans twice as long. */
  #grow(): void {
    const spans = this.#spans as Float64Array;
    const first = Math.floor(this.#first / 2);
    const odd = this.#first - 2 * first;
    for (let i = 0; i < MOST_SPANS; i++) {
      const to = (i + odd) >> 1;
      if (to === i) continue;
      for (let word = 0; word < WORDS; word++) {
        spans[to * WORDS + word] += spans[i * WORDS + word] as number;
        spans[i * WORDS + word] = 0;
      }
    }
    this.#first = first;
    this.#length *= 2;
  }
}
