/** What a lesson says, in rows: the packet in words, outer beside inner, a layer in words, its bytes, its fields. */
import { type Comparison, isEqual } from '../../explain/comparison.ts';
import { arrowed, type Lesson, type LessonField, type Step, type Tunnel } from '../../explain/lesson.ts';
import { addHexRow, hexColumns } from '../detail/hex-row.ts';
import type { FoundPacket } from '../packets/store.ts';
import { clip, StyledRow, wrapWords } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';
import { styleOf } from './lesson-envelope.ts';

/** Cells of the words that stand left of a paragraph. */
const LABEL = 10;
/** Longer rows are hard to read. */
const MOST_READABLE = 100;
/** Bytes of payload that are shown: enough to see what it is. */
const MOST_BYTES = 512;

/** Blocks of rows one below the other, an empty row between them. */
export function stacked(blocks: readonly (readonly string[])[], columns: number): string[] {
  const rows: string[] = [];
  for (const block of blocks) {
    if (block.length === 0) continue;
    if (rows.length > 0) rows.push(' '.repeat(columns));
    rows.push(...block);
  }
  return rows;
}

/** Two columns of rows, with a line between them. */
export function besides(
  left: readonly string[],
  right: readonly string[],
  leftColumns: number,
  rightColumns: number,
  theme: Theme,
): string[] {
  const line = new StyledRow(1).add(theme.glyphs.vertical, theme.quiet).toString();
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    return (left[i] ?? ' '.repeat(leftColumns)) + line + (right[i] ?? ' '.repeat(rightColumns));
  });
}

/** The packet in words, and how to read the picture above. */
export function wholeBlock(lesson: Lesson, columns: number, theme: Theme): string[] {
  const { summary, steps } = lesson;
  const many = steps.length === 1 ? 'one' : String(steps.length);
  return [
    ...paragraph('Packet', summary.join(' '), columns, theme),
    ...paragraph(
      'Picture',
      `A packet is a letter in nested envelopes: each header is written on an envelope, and everything after it lies inside. The boxes show these ${many} layers, to scale. Right takes the outermost off, as its addressee does; Left puts it back.`,
      columns,
      theme,
    ),
    ...lesson.tunnels.flatMap(({ cost }) => (cost === '' ? [] : paragraph('Cost', cost, columns, theme))),
  ];
}

/** Outer and inner header of each tunnel, side by side. */
export function tunnelsBlock(lesson: Lesson, columns: number, theme: Theme): string[] {
  return stacked(
    lesson.tunnels.map((tunnel) => tunnelRows(tunnel, columns, theme)),
    columns,
  );
}

function tunnelRows(
  { name, outerEnds, innerEnds, compared, cost }: Tunnel,
  columns: number,
  theme: Theme,
): string[] {
  const { same, differs, arrow } = theme.glyphs;
  const ends = (text: string) => text.replaceAll(' > ', ` ${arrow} `);
  const label = 15;
  // A sign and its spaces, then two columns of values.
  const value = Math.max(8, Math.floor((columns - label - 5) / 2));
  const rows = [
    new StyledRow(columns).add(` Outer and inner side by side: ${name}`, theme.heading).toString(),
    new StyledRow(columns)
      .add(''.padEnd(label + 4))
      .column(ends(outerEnds), value, theme.outer, theme)
      .add(clip(ends(innerEnds), value, theme), theme.inner)
      .toString(),
  ];
  for (const one of compared) {
    const sign = one.outer === undefined || one.inner === undefined ? ' ' : isEqual(one) ? same : differs;
    rows.push(
      new StyledRow(columns)
        .add(` ${sign} `, theme.heading)
        .column(one.label, label, '', theme)
        .column(sideText(one, 'outer'), value, theme.outer, theme)
        .add(clip(sideText(one, 'inner'), value, theme), theme.inner)
        .toString(),
      ...wrapped(one.says, 3 + 2, columns, theme.quiet),
    );
  }
  const below = compared.length > 0 ? `${same} the same   ${differs} different` : cost;
  rows.push(...wrapped(below, 1, columns, theme.quiet));
  return rows;
}

function sideText(one: Comparison, side: 'outer' | 'inner'): string {
  return one[side]?.value ?? '-';
}

/** A layer in words: what it is, why it is here, what routers make of it, what it costs. */
export function stepBlock(step: Step, columns: number, theme: Theme): string[] {
  const { layer, osi, why, router, cost, issues } = step;
  const { description } = layer.title;
  const name = `${layer.isQuoted ? 'Quoted: ' : ''}${description.title}`;
  const source = description.reference === '' ? '' : ` (${description.reference})`;
  return [
    ...wrapped(`${name}${source}`, 1, columns, `${theme.heading}`),
    ...issues.flatMap((issue) => wrapped(`! ${issue}`, 1, columns, theme.problem)),
    ...paragraph('What', description.about, columns, theme),
    ...paragraph('Why here', why, columns, theme),
    ...paragraph('Routers', router, columns, theme),
    ...paragraph('Place', `${osi}.`, columns, theme),
    ...paragraph('Cost', `${cost}.`, columns, theme),
  ];
}

