/** Which pane a place on the screen belongs to, and which byte: for the mouse. */
import type { Layout, PaneName } from './layout.ts';

/** A place in a pane. */
export interface Pointed {
  readonly pane: PaneName;
  /** The row of the pane's contents that is shown there, from 0; -1 for its title. */
  readonly row: number;
  /** Cells from the pane's left edge. */
  readonly column: number;
}

/** The pane at a place among the packets; undefined on the status row, the footer and between panes. */
export function paneAt(layout: Layout, column: number, row: number): Pointed | undefined {
  const { maximised, listRows, leftRows, rightRows, bytesRows, leftColumns, isSideBySide } = layout;
  let top = 1;
  const within = (pane: PaneName, rows: number, left = 0): Pointed | undefined =>
    row >= top && row <= top + rows ? { pane, row: row - top - 1, column: column - left } : undefined;
  if (maximised !== undefined) return within(maximised, layout.rows - 3);
  const inList = within('list', listRows);
  if (inList !== undefined) return inList;
  top += listRows + 1;
  if (isSideBySide) {
    if (column === leftColumns) return undefined;
    const inHeaders =
      column < leftColumns ? within('left', leftRows) : within('right', rightRows, leftColumns + 1);
    if (inHeaders !== undefined) return inHeaders;
    top += leftRows + 1;
  } else {
    const inLeft = within('left', leftRows);
    if (inLeft !== undefined) return inLeft;
    top += leftRows + 1;
    const inRight = within('right', rightRows);
    if (inRight !== undefined) return inRight;
    top += rightRows + 1;
  }
  return within('bytes', bytesRows);
}

/** Which byte of its row a column of the bytes pane shows, by its digits; undefined beside them. */
export function byteAt(column: number, bytesPerRow: number): number | undefined {
  // Four digits of offset and two spaces; a byte takes three cells, and one more stands behind every eighth.
  const cell = column - 6;
  const byte = Math.floor(cell / 25) * 8 + Math.min(7, Math.floor((cell % 25) / 3));
  return cell < 0 || byte >= bytesPerRow ? undefined : byte;
}
