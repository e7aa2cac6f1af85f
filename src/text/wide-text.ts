/** Text with wide characters, such as Chinese: two columns each on a terminal, and a line may break between any two of them. */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const WIDE = /[\p{Script=Han}\u3000-\u303f\uff00-\uff60]/u;
/** Quotation marks and the like, which Chinese writes without spaces around them. */
const PUNCTUATION = /[\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f\uff5b-\uff60“”‘’…—]/u;
/** No line begins with these, or ends with those (GB/T 15834). */
const CLOSING = /[、。，．；：！？）」』》】”’…—,.;:!?)\]}]/u;
const OPENING = /[（「『《【“‘([{]/u;

/** An escape sequence for colour, a blank, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are looked for
const PIECE = /\u001b\[[\d;]*m|\s|./gsu;

/** @returns how many columns of a terminal the text takes, on one line */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** Two lines of a file as one text: with a blank between, unless both sides are of a script that has none. */
export function joinedLines(before: string, after: string): string {
  const [last = '', first = ''] = [[...before].at(-1), [...after][0]];
  const isBlank =
    (WIDE.test(last) && WIDE.test(first)) ||
    (PUNCTUATION.test(last) && WIDE.test(last)) ||
    (PUNCTUATION.test(first) && WIDE.test(first));
  return isBlank ? before + after : `${before} ${after}`;
}

/**
 * Wraps at blanks, and between wide characters.
 *
 * @param width in columns
 * @returns lines, with a newline between them
 */
export function wrapWide(text: string, width: number): string {
  if (!WIDE.test(text)) return wrapAnsi(text, width, { hard: true });
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const unit of unitsOf(line)) {
    if (current !== '' && columnsOf((current + unit).trimEnd()) > width) {
      lines.push(current.trimEnd());
      current = '';
    }
    current += current === '' ? unit.trimStart() : unit;
    if (columnsOf(current.trimEnd()) > width) {
      const parts = wrapAnsi(current, width, { hard: true }).split('\n');
      current = parts.pop() ?? '';
      lines.push(...parts);
    }
  }
  return [...lines, current.trimEnd()].join('\n');
}

/** Parts that no line break may divide; the blank before one is part of it. */
function unitsOf(line: string): string[] {
  const units: string[] = [];
  let unit = '';
  let last = '';
  for (const [piece] of line.matchAll(PIECE)) {
    if (piece.startsWith('\u001b')) {
      unit += piece;
      continue;
    }
    if (last !== '' && mayBreak(last, piece)) {
      units.push(unit);
      unit = '';
    }
    unit += piece;
    last = piece;
  }
  return [...units, unit];
}

function mayBreak(before: string, after: string): boolean {
  if (/\s/.test(after)) return !/\s/.test(before);
  if (/\s/.test(before) || OPENING.test(before) || CLOSING.test(after)) return false;
  return WIDE.test(before) || WIDE.test(after);
}
