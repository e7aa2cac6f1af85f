/** The selected path of the ping board in full: its round-trip times over time, and how they are distributed. */

import type { RoundTripBin, RoundTripTimes } from '../../exchange/round-trip-times.ts';
import { millisecondsAt, millisecondsText, secondsText } from '../../picture/round-trips.ts';
import { heatMap } from '../../picture/round-trips-text.ts';
import { counted, milliseconds } from '../../text/words.ts';
import type { VerdictPath } from '../../verdict/verdict.ts';
import type { Judgement } from '../../verdict/verify.ts';
import { grouped } from '../terminal/numbers.ts';
import { clip, StyledRow } from '../terminal/styled-row.ts';
import type { Style } from '../terminal/theme.ts';
import { headingRow } from './item-rows.ts';
import type { ViewContext } from './view.ts';

/** Columns of a heat map's scale, with a space. */
const SCALE_COLUMNS = 9;
const FEWEST_PANEL_ROWS = 6;
/** Columns between a histogram row's range and its bar. */
const BIN_COUNT_COLUMNS = 12;
/** Digits of milliseconds: as everywhere, and nanoseconds. */
const FEWEST_DIGITS = 3;
const MOST_DIGITS = 6;

/** The selected path in full: its tunnels, round-trip times over time, and how they are distributed. */
export function pathPanel(
  context: ViewContext,
  { verdict, paths }: Judgement,
  item: number,
  columns: number,
  height: number,
): string[] {
  const { theme } = context;
  const { glyphs } = theme;
  const path = verdict.paths[item] as VerdictPath;
  const counts = paths[item]?.counts;
  const title = ` ${path.inner.src} ${glyphs.arrow} ${path.inner.dst} id ${path.ident}`;
  const rows = [headingRow(clip(title, columns, theme), columns, theme)];
  const text = (line: string, style: Style = '') =>
    rows.push(new StyledRow(columns).add(clip(` ${line}`, columns, theme), style).toString());
  const { rtt } = path;
  if (rtt === null || counts === undefined) {
    text('no replies, so no round-trip times');
  } else {
    const figures = (['min', 'average', 'p95', 'max'] as const).map(
      (key) => `${key} ${milliseconds(rtt[key])}`,
    );
    text(`round trip ms: ${figures.join('  ')}`);
    const map = context.state.isDrawn ? heatRows(context, path, columns, height - rows.length) : [];
    if (map.length > 0) return [...rows, ...map];
    const { bins, digits } = toldApart(counts.times, height - 3);
    const most = Math.max(...bins.map(({ count }) => count));
    const ranges = bins.map(({ from, to }) => `${from.toFixed(digits)} ${glyphs.dash} ${to.toFixed(digits)}`);
    const rangeColumns = Math.max(22, ...ranges.map(({ length }) => length));
    const bars = Math.max(4, columns - rangeColumns - BIN_COUNT_COLUMNS - 2);
    for (const [i, { count }] of bins.entries()) {
      const range = (ranges[i] as string).padStart(rangeColumns);
      const bar = (glyphs.levels.at(-1) as string).repeat(
        count === 0 ? 0 : Math.max(1, Math.round((count / most) * bars)),
      );
      rows.push(
        new StyledRow(columns)
          .add(range, theme.quiet)
          .add(`${grouped(count).padStart(10)} `)
          .add(bar, theme.good)
          .toString(),
      );
    }
    const spans = counts.course.spans(columns);
    const [first, last] = [spans[0], spans.at(-1)];
    if (first !== undefined && last !== undefined && rows.length < height)
      text(`over ${(last.to - first.from).toFixed(3)} s; ${glyphs.lost} marks losses`, theme.quiet);
  }
  while (rows.length < height) rows.push(' '.repeat(columns));
  return rows.slice(0, height);
}

/**
 * Round trips over time as a heat map, with losses below it: of the pings around the selected packet, as on the path.
 *
 * @returns none where there is no room, or no ping of the path is near
 */
function heatRows(context: ViewContext, { inner }: VerdictPath, columns: number, height: number): string[] {
  const { theme, path } = context;
  const found = path.roundTrips(context.selectedPacket ?? 0);
  const row = found.rows.find(({ name }) => name === `${inner.src} → ${inner.dst}`);
  const width = columns - SCALE_COLUMNS - 1;
  if (row === undefined || height < 4 || width < 10) return [];
  const { rows, lost, low, high, span } = heatMap(row, found, width, height - 2);
  const drawn = rows.map((cells, i) => {
    const scale =
      i === 0
        ? millisecondsText(millisecondsAt(high))
        : i === rows.length - 1
          ? millisecondsText(millisecondsAt(low))
          : '';
    const line = new StyledRow(columns).add(`${scale.padStart(SCALE_COLUMNS - 1)} `, theme.quiet);
    for (const { sign, share } of cells) line.add(sign, share < 0.5 ? theme.quiet : theme.good);
    return line.toString();
  });
  const losses = new StyledRow(columns).add('lost'.padStart(SCALE_COLUMNS - 1), theme.quiet).add(' ');
  for (const isLost of lost)
    losses.add(isLost ? theme.glyphs.lost : theme.glyphs.horizontal, isLost ? theme.problem : theme.quiet);
  const begin = new Date(found.first * 1000).toISOString().slice(11, 19);
  const words = `over ${secondsText(span)} from ${begin} UTC: ${counted(row.answered, 'reply', 'replies')}, ${row.unanswered} lost, around the selected packet`;
  const axis = new StyledRow(columns).add(
    clip(`${' '.repeat(SCALE_COLUMNS)}${words}`, columns, theme),
    theme.quiet,
  );
  return [...drawn, losses.toString(), axis.toString()];
}

/** A histogram of no more ranges than so many times fill, and than there are nanoseconds apart; and the digits that tell their ends apart. */
function toldApart(
  times: RoundTripTimes,
  most: number,
): { readonly bins: readonly RoundTripBin[]; readonly digits: number } {
  for (let ranges = Math.min(most, Math.ceil(2 * Math.sqrt(times.count))); ranges > 1; ranges--) {
    const bins = times.histogram(ranges);
    for (let digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits++) {
      if (bins.every(({ from, to }) => from.toFixed(digits) !== to.toFixed(digits))) return { bins, digits };
    }
  }
  return { bins: times.histogram(1), digits: FEWEST_DIGITS };
}

/**
 * Rows for the selected path: few where it has no round trips to show, and none where they would say nothing.
 *
 * @param left rows that paths and findings leave
 */
export function panelHeight(
  paths: readonly VerdictPath[],
  cursor: number,
  height: number,
  left: number,
): number {
  if (paths.length === 0) return 0;
  const hasTimes = paths[Math.min(cursor, paths.length - 1)]?.rtt !== null;
  const most = hasTimes ? Math.max(FEWEST_PANEL_ROWS, Math.floor(height * 0.42)) : 2;
  const rows = Math.min(most, left);
  return rows < Math.min(most, FEWEST_PANEL_ROWS) ? 0 : rows;
}
