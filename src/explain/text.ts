/** A lesson as text, for paper, mail and terminals. */
import wrapAnsi from 'wrap-ansi';
import { boxRows } from './boxes.ts';
import type { Comparison } from './comparison.ts';
import { arrowed, type Lesson, type LessonField, type Step, type Tunnel } from './lesson.ts';

/** Columns of a sheet of paper, and the least that tables need. */
export const PAPER_COLUMNS = 80;
export const LEAST_COLUMNS = 60;
const BYTES_COLUMNS = 24;
const INDENT = '   ';

/**
 * @param heading the packet's number, file and time
 * @param columns at least {@link LEAST_COLUMNS}
 */
export function lessonText(lesson: Lesson, heading: string, columns: number): string {
  const { summary, steps, tunnels } = lesson;
  const wrap = (text: string, indent: string): string => indented(text, indent, columns);
  const parts = [
    wrap(heading, ''),
    '='.repeat(Math.min(heading.length, columns)),
    wrap(summary.join(' '), ''),
    '',
  ];
  parts.push(...boxRows(steps, columns), '');
  for (const tunnel of tunnels) parts.push(...tunnelLines(tunnel, columns), '');
  for (const [i, step] of steps.entries()) parts.push(...stepLines(step, i + 1, columns), '');
  return `${parts.map((line) => line.trimEnd()).join('\n')}`;
}

/** A layer in words, with its fields. */
export function stepLines(step: Step, number: number, columns: number): string[] {
  const { layer, end, osi, why, router, cost, fields, issues } = step;
  const { title, from, to } = layer;
  const { description } = title;
  const wrap = (text: string): string => indented(text, INDENT, columns);
  const isData = layer.protocol === 'data';
  const place = (isData ? end : to) === from ? 'no bytes' : `bytes ${from} to ${(isData ? end : to) - 1}`;
  const heading = `${number}. ${layer.isQuoted ? 'Quoted: ' : ''}${description.title}`;
  const lines = [
    indented(`${heading}  ${place}`, '', columns),
    '-'.repeat(Math.min(columns, heading.length + 2 + place.length)),
    wrap(`${osi}${description.reference === '' ? '' : `. ${description.reference}`}.`),
    wrap(description.about),
    wrap(`Why it is here: ${why}`),
    wrap(`A router on the path sees: ${router}`),
    wrap(`Cost: ${cost}.`),
  ];
  for (const issue of issues) lines.push(wrap(`! ${issue}`));
  if (fields.length > 0) lines.push('');
  for (const field of fields) lines.push(...fieldLines(field, columns, description.reference));
  return lines;
}

function fieldLines({ row, bytes, reference }: LessonField, columns: number, usual: string): string[] {
  const head = `${INDENT}${bytes.padEnd(BYTES_COLUMNS)} `;
  const indent = ' '.repeat(head.length);
  const told = `${row.label}: ${row.value}`;
  const about = row.field?.about ?? '';
  const source = reference === usual || reference === '' ? '' : ` (${reference})`;
  return [
    head + indented(told, indent, columns).slice(indent.length),
    ...(about + source === '' ? [] : [indented(`${about}${source}`, `${indent}  `, columns)]),
  ];
}

/** A tunnel's outer headers beside the inner ones, field by field, and what it costs. */
export function tunnelText(tunnel: Tunnel, columns: number): string {
  return tunnelLines(tunnel, columns).join('\n');
}

function tunnelLines(tunnel: Tunnel, columns: number): string[] {
  const { name, outerEnds, innerEnds, compared, cost } = tunnel;
  const label = Math.max(...compared.map((one) => one.label.length), 5);
  const value = Math.max(
    8,
    ...compared.flatMap(({ outer, inner }) => [outer?.value.length ?? 0, inner?.value.length ?? 0]),
  );
  const lines = [
    indented(`Outer and inner side by side: ${name}`, '', columns),
    indented(`outer ${arrowed(outerEnds)}, inner ${arrowed(innerEnds)}`, INDENT, columns),
  ];
  if (compared.length > 0) lines.push('', `${INDENT}${''.padEnd(label)}  ${'Outer'.padEnd(value)}  Inner`);
  for (const one of compared) lines.push(...comparedLines(one, label, value, columns));
  if (cost !== '') lines.push('', indented(cost, INDENT, columns));
  return lines;
}

/** On one row where both values have room, else one below the other. */
function comparedLines(one: Comparison, label: number, value: number, columns: number): string[] {
  const { says } = one;
  const [outer, inner] = [one.outer?.value ?? '–', one.inner?.value ?? '–'];
  const indent = `${INDENT}${' '.repeat(label)}  `;
  const row = `${INDENT}${one.label.padEnd(label)}  ${outer.padEnd(value)}  ${inner}`;
  const rows =
    row.length <= columns
      ? [row]
      : [`${INDENT}${one.label.padEnd(label)}  outer ${outer}`, `${indent}inner ${inner}`];
  return says === '' ? rows : [...rows, indented(says, indent, columns)];
}

/** Wrapped at words to `columns`, each line behind `indent`. */
function indented(text: string, indent: string, columns: number): string {
  return wrapAnsi(text, Math.max(20, columns - indent.length), { hard: true })
    .split('\n')
    .map((line) => indent + line)
    .join('\n');
}
