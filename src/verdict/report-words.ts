/** What both tables of a report share. */
import type { styleText } from 'node:util';
import type { RoundTripSummary } from '../exchange/round-trip-times.ts';
import { milliseconds } from '../text/words.ts';

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Rows past these are only counted: `-T json` has them all. */
export const MOST_ROWS = 24;

/** "0.109/0.220/0.410", or a dash if there is none. */
export function timesText(times: RoundTripSummary | null): string {
  if (times === null) return '-';
  return [times.min, times.average, times.max].map(milliseconds).join('/');
}
