/** Where the panes stand, from the terminal's size alone. */
import { clamp } from './clamp.ts';

export type PaneName = 'list' | 'left' | 'right' | 'bytes';

/** Below this a line says so, and nothing else is drawn. */
export const SMALLEST = { columns: 60, rows: 16 } as const;
/** From here on everything has its place; on less, a note says so. */
export const MADE_FOR = { columns: 80, rows: 24 } as const;
/** From this many columns on, outer and inner headers stand side by side. */
export const SIDE_BY_SIDE_COLUMNS = 96;
/** A row of 16 bytes: offset, digits, characters. */
export const BYTES_COLUMNS = 74;
/** From this many columns on, what is selected is explained beside the bytes. */
const EXPLAINED_COLUMNS = BYTES_COLUMNS + 34;

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly isTooSmall: boolean;
  /** Rows of a view beside the packets: all but the status row and the footer. */
  readonly viewRows: number;
  readonly isSideBySide: boolean;
  /** The pane that has the screen to itself; undefined if all are shown. */
  readonly maximised: PaneName | undefined;
  /** Rows of packets, without the column headings. */
  readonly listRows: number;
  /** Of the outer and the inner pane: their contents, without titles. */
  readonly leftColumns: number;
  readonly rightColumns: number;
  readonly leftRows: number;
  readonly rightRows: number;
  /** Rows of bytes, without the title; 0 if the terminal has no room for them. */
  readonly bytesRows: number;
  readonly bytesPerRow: number;
  /** Columns for the explanation of what is selected, right of the bytes; 0 if there is no room. */
  readonly explainedColumns: number;
}

/** What the user changed about the layout that fits the terminal's size. */
export interface Wishes {
  /** Rows that the list was given, or that were taken from it: below zero. */
  readonly moreListRows: number;
  /** Headers stand one below the other where they would stand side by side, and the other way round. */
  readonly isRotated: boolean;
  /** The pane that is to have the screen to itself. */
  readonly maximised: PaneName | undefined;
}

export const NO_WISHES: Wishes = { moreListRows: 0, isRotated: false, maximised: undefined };

export function createLayout(columns: number, rows: number, wishes: Wishes): Layout {
  const { moreListRows, isRotated, maximised } = wishes;
  const isSideBySide = columns >= SIDE_BY_SIDE_COLUMNS !== isRotated;
  // Status line, column headings, titles of the panes and of the bytes, footer.
  const free = Math.max(0, rows - (isSideBySide ? 5 : 6));
  const bytesRows = clamp(Math.round(free * 0.23), 2, 16);
  const listShare = isSideBySide ? 0.26 : 0.34;
  const most = free - bytesRows - (isSideBySide ? 4 : 6);
  const listRows = clamp(Math.round(free * listShare) + moreListRows, 3, most);
  const paneRows = free - bytesRows - listRows;
  const bytesPerRow = columns >= 190 ? 32 : 16;
  const bytesColumns = bytesPerRow === 32 ? 142 : BYTES_COLUMNS;
  const leftColumns = isSideBySide ? (columns - 1) >> 1 : columns;
  const layout: Layout = {
    columns,
    rows,
    isTooSmall: columns < SMALLEST.columns || rows < SMALLEST.rows,
    viewRows: Math.max(1, rows - 2),
    isSideBySide,
    maximised,
    listRows,
    leftColumns,
    rightColumns: isSideBySide ? columns - 1 - leftColumns : columns,
    leftRows: isSideBySide ? paneRows : paneRows >> 1,
    rightRows: isSideBySide ? paneRows : paneRows - (paneRows >> 1),
    bytesRows,
    bytesPerRow,
    explainedColumns: columns >= EXPLAINED_COLUMNS ? columns - bytesColumns - 1 : 0,
  };
  if (maximised === undefined) return layout;
  // All but the status line, the pane's title and the footer.
  const whole = Math.max(1, rows - 3);
  switch (maximised) {
    case 'list':
      return { ...layout, listRows: whole };
    case 'left':
      return { ...layout, isSideBySide: false, leftColumns: columns, leftRows: whole };
    case 'right':
      return { ...layout, isSideBySide: false, rightColumns: columns, rightRows: whole };
    case 'bytes':
      return { ...layout, bytesRows: whole };
  }
}
