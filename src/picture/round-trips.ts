/**
 * Round trips over time, gathered as pings are told, in bounded memory: each ping by itself while there are few, and counted in cells
 * of time by logarithm of the round trip from then on.
 */
import type { PingEvent } from '../exchange/ping/ping-events.ts';

/** Cells of time, and of round trips: from a microsecond to a hundred seconds, eight for each factor of ten. */
export const COLUMNS = 240;
export const ROWS = 64;
const ROWS_PER_DECADE = 8;
const LEAST_MICROSECONDS = 1;
/** Rows that a plot shows at least: a factor of ten. */
const LEAST_ROWS = 8;
/** Pings that are kept one by one. */
const MOST_DOTS = 3000;
/** Pairs of addresses with a row of their own. */
const MOST_PATHS = 8;

export interface RoundTripRow {
  /** `172.16.0.2 → 172.16.1.2`. */
  readonly name: string;
  /** Each ping; undefined where there were too many. */
  readonly dots: readonly RoundTripDot[] | undefined;
  /** How many round trips began in each cell, by column, then row from the shortest. */
  readonly cells: Uint32Array;
  /** How many lost pings began in each column. */
  readonly lost: Uint32Array;
  readonly answered: number;
  readonly unanswered: number;
}

export interface RoundTripDot {
  /** Seconds since the columns' beginning. */
  readonly at: number;
  /** Milliseconds; null for a lost one. */
  readonly rtt: number | null;
}

export interface RoundTrips {
  readonly rows: readonly RoundTripRow[];
  /** Seconds that the columns span together. */
  readonly span: number;
  /** Seconds since 1970 where the columns begin: at most one before the first ping. */
  readonly first: number;
  /** Pings between further pairs of addresses. */
  readonly others: number;
}

interface Gathered {
  name: string;
  /** By the request's number, with seconds since 1970: a later word on a ping replaces an earlier one. */
  dots: Map<number, RoundTripDot>;
  cells: Uint32Array;
  lost: Uint32Array;
  answered: number;
  unanswered: number;
}

export interface RoundTripRecorder {
  /** To be given each event of a ping. */
  tell(event: PingEvent): void;
  /** Which events it wants. */
  wants(event: PingEvent['event']): boolean;
  /** What was told until now. */
  roundTrips(): RoundTrips;
}

export function recordRoundTrips(): RoundTripRecorder {
  const rows = new Map<string, Gathered>();
  /** Seconds since 1970 where the first column begins. */
  let start: number | undefined;
  /** Seconds of a column: doubled where pings come later than the last. */
  let width = 0.001;
  let kept = 0;
  let areKept = true;
  let others = 0;

  function widen(): void {
    width *= 2;
    for (const row of rows.values()) halve(row);
  }

  /** A lost ping is told when its time is out: after the replies to later ones, before which it was sent. */
  function columnOf(sent: number): number {
    start ??= sent;
    if (sent < start) {
      const early = start - sent;
      while (usedColumns(rows.values()) + Math.ceil(early / width) > COLUMNS) widen();
      const columns = Math.ceil(early / width);
      for (const row of rows.values()) shift(row, columns);
      start -= columns * width;
    }
    while ((sent - start) / width >= COLUMNS) widen();
    return Math.max(0, Math.floor((sent - start) / width));
  }

  function rowOf(name: string): Gathered | undefined {
    const known = rows.get(name);
    if (known !== undefined || rows.size >= MOST_PATHS) return known;
    const made: Gathered = {
      name,
      dots: new Map(),
      cells: new Uint32Array(COLUMNS * ROWS),
      lost: new Uint32Array(COLUMNS),
      answered: 0,
      unanswered: 0,
    };
    rows.set(name, made);
    return made;
  }

  return {
    wants: (event) => event === 'reply' || event === 'unanswered' || event === 'undelivered',
    tell({ event, time, inner, rtt, request }) {
      const isReply = event === 'reply';
      // A reply that came before its request has no round trip to be drawn.
      if (!isReply && event !== 'unanswered' && event !== 'undelivered') return;
      if (isReply && typeof rtt !== 'number') return;
      const row = rowOf(`${inner.src} → ${inner.dst}`);
      if (row === undefined) {
        others++;
        return;
      }
      const sent = Number(time) - (isReply ? (rtt as number) / 1000 : 0);
      const column = columnOf(sent);
      if (isReply) {
        row.answered++;
        const cell = column * ROWS + heightOf(rtt as number);
        row.cells[cell] = (row.cells[cell] as number) + 1;
      } else {
        row.unanswered++;
        row.lost[column] = (row.lost[column] as number) + 1;
      }
      if (!areKept) return;
      if (!row.dots.has(request)) kept++;
      row.dots.set(request, { at: sent, rtt: isReply ? (rtt as number) : null });
      if (kept <= MOST_DOTS) return;
      areKept = false;
      for (const one of rows.values()) one.dots.clear();
    },
    roundTrips() {
      const first = start ?? 0;
      const dotsOf = ({ dots }: Gathered) =>
        [...dots.values()].map(({ at, rtt }) => ({ at: at - first, rtt }));
      return {
        rows: [...rows.values()].map((row) => ({ ...row, dots: areKept ? dotsOf(row) : undefined })),
        span: width * COLUMNS,
        first,
        others,
      };
    },
  };
}

