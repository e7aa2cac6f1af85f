/** What an engine answers, as text: nothing in it reaches a terminal unescaped. Rows are printed as they come, and not held. */
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { columnsOf } from '../../../text/wide-text.ts';

export type AnswerFormat = 'table' | 'json' | 'csv';

/** A value as JSON has it; numbers may be text, as a double does not hold all of them. */
export type Value = string | number | boolean | null | readonly unknown[] | object;
type Row = readonly Value[];

export interface Answer {
  readonly columns: readonly string[];
  /** By column: numbers stand at the right. */
  readonly areNumbers: readonly boolean[];
  /** Some at a time. */
  readonly rows: AsyncIterable<readonly Row[]>;
}

/** Rows by whose widths a table is set; a later row that needs more moves those behind it. */
const SETTING_ROWS = 2048;

/** @returns the text, piece by piece */
export function formatAnswer(answer: Answer, format: AnswerFormat): AsyncGenerator<string> {
  if (format === 'json') return formatJson(answer);
  return format === 'csv' ? formatCsv(answer) : formatTable(answer);
}

/** One array of objects, a row a line. */
async function* formatJson({ columns, areNumbers, rows }: Answer): AsyncGenerator<string> {
  let before = '[\n';
  for await (const some of rows) {
    const lines = some.map((row) =>
      asciiJson(Object.fromEntries(columns.map((name, i) => [name, exact(row[i], areNumbers[i] === true)]))),
    );
    yield `${before}${lines.join(',\n')}`;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** A number, where a double holds all of it. */
function exact(value: Value | undefined, isNumber: boolean): Value | undefined {
  if (!isNumber || typeof value !== 'string') return value;
  const plain = value.includes('.') ? value.replace(/\.?0+$/, '') : value;
  const number = Number(plain);
  return Number.isFinite(number) && String(number) === plain ? number : value;
}

/** RFC 4180, with a first line of names, and lines that end as Unix has them; null is empty. */
async function* formatCsv({ columns, rows }: Answer): AsyncGenerator<string> {
  const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (row: Row) => `${row.map((value) => quoted(value === null ? '' : shown(value))).join(',')}\n`;
  yield line(columns);
  for await (const some of rows) yield some.map(line).join('');
}

async function* formatTable({ columns, areNumbers, rows }: Answer): AsyncGenerator<string> {
  const widths = columns.map(() => 0);
  let held = [columns.map(shown)];

  function set(): string {
    for (const row of held)
      for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] as number, columnsOf(text));
    const lines = held.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`);
    held = [];
    return lines.join('');
  }

  function pad(text: string, i: number): string {
    const blanks = ' '.repeat((widths[i] as number) - columnsOf(text));
    return areNumbers[i] === true ? blanks + text : text + blanks;
  }

  for await (const some of rows) {
    for (const row of some) held.push(row.map((value) => (value === null ? '-' : shown(value))));
    if (held.length >= SETTING_ROWS) yield set();
  }
  if (held.length > 0) yield set();
}

function shown(value: Exclude<Value, null>): string {
  return escapeControls(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
