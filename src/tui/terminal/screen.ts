/**
 * The terminal while the UI has it. Rows are put where Ink's layout places their boxes, and the rows that differ from
 * the last frame are written.
 *
 * Ink's own painter makes an object of every cell in every frame: 30 ms at 200 by 60, which is all the time that
 * there is. Rows here are strings that are compared and written whole: about a millisecond.
 */
import type { DOMElement } from 'ink';
import { inAscii } from '../../text/ascii.ts';
import { POINTER_OFF, POINTER_ON } from './pointer.ts';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[0m\x1b[?25h\x1b[?1049l';
/** The terminal shows what stands between the two at once, where it knows them. */
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';

/** What of a terminal's stream is needed. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly writableNeedDrain?: boolean;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export class Screen {
  readonly #terminal: Terminal;
  readonly #isUnicode: boolean;
  readonly #parts = new Map<DOMElement, readonly string[]>();
  #shown: string[] = [];
  #isEntered = false;
  #isWaiting = false;

  readonly #hasPointer: boolean;

  /** @param hasPointer the terminal is asked to tell of the mouse, where it has one */
  constructor(terminal: Terminal, isUnicode: boolean, hasPointer = false) {
    this.#terminal = terminal;
    this.#isUnicode = isUnicode;
    this.#hasPointer = hasPointer;
  }

  /** Takes the terminal: another screen than the shell's, without a cursor. */
  enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#shown = [];
    this.#terminal.write(this.#hasPointer ? ENTER + POINTER_ON : ENTER);
  }

  /** Gives the terminal back as it was. May be called at any time, also when it never was taken. */
  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#terminal.write(this.#hasPointer ? POINTER_OFF + LEAVE : LEAVE);
  }

  /** Forgets what is on the terminal, as after a change of its size: the next frame is drawn again. */
  invalidate(): void {
    this.#shown = [];
    if (this.#isEntered) this.#terminal.write('\x1b[2J');
  }

  /** Says what stands in a box: rows as wide as the box. Where they are more than its height, the first ones cover what stands above it. */
  put(box: DOMElement, rows: readonly string[]): void {
    this.#parts.set(box, rows);
  }

  remove(box: DOMElement): void {
    this.#parts.delete(box);
  }

  /** The frame as rows of text, for whoever wants to look at it. */
  rows(): string[] {
    const parts: { readonly x: number; readonly width: number; readonly text: string }[][] = [];
    const covers: { readonly y: number; readonly text: string }[] = [];
    for (const [box, rows] of this.#parts) {
      const { x, y } = placeOf(box);
      const width = box.yogaNode?.getComputedWidth() ?? 0;
      const above = Math.max(0, rows.length - (box.yogaNode?.getComputedHeight() ?? 0));
      for (const [i, text] of rows.entries()) {
        if (i < above) covers.push({ y: y - above + i, text });
        else (parts[y - above + i] ??= []).push({ x, width, text });
      }
    }
    for (const { y, text } of covers) parts[y] = [{ x: 0, width: 0, text }];
    const lines: string[] = [];
    for (let y = 0; y < parts.length; y++) {
      let line = '';
      let at = 0;
      for (const { x, width, text } of (parts[y] ?? []).sort((a, b) => a.x - b.x)) {
        line += ' '.repeat(Math.max(0, x - at)) + text;
        at = x + width;
      }
      lines.push(this.#isUnicode ? line : inAscii(line));
    }
    return lines;
  }

  /** Draws what has changed. A terminal that is slow to take it gets the newest frame when it is ready, and none between. */
  paint(): void {
    if (!this.#isEntered || this.#isWaiting) return;
    if (this.#terminal.writableNeedDrain === true) {
      this.#isWaiting = true;
      this.#terminal.once('drain', () => {
        this.#isWaiting = false;
        this.paint();
      });
      return;
    }
    const lines = this.rows();
    let output = '';
    for (const [y, line] of lines.entries()) {
      if (line !== this.#shown[y] && y < this.#terminal.rows) output += `\x1b[${y + 1};1H${line}`;
    }
    this.#shown = lines;
    if (output !== '') this.#terminal.write(BEGIN_FRAME + output + END_FRAME);
  }
}

/** Where Ink's layout puts a box, in cells from the top left. */
function placeOf(box: DOMElement): { x: number; y: number } {
  let x = 0;
  let y = 0;
  for (let node: DOMElement | undefined = box; node !== undefined; node = node.parentNode) {
    x += node.yogaNode?.getComputedLeft() ?? 0;
    y += node.yogaNode?.getComputedTop() ?? 0;
  }
  return { x, y };
}
