/** What of a packet goes to the terminal's clipboard. */
import { hexDigits } from '../../decode/format.ts';
import { ByteWriter } from '../../output/byte-writer.ts';
import { createJsonPrinter } from '../../output/json.ts';
import { findRow } from '../../output/outline.ts';
import { PacketRecord } from '../../output/printer.ts';
import { OnePacket } from '../packets/narrowing.ts';
import type { Session } from '../session.ts';
import { filterBy } from './filter-by.ts';

/** What terminals take of an OSC 52 sequence: xterm's limit, in base64 digits. */
const MOST_DIGITS = 74_994;

export type Copied = 'value' | 'hex' | 'json' | 'filter';

/** @returns undefined where nothing is selected */
export function copyText(session: Session, what: Copied): string | undefined {
  switch (what) {
    case 'value': {
      const outline = session.outline();
      const row = outline === undefined ? undefined : findRow(outline, session.state.cursor);
      if (row !== undefined && session.state.pane !== 'list') return row.value === '' ? row.label : row.value;
      return session.state.count === 0 ? undefined : session.list.text(session.state.selected);
    }
    case 'hex':
      return hexText(session);
    case 'json':
      return jsonText(session);
    case 'filter':
      return filterBy(session);
  }
}

/** The selected field's bytes; in the list, the packet's. */
function hexText(session: Session): string | undefined {
  const packet = session.selectedFound();
  const outline = session.outline();
  if (packet === undefined || outline === undefined) return undefined;
  const row = session.state.pane === 'list' ? undefined : findRow(outline, session.state.cursor);
  const { view, start } = packet;
  return row === undefined
    ? hexDigits(view, start, start + outline.length)
    : hexDigits(view, start + row.from, start + row.to);
}

function jsonText(session: Session): string | undefined {
  const packet = session.selectedPacket;
  const found = session.selectedFound();
  if (packet === undefined || found === undefined) return undefined;
  const batch = new OnePacket();
  batch.hold(found);
  const record = new PacketRecord(session.reader.stack, session.interfaces);
  record.advance(batch, 0);
  record.number = packet + 1;
  const out = new ByteWriter();
  createJsonPrinter().packet(out, record);
  return out.toString().trim();
}

/** The sequence that has a terminal take a text into its clipboard; undefined where it is too long for that. */
export function clipboardSequence(text: string): string | undefined {
  const digits = Buffer.from(text).toString('base64');
  return digits.length > MOST_DIGITS ? undefined : `\x1b]52;c;${digits}\x07`;
}
