/** Where a lesson is taken: lines in from a terminal or a pipe, texts out, page by page where they are read at once. */
import { createInterface, type Interface } from 'node:readline';
import type { TextOptions } from '../../../../lab/lesson/terminal-text.ts';
import { inAscii, isUnicodeLocale } from '../../../../text/ascii.ts';
import { isTerminal } from '../../../is-terminal.ts';
import { writeText } from '../../../standard-output.ts';

const PAPER_COLUMNS = 80;
/** Rows that stay free below a page: for a blank one and the question whether to go on. */
const PROMPT_ROWS = 2;

export interface Pager {
  /** Prints a text; where the screen is full of what nobody had time to read, it waits first. */
  show(text: string): Promise<void>;
  /** Somebody has read, or will before they answer. */
  read(): void;
}

/** @param more waits for who reads: whether they want more */
export function createPager(more: () => Promise<boolean>): Pager {
  /** Rows since somebody answered. */
  let unread = 0;
  return {
    async show(text) {
      const room = (process.stdout.rows ?? 24) - PROMPT_ROWS;
      let lines = text.replace(/\n$/, '').split('\n');
      while (isOnTerminal() && unread + lines.length > room) {
        // What fits a screen is not cut in two; the rest of a long one stands below.
        const count = lines.length <= room ? 0 : Math.max(0, room - unread);
        if (count > 0) print(`${lines.slice(0, count).join('\n')}\n`);
        lines = lines.slice(count);
        unread = 0;
        if (!(await more())) return;
      }
      print(`${lines.join('\n')}\n`);
      unread += lines.length;
    },
    read() {
      unread = 0;
    },
  };
}

export function isOnTerminal(): boolean {
  return isTerminal(0) && isTerminal(1);
}

export interface Lines {
  /** @returns undefined at the input's end */
  next(prompt: string): Promise<string | undefined>;
  close(): void;
}

/** Standard input line by line, each when it is asked for. @param onInterrupt Ctrl-C at the terminal */
export function openLines(onInterrupt: () => void): Lines {
  // Asked once: a terminal that is gone is none any more.
  const hasTerminal = isOnTerminal();
  const reader: Interface = createInterface({
    input: process.stdin,
    ...(hasTerminal && { output: process.stdout }),
    terminal: hasTerminal,
  });
  const waiting: string[] = [];
  let isClosed = false;
  let give: ((line: string | undefined) => void) | undefined;
  reader.on('line', (line) => {
    if (give === undefined) waiting.push(line);
    else give(line);
    give = undefined;
  });
  const end = () => {
    isClosed = true;
    give?.(undefined);
    give = undefined;
  };
  reader.on('close', end);
  // A terminal that is gone can't be read from, nor set back, which closing the reader tries.
  for (const one of [process.stdin, reader]) one.on('error', end);
  reader.on('SIGINT', onInterrupt);
  return {
    async next(prompt) {
      const asked = `\n${ascii(prompt)}`;
      let line = waiting.shift();
      if (line === undefined && !isClosed) {
        if (hasTerminal) {
          writeText('\n');
          reader.setPrompt(ascii(prompt));
          reader.prompt();
        }
        const typed = await new Promise<string | undefined>((resolve) => {
          give = resolve;
        });
        if (hasTerminal) return typed;
        line = typed;
      }
      // What was answered stands behind its question, as at a terminal.
      writeText(`${asked}${line ?? ''}\n`);
      return line;
    },
    close: () => reader.close(),
  };
}

let isUnicode = isUnicodeLocale(process.env);

/** Whatever the locale says: for a language that ASCII can't write. */
export function printUnicode(): void {
  isUnicode = true;
}

function ascii(text: string): string {
  return isUnicode ? text : inAscii(text);
}

export function print(text: string): void {
  writeText(ascii(text));
}

export function textOptions(): TextOptions {
  const color = isTerminal(1) && process.stdout.getColorDepth() > 1;
  return { columns: (isTerminal(1) && process.stdout.columns) || PAPER_COLUMNS, color };
}
