/** Packets by hand, and what they decode to in one line. */
import { createDecoder, type Decoder } from '../../src/decode/decoder.ts';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { fieldText } from '../../src/decode/format.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';

export const ETHERNET = 1;
const plainDecoder = createDecoder();

/** Bytes from hex digits, with blanks between them and comments behind #. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '');
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export interface Decoded {
  readonly view: DataView;
  readonly stack: LayerStack;
}

export interface DecodeOptions {
  readonly linkType?: number;
  /** Bytes on the wire, where there were more than are here. */
  readonly originalLength?: number;
  readonly decoder?: Decoder;
}

export function decodeBytes(bytes: Uint8Array, options: DecodeOptions = {}): Decoded {
  const { linkType = ETHERNET, originalLength = bytes.length, decoder = plainDecoder } = options;
  const view = viewOf(bytes);
  const stack = new LayerStack();
  decoder.decode(view, 0, bytes.length, originalLength, linkType, stack);
  return { view, stack };
}

/**
 * The layers in one line: "eth:ip:udp guess> tunpi:ip:icmp:data", with how a tunnel was recognised where a level opens,
 * and what an ICMP error quotes in quotation marks.
 */
export function layersText(stack: LayerStack): string {
  let text = '';
  let quoted = false;
  for (let layer = 0; layer < stack.count; layer++) {
    if (stack.level(layer) > (layer === 0 ? 0 : stack.level(layer - 1))) text += ` ${stack.by(layer)}> `;
    else if (layer > 0) text += stack.isQuoted(layer) && !quoted ? ' "' : ':';
    quoted = stack.isQuoted(layer);
    text += stack.describe(layer).name;
  }
  return quoted ? `${text}"` : text;
}

/** The issues in one line each: "truncated 14 IPv4 header 20>6": code, offset, message, bytes needed and available. */
export function issuesText(stack: LayerStack): string[] {
  return Array.from({ length: stack.issueCount }, (_, i) => {
    const { code, offset, message, needed, available } = stack.issue(i);
    return `${code} ${offset} ${message}${needed === 0 ? '' : ` ${needed}>${available}`}`;
  });
}

/** The values of a field by its filter name, in all layers, as the tree shows them. */
export function fieldTexts({ view, stack }: Decoded, name: string): string[] {
  const texts: string[] = [];
  for (let layer = 0; layer < stack.count; layer++) {
    const start = stack.start(layer);
    for (const { protocol, field } of fieldIndex.get(name) ?? []) {
      if (protocol !== stack.protocol(layer)) continue;
      const add = (at: number): void => {
        if (field.when?.(view, at, stack, layer) === false) return;
        texts.push(fieldText(field, view, at, stack, layer));
      };
      if (field.each === undefined) add(start);
      else field.each(view, start, stack, layer, add);
    }
  }
  return texts;
}
