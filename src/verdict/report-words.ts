/** What both tables of a report share. */
import type { styleText } from 'node:util';
import type { RoundTripSummary } from '../exchange/round-trip-times.ts';
import { milliseconds } from '../text/words.ts';
import type { VerdictHop } from './exchange-rows.ts';

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Rows past these are only counted: `-T json` has them all. */
export const MOST_ROWS = 24;

/** "0.109/0.220/0.410", or a dash if there is none. */
export function timesText(times: RoundTripSummary | null): string {
  if (times === null) return '-';
  return [times.min, times.average, times.max].map(milliseconds).join('/');
}

/** Hops with their names in a table, indented: "hop 1  10.0.0.1". Neighbours of which none answers are one: "hop 3-30  *". */
export function namedHops(hops: readonly VerdictHop[]): [name: string, hop: VerdictHop][] {
  const runs: (VerdictHop & { to: number })[] = [];
  for (const hop of hops) {
    const before = runs.at(-1);
    if (before === undefined || before.answered > 0 || hop.answered > 0) runs.push({ ...hop, to: hop.ttl });
    else runs[runs.length - 1] = { ...before, requests: before.requests + hop.requests, to: hop.ttl };
  }
  return runs.map((hop) => {
    const distance = hop.to > hop.ttl ? `${hop.ttl}-${hop.to}` : hop.ttl;
    return [`  hop ${distance}  ${hop.from ?? (hop.answered > 0 ? 'other routers' : '*')}`, hop];
  });
}
