/** Bytes as digits and characters. */
import type { StyledRow } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';

/** Cells that a row of so many bytes takes: offset, digits with a gap every eight, characters. */
export function hexColumns(perRow: number): number {
  return 6 + perRow * 3 + perRow / 8 + 1 + perRow;
}

/**
 * Appends the bytes `from` to `to`, exclusively.
 *
 * @param start where byte 0 is in `view`
 * @param perRow bytes that a whole row has, a multiple of 8
 * @param isJoined whether the space between a byte and the next has the byte's style too
 */
export function addHexRow(
  row: StyledRow,
  view: DataView,
  start: number,
  from: number,
  to: number,
  perRow: number,
  styleOf: (byte: number) => Style,
  isJoined: (byte: number) => boolean,
  theme: Theme,
): void {
  const first = row.used;
  row.add(`${from.toString(16).padStart(4, '0')}  `, theme.quiet);
  for (let byte = from; byte < to; byte++) {
    const digits = view
      .getUint8(start + byte)
      .toString(16)
      .padStart(2, '0');
    row.add(digits, styleOf(byte));
    const gap = (byte - from) % 8 === 7 ? '  ' : ' ';
    row.add(gap, byte + 1 < to && isJoined(byte) ? styleOf(byte) : '');
  }
  row.padTo(first + hexColumns(perRow) - perRow);
  for (let byte = from; byte < to; byte++) {
    const value = view.getUint8(start + byte);
    row.add(value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : '.', styleOf(byte));
  }
}
