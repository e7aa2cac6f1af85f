/** How a protocol's file writes its fields down: one short call a field. */
import type { Field, FieldKind, Items } from './protocol.ts';

/** Packs a place for {@link Field.span}: both in bytes, the offset from the layer's start; 65,535 at most each. */
export function span(offset: number, length: number): number {
  return (offset << 16) | length;
}

type Extra = Partial<
  Pick<
    Field,
    | 'filter'
    | 'digits'
    | 'scale'
    | 'read'
    | 'span'
    | 'compose'
    | 'when'
    | 'values'
    | 'reference'
    | 'isNumber'
    | 'hidden'
  >
>;

function field(
  kind: FieldKind,
  key: string,
  byte: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return { key, label, about, kind, bit: byte * 8, width, ...extra };
}

/** A number of `width` bits at `byte`, in decimal. */
export function uint(
  key: string,
  byte: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return field('uint', key, byte, width, label, about, extra);
}

/** A number of `width` bits at `byte`, in hexadecimal, as wide as its field. */
export function hex(
  key: string,
  byte: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return field('hex', key, byte, width, label, about, extra);
}

/** A number of `width` bits that starts `bit` bits after the layer's start. */
export function bits(
  key: string,
  bit: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return { key, label, about, kind: 'uint', bit, width, ...extra };
}

/** One bit, `bit` bits after the layer's start. */
export function flag(key: string, bit: number, label: string, about: string, extra?: Extra): Field {
  return { key, label, about, kind: 'boolean', bit, width: 1, ...extra };
}

export function ipv4Address(key: string, byte: number, label: string, about: string, extra?: Extra): Field {
  return field('ipv4', key, byte, 32, label, about, extra);
}

export function ipv6Address(key: string, byte: number, label: string, about: string, extra?: Extra): Field {
  return field('ipv6', key, byte, 128, label, about, extra);
}

export function etherAddress(key: string, byte: number, label: string, about: string, extra?: Extra): Field {
  return field('ether', key, byte, 48, label, about, extra);
}

/** Bytes at a place that `place` finds. */
export function byteString(
  key: string,
  label: string,
  about: string,
  place: NonNullable<Field['span']>,
  extra?: Extra,
): Field {
  return field('bytes', key, 0, 0, label, about, { span: place, ...extra });
}

/** A text that `compose` writes, for filters and `-e` alone. */
export function composedText(
  key: string,
  label: string,
  about: string,
  compose: NonNullable<Field['compose']>,
  extra?: Extra,
): Field {
  return field('text', key, 0, 0, label, about, { compose, hidden: true, ...extra });
}

/** A word for something computed; `read` answers a key of `values`. */
export function status(
  key: string,
  label: string,
  about: string,
  values: Readonly<Record<number, string>>,
  read: NonNullable<Field['read']>,
): Field {
  return field('status', key, 0, 0, label, about, { values, read });
}

/**
 * The fields of items, however many there are: what Wireshark calls occurrences. The first one is an item's title in the tree.
 *
 * @param key the key in JSON of the array of items; a field of the header itself has another
 */
export function ofEach(key: string, each: Items, fields: readonly Field[]): readonly Field[] {
  return fields.map((f) => ({ ...f, each, itemsKey: key }));
}

/** As {@link ofEach}, where no field is the title of the others. */
export function sideBySide(key: string, each: Items, fields: readonly Field[]): readonly Field[] {
  return ofEach(key, each, fields).map((f) => ({ ...f, hasNoTitle: true }));
}
