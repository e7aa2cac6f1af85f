import { describe, expect, it } from 'vitest';
import { createLayout, NO_WISHES, type PaneName } from '../../../src/tui/state/layout.ts';
import { byteAt, paneAt } from '../../../src/tui/state/pane-places.ts';

describe('panes', () => {
  // 120 by 40: 9 rows of packets, 18 of headers in 59 columns each, 8 of bytes; titles over each.
  it.each<[column: number, row: number, pane: PaneName | undefined, inside: number]>([
    [0, 0, undefined, 0],
    [0, 1, 'list', -1],
    [0, 2, 'list', 0],
    [119, 10, 'list', 8],
    [0, 11, 'left', -1],
    [58, 12, 'left', 0],
    [59, 12, undefined, 0],
    [60, 12, 'right', 0],
    [60, 29, 'right', 17],
    [0, 30, 'bytes', -1],
    [0, 38, 'bytes', 7],
    [0, 39, undefined, 0],
  ])('%i,%i is %s %i', (column, row, pane, inside) => {
    const place = paneAt(createLayout(120, 40, NO_WISHES), column, row);
    expect(place?.pane).toBe(pane);
    if (pane !== undefined) expect(place?.row).toBe(inside);
  });

  it('one that has the screen to itself is everywhere', () => {
    const layout = createLayout(120, 40, { ...NO_WISHES, maximised: 'bytes' });
    expect(paneAt(layout, 5, 20)).toEqual({ pane: 'bytes', row: 18, column: 5 });
  });
});

it.each([
  [0, undefined],
  [6, 0],
  [7, 0],
  [9, 1],
  [28, 7],
  [31, 8],
  [53, 15],
  [56, undefined],
])('column %i shows byte %s', (column, byte) => {
  expect(byteAt(column, 16)).toBe(byte);
});
