/** Reading a header by its fields, for whoever shows, filters or explains it. */
import type { Field, Items, Layers, Protocol } from './protocol.ts';

/** Items of one kind that a header can have: options, records, addresses in a list. */
export interface ItemKind {
  /** The key in JSON. */
  readonly key: string;
  readonly each: Items;
  /** What is shown of each item. */
  readonly fields: readonly Field[];
}

/** The kinds of items in a protocol's headers, in the order of its fields. */
export function itemKinds({ fields }: Protocol): readonly ItemKind[] {
  const kinds: ItemKind[] = [];
  for (let i = 0; i < fields.length; i = itemFieldsEnd(fields, i)) {
    const { each, itemsKey } = fields[i] as Field;
    if (each === undefined || itemsKey === undefined) continue;
    const shown = fields.slice(i, itemFieldsEnd(fields, i)).filter(({ hidden }) => hidden !== true);
    kinds.push({ key: itemsKey, each, fields: shown });
  }
  return kinds;
}

/** Just past the fields that have the same items as the one at `index`. */
export function itemFieldsEnd(fields: readonly Field[], index: number): number {
  let end = index + 1;
  while (end < fields.length && fields[end]?.each === fields[index]?.each) end++;
  return end;
}

/** The filter name of a field: `ip.ttl`. */
export function filterName(protocol: Protocol, f: Field): string {
  return f.filter ?? `${protocol.name}.${f.key}`;
}

/**
 * Reads a field that is a number: by its own reader, or plainly from its bits.
 *
 * @param start where the layer starts in `view`
 */
export function readNumber(f: Field, view: DataView, start: number, stack: Layers, layer: number): number {
  if (f.read !== undefined) return f.read(view, start, stack, layer);
  return readBits(view, start, f.bit, f.width) * (f.scale ?? 1);
}

/** The unsigned number in `width` bits (32 at most), `bit` bits after `start`; within five bytes. */
export function readBits(view: DataView, start: number, bit: number, width: number): number {
  const byte = start + (bit >> 3);
  const lead = bit & 7;
  if (lead === 0) {
    if (width === 8) return view.getUint8(byte);
    if (width === 16) return view.getUint16(byte);
    if (width === 32) return view.getUint32(byte);
  }
  const last = start + ((bit + width - 1) >> 3);
  const tail = (8 - ((bit + width) & 7)) & 7;
  let value = 0;
  if (last - byte < 4 && width < 32) {
    for (let i = byte; i <= last; i++) value = (value << 8) | view.getUint8(i);
    return (value >>> tail) & ((1 << width) - 1);
  }
  // Doubles hold 40 bits exactly, which shifts in 32-bit integers would not.
  for (let i = byte; i <= last; i++) value = value * 256 + view.getUint8(i);
  value = Math.floor(value / 2 ** tail);
  return width === 32 ? value % 4294967296 : value % 2 ** width;
}
