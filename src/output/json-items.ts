/** What a header has any number of, as JSON: an array for each kind of item, an object for each item. */
import { type ItemKind, itemKinds, readNumber } from '../decode/field-reading.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import type { Field } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import type { ByteWriter } from './byte-writer.ts';
import { type Template, template } from './template.ts';

/** Writes `,"option":[{"option_kind":2,…},…]` for each kind of which there are any, and nothing if there are none. */
export type WriteItems = (
  out: ByteWriter,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
) => void;

/** By protocol number; undefined for protocols whose headers have no items. */
export function createWriteItems(): readonly (WriteItems | undefined)[] {
  return protocols.map((protocol) => {
    const writers = itemKinds(protocol).map(createWriteKind);
    if (writers.length === 0) return undefined;
    const { mayHaveItems } = protocol;
    return (out, view, start, stack, layer) => {
      if (mayHaveItems !== undefined && !mayHaveItems(view, start, stack, layer)) return;
      for (let i = 0; i < writers.length; i++) writers[i](out, view, start, stack, layer);
    };
  });
}

/** The function that each item is handed to is made once: nothing is made for a packet. */
function createWriteKind({ key, each, fields }: ItemKind): WriteItems {
  const opening = template(`,"${key}":[{`);
  const next = template(',{');
  const keys = fields.map((field) => template(`"${field.key}":`));
  let [ofOut, ofView, ofStack, ofLayer, count]: [ByteWriter?, DataView?, LayerStack?, number?, number?] = [];
  const writeItem = (at: number): void => {
    const [out, view, stack, layer] = [ofOut, ofView, ofStack, ofLayer] as [
      ByteWriter,
      DataView,
      LayerStack,
      number,
    ];
    out.template(count === 0 ? opening : next);
    count = 1;
    let isFirst = true;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as Field;
      if (field.when?.(view, at, stack, layer) === false) continue;
      if (!isFirst) out.text(',');
      isFirst = false;
      out.template(keys[i] as Template);
      writeValue(out, field, view, at, stack, layer);
    }
    out.text('}');
  };
  return (out, view, start, stack, layer) => {
    ofOut = out;
    ofView = view;
    ofStack = stack;
    ofLayer = layer;
    count = 0;
    each(view, start, stack, layer, writeItem);
    if (count !== 0) out.text(']');
  };
}

function writeValue(
  out: ByteWriter,
  field: Field,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
): void {
  const place = field.span === undefined ? (field.bit >> 3) << 16 : field.span(view, start, stack, layer);
  const from = start + (place >>> 16);
  const { kind } = field;
  if (kind === 'uint' || kind === 'hex') {
    out.uint(readNumber(field, view, start, stack, layer));
    return;
  }
  if (kind === 'boolean') {
    out.text(readNumber(field, view, start, stack, layer) === 0 ? 'false' : 'true');
    return;
  }
  out.text('"');
  if (kind === 'status') out.text(field.values?.[readNumber(field, view, start, stack, layer)] ?? '');
  else if (kind === 'ipv4') out.ipv4(view, from);
  else if (kind === 'ipv6') out.ipv6(view, from);
  else if (kind === 'ether') out.ether(view, from);
  else if (kind === 'bytes') out.hexBytes(view, from, from + (place & 0xffff));
  else out.jsonText(view, from, from + (place & 0xffff));
  out.text('"');
}
