/**
 * Screens beside the packets: boards, a lesson, help. Each is rows that scroll, and what Enter does on one.
 *
 *   views.ts       the table of them
 *   *-view.ts      draw
 *   *-counts.ts    count each packet as it comes; board-counts.ts holds all of them
 *   ping-pictures.ts  puts pings together from point to point, and over time, out of the packets around the selected one
 *   item-rows.ts   rows of items, of which one is selected
 *   lesson-rows.ts, lesson-envelope.ts  the parts of a lesson
 */
import type { CommandContext, Shown } from '../context.ts';
import type { Binding } from '../keys/keymap.ts';
import type { Reading } from '../packets/reading.ts';
import type { Scroll } from '../state/scroll.ts';
import type { BoardCounts } from './board-counts.ts';
import type { PingPictures } from './ping-pictures.ts';

/** What views read. */
export interface ViewContext extends Shown {
  readonly bindings: readonly Binding[];
  /** What is counted as packets come. */
  readonly boards: BoardCounts;
  readonly path: PingPictures;
  readonly reading: Pick<Reading, 'lostOf'>;
  /** Warnings are in full, and escaped. */
  facts(): { readonly warnings: readonly string[] };
}

/** A screen of rows between the status row and the footer. */
export interface View {
  /** How many rows there are, in sight or not. */
  count(context: ViewContext): number;
  /** False for rows to read, which scroll whole: the cursor is then the first row in sight. */
  readonly hasCursor: boolean;
  /**
   * The rows in sight, each `columns` cells wide.
   *
   * @param height how many; fewer are filled up
   */
  render(context: ViewContext, scroll: Scroll, columns: number, height: number): string[];
  /** How many rows a page has, where that is not all of them between the status row and the footer. */
  pageRows?(context: ViewContext): number;
  /** What Enter does on a row. */
  open?(context: ViewContext & CommandContext, row: number): void;
}
