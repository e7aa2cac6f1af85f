import { describe, expect, it } from 'vitest';
import { createLayout, NO_WISHES, SIDE_BY_SIDE_COLUMNS, SMALLEST } from '../../../src/tui/state/layout.ts';

describe('every size from the smallest to 250 by 100', () => {
  it.each([
    [-20, false],
    [0, false],
    [0, true],
    [7, true],
    [90, false],
  ])('is filled exactly, with %d more rows for the list, rotated: %s', (moreListRows, isRotated) => {
    for (let columns = SMALLEST.columns; columns <= 250; columns++) {
      for (let rows = SMALLEST.rows; rows <= 100; rows++) {
        const layout = createLayout(columns, rows, { ...NO_WISHES, moreListRows, isRotated });
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
  expect(createLayout(columns, 40, NO_WISHES).isSideBySide).toBe(isSideBySide);
});

it.each([
  [59, 16, true],
  [60, 15, true],
  [60, 16, false],
  [0, 0, true],
])('%d by %d: too small %s', (columns, rows, isTooSmall) => {
  expect(createLayout(columns, rows, NO_WISHES).isTooSmall).toBe(isTooSmall);
});

it.each(['list', 'left', 'right', 'bytes'] as const)(
  'gives the whole screen to a maximised pane: %s',
  (maximised) => {
    for (const [columns, rows] of [
      [60, 16],
      [80, 24],
      [120, 40],
      [250, 70],
    ] as const) {
      const { listRows, leftRows, rightRows, bytesRows, leftColumns, rightColumns, isSideBySide } =
        createLayout(columns, rows, { ...NO_WISHES, maximised });
      const height = { list: listRows, left: leftRows, right: rightRows, bytes: bytesRows }[maximised];
      // Status line, the pane's own title, footer.
      expect(height).toBe(rows - 3);
      if (maximised === 'left') expect([leftColumns, isSideBySide]).toEqual([columns, false]);
      if (maximised === 'right') expect([rightColumns, isSideBySide]).toEqual([columns, false]);
    }
  },
);

it.each([
  [80, false, false],
  [80, true, true],
  [200, false, true],
  [200, true, false],
])('%d columns, rotated %s: side by side %s', (columns, isRotated, isSideBySide) => {
  expect(createLayout(columns, 40, { ...NO_WISHES, isRotated }).isSideBySide).toBe(isSideBySide);
});
