/** Connections, queries and flows for people: the table after that of the pings, and a verdict on them. */
import { tunnelLine } from '../exchange/tunnel-words.ts';
import { counted, wrap } from '../text/words.ts';
import { askedText, exchangeSums, type VerdictExchange, type VerdictTransfer } from './exchange-rows.ts';
import { MOST_ROWS, namedHops, type Paint, timesText } from './report-words.ts';
import type { Verdict } from './verdict.ts';

const NUMBERS = [
  ['begun', 6],
  ['answered', 9],
  ['refused', 8],
  ['lost', 5],
  ['again', 6],
] as const;
const TIMES = 'min/avg/max ms';
/** What the longest kind and port take. */
const NARROWEST = 'exchanges '.length;

/** Counts in the order of the columns. */
const countsOf = (row: VerdictExchange) => [
  row.begun,
  row.answered,
  row.refused,
  row.unanswered,
  row.sentAgain,
];

/** The table `exchanges`; no lines if there are none. */
export function exchangeLines(rows: readonly VerdictExchange[], width: number, paint: Paint): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MOST_ROWS);
  const widths = NUMBERS.map(([, columns], i) =>
    shown.reduce<number>((most, row) => Math.max(most, String(countsOf(row)[i]).length + 1), columns),
  );
  const left = Math.max(
    width - widths.reduce((sum, columns) => sum + columns, 0) - 2 - TIMES.length,
    NARROWEST,
  );
  const head = NUMBERS.map(([name], i) => name.padStart(widths[i] as number)).join('');
  const lines = [paint('dim', `${'exchanges'.slice(0, left).padEnd(left)}${head}  ${TIMES}`)];
  for (const row of shown) {
    const { kind, inner, tunnels, time, hops } = row;
    const counts = countsOf(row);
    const numbers = NUMBERS.map(([name], i) => {
      // What is not answered in UDP is no loss, and what is sent again can't be told.
      const isJudged = kind !== 'udp' || (hops === undefined ? i < 3 : name === 'lost' || i < 2);
      const text = (isJudged ? String(counts[i]) : '-').padStart(widths[i] as number);
      if (!isJudged || hops !== undefined) return text;
      return (name === 'lost' || name === 'refused') && (counts[i] ?? 0) > 0 ? paint('red', text) : text;
    });
    lines.push(`${askedText(row).padEnd(left)}${numbers.join('')}  ${timesText(time)}`);
    const described = [
      `  ${inner.src} → ${inner.dst}`,
      ...(tunnels.length === 0 ? ['  no tunnel seen'] : tunnels.map((tunnel) => `  ${tunnelLine(tunnel)}`)),
      ...remarks(row).map((remark) => `  ${remark}`),
    ];
    lines.push(...described.flatMap((part) => wrap(part, width, 4)));
    for (const [name, hop] of namedHops(hops ?? [])) {
      const its = [hop.requests, hop.answered, '-', hop.requests - hop.answered, '-'];
      const columns = its.map((count, i) => String(count).padStart(widths[i] as number)).join('');
      const text = `${columns}  ${timesText(hop.rtt)}`;
      lines.push(...(name.length < left ? [`${name.padEnd(left)}${text}`] : [name, ' '.repeat(left) + text]));
    }
  }
  if (rows.length > MOST_ROWS) lines.push(`and ${rows.length - MOST_ROWS} more rows: -T json lists all`);
  return lines;
}

function remarks(row: VerdictExchange): string[] {
  const { kind, fromMiddle, unanswered, responseCodes = {}, transfer, hops } = row;
  const codes = Object.entries(responseCodes).map(([name, count]) => `${count} ${name}`);
  const middle =
    kind === 'tcp'
      ? `${counted(fromMiddle, 'connection')} without the start`
      : kind === 'dns'
        ? counted(fromMiddle, 'answer without its query', 'answers without their queries')
        : `${counted(fromMiddle, 'flow')} without the start`;
  return [
    codes.join(', '),
    transfer === undefined ? '' : transferText(transfer),
    kind === 'udp' && hops === undefined && unanswered > 0
      ? `${counted(unanswered, 'flow')} one way only`
      : '',
    fromMiddle > 0 ? middle : '',
  ].filter((remark) => remark !== '');
}

/** "4 segments sent again, 2 zero windows, 1 connection ended by RST": what is worth a line; empty where nothing is. */
function transferText({ there, back, reset, open }: VerdictTransfer): string {
  const again = there.sentAgain + back.sentAgain;
  const zero = there.zeroWindows + back.zeroWindows;
  const stuck = [...there.neverAcknowledged, ...back.neverAcknowledged].reduce(
    (sum, { connections }) => sum + connections,
    0,
  );
  const data = [
    ...(again > 0 ? [`${counted(again, 'segment')} sent again`] : []),
    ...(stuck > 0 ? [`${stuck === 1 ? 'one of them' : `${stuck} of them`} never acknowledged`] : []),
    ...(zero > 0 ? [counted(zero, 'zero window')] : []),
  ];
  const ended = [
    ...(reset > 0 ? [`${counted(reset, 'connection')} ended by RST`] : []),
    ...(open > 0 ? [`${counted(open, 'connection')} still open`] : []),
  ];
  return [...data, ...ended].join(', ');
}

const WORDS = {
  tcp: ['connection', 'connections'],
  dns: ['query', 'queries'],
  udp: ['flow', 'flows'],
} as const;

/** "no pings, so judged by TCP and DNS: 3 of 4 connections and queries answered, 1 refused, 0 lost". */
export function conclusionOnExchanges({ exchanges = [] }: Verdict): string {
  const { begun, answered, refused, unanswered, kinds } = exchangeSums(exchanges);
  // What was expected of UDP flows is told by the expectations.
  if (begun === 0) return 'no pings';
  const names = [...kinds].map((kind) => kind.toUpperCase()).join(' and ');
  const what = [...kinds].map((kind) => WORDS[kind][begun === 1 ? 0 : 1]).join(' and ');
  const parts = [`no pings, so judged by ${names}: ${answered} of ${begun} ${what} answered`];
  if (refused > 0) parts.push(`${refused} refused`);
  if (unanswered > 0) parts.push(`${unanswered} lost`);
  return parts.join(', ');
}
