/** A verdict's tables, for whatever has cells: a page, Markdown. */
import { tunnelsCell } from '../exchange/tunnel-words.ts';
import { counted } from '../text/words.ts';
import { askedText } from './exchange-rows.ts';
import { namedHops, timesText } from './report-words.ts';
import type { Verdict } from './verdict.ts';

export interface ReportTable {
  readonly columns: readonly Column[];
  /** A text for each column. */
  readonly rows: readonly (readonly string[])[];
  /** What is left out, in words; empty if nothing is. */
  readonly more: string;
}

interface Column {
  readonly head: string;
  /** A count; one that should be 0; or whether an expectation was met. */
  readonly kind?: 'count' | 'loss' | 'result';
}

export function expectationsTable({ expectations }: Verdict): ReportTable {
  return {
    columns: [
      { head: 'result', kind: 'result' },
      { head: 'expectation' },
      { head: 'expected' },
      { head: 'received' },
    ],
    rows: expectations.map(({ met, name, expected, received }) => [
      met ? 'met' : 'unmet',
      name,
      expected,
      received,
    ]),
    more: '',
  };
}

/** @param most rows */
export function pingsTable({ paths }: Verdict, most: number): ReportTable {
  return {
    columns: [
      { head: 'path' },
      { head: 'tunnels, outermost first' },
      { head: 'requests', kind: 'count' },
      { head: 'answered', kind: 'count' },
      { head: 'lost', kind: 'loss' },
      { head: 'rtt min/avg/max ms' },
    ],
    rows: paths
      .slice(0, most)
      .flatMap(({ inner, ident, tunnels, requests, answered, unanswered, rtt, hops = [] }) => [
        [
          `${inner.src} → ${inner.dst} id ${ident}`,
          tunnelsCell(tunnels) || 'no tunnel seen',
          ...[requests, answered, unanswered].map(String),
          timesText(rtt),
        ],
        ...hops.map((hop) => [
          `hop ${hop.ttl}: ${hop.from ?? (hop.answered > 0 ? 'other routers' : '*')}`,
          '',
          ...[hop.requests, hop.answered, hop.requests - hop.answered].map(String),
          timesText(hop.rtt),
        ]),
      ]),
    more: moreText(paths.length - most, 'path'),
  };
}

/** @param most rows */
export function exchangesTable({ exchanges = [] }: Verdict, most: number): ReportTable {
  return {
    columns: [
      { head: 'kind' },
      { head: 'path' },
      { head: 'tunnels, outermost first' },
      { head: 'begun', kind: 'count' },
      { head: 'answered', kind: 'count' },
      { head: 'refused', kind: 'count' },
      { head: 'lost', kind: 'loss' },
      { head: 'sent again', kind: 'count' },
      { head: 'min/avg/max ms' },
    ],
    rows: exchanges.slice(0, most).flatMap((row) => {
      const { inner, tunnels, begun, answered, refused, unanswered, sentAgain, time, hops = [] } = row;
      return [
        [
          askedText(row),
          `${inner.src} → ${inner.dst}`,
          tunnelsCell(tunnels) || 'no tunnel seen',
          ...[begun, answered, refused, unanswered, sentAgain].map(String),
          timesText(time),
        ],
        ...namedHops(hops).map(([name, hop]) => [
          '',
          name.trim(),
          '',
          ...[hop.requests, hop.answered, 0, hop.requests - hop.answered, 0].map(String),
          timesText(hop.rtt),
        ]),
      ];
    }),
    more: moreText(exchanges.length - most, 'row'),
  };
}

function moreText(left: number, what: string): string {
  return left > 0 ? `and ${counted(left, `more ${what}`)}` : '';
}
