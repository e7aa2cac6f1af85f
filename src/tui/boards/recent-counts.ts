/** How counts that only grow went over the last seconds: two copies of them are kept, the older one to compare with. */

/** Milliseconds between two copies: rates are over one to two times as long. */
const BETWEEN_COPIES = 2000;

interface Copy {
  readonly at: number;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

export class RecentCounts {
  readonly #packets: Float64Array;
  readonly #bytes: Float64Array;
  #older: Copy | undefined;
  #newer: Copy | undefined;

  constructor(packets: Float64Array, bytes: Float64Array) {
    this.#packets = packets;
    this.#bytes = bytes;
  }

  /** To be called whenever rates are shown. @param now in milliseconds */
  look(now: number): void {
    if (this.#newer !== undefined && now - this.#newer.at < BETWEEN_COPIES) return;
    this.#older = this.#newer;
    this.#newer = { at: now, packets: this.#packets.slice(), bytes: this.#bytes.slice() };
  }

  /** Of count `i`, a second; undefined before there is anything to compare with. */
  rates(i: number, now: number): { readonly packets: number; readonly bytes: number } | undefined {
    const before = this.#older ?? this.#newer;
    if (before === undefined || now - before.at < BETWEEN_COPIES / 4) return undefined;
    const seconds = (now - before.at) / 1000;
    return {
      packets: (this.#packets[i] - before.packets[i]) / seconds,
      bytes: (this.#bytes[i] - before.bytes[i]) / seconds,
    };
  }
}
