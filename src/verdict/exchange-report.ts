/** Connections and queries for people: the table after that of the pings, and a verdict on them. */
import { tunnelLine } from '../exchange/tunnel-words.ts';
import { counted, wrap } from '../text/words.ts';
import { exchangeSums, type VerdictExchange } from './exchange-rows.ts';
import { MOST_ROWS, type Paint, timesText } from './report-words.ts';
import type { Verdict } from './verdict.ts';

const NUMBERS = [
  ['begun', 6],
  ['answered', 9],
  ['refused', 8],
  ['lost', 5],
  ['again', 6],
] as const;
const TIMES = 'min/avg/max ms';
const RIGHT = NUMBERS.reduce((sum, [, width]) => sum + width, 0) + 2 + TIMES.length;

/** The table `exchanges`; no lines if there are none. */
export function exchangeLines(rows: readonly VerdictExchange[], width: number, paint: Paint): string[] {
  if (rows.length === 0) return [];
  const left = width - RIGHT;
  const head = NUMBERS.map(([name, columns]) => name.padStart(columns)).join('');
  const lines = [paint('dim', `${'exchanges'.slice(0, left).padEnd(left)}${head}  ${TIMES}`)];
  for (const row of rows.slice(0, MOST_ROWS)) {
    const { kind, port, inner, tunnels, time } = row;
    const counts = [row.begun, row.answered, row.refused, row.unanswered, row.sentAgain];
    const numbers = NUMBERS.map(([name, columns], i) => {
      const text = String(counts[i]).padStart(columns);
      return (name === 'lost' || name === 'refused') && (counts[i] ?? 0) > 0 ? paint('red', text) : text;
    });
    lines.push(`${`${kind} ${port}`.padEnd(left)}${numbers.join('')}  ${timesText(time)}`);
    const described = [
      `  ${inner.src} → ${inner.dst}`,
      ...(tunnels.length === 0 ? ['  no tunnel seen'] : tunnels.map((tunnel) => `  ${tunnelLine(tunnel)}`)),
      ...remarks(row).map((remark) => `  ${remark}`),
    ];
    lines.push(...described.flatMap((part) => wrap(part, width, 4)));
  }
  if (rows.length > MOST_ROWS) lines.push(`and ${rows.length - MOST_ROWS} more rows: -T json lists all`);
  return lines;
}

function remarks({ kind, fromMiddle, responseCodes = {} }: VerdictExchange): string[] {
  const codes = Object.entries(responseCodes).map(([name, count]) => `${count} ${name}`);
  const middle =
    kind === 'tcp'
      ? `${counted(fromMiddle, 'connection')} without the start`
      : counted(fromMiddle, 'answer without its query', 'answers without their queries');
  return [...(codes.length > 0 ? [codes.join(', ')] : []), ...(fromMiddle > 0 ? [middle] : [])];
}

const WORDS = { tcp: ['connection', 'connections'], dns: ['query', 'queries'] } as const;

/** "no pings, so judged by TCP and DNS: 3 of 4 connections and queries answered, 1 refused, 0 lost". */
export function conclusionOnExchanges({ exchanges = [] }: Verdict): string {
  const { begun, answered, refused, unanswered, kinds } = exchangeSums(exchanges);
  const names = [...kinds].map((kind) => kind.toUpperCase()).join(' and ');
  const what = [...kinds].map((kind) => WORDS[kind][begun === 1 ? 0 : 1]).join(' and ');
  const parts = [`no pings, so judged by ${names}: ${answered} of ${begun} ${what} answered`];
  if (refused > 0) parts.push(`${refused} refused`);
  if (unanswered > 0) parts.push(`${unanswered} lost`);
  return parts.join(', ');
}
