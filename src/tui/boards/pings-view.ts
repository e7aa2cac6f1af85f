/** The ping board: each path with what became of its pings, connections and queries below, the verdict, and the findings in words. */

import { tunnelsLine } from '../../exchange/tunnel-words.ts';
import type { Finding } from '../../finding/finding.ts';
import { counted, milliseconds, packetsText } from '../../text/words.ts';
import { askedText, type VerdictExchange } from '../../verdict/exchange-rows.ts';
import { conclusion } from '../../verdict/report.ts';
import type { VerdictPath } from '../../verdict/verdict.ts';
import type { Judgement } from '../../verdict/verify.ts';
import { endsFilter, outsidesFilter, tunnelsFilter } from '../detail/filter-by.ts';
import { grouped } from '../terminal/numbers.ts';
import { clip, StyledRow, wrapWords } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';
import { headingRow, itemRows, itemStyle, showPackets } from './item-rows.ts';
import { panelHeight, pathPanel } from './ping-panel.ts';
import type { View, ViewContext } from './view.ts';

const NUMBERS = [
  ['sent', 8],
  ['answered', 9],
  ['lost', 7],
  ['dup', 6],
] as const;
const NUMBER_COLUMNS = NUMBERS.reduce((sum, [, width]) => sum + width, 0);
/** From this many columns on, paths have their average round trip beside them. */
const AVERAGE_FROM = 110;
const AVERAGE_COLUMNS = 12;
const FINDING_INDENT = 10;
/** Rows of a path; and of so many paths that are seen in any case beside what was found. */
const PATH_ROWS = 2;
const FEWEST_PATHS = 3;
export const pingsView: View = {
  hasCursor: true,

  count(context) {
    const { paths, exchanges = [], findings } = context.boards.pings().verdict;
    return paths.length + exchanges.length + findings.length;
  },

  render(context, scroll, columns, height) {
    const { theme } = context;
    const judgement = context.boards.pings();
    const { paths, exchanges = [], findings } = judgement.verdict;
    const above = paths.length + exchanges.length;
    const count = above + findings.length;
    const cursor = Math.min(scroll.cursor, count - 1);
    const rowsOf = (item: number, isSelected: boolean) => {
      if (item < paths.length) return pathRows(context, judgement, item, isSelected, columns);
      if (item < above)
        return exchangeRows(exchanges[item - paths.length] as VerdictExchange, isSelected, columns, theme);
      return findingRows(findings[item - above] as Finding, isSelected, columns, theme);
    };
    // What was found comes first: the panel below has what that leaves.
    const found = findings.reduce(
      (sum, finding) => sum + findingRows(finding, false, columns, theme).length,
      Math.min(above, FEWEST_PATHS) * PATH_ROWS,
    );
    const panelRows = panelHeight(judgement.verdict.paths, scroll.cursor, height, height - 2 - found);
    const more = (hidden: number) =>
      new StyledRow(columns).add(`   ${theme.glyphs.ellipsis} ${hidden} more below`, theme.quiet).toString();
    const items = itemRows(context, 2, count, scroll, height - 2 - panelRows, columns, rowsOf, more);
    const rows = [verdictRow(context, judgement, columns), tableHead(columns, theme), ...items];
    if (panelRows === 0) return rows;
    return [
      ...rows,
      ...pathPanel(context, judgement, Math.min(cursor, paths.length - 1), columns, panelRows),
    ];
  },

  open(context, row) {
    const { verdict } = context.boards.pings();
    const path = verdict.paths[row];
    if (path !== undefined) {
      showPackets(context, pathFilter(path, verdict.paths));
      return;
    }
    const { exchanges = [] } = verdict;
    const exchange = exchanges[row - verdict.paths.length];
    if (exchange !== undefined) {
      showPackets(context, exchangeFilter(exchange));
      return;
    }
    const packet = verdict.findings[row - verdict.paths.length - exchanges.length]?.packets[0];
    if (packet === undefined)
      context.say('this finding is about the whole capture, not about single packets');
    else context.showPacket(packet - 1);
  },
};

/**
 * The packets of a path: both ends and the identifier. Its tunnels only where another path differs from it in them alone:
 * replies that come back by another tunnel, or by none, belong to it too.
 */
