/** Looking for text in the rows, or bytes in the packets. */

import type { Session } from '../session.ts';
import { rowFrom } from './list-commands.ts';

/** Searches on from the selected row. Returns why nothing was found; undefined where something was. */
export function searchFor(session: Session, text: string, step: 1 | -1): string | undefined {
  if (text === '') return 'expected text, or bytes in hex, as in 0x4500';
  const digits = /^0x((?:[0-9a-f]{2})+)$/i.exec(text.replace(/[ :]/g, ''))?.[1];
  const row =
    digits === undefined
      ? rowFrom(session, step, rowHas(session, text))
      : rowFrom(session, step, packetHas(session, Buffer.from(digits, 'hex')));
  if (row === undefined) return `"${text}" was not found ${step === 1 ? 'behind' : 'before'} this packet`;
  session.dispatch({ type: 'select', index: row });
  return undefined;
}

/** The same search again. */
export function searchAgain(session: Session, step: 1 | -1): void {
  const [text] = session.state.history.search;
  const fault = text === undefined ? 'nothing was searched for: s searches' : searchFor(session, text, step);
  session.say(fault ?? '');
}

/** What the list's columns say, and text in the packet's bytes; upper and lower case are one. */
function rowHas(session: Session, text: string): (row: number) => boolean {
  const needle = text.toLowerCase();
  const bytes = Buffer.from(text, 'latin1');
  const inBytes = packetHas(session, bytes);
  return (row) => session.list.text(row).toLowerCase().includes(needle) || inBytes(row);
}

function packetHas(session: Session, needle: Buffer): (row: number) => boolean {
  return (row) => {
    const found = session.store.find(session.packetOf(row));
    if (found === undefined) return false;
    const { view, start, capturedLength } = found;
    return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset + start, capturedLength).includes(needle);
  };
}
