/** Times of pcapng: a number of 64 bits, in units that the interface's resolution says. */
export const MICROSECONDS = 6;
export const NANOSECONDS = 9;

/** Whole seconds as blocks have them, in halves: kept, as the division that it takes costs more than the rest. */
export class BlockTime {
  isMicroseconds = false;
  high = 0;
  low = 0;
  private seconds = Number.NaN;
  private readonly view = new DataView(new ArrayBuffer(8));

  /** @param resolution of the packet's interface */
  set(seconds: number, resolution: number | undefined): void {
    const isMicroseconds = resolution === MICROSECONDS;
    if (seconds === this.seconds && isMicroseconds === this.isMicroseconds) return;
    this.seconds = seconds;
    this.isMicroseconds = isMicroseconds;
    putTime(this.view, 0, seconds, isMicroseconds ? 1e6 : 1e9, 0);
    this.high = this.view.getUint32(0, true);
    this.low = this.view.getUint32(4, true);
  }
}

/** Writes seconds times `perSecond` and `rest`, a number of 64 bits, upper half first: no value on the way passes 2^53. */
export function putTime(view: DataView, at: number, seconds: number, perSecond: number, rest: number): void {
  const upper = Math.floor(seconds / 65536) * perSecond;
  const lower = (seconds % 65536) * perSecond + rest;
  const carried = upper + Math.floor(lower / 65536);
  view.setUint32(at, Math.floor(carried / 65536), true);
  view.setUint32(at + 4, (carried % 65536) * 65536 + (lower % 65536), true);
}
