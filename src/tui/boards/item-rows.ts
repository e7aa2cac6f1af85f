/** What the boards have in common: items of one or more rows each, which scroll as wholes. */
import type { CommandContext, Shown } from '../context.ts';
import type { Scroll } from '../state/scroll.ts';
import { StyledRow } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';

/** The style of an item's rows. */
export function itemStyle(isSelected: boolean, theme: Theme): Style {
  return isSelected ? theme.selected : '';
}

/** Says in the last row how many items are not there in full, where any is not. */
function addMore(
  shown: readonly (readonly string[])[],
  rows: string[],
  count: number,
  height: number,
  moreRow: (count: number) => string,
): void {
  let full = 0;
  let used = 0;
  const isAll = shown.length === count && shown.flat().length <= height;
  if (isAll || height < 2) return;
  for (; full < shown.length; full++) {
    const { length } = shown[full] as readonly string[];
    if (used + length > height - 1) break;
    used += length;
  }
  rows[height - 1] = moreRow(count - full);
}

/** Which item each row shows that was drawn last, from the first item's row on: what the mouse points at. */
const drawn = new WeakMap<Shown, { readonly below: number; readonly items: readonly number[] }>();

/** @param row of the view, from 0 */
export function drawnItem(context: Shown, row: number): number | undefined {
  const { below = 0, items = [] } = drawn.get(context) ?? {};
  return items[row - below];
}

/**
 * Rows of items, from the one that is shown first, so that the selected one is in sight.
 *
 * @param below rows of the view above these
 * @param rowsOf an item's rows
 * @param moreRow the last row where items have no room, or not all of theirs: so many
 */
export function itemRows(
  context: Shown,
  below: number,
  count: number,
  { cursor, top }: Scroll,
  height: number,
  columns: number,
  rowsOf: (item: number, isSelected: boolean) => readonly string[],
  moreRow?: (count: number) => string,
): string[] {
  const selected = Math.min(cursor, count - 1);
  const shown: string[][] = [];
  let first = selected;
  let used = 0;
  // From the selected item upwards as far as there is room, and then on below it.
  for (let item = selected; item >= 0; item--) {
    const rows = [...rowsOf(item, item === selected)];
    if (used > 0 && used + rows.length > height) break;
    if (item < Math.min(top, selected) && used > 0) break;
    shown.unshift(rows);
    first = item;
    used += rows.length;
  }
  for (let item = selected + 1; item < count && used < height; item++) {
    const rows = [...rowsOf(item, false)];
    shown.push(rows);
    used += rows.length;
  }
  const items = shown.flatMap((rows, i) => rows.map(() => first + i)).slice(0, height);
  drawn.set(context, { below, items });
  const rows = shown.flat().slice(0, height);
  if (moreRow !== undefined) addMore(shown, rows, count - first, height, moreRow);
  while (rows.length < height) rows.push(' '.repeat(columns));
  return rows;
}

/** A heading across the screen. */
export function headingRow(text: string, columns: number, theme: Theme): string {
  return new StyledRow(columns, theme.title).add(text).toString();
}

/** Shows packets only, those that a filter lets pass. */
export function showPackets(context: CommandContext, filter: string): void {
  const fault = context.filterBy(filter);
  if (fault === undefined) context.dispatch({ type: 'view', view: 'packets' });
  else context.say(fault);
}
