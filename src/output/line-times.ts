/** What a line tells of its packet's time, by the letters of tshark's `-t`. */
import { type ClockZone, clockText } from './dates.ts';
import type { Carried, PacketRecord } from './printer.ts';
import { put } from './put.ts';
import { type Template, template } from './template.ts';

/**
 * Seconds since the first packet (`r`), the one before (`d`), the one printed before (`dd`) or 1970 (`e`); the time of day here (`a`) or in
 * UTC (`u`); the same with the date (`ad`, `ud`).
 */
export type TimeFormat = 'r' | 'd' | 'dd' | 'e' | 'a' | 'ad' | 'u' | 'ud';

const SECONDS_WIDTH = 5;
const DOT = 46;

export interface TimeWriter {
  /** Returns the place behind the time. */
  write(to: DataView, at: number, record: PacketRecord): number;
  reset(): void;
  /** Whether there were nanoseconds; undefined where a time counts from another that was printed. */
  readonly carried: Carried | undefined;
}

/** Times have microseconds, or nanoseconds once a packet turns out to have them. */
export function createTimeWriter(format: TimeFormat): TimeWriter {
  return format === 'r' || format === 'd' || format === 'dd' || format === 'e'
    ? secondsWriter(format)
    : clockWriter(format);
}

function secondsWriter(format: 'r' | 'd' | 'dd' | 'e'): TimeWriter {
  const { uint, uintRight, sixDigits, nineDigits, time, spaces } = put;
  const SECONDS = SECONDS_WIDTH;
  const POINT = DOT;
  let nanoseconds = false;
  let changes = 0;
  let printedSeconds = Number.NaN;
  let printedNanoseconds = 0;

  return {
    reset() {
      nanoseconds = false;
      changes++;
      printedSeconds = Number.NaN;
    },
    carried:
      format === 'dd'
        ? undefined
        : {
            get: () => [nanoseconds ? 1 : 0],
            set([had]) {
              if (nanoseconds !== (had === 1)) changes++;
              nanoseconds = had === 1;
            },
            get changes() {
              return changes;
            },
          },
    write(to, place, record) {
      let at = place;
      if (!nanoseconds && record.nanoseconds % 1000 !== 0) {
        nanoseconds = true;
        changes++;
      }
      let seconds = record.seconds;
      let fraction = record.nanoseconds;
      if (format === 'r') {
        seconds -= record.firstSeconds;
        fraction = (fraction - record.firstNanoseconds) | 0;
      } else if (format === 'd') {
        seconds -= record.previousSeconds;
        fraction = (fraction - record.previousNanoseconds) | 0;
      } else if (format === 'dd') {
        seconds -= Number.isNaN(printedSeconds) ? seconds : printedSeconds;
        fraction = Number.isNaN(printedSeconds) ? 0 : (fraction - printedNanoseconds) | 0;
        printedSeconds = record.seconds;
        printedNanoseconds = record.nanoseconds;
      }
      if (fraction < 0) {
        fraction = (fraction + 1_000_000_000) | 0;
        seconds--;
      }
      if (seconds < 0) {
        // A packet may be older than the first: files are not always in order.
        at = time(to, spaces(to, at, SECONDS - 2), seconds, fraction);
        if (!nanoseconds) at -= 3;
        return at;
      }
      at = format === 'e' ? uint(to, spaces(to, at, 2), seconds) : uintRight(to, at, seconds, SECONDS);
      to.setUint8(at++, POINT);
      return nanoseconds ? nineDigits(to, at, fraction) : sixDigits(to, at, (fraction / 1000) | 0);
    },
  };
}

function clockWriter(format: 'a' | 'ad' | 'u' | 'ud'): TimeWriter {
  const { text, sixDigits, nineDigits, spaces, time } = put;
  const zone: ClockZone = format.startsWith('u') ? 'utc' : 'local';
  const hasDate = format.endsWith('d');
  let nanoseconds = false;
  let changes = 0;
  /** Packets of one second are written from the same text. */
  let known = Number.NaN;
  let clock: Template | undefined;

  return {
    reset() {
      nanoseconds = false;
      changes++;
    },
    carried: {
      get: () => [nanoseconds ? 1 : 0],
      set([had]) {
        if (nanoseconds !== (had === 1)) changes++;
        nanoseconds = had === 1;
      },
      get changes() {
        return changes;
      },
    },
    write(to, place, record) {
      if (!nanoseconds && record.nanoseconds % 1000 !== 0) {
        nanoseconds = true;
        changes++;
      }
      if (record.seconds !== known) {
        known = record.seconds;
        const words = clockText(known, zone, hasDate);
        clock = words === undefined ? undefined : template(`${words}.`);
      }
      let at = spaces(to, place, 2);
      if (clock === undefined) return time(to, at, record.seconds, record.nanoseconds);
      at = text(to, at, clock);
      return nanoseconds
        ? nineDigits(to, at, record.nanoseconds)
        : sixDigits(to, at, (record.nanoseconds / 1000) | 0);
    },
  };
}