function pathFilter(path: VerdictPath, all: readonly VerdictPath[]): string {
  const { inner, ident, tunnels } = path;
  const name = inner.src.includes(':') ? 'icmpv6.echo.identifier' : 'icmp.ident';
  const filter = `${name} == ${ident} && ${endsFilter(inner.src, inner.dst)}`;
  const others = all.filter((other) => other !== path && hasSameEnds(other, path));
  if (others.length === 0) return filter;
  const outsides = others.every((other) => other.tunnels.length === 0) ? outsidesFilter(tunnels) : '';
  return `${filter} && ${outsides || tunnelsFilter(tunnels)}`;
}

/** The packets between two addresses to and from one port, of a traceroute several, in whichever tunnels. */
function exchangeFilter({ kind, port, lastPort = port, inner }: VerdictExchange): string {
  const ports = lastPort === port ? `== ${port}` : `in {${port}..${lastPort}}`;
  return `${endsFilter(inner.src, inner.dst)} && ${kind === 'tcp' ? 'tcp' : 'udp'}.port ${ports}`;
}

function hasSameEnds(a: VerdictPath, b: VerdictPath): boolean {
  return a.ident === b.ident && a.inner.src === b.inner.src && a.inner.dst === b.inner.dst;
}

/** How pings stand while some of them may still be answered, which is no verdict yet; undefined if none may. */
export function waitingWords(context: ViewContext, { verdict, paths }: Judgement): string | undefined {
  const { answered, requests, unanswered } = verdict;
  const lost = context.reading.lostOf(
    unanswered,
    paths.reduce((sum, { counts }) => sum + counts.waiting, 0),
  );
  if (lost === unanswered) return undefined;
  const words = `${answered} of ${counted(requests, 'request')} answered, ${grouped(unanswered - lost)} waiting`;
  return lost === 0 ? words : `${words}, ${grouped(lost)} lost`;
}

function verdictRow(context: ViewContext, judgement: Judgement, columns: number): string {
  const { verdict, unchecked } = judgement;
  const { theme } = context;
  const row = new StyledRow(columns);
  const waiting = waitingWords(context, judgement);
  const isPass = verdict.verdict === 'pass';
  if (waiting !== undefined) {
    row.add(`   ${waiting}`, theme.heading);
  } else {
    row.add(` ${isPass ? theme.glyphs.check : '!'} `, isPass ? theme.good : theme.problem);
    row.add(conclusion(verdict), isPass ? theme.good : theme.problem);
  }
  const more = verdict.findings.length;
  if (more > 0) row.add(` ${theme.glyphs.dot} ${more} finding${more === 1 ? '' : 's'}`, theme.heading);
  if (unchecked > 0) row.add(` ${theme.glyphs.dot} checksums of the first pings only`, theme.quiet);
  return row.marked(theme);
}

function sparkColumns(columns: number): number {
  const free = columns - pathColumns(columns) - NUMBER_COLUMNS - 3;
  return Math.max(0, columns >= AVERAGE_FROM ? free - AVERAGE_COLUMNS : free);
}

function pathColumns(columns: number): number {
  return columns < 100 ? 34 : Math.min(72, Math.floor(columns * 0.42));
}

function tableHead(columns: number, theme: Theme): string {
  const numbers = NUMBERS.map(([name, width]) => name.padStart(width)).join('');
  const average = columns >= AVERAGE_FROM ? 'average ms'.padStart(AVERAGE_COLUMNS) : '';
  const left = ' Path'.padEnd(pathColumns(columns));
  return headingRow(`${left}${numbers}${average}  Round trips`, columns, theme);
}

