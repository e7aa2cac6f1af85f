/** What of a packet goes to the terminal's clipboard. */
import { hexDigits } from '../../decode/format.ts';
import { ByteWriter } from '../../output/byte-writer.ts';
import { createJsonPrinter } from '../../output/json.ts';
import { findRow } from '../../output/outline.ts';
import { PacketRecord } from '../../output/printer.ts';
import type { CommandContext } from '../context.ts';
import { OnePacket } from '../packets/narrowing.ts';
import { filterBy } from './filter-by.ts';

/** What terminals take of an OSC 52 sequence: xterm's limit, in base64 digits. */
const MOST_DIGITS = 74_994;

export type Copied = 'value' | 'hex' | 'json' | 'filter';

/** @returns undefined if nothing is selected */
export function copyText(context: CommandContext, what: Copied): string | undefined {
  switch (what) {
    case 'value': {
      const outline = context.outline();
      const row = outline === undefined ? undefined : findRow(outline, context.state.cursor);
      if (row !== undefined && context.state.pane !== 'list') return row.value === '' ? row.label : row.value;
      return context.state.count === 0 ? undefined : context.list.text(context.state.selected);
    }
    case 'hex':
      return hexText(context);
    case 'json':
      return jsonText(context);
    case 'filter':
      return filterBy(context);
  }
}

/** The selected field's bytes; in the list, the packet's. */
function hexText(context: CommandContext): string | undefined {
  const packet = context.selectedFound();
  const outline = context.outline();
  if (packet === undefined || outline === undefined) return undefined;
  const row = context.state.pane === 'list' ? undefined : findRow(outline, context.state.cursor);
  const { view, start } = packet;
  return row === undefined
    ? hexDigits(view, start, start + outline.length)
    : hexDigits(view, start + row.from, start + row.to);
}

function jsonText(context: CommandContext): string | undefined {
  const packet = context.selectedPacket;
  const found = context.selectedFound();
  if (packet === undefined || found === undefined) return undefined;
  const batch = new OnePacket();
  batch.hold(found);
  const record = new PacketRecord(context.reader.stack, context.store.interfaces);
  record.advance(batch, 0);
  record.number = packet + 1;
  const out = new ByteWriter();
  createJsonPrinter().packet(out, record);
  return out.toString().trim();
}

/** The sequence that has a terminal take a text into its clipboard; undefined if it is too long for that. */
export function clipboardSequence(text: string): string | undefined {
  const digits = Buffer.from(text).toString('base64');
  return digits.length > MOST_DIGITS ? undefined : `\x1b]52;c;${digits}\x07`;
}
