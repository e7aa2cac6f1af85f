/** A lesson: the selected packet, peeled one layer a keypress. What it says is src/explain's; here it is laid out for a screen. */

import { createLesson, type Lesson } from '../../explain/lesson.ts';
import type { Outline } from '../../output/outline.ts';
import type { Shown } from '../context.ts';
import { clamp } from '../state/clamp.ts';
import { stepOf } from '../state/lesson-steps.ts';
import { StyledRow } from '../terminal/styled-row.ts';
import type { Theme } from '../terminal/theme.ts';
import { envelopeRows } from './lesson-envelope.ts';
import {
  besides,
  bytesBlock,
  fieldsBlock,
  stacked,
  stepBlock,
  tunnelsBlock,
  wholeBlock,
} from './lesson-rows.ts';
import type { View } from './view.ts';

/** From this many columns on, words stand left and fields right. */
const TWO_COLUMNS = 120;
/** Cells of the left column: rows that are easy to read, with room for sixteen bytes where the right one stays as wide. */
const LEFT_COLUMNS = { share: 0.46, least: 75, most: 100 } as const;
/** The part of the screen that the envelope may take; of more layers those around the current one are shown. */
const ENVELOPE_SHARE = 0.45;

interface Page {
  readonly outline: Outline;
  readonly step: number;
  readonly columns: number;
  readonly height: number;
  /** What stays where it is: the title and the envelope. */
  readonly pinned: readonly string[];
  /** What scrolls below it. */
  readonly body: readonly string[];
}

interface Known {
  outline: Outline;
  lesson: Lesson;
  page: Page | undefined;
}

/** The lesson of the packet that is shown, and the page that was laid out last. */
const known = new WeakMap<Shown, Known>();

export const lessonView: View = {
  hasCursor: false,

  count(context) {
    const page = pageOf(context);
    return page === undefined ? 1 : page.pinned.length + 1 + page.body.length;
  },

  pageRows(context) {
    const page = pageOf(context);
    return page === undefined ? 1 : Math.max(1, page.height - page.pinned.length - 1);
  },

  render(context, { top }, columns, height) {
    const { theme } = context;
    const page = pageOf(context);
    if (page === undefined)
      return [new StyledRow(columns).add(' There is no packet to explain yet.').toString()];
    const { pinned, body } = page;
    const room = Math.max(0, height - pinned.length - 1);
    const first = clamp(top, 0, body.length - room);
    const below = body.length - first - room;
    return [...pinned, rule(columns, first, Math.max(0, below), theme), ...body.slice(first, first + room)];
  },
};

/** Between what stays and what scrolls: how much there is above and below. */
function rule(columns: number, above: number, below: number, theme: Theme): string {
  const { horizontal } = theme.glyphs;
  const parts = [above > 0 ? `${above} rows above` : '', below > 0 ? `${below} more rows: Down` : ''];
  const tail = parts.filter((part) => part !== '').join(', ');
  const row = new StyledRow(columns);
  if (tail === '') return row.add(horizontal.repeat(columns), theme.quiet).toString();
  row.add(horizontal.repeat(Math.max(0, columns - tail.length - 4)), theme.quiet);
  return row.add(` ${tail} `, theme.heading).add(horizontal.repeat(2), theme.quiet).toString();
}

function pageOf(context: Shown): Page | undefined {
  const outline = context.outline();
  const packet = context.selectedPacket;
  if (outline === undefined || packet === undefined) return undefined;
  let entry = known.get(context);
  if (entry?.outline !== outline) {
    const found = context.selectedFound();
    if (found === undefined) return undefined;
    entry = {
      outline,
      lesson: createLesson(found.view, context.reader.stack, context.state.mtu),
      page: undefined,
    };
    known.set(context, entry);
  }
  const { columns, viewRows } = context.state.layout;
  const step = stepOf(outline, context.state.lesson);
  const { page } = entry;
  if (page?.step === step && page.columns === columns && page.height === viewRows) return page;
  entry.page = layOut(context, entry.lesson, packet, step, columns, viewRows);
  return entry.page;
}

function layOut(
  context: Shown,
  lesson: Lesson,
  packet: number,
  step: number,
  columns: number,
  height: number,
): Page | undefined {
  const { theme } = context;
  const found = context.selectedFound();
  if (found === undefined) return undefined;
  const { outline, steps } = lesson;
  const current = steps[step - 1];
  const right = columns >= TWO_COLUMNS ? columns - leftColumns(columns) - 1 : columns;
  const more =
    current === undefined ? tunnelsBlock(lesson, right, theme) : fieldsBlock(current, right, theme);
  const isWide = right < columns && more.length > 0;
  const left = isWide ? leftColumns(columns) : columns;
  const words = current === undefined ? wholeBlock(lesson, left, theme) : stepBlock(current, left, theme);
  const bytes = bytesBlock(found, lesson, current, left, theme);
  let body: string[];
  if (isWide) body = besides(stacked([words, bytes], left), more, left, right, theme);
  else body = stacked(current === undefined ? [words, more, bytes] : [words, bytes, more], columns);
  const pinned = [
    titleRow(lesson, packet, step, columns, theme),
    ...envelopeRows(steps, step, columns, Math.max(4, Math.floor(height * ENVELOPE_SHARE)), theme),
  ];
  return { outline, step, columns, height, pinned, body };
}

function leftColumns(columns: number): number {
  const { share, least, most } = LEFT_COLUMNS;
  return clamp(Math.floor(columns * share), columns >= 2 * least ? least : 0, most);
}

/** Which packet, which step of how many, and what lies there. */
function titleRow(
  { outline, steps }: Lesson,
  packet: number,
  step: number,
  columns: number,
  theme: Theme,
): string {
  const row = new StyledRow(columns).add(` Lesson: packet ${packet + 1} `, theme.title).add(' ');
  const current = steps[step - 1];
  if (current === undefined) {
    return row
      .add('The whole packet', theme.heading)
      .add(`, ${outline.length} bytes in ${steps.length} layers`)
      .toString();
  }
  const { layer } = current;
  return row
    .add(`${layer.title.label}`, theme.heading)
    .add(`, layer ${step} of ${steps.length}${levelText(layer.level, outline.deepestLevel)}`)
    .toString();
}

function levelText(level: number, deepest: number): string {
  if (deepest === 0) return '';
  if (level === 0) return ', outside the tunnel';
  return deepest === 1 ? ', inside the tunnel' : `, inside ${level} of ${deepest} tunnels`;
}
