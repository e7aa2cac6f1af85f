import { itemFieldsEnd } from '../decode/field-reading.ts';
import { bitsText, dateText, fieldText } from '../decode/format.ts';
import type { Issue, LayerStack } from '../decode/layer-stack.ts';
import { linkTypeName } from '../decode/link-types.ts';
import type { Field } from '../decode/protocol.ts';
import { tunnelKind } from '../decode/tunnel.ts';
import type { ByteWriter } from './byte-writer.ts';
import { writeIssue } from './issues.ts';
import type { PacketPrinter, PacketRecord } from './printer.ts';

const INDENT = 4;
/** The most items of one kind that are shown of a header: a hostile packet can have thousands of options. */
const MOST_ITEMS = 1024;

const BY_WORDS: Readonly<Record<string, string>> = {
  port: 'recognised by its port',
  protocol: 'recognised by its number in the previous header',
  user: 'set with -d',
  guess: 'guessed, and proven from the bytes',
};

/**
 * `-T tree`, `-V`: each packet's frame, then every layer with every field, labelled in the RFCs' words, bits drawn where a field
 * is not whole bytes. Each tunnel level stands one step further in. Doubt is said at the layer that it is about. An empty line behind each packet.
 */
export function createTreePrinter(): PacketPrinter {
  return {
    begin() {},
    packet(out, record) {
      const { stack } = record;
      writeFrame(out, record);
      const issues = Array.from({ length: stack.issueCount }, (_, i) => stack.issue(i));
      for (let layer = 0; layer < stack.count; layer++) {
        writeLayer(out, record.view, stack, layer);
        const indent = (stack.level(layer) + 1) * INDENT;
        const fragments = record.fragmentsOf(layer);
        if (fragments.length > 0) {
          out.spaces(indent);
          out.words(`[reassembled from fragments in packets ${fragments.join(', ')}]\n`);
        }
        for (const issue of issues) if (issue.layer === layer) writeIssueLine(out, issue, indent);
      }
      for (const issue of issues) if (issue.layer >= stack.count) writeIssueLine(out, issue, 0);
      out.newline();
    },
    end() {},
  };
}

function writeFrame(out: ByteWriter, record: PacketRecord): void {
  const { capturedLength, originalLength, interfaceName, stack } = record;
  out.words(`Frame ${record.number}: ${originalLength} bytes on the wire, ${capturedLength} captured\n`);
  out.spaces(INDENT);
  out.text('Time: ');
  out.words(dateText(record.seconds, record.nanoseconds));
  out.newline();
  if (interfaceName !== undefined) {
    out.spaces(INDENT);
    out.text('Interface: ');
    out.foreign(interfaceName);
    out.newline();
  }
  out.spaces(INDENT);
  out.words(`Link type: ${linkTypeName(stack.linkType)} (${stack.linkType})\n`);
}

function writeLayer(out: ByteWriter, view: DataView, stack: LayerStack, layer: number): void {
  const protocol = stack.describe(layer);
  const start = stack.start(layer);
  const indent = stack.level(layer) * INDENT;
  const length = stack.headerLength(layer);
  out.spaces(indent);
  out.words(
    `${protocol.title}, ${length} ${length === 1 ? 'byte' : 'bytes'} at ${start - stack.base(layer)}${stack.isReassembled(layer) ? ' of the reassembled payload' : ''}`,
  );
  const by = stack.by(layer);
  if (by !== '')
    out.words(` [tunnel ${stack.level(layer)}: ${tunnelKind(view, stack, layer)}, ${BY_WORDS[by]}]`);
  if (stack.isQuoted(layer)) out.text(' [quoted by the error]');
  out.newline();
  const { fields } = protocol;
  for (let i = 0; i < fields.length; i++) {
    const { each } = fields[i] as Field;
    if (each === undefined) {
      writeField(out, fields[i] as Field, view, start, stack, layer, indent + INDENT);
      continue;
    }
    const item = fields.slice(i, itemFieldsEnd(fields, i));
    i += item.length - 1;
    let count = 0;
    each(view, start, stack, layer, (at) => {
      if (++count > MOST_ITEMS) return;
      let deeper = indent + INDENT;
      for (const field of item)
        if (writeField(out, field, view, at, stack, layer, deeper) && field.hasNoTitle !== true)
          deeper = indent + INDENT * 2;
    });
    if (count > MOST_ITEMS) {
      out.spaces(indent + INDENT);
      out.words(`[${count - MOST_ITEMS} more, not shown]\n`);
    }
  }
}

/** Answers whether the field is there. */
function writeField(
  out: ByteWriter,
  field: Field,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
  indent: number,
): boolean {
  if (field.hidden === true) return false;
  if (field.when !== undefined && !field.when(view, start, stack, layer)) return false;
  out.spaces(indent);
  const drawn = bitsText(field, view, start);
  if (drawn !== '') out.words(`${drawn} = `);
  out.words(`${field.label}: ${fieldText(field, view, start, stack, layer)}\n`);
  return true;
}

function writeIssueLine(out: ByteWriter, issue: Issue, indent: number): void {
  out.spaces(indent);
  out.text('[');
  writeIssue(out, issue);
  out.words(`, at ${issue.offset}]\n`);
}
