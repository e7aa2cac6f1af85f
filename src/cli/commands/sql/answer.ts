/** What an engine answered, as text: nothing in it reaches a terminal unescaped. */
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { columnsOf } from '../../../text/wide-text.ts';

export type AnswerFormat = 'table' | 'json' | 'csv';

/** A value as JSON has it. */
export type Value = string | number | boolean | null | readonly unknown[] | object;

export interface Answer {
  readonly columns: readonly string[];
  /** By column: numbers stand at the right. */
  readonly areNumbers: readonly boolean[];
  readonly rows: readonly (readonly Value[])[];
}

export function formatAnswer(answer: Answer, format: AnswerFormat): string {
  if (format === 'json') return formatJson(answer);
  return format === 'csv' ? formatCsv(answer) : formatTable(answer);
}

/** One array of objects, a row a line. */
function formatJson({ columns, rows }: Answer): string {
  if (rows.length === 0) return '[]\n';
  const lines = rows.map((row) => asciiJson(Object.fromEntries(columns.map((name, i) => [name, row[i]]))));
  return `[\n${lines.join(',\n')}\n]\n`;
}

/** RFC 4180, with a first line of names, and lines that end as Unix has them; null is empty. */
function formatCsv({ columns, rows }: Answer): string {
  const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [columns, ...rows]
    .map((row) => `${row.map((value) => quoted(value === null ? '' : shown(value))).join(',')}\n`)
    .join('');
}

function formatTable({ columns, areNumbers, rows }: Answer): string {
  const cells = [columns, ...rows].map((row) => row.map((value) => (value === null ? '-' : shown(value))));
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => columnsOf(row[i] as string))));
  return cells
    .map((row) => {
      const padded = row.map((text, i) => {
        const blanks = ' '.repeat((widths[i] as number) - columnsOf(text));
        return areNumbers[i] === true ? blanks + text : text + blanks;
      });
      return `${padded.join('  ').trimEnd()}\n`;
    })
    .join('');
}

function shown(value: Exclude<Value, null>): string {
  return escapeControls(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
