/** Times of pcapng: a number of 64 bits, in units that the interface's resolution says. */
export const MICROSECONDS = 6;
export const NANOSECONDS = 9;

/** A packet's time in the halves that a block has. Whole seconds are kept, as the division that they take costs more than the rest. */
export class BlockTime {
  /** As signed words. */
  high = 0;
  low = 0;
  private isMicroseconds = false;
  private seconds = Number.NaN;
  private secondsHigh = 0;
  private secondsLow = 0;
  private readonly view = new DataView(new ArrayBuffer(8));

  /** @param resolution of the packet's interface */
  set(seconds: number, nanoseconds: number, resolution: number | undefined): void {
    const isMicroseconds = resolution === MICROSECONDS;
    if (seconds !== this.seconds || isMicroseconds !== this.isMicroseconds) {
      this.seconds = seconds;
      this.isMicroseconds = isMicroseconds;
      putTime(this.view, 0, seconds, isMicroseconds ? 1e6 : 1e9, 0);
      this.secondsHigh = this.view.getUint32(0, true);
      this.secondsLow = this.view.getUint32(4, true);
    }
    const low = this.secondsLow + (isMicroseconds ? Math.floor(nanoseconds / 1000) : nanoseconds);
    this.high = (this.secondsHigh + (low > 0xffffffff ? 1 : 0)) | 0;
    this.low = low | 0;
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
