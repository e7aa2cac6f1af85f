/** How counts that only grow went over the last seconds: two copies of them are kept, the older one to compare with. */

/** Milliseconds between two copies: rates are over one to two times as long. */
const BETWEEN_COPIES = 2000;

export interface Counts {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

interface Copy extends Counts {
  readonly at: number;
}

export class RecentCounts {
  readonly #counts: Counts;
  #older: Copy | undefined;
  #newer: Copy | undefined;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  /** To be called whenever rates are shown. @param now in milliseconds */
  look(now: number): void {
    if (this.#newer !== undefined && now - this.#newer.at < BETWEEN_COPIES) return;
    this.#older = this.#newer;
    const { packets, bytes } = this.#counts;
    this.#newer = { at: now, packets: packets.slice(), bytes: bytes.slice() };
  }

  /** Of count `i`, a second; undefined before there is anything to compare with. */
  rates(i: number, now: number): { readonly packets: number; readonly bytes: number } | undefined {
    const before = this.#older ?? this.#newer;
    if (before === undefined || now - before.at < BETWEEN_COPIES / 4) return undefined;
    const { packets, bytes } = this.#counts;
    const seconds = (now - before.at) / 1000;
    return {
      packets: (packets[i] - before.packets[i]) / seconds,
      bytes: (bytes[i] - before.bytes[i]) / seconds,
    };
  }
}
