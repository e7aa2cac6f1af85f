/** Packets as a snapshot has them: a line a layer, a value for each of its fields, in an order that stays. */
import { filterName } from '../decode/field-reading.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { DATA, type Field } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import type { ByteWriter } from '../output/byte-writer.ts';
import { writeValue } from '../output/fields.ts';
import { frameFields } from '../output/frame-fields.ts';
import type { PacketPrinter, PacketRecord } from '../output/printer.ts';
import type { Mask } from './mask.ts';

/** The first line: what the file is, and the version of its format. */
export const FORMAT_NAME = 'tunnelscope-snapshot';
export const FORMAT_VERSION = 1;
/** Stands for a value that is left open. */
export const MASKED = '*';
/** A packet's problems follow its layers, as if they were a layer. */
export const ISSUE_LAYER = 'issue';
export const FRAME_LAYER = 'frame';

const INDENT = 2;
const QUOTE = 34;
/** What is told of a packet besides its bytes; comments and numbers are about this file alone. */
const FRAME_FIELDS: readonly string[] = [
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.interface_name',
];

/** A field as a snapshot shows it: `ttl` of the layer `ip`. */
interface ShownField {
  readonly field: Field;
  readonly key: string;
  readonly isMasked: boolean;
}

/** The packets' lines without what stands before them. */
export interface SnapshotPrinter extends PacketPrinter {
  /** A packet's lines behind the one with its number. */
  body(out: ByteWriter, record: PacketRecord): void;
}

/**
 * ```
 * packet 1
 *   frame time_epoch=* len=134 cap_len=134
 *   eth dst=* src=* type=0x0800
 *   ip version=4 … src=10.1.0.10 dst=10.2.0.10
 *     vxlan by=port … vni=42
 * ```
 *
 * Each tunnel level stands one step further in. Keys are Wireshark's filter names without their layer's, or whole where they
 * do not begin with it; values are those of `-T fields`, words in place of a status's numbers, and text as JSON strings.
 *
 * @param names as they were asked for: the header tells them
 */
export function createSnapshotPrinter(mask: Mask, names: readonly string[]): SnapshotPrinter {
  const shown: readonly (readonly ShownField[])[] = protocols.map((protocol, number) =>
    protocol.fields
      .filter(({ hidden }) => hidden !== true || number === DATA)
      .map((field) => {
        const name = filterName(protocol, field);
        const own = `${protocol.name}.`;
        const key = name.startsWith(own) ? name.slice(own.length) : name;
        return { field, key, isMasked: mask.has(name) };
      }),
  );

  function writeShown(
    out: ByteWriter,
    { field, key, isMasked }: ShownField,
    view: DataView,
    start: number,
    stack: LayerStack,
    layer: number,
  ): void {
    if (field.when !== undefined && !field.when(view, start, stack, layer)) return;
    writeKey(out, key);
    if (isMasked) out.text(MASKED);
    else writeFieldValue(out, field, view, start, stack, layer);
  }

  function writeLayer(out: ByteWriter, record: PacketRecord, layer: number): void {
    const { stack, view } = record;
    const start = stack.start(layer);
    out.spaces(INDENT * (1 + stack.level(layer)));
    out.text(stack.describe(layer).name);
    const by = stack.by(layer);
    if (by !== '') out.text(` by=${by}`);
    if (stack.isQuoted(layer)) out.text(' quoted=1');
    if (stack.isReassembled(layer)) out.text(' reassembled=1');
    const fragments = record.fragmentsOf(layer);
    if (fragments.length > 0) out.words(` fragments=${fragments.length}`);
    for (const one of shown[stack.protocol(layer)] as readonly ShownField[]) {
      const { each } = one.field;
      if (each === undefined) writeShown(out, one, view, start, stack, layer);
      else each(view, start, stack, layer, (item) => writeShown(out, one, view, item, stack, layer));
    }
    out.newline();
  }

  function writeFrame(out: ByteWriter, record: PacketRecord): void {
    out.spaces(INDENT);
    out.text(FRAME_LAYER);
    for (const name of FRAME_FIELDS) {
      const start = out.length;
      writeKey(out, name.slice(FRAME_LAYER.length + 1));
      const value = out.length;
      if (name === 'frame.interface_name') {
        if (record.interfaceName !== undefined) out.jsonString(record.interfaceName);
      } else {
        frameFields.get(name)?.(out, record);
      }
      if (out.length === value) out.length = start;
      else if (mask.has(name)) {
        out.length = value;
        out.text(MASKED);
      }
    }
    out.newline();
  }

  function body(out: ByteWriter, record: PacketRecord): void {
    const { stack } = record;
    writeFrame(out, record);
    for (let layer = 0; layer < stack.count; layer++) writeLayer(out, record, layer);
    for (let i = 0; i < stack.issueCount; i++) writeIssue(out, stack, i);
  }

  return {
    begin(out) {
      out.words(`${FORMAT_NAME} ${FORMAT_VERSION}\n`);
      if (names.length > 0) out.words(`mask ${names.join(',')}\n`);
    },
    packet(out, record) {
      out.text('packet ');
      out.uint(record.number);
      out.newline();
      body(out, record);
    },
    body,
    end() {},
  };
}

function writeKey(out: ByteWriter, key: string): void {
  out.character(32);
  out.text(key);
  out.character(61);
}

function writeFieldValue(
  out: ByteWriter,
  field: Field,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
): void {
  if (field.kind === 'text' && field.span !== undefined) {
    const place = field.span(view, start, stack, layer);
    const from = start + (place >>> 16);
    out.character(QUOTE);
    out.jsonText(view, from, from + (place & 0xffff));
    out.character(QUOTE);
    return;
  }
  const word =
    field.kind === 'status' ? field.values?.[field.read?.(view, start, stack, layer) ?? -1] : undefined;
  if (word === undefined) writeValue(out, field, view, start, stack, layer);
  else out.text(word);
}

function writeIssue(out: ByteWriter, stack: LayerStack, index: number): void {
  const { code, layer, offset, needed, available, message } = stack.issue(index);
  out.spaces(INDENT);
  out.words(
    `${ISSUE_LAYER} code=${code} layer=${layer} offset=${offset} needed=${needed} available=${available} message=`,
  );
  out.jsonString(message);
  out.newline();
}
