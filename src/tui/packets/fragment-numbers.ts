/** So many packets that completed others are remembered, and so many numbers of fragments: the oldest are forgotten first. */
const MOST_PACKETS = 1 << 16;
const MOST_NUMBERS = 1 << 20;
/** So many packets are read again at most for one: what 64 KiB can be cut into at 8 bytes each. */
const MOST_AT_ONCE = 8192;

/** Which packets' fragments were put together in which packet: what it takes to do so again when somebody looks. */
export class FragmentNumbers {
  readonly #fragments = new Map<number, readonly number[]>();
  #numbers = 0;

  /** @param numbers of the packets whose fragments `packet` completed; counted from 1, as `packet` is */
  add(packet: number, numbers: readonly number[]): void {
    const known = this.#fragments.get(packet) ?? [];
    this.#fragments.set(packet, [...known, ...numbers]);
    this.#numbers += numbers.length;
    for (const [oldest, { length }] of this.#fragments) {
      if (this.#fragments.size <= MOST_PACKETS && this.#numbers <= MOST_NUMBERS) return;
      this.#fragments.delete(oldest);
      this.#numbers -= length;
    }
  }

  /** Numbers of all packets that `packet` is put together from, itself included, in their order: fragments may be in fragments. */
  of(packet: number): number[] {
    const found = new Set([packet]);
    for (const number of found) {
      for (const fragment of this.#fragments.get(number) ?? []) {
        if (found.size < MOST_AT_ONCE) found.add(fragment);
      }
    }
    return [...found].sort((a, b) => a - b);
  }
}
