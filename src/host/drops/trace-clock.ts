/** Which clock trace events have their times from, and how far that is from the one that captured packets have. */
import { libc } from '../libc.ts';

/** clockid_t (linux/time.h). */
const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const CLOCK_TAI = 11;
const TRIES = 5;

export interface TraceClock {
  /** For `trace_clock`. */
  readonly name: 'tai' | 'mono';
  /** µs from its time to that since 1970. */
  readonly offset: number;
}

/**
 * International atomic time, which is since 1970 and whole seconds ahead: it goes along where the clock is set. Kernels before 5.19 do not have
 * it; the monotonic clock does not go along.
 *
 * @param available what `trace_clock` says
 */
export function chooseTraceClock(available: string): TraceClock {
  if (/\btai\b/.test(available)) {
    return { name: 'tai', offset: Math.round(difference(CLOCK_TAI) / 1e6) * 1e6 };
  }
  return { name: 'mono', offset: difference(CLOCK_MONOTONIC) };
}

/** µs that a clock is behind the one of packets, by the closest of some looks. */
function difference(clock: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const before = microsOf(clock);
    const real = microsOf(CLOCK_REALTIME);
    const after = microsOf(clock);
    if (after - before < least) {
      least = after - before;
      best = real - (before + after) / 2;
    }
  }
  return best;
}

function microsOf(clock: number): number {
  const time = new BigInt64Array(2);
  libc().clock_gettime(clock, time);
  return Number(time[0]) * 1e6 + Number(time[1]) / 1000;
}
