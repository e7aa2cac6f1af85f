/**
 * How far clocks are apart, out of what can't be otherwise: a packet is at one point before it is at the next. Each
 * request that goes from clock A's point to clock B's says that B is ahead of A by no more than the difference of the times;
 * each reply on its way back says by no less. The half of what is left between is the estimate, as NTP takes it
 * (RFC 5905, section 8), and the other half its uncertainty.
 */

export interface ClockOffset {
  /** ns by which the clock is ahead of the reference. */
  readonly offset: number;
  /** ns by which the truth may be off to either side. Negative where the bounds contradict each other: the clocks ran at different speeds. */
  readonly uncertainty: number;
}

export interface ClockBounds {
  /** A packet was at a point of clock `from` and then at one of clock `to`, `elapsed` ns later as the two read. */
  add(from: number, to: number, elapsed: number): void;
  /** The clock that the others are measured by. */
  readonly reference: number;
  /** By how much (ns) the second clock is ahead of the first; undefined where nothing bounds it from both sides. */
  between(from: number, to: number): ClockOffset | undefined;
  /** Undefined where no requests and replies bound the clock from both sides. */
  offset(clock: number): ClockOffset | undefined;
  /** ns by which a time from one clock to another may be off; undefined if it can't be told. */
  uncertainty(from: number, to: number): number | undefined;
}

export function createClockBounds(count: number): ClockBounds {
  /** By how much (ns) the second clock can be ahead of the first at most. */
  const most = new Float64Array(count * count).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < count; i++) most[i * count + i] = 0;
  let isClosed = false;

  /** What two bounds say together (Floyd and Warshall). Bounds that contradict each other are left as they are. */
  function close(): void {
    if (isClosed) return;
    isClosed = true;
    for (let via = 0; via < count; via++) {
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < count; j++) {
          if (i === j || i === via || j === via) continue;
          const sum = (most[i * count + via] as number) + (most[via * count + j] as number);
          if (sum < (most[i * count + j] as number)) most[i * count + j] = sum;
        }
      }
    }
  }

  function between(from: number, to: number): ClockOffset | undefined {
    close();
    const ahead = most[from * count + to] as number;
    const behind = most[to * count + from] as number;
    if (ahead === Number.POSITIVE_INFINITY || behind === Number.POSITIVE_INFINITY) return undefined;
    return { offset: (ahead - behind) / 2, uncertainty: (ahead + behind) / 2 };
  }

  function chooseReference(): number {
    let best = 0;
    let most = 0;
    for (let i = 0; i < count; i++) {
      let known = 0;
      for (let j = 0; j < count; j++) if (between(i, j) !== undefined) known++;
      if (known > most) {
        most = known;
        best = i;
      }
    }
    return best;
  }

  let reference: number | undefined;
  return {
    add(from, to, elapsed) {
      if (from !== to && elapsed < (most[from * count + to] as number)) most[from * count + to] = elapsed;
    },
    get reference() {
      reference ??= chooseReference();
      return reference;
    },
    between,
    offset(clock) {
      reference ??= chooseReference();
      return between(reference, clock);
    },
    uncertainty(from, to) {
      return from === to ? 0 : between(from, to)?.uncertainty;
    },
  };
}