/** What became of a path's pings, and below it the tunnels that they went through. */
function pathRows(
  context: ViewContext,
  { verdict, paths }: Judgement,
  item: number,
  isSelected: boolean,
  columns: number,
): string[] {
  const { theme } = context;
  const { glyphs } = theme;
  const path = verdict.paths[item] as VerdictPath;
  const lost = context.reading.lostOf(path.unanswered, paths[item]?.counts.waiting ?? 0);
  const row = new StyledRow(columns, itemStyle(isSelected, theme));
  const left = pathColumns(columns);
  const ends = `${path.inner.src} ${glyphs.arrow} ${path.inner.dst}`;
  row
    .add(isSelected ? glyphs.selected : ' ')
    .add(clip(`${ends} id ${path.ident}`, left - 1, theme), theme.inner);
  row.padTo(left);
  const counts = [path.requests, path.answered, lost, path.duplicates];
  for (const [i, [name, width]] of NUMBERS.entries()) {
    const isBad = (name === 'lost' || name === 'dup') && (counts[i] as number) > 0;
    row.add(grouped(counts[i] as number).padStart(width), isBad ? theme.problem : '');
  }
  if (columns >= AVERAGE_FROM)
    row.add((path.rtt === null ? '-' : milliseconds(path.rtt.average)).padStart(AVERAGE_COLUMNS));
  row.add('  ');
  for (const [sign, style] of sparkline(paths[item], sparkColumns(columns), theme)) row.add(sign, style);
  const second = new StyledRow(columns, row.base).add('   ');
  second.add(clip(tunnelsLine(path.tunnels), second.left, theme), theme.tunnel);
  return [row.toString(), second.toString()];
}

/** What became of connections, queries or flows, how long answers took, and below it the tunnels that they went through. */
function exchangeRows(
  exchange: VerdictExchange,
  isSelected: boolean,
  columns: number,
  theme: Theme,
): string[] {
  const { kind, inner, tunnels, begun, answered, refused, unanswered, sentAgain, time, hops } = exchange;
  const { glyphs } = theme;
  const row = new StyledRow(columns, itemStyle(isSelected, theme));
  const left = pathColumns(columns);
  row
    .add(isSelected ? glyphs.selected : ' ')
    .add(
      clip(`${inner.src} ${glyphs.arrow} ${inner.dst} ${askedText(exchange)}`, left - 1, theme),
      theme.inner,
    );
  row.padTo(left);
  // A flow of UDP that goes one way is no loss.
  const lost = kind === 'udp' ? 0 : unanswered + refused;
  for (const [i, count] of [begun, answered, lost, sentAgain].entries()) {
    const [, width] = NUMBERS[i] as (typeof NUMBERS)[number];
    row.add(grouped(count).padStart(width), i > 1 && count > 0 ? theme.problem : '');
  }
  if (columns >= AVERAGE_FROM)
    row.add((time === null ? '-' : milliseconds(time.average)).padStart(AVERAGE_COLUMNS));
  const told = [
    ...(hops !== undefined ? [counted(hops.length, 'hop')] : []),
    ...(refused > 0 ? [`${grouped(refused)} refused`] : []),
    ...(sentAgain > 0 ? [`${grouped(sentAgain)} sent again`] : []),
    ...(time !== null && columns < AVERAGE_FROM ? [`${milliseconds(time.average)} ms`] : []),
  ].join(', ');
  row.add('  ').add(clip(told, row.left, theme), theme.quiet);
  const second = new StyledRow(columns, row.base).add('   ');
  second.add(clip(tunnelsLine(tunnels), second.left, theme), theme.tunnel);
  return [row.toString(), second.toString()];
}

/** Round trips over time: a sign for each span, as high as its average; a cross where pings were lost. */
function sparkline(
  path: Judgement['paths'][number] | undefined,
  columns: number,
  { glyphs, problem }: Theme,
): [sign: string, style: Style][] {
  const spans = path?.counts.course.spans(columns) ?? [];
  const most = Math.max(...spans.map(({ average }) => average ?? 0));
  return spans.map(({ average, lost }) => {
    if (lost > 0) return [glyphs.lost, problem];
    if (average === null) return [' ', ''];
    const level = Math.ceil((average / most) * glyphs.levels.length) - 1;
    return [glyphs.levels[Math.max(0, level)] ?? ' ', ''];
  });
}

function findingRows(
  { code, severity, message, packets }: Finding,
  isSelected: boolean,
  columns: number,
  theme: Theme,
): string[] {
  const base = itemStyle(isSelected, theme);
  const style = severity === 'error' ? theme.problem : severity === 'warning' ? theme.heading : theme.quiet;
  const mark = isSelected ? theme.glyphs.selected : ' ';
  const head = new StyledRow(columns, base).add(mark + severity.padEnd(FINDING_INDENT - 1), style);
  const first = head.add(clip(code + packetsText(packets), head.left, theme), theme.heading).toString();
  const rest = wrapWords(message, columns - FINDING_INDENT - 1).map((line) =>
    new StyledRow(columns, base).add(' '.repeat(FINDING_INDENT)).add(line).toString(),
  );
  return [first, ...rest];
}