/** The bytes that belong to a layer, among their neighbours; of the whole packet all. */
export function bytesBlock(
  { view, start }: FoundPacket,
  { outline, steps }: Lesson,
  current: Step | undefined,
  columns: number,
  theme: Theme,
): string[] {
  const from = current?.layer.from ?? 0;
  const to = Math.min(
    outline.length,
    current === undefined
      ? outline.length
      : current.layer.protocol === 'data'
        ? current.end
        : current.layer.to,
  );
  const rows: string[] = [];
  const add = (text: string, style: Style) => rows.push(...wrapped(text, 1, columns, style));
  if (to <= from) {
    add('It has no bytes.', theme.heading);
    return rows;
  }
  const place = current === undefined ? `All ${to} bytes` : `Bytes ${from} to ${to - 1} of ${outline.length}`;
  add(place, theme.heading);
  add(
    current === undefined
      ? 'From the left: where the row begins, each byte as two hexadecimal digits (00 to ff are 0 to 255), and its character, or a dot.'
      : 'This layer’s bytes are highlighted; before them is what was taken off, after them what is inside.',
    theme.quiet,
  );
  const perRow = columns > hexColumns(16) ? 16 : 8;
  const styles = new Array<Style>(Math.min(outline.length, to + perRow)).fill('');
  for (const step of steps) {
    const end = step.layer.protocol === 'data' ? step.end : step.layer.to;
    const isOff = current !== undefined && step.layer.from < from;
    styles.fill(isOff ? theme.quiet : styleOf(step, theme), step.layer.from, Math.min(end, styles.length));
  }
  const isOwn = (byte: number): boolean => current !== undefined && byte >= from && byte < to;
  const shownTo = Math.min(to, from + MOST_BYTES);
  for (let at = from - (from % perRow); at < shownTo; at += perRow) {
    const row = new StyledRow(columns).add(' ');
    const end = Math.min(outline.length, at + perRow);
    addHexRow(
      row,
      view,
      start,
      at,
      end,
      perRow,
      (byte) => (isOwn(byte) ? theme.selected : (styles[byte] ?? '')),
      (byte) => isOwn(byte) && isOwn(byte + 1),
      theme,
    );
    rows.push(row.toString());
  }
  if (shownTo < to) add(`${to - shownTo} bytes more`, theme.quiet);
  return rows;
}

/** Each field: its bytes or bits, what they say, what it is for, and where that is written. */
export function fieldsBlock({ fields }: Step, columns: number, theme: Theme): string[] {
  if (fields.length === 0) return [];
  const digits = Math.min(23, Math.max(8, ...fields.map(({ bytes }) => bytes.length)));
  return [
    new StyledRow(columns).add(' Its fields, with their bytes or bits', theme.heading).toString(),
    ...fields.flatMap((field) => fieldRows(field, digits, columns, theme)),
  ];
}

function fieldRows(
  { row, bytes, reference }: LessonField,
  digits: number,
  columns: number,
  theme: Theme,
): string[] {
  const at = digits + 3;
  const name = `${row.label}:`;
  const value = ` ${arrowed(row.value)}`;
  const style = row.isProblem ? theme.problem : '';
  const first = new StyledRow(columns).add(` ${clip(bytes, digits, theme)}`).padTo(at);
  const about = row.field?.about ?? '';
  // Where it is written stands at the row's end, or behind the words where that is full.
  const isAtEnd = name.length + value.length + reference.length + 3 <= first.left;
  const words = wrapped(
    isAtEnd || reference === '' ? about : `${about} (${reference})`.trimStart(),
    at,
    columns,
    '',
  );
  if (name.length + value.length > first.left) {
    first.add(clip(name, first.left, theme), theme.heading);
    return [first.toString(), ...wrapped(value.trimStart(), at, columns, style), ...words];
  }
  first.add(name, theme.heading).add(value, style);
  if (isAtEnd)
    first.padTo(Math.min(columns, at + MOST_READABLE) - reference.length - 1).add(reference, theme.quiet);
  return [first.toString(), ...words];
}

/** Words behind a word that says what they are about. */
function paragraph(label: string, text: string, columns: number, theme: Theme): string[] {
  if (text === '') return [];
  return wrapWords(text, Math.min(MOST_READABLE, columns - LABEL - 2)).map((words, i) =>
    new StyledRow(columns)
      .add(` ${(i === 0 ? label : '').padEnd(LABEL)}`, theme.heading)
      .add(words)
      .toString(),
  );
}

function wrapped(text: string, indent: number, columns: number, style: Style): string[] {
  if (text === '') return [];
  return wrapWords(text, Math.min(MOST_READABLE, columns - indent - 1)).map((words) =>
    new StyledRow(columns).add(' '.repeat(indent)).add(words, style).toString(),
  );
}
