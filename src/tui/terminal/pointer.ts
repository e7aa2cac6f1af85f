/** The mouse, as a terminal reports it: xterm's SGR reports (ctlseqs, "Extended coordinates"). */

export const POINTER_ON = '\x1b[?1000h\x1b[?1006h';
export const POINTER_OFF = '\x1b[?1006l\x1b[?1000l';

/** In cells from the top left, from 0. */
export interface Pointer {
  readonly kind: 'press' | 'wheelUp' | 'wheelDown';
  readonly column: number;
  readonly row: number;
}

/**
 * What is told of the mouse in an input whose first escape character has been taken away; releases and other buttons than
 * the left one are nothing.
 *
 * @returns undefined if the input is something else
 */
export function pointersIn(input: string): readonly Pointer[] | undefined {
  if (!input.startsWith('[<')) return undefined;
  const pointers: Pointer[] = [];
  for (const [, code, column, row, end] of input.matchAll(/\[<(\d+);(\d+);(\d+)([Mm])/g)) {
    const kind = KINDS[Number(code)];
    if (kind !== undefined && end === 'M')
      pointers.push({ kind, column: Number(column) - 1, row: Number(row) - 1 });
  }
  return pointers;
}

const KINDS: Readonly<Record<number, Pointer['kind']>> = { 0: 'press', 64: 'wheelUp', 65: 'wheelDown' };
