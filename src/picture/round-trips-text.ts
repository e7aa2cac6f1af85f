/** Round trips over time as signs in cells: two heights to a cell, as half blocks. */
import { COLUMNS, ROWS, type RoundTripRow, type RoundTrips, rangeOf, shownSpan } from './round-trips.ts';

export interface HeatCell {
  /** `▀`, `▄`, `█` or a space. */
  readonly sign: string;
  /** How many there are, from 0 to 1 of the most, by the logarithm. */
  readonly share: number;
}

export interface HeatMap {
  /** The longest round trips first. */
  readonly rows: readonly (readonly HeatCell[])[];
  /** Of each column: whether a ping was lost. */
  readonly lost: readonly boolean[];
  /** Rows of the recorder that the map's lower and upper edge are. */
  readonly low: number;
  readonly high: number;
  /** Seconds from left to right. */
  readonly span: number;
}

/** @param width columns. @param height rows, of two heights each */
export function heatMap(row: RoundTripRow, found: RoundTrips, width: number, height: number): HeatMap {
  const [low, high] = rangeOf(row, 1);
  const span = shownSpan(found);
  const used = Math.max(1, Math.round((span / found.span) * COLUMNS));
  const halves = height * 2;
  const counts = new Float64Array(width * halves);
  const lost = new Array<boolean>(width).fill(false);
  for (let column = 0; column < width; column++) {
    const [first, end] = part(column, width, used);
    for (let at = first; at < end; at++) {
      if ((row.lost[at] as number) > 0) lost[column] = true;
      for (let half = 0; half < halves; half++) {
        const [from, to] = part(half, halves, high - low);
        for (let rung = low + from; rung < low + to; rung++) {
          (counts[column * halves + half] as number) += row.cells[at * ROWS + rung] as number;
        }
      }
    }
  }
  const most = Math.log1p(Math.max(1, ...counts));
  const rows = Array.from({ length: height }, (_, line) =>
    Array.from({ length: width }, (_, column): HeatCell => {
      const lower = column * halves + (height - 1 - line) * 2;
      const [below, above] = [counts[lower] as number, counts[lower + 1] as number];
      const sign = below > 0 ? (above > 0 ? '█' : '▄') : above > 0 ? '▀' : ' ';
      return { sign, share: Math.log1p(Math.max(below, above)) / most };
    }),
  );
  return { rows, lost, low, high, span };
}

/** Which of `all` a place of `places` stands for: at least one of them. */
function part(place: number, places: number, all: number): [from: number, to: number] {
  const from = Math.floor((place * all) / places);
  return [from, Math.max(from + 1, Math.floor(((place + 1) * all) / places))];
}
