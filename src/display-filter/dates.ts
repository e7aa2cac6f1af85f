/** Dates as Wireshark takes them in a filter. */

const MONTHS: readonly string[] = [
  ...['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
];
/** 2026-01-31, 2026-01-31 23:59, 2026-01-31T23:59:59.5+01:00 */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/;
/** As it prints them: Jan 31, 2026 23:59:59.5 */
const PRINTED =
  /^([A-Za-z]{3})\s+(\d{1,2}),\s*(\d{4})(?:\s+(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/;

/**
 * Seconds since 1970 and nanoseconds, of a date in local time, or in the zone that it names.
 *
 * @returns undefined for what is no date, or names a day that no calendar has
 */
export function parseDate(text: string): [seconds: number, nanoseconds: number] | undefined {
  const iso = ISO.exec(text);
  const printed = iso === null ? PRINTED.exec(text) : null;
  const parts = iso ?? printed;
  if (parts === null) return undefined;
  const [
    ,
    first = '',
    second = '',
    third = '',
    hours = '0',
    minutes = '0',
    whole = '0',
    fraction = '',
    zone,
  ] = parts;
  const [year, month, day] =
    iso === null
      ? [Number(third), MONTHS.indexOf(first.toLowerCase()), Number(second)]
      : [Number(first), Number(second) - 1, Number(third)];
  const clock = [hours, minutes, whole].map(Number) as [number, number, number];
  const utc = new Date(Date.UTC(year, month, day, ...clock));
  // Date counts on where a number is too large: the 31st of June is the 1st of July.
  const isDay = utc.getUTCMonth() === month && utc.getUTCDate() === day && clock[0] < 24;
  if (!isDay || clock[1] > 59 || clock[2] > 60) return undefined;
  const milliseconds =
    zone === undefined
      ? new Date(year, month, day, ...clock).getTime()
      : utc.getTime() - offsetOf(zone) * 60_000;
  return [milliseconds / 1000, Number(fraction.padEnd(9, '0'))];
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}
