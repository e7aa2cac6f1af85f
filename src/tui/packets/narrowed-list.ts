/** The list's rows: all packets, or those that a display filter lets pass, as far as it has looked at them. */

import type { Decoder } from '../../decode/decoder.ts';
import { compileDisplayFilter } from '../../display-filter/display-filter.ts';
import { DisplayFilterError } from '../../display-filter/error.ts';
import type { CaptureInterface } from '../../packet/source.ts';
import { Narrowing } from './narrowing.ts';
import type { PacketSet } from './packet-set.ts';
import type { PacketStore } from './store.ts';

/** How long packets are looked at by a filter before keys get their turn. */
const SLICE_MILLISECONDS = 8;

export interface NarrowedListOptions {
  readonly store: PacketStore;
  readonly decoder: Decoder;
  /** The source's. */
  readonly interfaces: readonly CaptureInterface[];
  /** Called after each slice: there may be more rows. */
  readonly onSlice: () => void;
}

export class NarrowedList {
  readonly #options: NarrowedListOptions;
  #narrowing: Narrowing | undefined;
  #filter = '';
  #isLooking = false;
  #isClosed = false;
  /** The packet to select as soon as it is known in which row it stands. */
  #wanted: number | undefined;

  constructor(options: NarrowedListOptions) {
    this.#options = options;
  }

  /** The filter that narrows the list now; empty if none does. */
  get filter(): string {
    return this.#filter;
  }

  /** What is worth saying of the filter, in a line. */
  get warning(): string | undefined {
    return this.#narrowing?.filter.warnings[0]?.replace(/^display filter: /, '');
  }

  /** A field of the filter's that only later packets tell. */
  get askedAhead(): string | undefined {
    return this.#narrowing?.filter.tracked.find(({ looksAhead }) => looksAhead)?.name;
  }

  /** The packets that pass, of those before {@link examined}; undefined if the list has all packets. */
  get packets(): PacketSet | undefined {
    return this.#narrowing?.packets;
  }

  get examined(): number {
    return this.#narrowing?.examined ?? this.#options.store.count;
  }

  /** The filter has packets to look at. */
  get isLooking(): boolean {
    return this.#isLooking;
  }

  /** Rows from `first` to `count`, exclusively; those before `first` have left. */
  rows(): { readonly first: number; readonly count: number } {
    const { first, count } = this.#options.store;
    const { packets } = this;
    return packets === undefined ? { first, count } : { first: packets.rank(first), count: packets.count };
  }

  /** The packet in a row. */
  packetOf(row: number): number {
    const { packets } = this;
    return packets === undefined || row >= packets.count ? row : packets.nth(row);
  }

  /** The row of a packet; undefined if the filter doesn't let it pass. */
  rowOf(packet: number): number | undefined {
    const { packets } = this;
    if (packets === undefined) return packet;
    return packets.has(packet) ? packets.rank(packet) : undefined;
  }

  /** How many rows there are of a packet and those that came after it. */
  rowsSince(packet: number): number {
    const { packets } = this;
    return packets === undefined ? this.#options.store.count - packet : packets.count - packets.rank(packet);
  }

  /**
   * Other rows: of the packets that a filter lets pass; of all packets with an empty one.
   *
   * @param selected the packet to keep selected, or the nearest one that passes
   * @returns what is wrong with the filter, in a few words; undefined if nothing is
   */
  narrow(filter: string, selected: number | undefined): string | undefined {
    const { store, decoder, interfaces } = this.#options;
    let narrowing: Narrowing | undefined;
    if (filter.trim() !== '') {
      try {
        narrowing = new Narrowing(compileDisplayFilter(filter), store, decoder, interfaces);
      } catch (error) {
        if (!(error instanceof DisplayFilterError)) throw error;
        return error.message.replace(/^display filter: /, '');
      }
    }
    this.#wanted = selected ?? this.#wanted;
    this.#narrowing = narrowing;
    this.#filter = filter;
    return undefined;
  }

  /** Looks at the packets that the filter has not seen yet, in slices between which keys are answered. */
  lookOn(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const slice = (): void => {
      const narrowing = this.#narrowing;
      const isDone = narrowing?.run(performance.now() + SLICE_MILLISECONDS) ?? true;
      if (narrowing !== undefined) this.#options.onSlice();
      this.#isLooking = !isDone && !this.#isClosed;
      if (this.#isLooking) setImmediate(slice);
    };
    slice();
  }

  /** The row of the packet that is to be selected, once it is known; then it is selected for good. */
  wantedRow(): number | undefined {
    const packet = this.#wanted;
    if (packet === undefined) return undefined;
    if (this.#narrowing === undefined) {
      this.#wanted = undefined;
      return packet;
    }
    const { examined, packets } = this.#narrowing;
    if (packets.count === 0) return undefined;
    if (examined > packet) this.#wanted = undefined;
    return Math.min(packets.rank(packet), packets.count - 1);
  }

  /** Somebody selects another packet: the one that was wanted no longer is. */
  forgetWanted(): void {
    this.#wanted = undefined;
  }

  close(): void {
    this.#isClosed = true;
  }
}
