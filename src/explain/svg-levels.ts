/** The lower half of a lesson's picture: a column a level, what means the same in both side by side on one line. */
import { clipped, PACKET_CHARACTER } from '../drawing/svg.ts';
import { isSame, type OutlineRow } from '../output/outline.ts';
import { type Markup, markup } from '../text/markup.ts';
import { compareLevels, isEqual, linkedKey } from './comparison.ts';
import { arrowed, type Lesson, type Step } from './lesson.ts';
import { MARGIN, partOf, WIDTH } from './svg-style.ts';

const LINE = 19;
const GAP = 32;
/** More columns have no room for a field's name beside its value. */
const MOST_COLUMNS = 3;
/** The most fields of a header that are drawn: the picture is for a slide. An IPv4 header's addresses stand last. */
const MOST_FIELDS = 18;

/** A layer's title, or one of its fields. */
interface Line {
  readonly step: Step;
  readonly row?: OutlineRow;
}

/** @returns the picture, where it ends, and the levels that had no room, in words; empty if all had */
export function drawLevels(lesson: Lesson, top: number): { picture: Markup; bottom: number; left: string } {
  const { levels } = lesson.outline;
  const all = Array.from({ length: Math.max(1, levels.length) }, (_, level) => level);
  const shown = all.length > MOST_COLUMNS ? [...all.slice(0, 1), ...all.slice(1 - MOST_COLUMNS)] : all;
  const columns = alignedColumns(shown.map((level) => linesOf(lesson, level)));
  const width = (WIDTH - 2 * MARGIN - (shown.length - 1) * GAP) / shown.length;
  const drawn = shown.map((level, i) => {
    const x = MARGIN + i * (width + GAP);
    const isBesideItsOuter = i > 0 && shown[i - 1] === level - 1;
    const compared = isBesideItsOuter ? compareLevels(lesson.outline, level - 1) : [];
    const lines = (columns[i] ?? []).map((line, number) => {
      if (line === undefined) return markup``;
      const y = top + (number + 1) * LINE + 6;
      if (line.row === undefined) return titleLine(line.step, x, y, width);
      const { row } = line;
      const pair = compared.find(({ outer, inner }) => outer && inner && isSame(inner, row));
      return markup`${pair === undefined ? '' : sign(isEqual(pair), x, y)}${fieldLine(row, x, y, width)}`;
    });
    return markup`${headingOf(lesson, level, x, top, width)}${lines}`;
  });
  const left = all.filter((level) => !shown.includes(level));
  return {
    picture: markup`${drawn}`,
    bottom: top + Math.max(0, ...columns.map(({ length }) => length)) * LINE + 6,
    left: left.length === 0 ? '' : leftText(left),
  };
}

function leftText(left: readonly number[]): string {
  const which = left.length === 1 ? `Level ${left[0]} is` : `Levels ${left[0]} to ${left.at(-1)} are`;
  return `${which} shown only in the boxes above: here the outermost and the two innermost levels are side by side.`;
}

function headingOf({ outline }: Lesson, level: number, x: number, y: number, width: number): Markup {
  const { levels } = outline;
  const { ends = '', tunnel = '' } = levels[level] ?? {};
  const isMiddle = level > 0 && level < levels.length - 1;
  const name = levels.length < 2 ? 'Packet' : level === 0 ? 'Outer' : isMiddle ? `Level ${level}` : 'Inner';
  const text = `${name}  ${arrowed(ends)}${tunnel === '' ? '' : `  in ${tunnel}`}`;
  return markup`<text x="${x}" y="${y}" class="b">${clipped(text, width, PACKET_CHARACTER)}</text>
`;
}

interface Parts {
  readonly before: readonly Line[];
  /** The level's last network layer, whose fields are compared. */
  readonly network: readonly Line[];
  readonly after: readonly Line[];
}

function linesOf({ steps }: Lesson, level: number): Parts {
  const own = steps.filter(({ layer }) => layer.level === level && layer.protocol !== 'data');
  const at = own.findLastIndex(({ layer }) => layer.isNetwork && !layer.isQuoted);
  const lines = (some: readonly Step[]): Line[] =>
    some.flatMap((step) => [
      { step },
      ...step.layer.fields.slice(0, MOST_FIELDS).map((row) => ({ step, row })),
    ]);
  if (at < 0) return { before: [], network: [], after: lines(own) };
  return {
    before: lines(own.slice(0, at)),
    network: lines(own.slice(at, at + 1)),
    after: lines(own.slice(at + 1)),
  };
}

/** Puts the network layers on the same lines, and in them the fields that mean the same; gaps are undefined. */
function alignedColumns(parts: readonly Parts[]): (Line | undefined)[][] {
  const above = Math.max(0, ...parts.map(({ before }) => before.length));
  const keys: string[] = [];
  for (const { network } of parts) {
    let last = -1;
    for (const key of keysOf(network)) {
      const found = keys.indexOf(key);
      if (found < 0) keys.splice(last + 1, 0, key);
      last = found < 0 ? last + 1 : found;
    }
  }
  return parts.map(({ before, network, after }) => {
    const own = keysOf(network);
    const fields = network.length === 0 ? [] : keys.map((key) => network[own.indexOf(key)]);
    const gap = new Array<undefined>(network.length === 0 ? 0 : above - before.length).fill(undefined);
    return [...gap, ...before, ...fields, ...after];
  });
}

/** What each line means: a title, a linked field, and how often that key came before. */
function keysOf(lines: readonly Line[]): string[] {
  const seen = new Map<string, number>();
  return lines.map(({ row }) => {
    const key = row === undefined ? 'title' : linkedKey(row.key);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return `${key} ${times}`;
  });
}

function titleLine(step: Step, x: number, y: number, width: number): Markup {
  return markup`<text x="${x}" y="${y}" class="b ${partOf(step)}">${clipped(step.layer.title.description.title, width, PACKET_CHARACTER)}</text>
`;
}

/** Between the columns, whether the two fields beside it say the same. */
function sign(isSameValue: boolean, x: number, y: number): Markup {
  return markup`<text x="${x - GAP / 2}" y="${y}" text-anchor="middle" class="b">${isSameValue ? '=' : '≠'}</text>`;
}

function fieldLine({ label, value }: OutlineRow, x: number, y: number, width: number): Markup {
  const shown = clipped(value, width * 0.62, PACKET_CHARACTER);
  const room = width - shown.length * PACKET_CHARACTER - 20;
  return markup`<text x="${x + 12}" y="${y}" class="q">${clipped(label, room, PACKET_CHARACTER)}</text><text x="${x + width}" y="${y}" text-anchor="end">${shown}</text>
`;
}
