/** How many packet numbers are kept of what is counted. */
export const SHOWN_PACKETS = 10;

/** How often something was seen, and in which packets first. */
export class Tally {
  count = 0;
  readonly packets: number[] = [];
  /** So that the list is looked at no more once it is full. */
  #isFull = false;

  add(packet: number, times = 1): void {
    if (times === 0) return;
    this.count += times;
    if (!this.#isFull) this.#show(packet);
  }

  #show(packet: number): void {
    if (this.packets.length < SHOWN_PACKETS) this.packets.push(packet);
    else this.#isFull = true;
  }

  merge(other: Tally): void {
    this.count += other.count;
    this.packets.push(...other.packets.slice(0, SHOWN_PACKETS - this.packets.length));
  }
}
