/** How far reading has come, and how fast it goes: for whoever waits for a file or standard input. */
import { RecentCounts } from './recent-counts.ts';
import type { PacketStore } from './store.ts';

export interface Progress {
  /** 0 to 1, where a file's size tells it. */
  readonly share: number | undefined;
  /** A second, over the last few; undefined for the first half of one. Bytes are those of the file, or of the packets. */
  readonly rates: { readonly packets: number; readonly bytes: number } | undefined;
}

export class ReadingProgress {
  readonly #counts = { packets: new Float64Array(1), bytes: new Float64Array(1) };
  readonly #recent = new RecentCounts(this.#counts);
  readonly #fileSize: number | undefined;

  /**
   * @param fileSize of a plain capture file
   * @param now in milliseconds
   */
  constructor(fileSize: number | undefined, now: number) {
    this.#fileSize = fileSize;
    this.#recent.look(now);
  }

  /**
   * To be asked whenever it is shown.
   *
   * @param share that is read of several files, of which a packet's place in one tells little
   */
  look(store: PacketStore, now: number, share?: number): Progress {
    const place = store.count === 0 ? 0 : store.last().offset;
    const read = share === undefined || this.#fileSize === undefined ? place : share * this.#fileSize;
    this.#counts.packets[0] = store.count;
    this.#counts.bytes[0] = read;
    this.#recent.look(now);
    // Of packets that are kept it is not known how much is still to come.
    const isKnown = this.#fileSize !== undefined && this.#fileSize > 0 && store.buffer === undefined;
    return {
      share: isKnown ? Math.min(1, read / (this.#fileSize as number)) : undefined,
      rates: this.#recent.rates(0, now),
    };
  }
}
