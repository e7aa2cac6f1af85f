/** What a lesson says as lines for a terminal: wrapped at words, colour only where it helps. */
import { styleText } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import { escapeControls } from '../../text/printable.ts';
import { columnsOf, joinedLines, wrapWide } from '../../text/wide-text.ts';
import type { Said } from './events.ts';

/** The widest that texts are, also on a wider terminal: long lines are hard to read. */
const WIDEST = 84;
const INDENT = '  ';

export interface TextOptions {
  /** Of the terminal. */
  readonly columns: number;
  readonly color: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** How wide pictures and tables may be in a terminal of so many columns. */
export function pictureColumns(columns: number): number {
  return Math.min(columns, 120) - INDENT.length;
}

/** @returns lines, each ended by a newline; a blank one first */
export function saidText({ kind, text }: Said, options: TextOptions): string {
  const { columns, color } = options;
  const width = Math.max(20, Math.min(columns, WIDEST));
  const paint = (style: Style, words: string) =>
    color ? styleText(style, words, { validateStream: false }) : words;
  switch (kind) {
    case 'title':
      return `\n${paint('bold', text)}\n${paint('bold', '='.repeat(Math.min(columnsOf(text), columns)))}\n`;
    case 'text':
      return paragraphs(text)
        .map((paragraph) => `\n${paragraphText(paragraph, width, paint)}\n`)
        .join('');
    case 'command':
      return `\n${INDENT}${paint('bold', text)}\n`;
    case 'output':
      return `${outputLines(text, columns)}\n`;
    case 'picture':
      return `\n${outputLines(text, columns)}\n`;
    case 'choice':
      return `${hanging(text, INDENT, `${INDENT}   `, width)}\n`;
    case 'right':
      return `\n${paint(['bold', 'green'], wrapped(text, width))}\n`;
    case 'wrong':
      return `\n${paint(['bold', 'red'], wrapped(text, width))}\n`;
    case 'place':
    case 'note':
      return `\n${wrapped(text, width)
        .split('\n')
        .map((line) => paint('dim', line))
        .join('\n')}\n`;
  }
}

/** Blocks between blank lines. */
function paragraphs(text: string): string[] {
  return text.trimEnd().split(/\n\s*\n/);
}

/**
 * Lines that are indented stay as they are, and items of a list begin lines of their own; all others are one text, wrapped
 * again.
 */
function paragraphText(paragraph: string, width: number, paint: Paint): string {
  const lines = paragraph.replace(/^\n+/, '').split('\n');
  if (lines.every((line) => /^ {2}/.test(line))) return lines.join('\n');
  const items: string[] = [];
  for (const line of lines) {
    if (/^- /.test(line) || items.length === 0) items.push(line);
    else items.push(joinedLines(items.pop() ?? '', line.trim()));
  }
  return items
    .map((item) => marked(item, paint))
    .map((item) => (/^- /.test(item) ? hanging(item, '', '  ', width) : wrapped(item, width)))
    .join('\n');
}

type Paint = (style: Style, words: string) => string;

/** `commands` and *new words* stand out. */
function marked(text: string, paint: Paint): string {
  return text
    .replace(/`([^`]+)`/g, (_, words: string) => paint('cyan', words))
    .replace(/(?<![\w*])\*(?! )([^*\n]+)(?<! )\*(?![\w*])/g, (_, words: string) => paint('bold', words));
}

function wrapped(text: string, width: number): string {
  return wrapWide(text, width);
}

/** The first line behind one indent, those below it behind another. */
function hanging(text: string, first: string, rest: string, width: number): string {
  return wrapped(text, width - rest.length)
    .split('\n')
    .map((line, i) => (i === 0 ? first : rest) + line)
    .join('\n');
}

/** What programs printed: nothing in it may move the cursor; a line that is too long goes on in the next, indented. */
function outputLines(text: string, columns: number): string {
  const room = Math.max(20, columns - INDENT.length);
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const plain = escapeControls(withoutTabs(line));
      if (plain.length <= room) return [plain];
      return wrapAnsi(plain, room - 4, { hard: true, trim: false })
        .split('\n')
        .map((part, i) => (i === 0 ? part : `    ${part.trimStart()}`));
    })
    .map((line) => (INDENT + line).trimEnd())
    .join('\n');
}

const TAB = 8;

function withoutTabs(line: string): string {
  let out = '';
  for (const part of line.split(/(?<=\t)/)) {
    out += part.endsWith('\t') ? part.slice(0, -1) : part;
    if (part.endsWith('\t')) out += ' '.repeat(TAB - (out.length % TAB));
  }
  return out;
}
