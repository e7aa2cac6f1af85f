/** Looking through the list: for text in its rows, for bytes in its packets. */

import type { CommandContext } from '../context.ts';

/** Rows that are looked through for one key at most: about a tenth of a second. */
export const MOST_ROWS = 200_000;

/** Searches on from the selected row. Returns why nothing was found; undefined if something was. */
export function searchFor(context: CommandContext, text: string, step: 1 | -1): string | undefined {
  if (text === '') return 'expected text, or bytes in hex such as 0x4500';
  const digits = /^0x((?:[0-9a-f]{2})+)$/i.exec(text.replace(/[ :]/g, ''))?.[1];
  const isWanted =
    digits === undefined ? rowHas(context, text) : packetHas(context, Buffer.from(digits, 'hex'));
  const ahead = rowFrom(context, step, isWanted);
  const { selected, first, count } = context.state;
  const end = step === 1 ? count - 1 : first;
  if (ahead === undefined && Math.abs(end - selected) > MOST_ROWS) {
    return `"${text}" was not found in ${MOST_ROWS.toLocaleString('en-US')} packets ${step === 1 ? 'after' : 'before'} this one`;
  }
  // Past the end it goes on at the other one, up to the row it came from.
  const row = ahead ?? rowFrom(context, step, isWanted, step === 1 ? first - 1 : count);
  if (row === undefined) return `"${text}" was not found`;
  context.dispatch({ type: 'select', index: row });
  const isWrapped = ahead === undefined;
  context.say(isWrapped ? `search continued from the ${step === 1 ? 'first' : 'last'} packet` : '');
  return undefined;
}

/** The same search again. */
export function searchAgain(context: CommandContext, step: 1 | -1): void {
  const [text] = context.state.history.search;
  const fault = text === undefined ? 'no search yet: s searches' : searchFor(context, text, step);
  if (fault !== undefined) context.say(fault);
}

/** What the list's columns say, and text in the packet's bytes; upper and lower case are one. */
function rowHas(context: CommandContext, text: string): (row: number) => boolean {
  const needle = text.toLowerCase();
  const bytes = Buffer.from(text, 'latin1');
  const inBytes = packetHas(context, bytes);
  return (row) => context.list.text(row).toLowerCase().includes(needle) || inBytes(row);
}

function packetHas(context: CommandContext, needle: Buffer): (row: number) => boolean {
  return (row) => {
    const found = context.store.find(context.packetOf(row));
    if (found === undefined) return false;
    const { view, start, capturedLength } = found;
    return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset + start, capturedLength).includes(needle);
  };
}

/** The nearest row past the selected one, or another, that is wanted. */
export function rowFrom(
  context: CommandContext,
  step: 1 | -1,
  isWanted: (row: number) => boolean,
  from: number = context.state.selected,
): number | undefined {
  const { first, count } = context.state;
  for (let i = 1, row = from + step; i <= MOST_ROWS && row >= first && row < count; i++, row += step) {
    if (isWanted(row)) return row;
  }
  return undefined;
}
