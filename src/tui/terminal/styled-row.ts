import type { Style, Theme } from './theme.ts';

/**
 * One screen row, put together as one string: exactly `width` cells wide, whatever is added. Text must be printable ASCII or
 * the theme's glyphs: one cell a character. What comes from packets must be escaped before.
 */
export class StyledRow {
  readonly width: number;
  /** The one style of everything in the row: a selection. Colours of its parts would be hard to read in it. */
  readonly base: Style;
  #text = '';
  #used = 0;
  /** The text before the part that was added last, and that part. */
  #before = '';
  #last = '';
  #lastStyle: Style = '';
  #isCut = false;

  constructor(width: number, base: Style = '') {
    this.width = width;
    this.base = base;
  }

  /** Cells filled so far. */
  get used(): number {
    return this.#used;
  }

  get left(): number {
    return this.width - this.#used;
  }

  /** Appends; what has no room is cut off. */
  add(text: string, style: Style = ''): this {
    const room = this.width - this.#used;
    const shown = text.length > room ? text.slice(0, room) : text;
    if (text.slice(room).trim() !== '') this.#isCut = true;
    if (shown.length === 0) return this;
    this.#used += shown.length;
    this.#before = this.#text;
    this.#last = shown;
    this.#lastStyle = this.base === '' ? style : this.base;
    this.#text += styled(shown, this.#lastStyle);
    return this;
  }

  /** Text in a column of `width` cells, and a cell between it and the next; cut with the theme's ellipsis. */
  column(text: string, width: number, style: Style, theme: Theme): this {
    return this.add(clip(text, width, theme).padEnd(width), style).add(' ');
  }

  /** Spaces up to cell `at`. */
  padTo(at: number): this {
    return this.add(' '.repeat(Math.max(0, Math.min(at, this.width) - this.#used)));
  }

  /** The row; with the theme's ellipsis in its last cell where something was cut off. */
  marked({ glyphs }: Theme): string {
    if (!this.#isCut) return this.toString();
    return this.#before + styled(this.#last.slice(0, -1) + glyphs.ellipsis, this.#lastStyle);
  }

  toString(): string {
    this.padTo(this.width);
    return this.#text;
  }
}

function styled(text: string, style: Style): string {
  return style === '' ? text : `\x1b[${style}m${text}\x1b[0m`;
}

/** Text in at most `width` cells, with an ellipsis where it was cut. */
export function clip(text: string, width: number, theme: Theme): string {
  if (text.length <= width) return text;
  return width <= 0 ? '' : text.slice(0, width - 1) + theme.glyphs.ellipsis;
}

/** Text broken at spaces into rows of at most `width` cells; a longer word is broken anywhere. */
export function wrapWords(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (row !== '' && row.length + 1 + rest.length > width) {
      rows.push(row);
      row = '';
    }
    while (rest.length > width) {
      rows.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    row = row === '' ? rest : `${row} ${rest}`;
  }
  if (row !== '') rows.push(row);
  return rows;
}

/** Rows that a message takes at most. */
const MOST_MESSAGE_ROWS = 4;

/** Words over as many rows as they need, the last of them at the screen's end. */
export function messageRows(text: string, columns: number, style: Style, theme: Theme): string[] {
  const lines = wrapWords(text, columns - 2);
  const shown = lines.slice(0, MOST_MESSAGE_ROWS);
  if (lines.length > shown.length)
    shown[shown.length - 1] = `${(shown.at(-1) as string).slice(0, columns - 3)}${theme.glyphs.ellipsis}`;
  return shown.map((line) => new StyledRow(columns).add(` ${line}`, style).toString());
}
