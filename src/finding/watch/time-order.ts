/** Whether a capture's packets stand in the order of their times, and which is the earliest and the latest. */
import { fixedDoubles } from '../../exchange/fixed-memory.ts';
import { Tally } from '../../exchange/tally.ts';

/** Processors hand packets on side by side: so much (ns) may times of one interface be out of order. */
const MOST_DISORDER = 10e6;

/** Packets that stand behind others of the same interface with a later time. */
export interface Disorder {
  readonly tally: Tally;
  /** By how much at most, in ms. */
  readonly most: number;
}

export interface TimeOrder {
  packet(number: number, seconds: number, nanoseconds: number, interfaceIndex: number): void;
  /** Seconds and nanoseconds of the earliest and of the latest packet, and the interface of the latest; infinite before the first. */
  readonly times: Float64Array;
  disorder(): Disorder;
}

export function createTimeOrder(): TimeOrder {
  const [INFINITY, MOST] = [Number.POSITIVE_INFINITY, MOST_DISORDER];
  const times = fixedDoubles([INFINITY, 0, -INFINITY, 0, 0]);
  const tally = new Tally();
  const longest = new Float64Array(1);

  /** @param behind by how many ns the packet's time is before that of one that came before it */
  function noteDisorder(number: number, behind: number): void {
    if (behind <= MOST) return;
    tally.add(number);
    longest[0] = Math.max(longest[0], behind);
  }

  return {
    times,
    packet(number, seconds, nanoseconds, interfaceIndex) {
      if (seconds > times[2] || (seconds === times[2] && nanoseconds > times[3])) {
        times[2] = seconds;
        times[3] = nanoseconds;
        times[4] = interfaceIndex;
      } else if (interfaceIndex === times[4]) {
        noteDisorder(number, (times[2] - seconds) * 1e9 + times[3] - nanoseconds);
      }
      if (seconds < times[0] || (seconds === times[0] && nanoseconds < times[1])) {
        times[0] = seconds;
        times[1] = nanoseconds;
      }
    },
    disorder: () => ({ tally, most: longest[0] / 1e6 }),
  };
}
