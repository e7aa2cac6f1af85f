/** Dates as tshark's `-T fields` prints them: "Nov 22, 2026 17:10:32.100405000 CET", since 4.6 "2026-11-22T17:10:32.100405000+0100". */
import type { ByteWriter } from './byte-writer.ts';

const MONTHS: readonly string[] = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
];
/** Seconds that a Date can hold, either side of 1970. */
const MOST_SECONDS = 8.64e12;
/** Who speaks English knows most zones' short names where he lives, and no others. */
const SPEAKERS: readonly string[] = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-NZ'];

/** Writes dates in this machine's zone, or in UTC. Packets of one second are written from the same text. */
export function dateWriter(
  isUtc: boolean,
  isIso: boolean,
): (out: ByteWriter, seconds: number, nanoseconds: number) => void {
  let known = Number.NaN;
  let [before, behind] = ['', ''];
  return (out, seconds, nanoseconds) => {
    if (Math.abs(seconds) > MOST_SECONDS) {
      out.time(seconds, nanoseconds);
      return;
    }
    if (seconds !== known) {
      known = seconds;
      [before, behind] = dateParts(new Date(seconds * 1000), isUtc, isIso);
    }
    out.words(before);
    const digits = nanoseconds + 1_000_000_000;
    out.words(String(digits).slice(1));
    out.words(behind);
  };
}

function dateParts(date: Date, isUtc: boolean, isIso: boolean): [before: string, behind: string] {
  const at = atZone(date, isUtc);
  if (isIso) return [`${at.toISOString().slice(0, 19)}.`, isUtc ? 'Z' : offset(date, true)];
  const [month, day] = [MONTHS[at.getUTCMonth()], String(at.getUTCDate()).padStart(2)];
  const clock = at.toISOString().split('T')[1]?.slice(0, 8);
  return [`${month} ${day}, ${at.getUTCFullYear()} ${clock}.`, ` ${isUtc ? 'UTC' : zoneName(date)}`];
}

export type ClockZone = 'local' | 'utc';

/** A second as `17:10:32`, with `2026-11-22 ` in front where asked for; undefined for what is no date. */
export function clockText(seconds: number, zone: ClockZone, hasDate: boolean): string | undefined {
  if (Math.abs(seconds) > MOST_SECONDS) return undefined;
  const date = new Date(seconds * 1000);
  const text = atZone(date, zone === 'utc')
    .toISOString()
    .slice(0, -5);
  return hasDate ? text.replace('T', ' ') : text.slice(text.indexOf('T') + 1);
}

/** What `toISOString` tells of it is the time of this machine's zone, or UTC. */
function atZone(date: Date, isUtc: boolean): Date {
  return isUtc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
}

/** As the C library has it: "CET"; "+0545" for a zone whose short name nobody knows. */
function zoneName(date: Date): string {
  for (const locale of SPEAKERS) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(date);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]{3,5}$/.test(name)) return name;
  }
  return offset(date, false);
}

/** Hours east of Greenwich, with minutes always, or where there are any. */
function offset(date: Date, hasMinutes: boolean): string {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const digits =
    String(hours).padStart(2, '0') + (rest === 0 && !hasMinutes ? '' : String(rest).padStart(2, '0'));
  return `${minutes < 0 ? '-' : '+'}${digits}`;
}
