/** `lab results`: a class's results beside each other, and the keys of its learners. */
import { readFileSync, statSync } from 'node:fs';
import { type ClassRow, classRows, type ResultFile } from '../../../../lab/lesson/class-table.ts';
import { learnersKey, parseResult } from '../../../../lab/lesson/result.ts';
import { escapeControls } from '../../../../text/printable.ts';
import { columnsOf } from '../../../../text/wide-text.ts';
import { EXIT, UsageError } from '../../../errors.ts';
import { writeText } from '../../../standard-output.ts';

export interface ResultsOptions {
  /** The class's passphrase. */
  class?: string;
  /** Seeds to print keys for. */
  keys?: string[];
  T: 'table' | 'csv' | 'json';
}

/** More bytes than any lesson's result has. */
const MOST_BYTES = 1 << 24;

/** @returns the exit code: not met where a file was changed, is another's, or is sealed with another key */
export async function classResults(files: readonly string[], options: ResultsOptions): Promise<number> {
  const { class: passphrase, keys } = options;
  if (keys !== undefined) {
    if (passphrase === undefined) throw new UsageError('--keys: expected --class PASSPHRASE too');
    writeText(keys.map((seed) => `${escapeControls(seed)}\t${learnersKey(passphrase, seed)}\n`).join(''));
    return EXIT.done;
  }
  if (files.length === 0) throw new UsageError('expected the files that lab lesson --result wrote');
  const rows = await classRows(files.map(readResult), passphrase);
  writeText(FORMATS[options.T](rows));
  return rows.every(isSound) ? EXIT.done : EXIT.notMet;
}

function readResult(file: string): ResultFile {
  try {
    if (statSync(file).size > MOST_BYTES) throw new RangeError('is not a lesson’s result: it is too large');
    return { file, result: parseResult(readFileSync(file, 'utf8')) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file} ${code === undefined ? message : `can’t be read: ${code}`}`);
  }
}

function isSound({ proof, remarks }: ClassRow): boolean {
  return (proof === 'sealed' || proof === 'unsealed' || proof === 'seal unchecked') && remarks.length === 0;
}

const FORMATS: Readonly<Record<ResultsOptions['T'], (rows: readonly ClassRow[]) => string>> = {
  table: formatClassTable,
  csv: (rows) =>
    [FIELDS.join(','), ...rows.map((row) => FIELDS.map((field) => csvField(row[field])).join(','))]
      .map((line) => `${line}\r\n`)
      .join(''),
  json: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
};

const FIELDS = [
  'file',
  'seed',
  'lesson',
  'isDone',
  'questions',
  'right',
  'atOnce',
  'wrong',
  'hints',
  'skipped',
  'tasks',
  'tasksDone',
  'solutions',
  'minutes',
  'proof',
  'remarks',
] as const satisfies readonly (keyof ClassRow)[];

/** RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe: seeds and files are the learners' words. */
function csvField(value: ClassRow[keyof ClassRow]): string {
  if (typeof value === 'number') return String(Math.round(value * 10) / 10);
  const text = escapeControls(Array.isArray(value) ? value.join('; ') : String(value ?? ''));
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function formatClassTable(rows: readonly ClassRow[]): string {
  const cells = rows.map((row) => [
    row.seed ?? '-',
    row.lesson,
    row.isDone ? 'done' : 'not done',
    `${row.right} of ${row.questions}`,
    String(row.atOnce),
    String(row.wrong),
    String(row.hints),
    String(row.skipped),
    row.tasks === 0 ? '-' : `${row.tasksDone} of ${row.tasks}${row.solutions > 0 ? ' (shown)' : ''}`,
    row.minutes.toFixed(1),
    row.proof,
    row.file,
  ]);
  const head = [
    'seed',
    'lesson',
    '',
    'right',
    'at once',
    'wrong',
    'hints',
    'skipped',
    'tasks',
    'minutes',
    'file is',
    'file',
  ];
  const table = [head, ...cells].map((line) => line.map((cell) => escapeControls(cell)));
  const widths = head.map((_, i) => Math.max(...table.map((line) => columnsOf(line[i] ?? ''))));
  const lines = table.map((line) =>
    line
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - columnsOf(cell)))
      .join('  ')
      .trimEnd(),
  );
  const remarks = rows.flatMap(({ file, remarks: own }) =>
    own.map((remark) => escapeControls(`${file}: ${remark}`)),
  );
  return `${[...lines, ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n')}\n`;
}
