import { describe, expect, it } from 'vitest';
import { createLayout, SIDE_BY_SIDE_COLUMNS, SMALLEST } from '../../src/tui/layout.ts';

describe('every size from the smallest to 250 by 100', () => {
  it.each([-20, 0, 7, 90])('is filled exactly, with %d more rows for the list', (more) => {
    for (let columns = SMALLEST.columns; columns <= 250; columns++) {
      for (let rows = SMALLEST.rows; rows <= 100; rows++) {
        const layout = createLayout(columns, rows, more);
        const { isSideBySide, listRows, leftRows, rightRows, bytesRows, leftColumns, rightColumns } = layout;
        // Status line, column headings, titles, footer.
        const titles = isSideBySide ? 5 : 6;
        const panes = isSideBySide ? leftRows : leftRows + rightRows;
        expect([columns, rows, titles + listRows + panes + bytesRows]).toEqual([columns, rows, rows]);
        expect(isSideBySide ? leftColumns + 1 + rightColumns : leftColumns).toBe(columns);
        expect(Math.min(listRows, leftRows, rightRows, bytesRows)).toBeGreaterThanOrEqual(2);
        expect(layout.isTooSmall).toBe(false);
      }
    }
  });
});

it.each([
  [SIDE_BY_SIDE_COLUMNS - 1, false],
  [SIDE_BY_SIDE_COLUMNS, true],
])('%d columns: side by side %s', (columns, isSideBySide) => {
  expect(createLayout(columns, 40, 0).isSideBySide).toBe(isSideBySide);
});

it.each([
  [59, 16, true],
  [60, 15, true],
  [60, 16, false],
  [0, 0, true],
])('%d by %d: too small %s', (columns, rows, isTooSmall) => {
  expect(createLayout(columns, rows, 0).isTooSmall).toBe(isTooSmall);
});