/** @param rtt milliseconds. @returns the row, from 0 */
function heightOf(rtt: number): number {
  const decades = Math.log10(Math.max(rtt * 1000, LEAST_MICROSECONDS) / LEAST_MICROSECONDS);
  return Math.min(ROWS - 1, Math.floor(decades * ROWS_PER_DECADE));
}

/** Milliseconds at a row's lower edge. */
export function millisecondsAt(row: number): number {
  return (LEAST_MICROSECONDS * 10 ** (row / ROWS_PER_DECADE)) / 1000;
}

/** Two columns into one. */
function halve({ cells, lost }: Gathered): void {
  for (let column = 0; column < COLUMNS; column++) {
    const isThere = column * 2 < COLUMNS;
    const sum = (list: Uint32Array, from: number, next: number) =>
      isThere ? (list[from] as number) + (list[next] as number) : 0;
    lost[column] = sum(lost, column * 2, column * 2 + 1);
    for (let row = 0; row < ROWS; row++) {
      cells[column * ROWS + row] = sum(cells, column * 2 * ROWS + row, (column * 2 + 1) * ROWS + row);
    }
  }
}

/** Makes room for pings before the first column; the last columns are empty. */
function shift({ cells, lost }: Gathered, columns: number): void {
  lost.copyWithin(columns, 0);
  lost.fill(0, 0, columns);
  cells.copyWithin(columns * ROWS, 0);
  cells.fill(0, 0, columns * ROWS);
}

/** Columns up to the last that has a ping; at least one. */
function usedColumns(rows: Iterable<Pick<RoundTripRow, 'cells' | 'lost'>>): number {
  let last = 0;
  for (const { cells, lost } of rows) {
    for (let column = COLUMNS - 1; column > last; column--) {
      const isUsed =
        (lost[column] as number) > 0 ||
        cells.subarray(column * ROWS, (column + 1) * ROWS).some((count) => count > 0);
      if (isUsed) last = column;
    }
  }
  return last + 1;
}

/** Seconds from the first ping to the last: what the plots show. */
export function shownSpan({ rows, span }: RoundTrips): number {
  return (span * usedColumns(rows)) / COLUMNS;
}

/** What several plots have in common, so that they can be compared. */
export interface Scale {
  /** Rows of the recorder that are the plots' lower and upper edge. */
  readonly low: number;
  readonly high: number;
  /** Seconds from left to right. */
  readonly span: number;
}

/** The scale on which all that some captures have can be drawn; times are each capture's own, since its first ping. */
export function commonScale(all: readonly RoundTrips[]): Scale {
  const ranges = all.flatMap(({ rows }) =>
    rows.filter(({ answered }) => answered > 0).map((row) => rangeOf(row)),
  );
  const [first = UNKNOWN_RANGE] = ranges;
  return {
    low: Math.min(first[0], ...ranges.map(([low]) => low)),
    high: Math.max(first[1], ...ranges.map(([, high]) => high)),
    span: Math.max(0, ...all.map(shownSpan)),
  };
}

/** From 100 µs to 10 ms: what is shown where nothing was answered. */
const UNKNOWN_RANGE = [16, 32] as const;

/** The rows that a plot shows: those with round trips, to whole steps, by themselves factors of ten. */
export function rangeOf(
  { cells }: Pick<RoundTripRow, 'cells'>,
  step = ROWS_PER_DECADE,
): [low: number, high: number] {
  let [low, high] = [ROWS, 0];
  for (const [i, count] of cells.entries()) {
    if (count === 0) continue;
    low = Math.min(low, i % ROWS);
    high = Math.max(high, (i % ROWS) + 1);
  }
  if (low >= high) return [...UNKNOWN_RANGE];
  low = Math.min(Math.floor(low / step) * step, ROWS - LEAST_ROWS);
  return [low, Math.max(Math.ceil(high / step) * step, low + LEAST_ROWS)];
}

export function millisecondsText(value: number): string {
  return value < 1
    ? `${Number((value * 1000).toPrecision(2))} µs`
    : value < 1000
      ? `${Number(value.toPrecision(2))} ms`
      : `${Number((value / 1000).toPrecision(2))} s`;
}

/** Seconds that a time axis is marked at, from 0: some five, round in the unit that they are told in. */
export function secondsTicks(span: number): number[] {
  const least = span / 6;
  const unit = span < 600 ? 1 : 60;
  const power = 10 ** Math.floor(Math.log10(Math.max(least / unit, 1e-6)));
  const step = unit * power * ([1, 2, 5, 10].find((times) => unit * power * times >= least) ?? 10);
  return Array.from({ length: Math.floor(span / step + 1e-9) + 1 }, (_, i) => i * step);
}

export function secondsText(value: number): string {
  if (value < 0.001) return value === 0 ? '0' : `${Math.round(value * 1e6)} µs`;
  if (value < 1) return `${Number((value * 1000).toPrecision(3))} ms`;
  return value < 600 ? `${Number(value.toPrecision(3))} s` : `${Number((value / 60).toPrecision(3))} min`;
}
