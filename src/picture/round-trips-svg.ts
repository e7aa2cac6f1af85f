/** Round trips over time as SVG: a dot a ping, or a heat map where there are too many; losses as crosses on the axis. */

import { type Drawing, MARGIN, round, stacked, text } from '../drawing/svg.ts';
import { type Markup, markup } from '../text/markup.ts';
import { counted } from '../text/words.ts';
import {
  COLUMNS,
  commonScale,
  millisecondsAt,
  millisecondsText,
  ROWS,
  type RoundTripRow,
  type RoundTrips,
  type Scale,
  secondsText,
  secondsTicks,
} from './round-trips.ts';

const LEFT = 84;
const PLOT = 960;
const HEIGHT = 150;
const TOP = 34;
/** A heading's characters are wider than others, digits most. */
const HEADING = 1.45;

/** Marks whose words have room in a plot. */
const MOST_WORDS = 9;

/** A moment that is worth a mark on every plot. */
export interface Mark {
  /** Seconds since the first ping. */
  readonly at: number;
  readonly words: string;
}

/** What is drawn of one capture. */
export interface TimedCapture {
  readonly roundTrips: RoundTrips;
  readonly marks?: readonly Mark[];
  /** Stands in its rows' titles; empty where there is one capture alone. */
  readonly name?: string;
}

/** All on one scale. Captures' rows between the same addresses stand below each other: before, and after. */
export function roundTripsDrawing(captures: readonly TimedCapture[]): Drawing {
  const common = commonScale(captures.map(({ roundTrips }) => roundTrips));
  // What was found after the last ping stands there: an ICMP error, for one, that came late.
  const scale = {
    ...common,
    span: Math.max(common.span, ...captures.flatMap(({ marks = [] }) => marks.map(({ at }) => at))),
  };
  const rows = captures.flatMap((capture) => capture.roundTrips.rows.map((row) => ({ row, capture })));
  const names = [...new Set(rows.map(({ row }) => row.name))];
  const ordered = names.flatMap((name) => rows.filter(({ row }) => row.name === name));
  return stacked(
    [...ordered.map(({ row, capture }) => rowDrawing(row, capture, scale)), ...captures.flatMap(restDrawing)],
    10,
  );
}

/** What has no row. */
function restDrawing({ roundTrips: { rows, others }, name = '' }: TimedCapture): Drawing[] {
  if (others === 0 && rows.length > 0) return [];
  const what =
    rows.length === 0
      ? 'no ping to be drawn'
      : `and ${counted(others, 'ping')} between other addresses, not drawn`;
  const words = name === '' ? what : `${name}: ${what}`;
  return [
    {
      width: LEFT + PLOT,
      height: 30,
      picture: text(words, MARGIN, 20, { kind: 'q', most: LEFT + PLOT - 2 * MARGIN }),
      description: words,
    },
  ];
}

function rowDrawing(
  row: RoundTripRow,
  { roundTrips: { span }, marks = [], name: capture = '' }: TimedCapture,
  { low, high, span: shown }: Scale,
): Drawing {
  const { name, dots, answered, unanswered } = row;
  const x = (seconds: number) => MARGIN + LEFT + (shown === 0 ? 0 : (seconds / shown) * PLOT);
  const y = (place: number) => TOP + HEIGHT - ((place - low) / (high - low)) * HEIGHT;
  const bottom = TOP + HEIGHT;
  const title = `${name}${capture === '' ? '' : ` in ${capture}`}: ${answered} answered, ${unanswered} lost`;
  const cellWidth = (span / COLUMNS / Math.max(shown, 1e-9)) * PLOT;
  const parts: Markup[] = [
    text(title, MARGIN, 18, { kind: 'h', most: (LEFT + PLOT) / HEADING }),
    markup`<rect class="box" x="${MARGIN + LEFT}" y="${TOP}" width="${PLOT}" height="${HEIGHT}"/>
`,
    ...scale(low, high).map(
      (
        place,
      ) => markup`<path class="rule" stroke-opacity=".6" d="M${MARGIN + LEFT} ${round(y(place))}h${PLOT}"/>
${text(millisecondsText(millisecondsAt(place)), MARGIN + LEFT - 8, y(place) + 4, { kind: 'q e' })}`,
    ),
    ...secondsTicks(shown).map((at) => text(secondsText(at), x(at), bottom + 30, { kind: 'q m' })),
  ];
  if (dots === undefined) parts.push(...heatMap(row, low, high, x, y, cellWidth, span));
  else {
    for (const { at, rtt } of dots) {
      if (rtt === null) continue;
      const place = Math.log10(Math.max(rtt * 1000, 1)) * 8;
      parts.push(markup`<circle class="dot" fill-opacity=".7" cx="${round(x(at))}" cy="${round(y(place))}" r="2.2"/>
`);
    }
  }
  for (const at of lostTimes(row, span)) {
    parts.push(markup`<path class="lostway" d="M${round(x(at) - 3.5)} ${bottom + 6}l7 7m0 -7l-7 7"/>
`);
  }
  for (const [i, { at, words }] of marks.entries()) {
    parts.push(markup`<path class="lostway dash" d="M${round(x(at))} ${TOP}V${bottom}"><title>${words}</title></path>
`);
    // Each below the one before; what has no room is in the line's title.
    const isRight = at > shown / 2;
    if (i < MOST_WORDS)
      parts.push(text(words, x(at) + (isRight ? -5 : 5), TOP + 13 + i * 14, { kind: isRight ? 'x e' : 'x' }));
  }
  return {
    width: MARGIN * 2 + LEFT + PLOT + 24,
    height: bottom + 44,
    picture: markup`${parts}`,
    description: `Round trips over time, ${title}, from ${millisecondsText(millisecondsAt(low))} to ${millisecondsText(millisecondsAt(high))}.`,
  };
}

function heatMap(
  { cells }: RoundTripRow,
  low: number,
  high: number,
  x: (seconds: number) => number,
  y: (place: number) => number,
  width: number,
  span: number,
): Markup[] {
  const most = Math.max(1, ...cells);
  const parts: Markup[] = [];
  for (let column = 0; column < COLUMNS; column++) {
    for (let row = low; row < high; row++) {
      const count = cells[column * ROWS + row] as number;
      if (count === 0) continue;
      // By the logarithm: one ping is to be seen beside a thousand.
      const share = 0.15 + 0.85 * (Math.log1p(count) / Math.log1p(most));
      parts.push(markup`<rect class="dot" fill-opacity="${round(share * 10) / 10}" x="${round(x((column * span) / COLUMNS))}" y="${round(y(row + 1))}" width="${round(width)}" height="${round(y(row) - y(row + 1))}"/>
`);
    }
  }
  return parts;
}

/** Columns, or moments, where pings were lost: at most one mark a column. */
function lostTimes({ dots, lost }: RoundTripRow, span: number): number[] {
  if (dots !== undefined) return dots.flatMap(({ at, rtt }) => (rtt === null ? [at] : []));
  return [...lost].flatMap((count, column) => (count > 0 ? [((column + 0.5) * span) / COLUMNS] : []));
}

/** Factors of ten, and three of each where there are few. */
function scale(low: number, high: number): number[] {
  const places: number[] = [];
  for (let place = low; place <= high; place += high - low <= 16 ? 4 : 8) places.push(place);
  return places;
}
