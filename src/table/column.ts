/**
 * A row group's column, as it is filled row by row, and as pages: what all kinds have in common. The pages are our own: hyparquet-writer, which writes the rest of the
 * file, takes arrays of JavaScript values, and seconds for a row group of our width.
 */
import type { Encoding, SchemaElement } from 'hyparquet';
import { bitsFor, PageBytes, writeHybrid } from './page-bytes.ts';

/** Rows of a row group, and so what is held in memory of each file that is open. */
export const GROUP_ROWS = 1 << 16;

/** A column's part of a row group; borrowed until the next one is encoded. */
export interface EncodedColumn {
  /** Each value once, if the values are numbers of those. */
  readonly dictionary: PageBytes | undefined;
  readonly dictionaryCount: number;
  readonly values: PageBytes;
  readonly encoding: Encoding;
  readonly min: string | number | bigint | Uint8Array | undefined;
  readonly max: string | number | bigint | Uint8Array | undefined;
}

/** How a column is declared. */
export type Kind = Omit<SchemaElement, 'name' | 'repetition_type' | 'num_children'>;

export const TEXT: Kind = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };

/** One column is encoded at a time, and written before the next. */
export const dictionaryBytes = new PageBytes();
export const valueBytes = new PageBytes();
export const scratch = new Int32Array(GROUP_ROWS);

export abstract class Column {
  readonly element: SchemaElement;
  /** 1 for each row that has a value. */
  readonly present = new Uint8Array(GROUP_ROWS);
  /** How many have. */
  count = 0;

  constructor(name: string, kind: Kind) {
    this.element = { name, ...kind, repetition_type: 'OPTIONAL' };
  }

  /** How many of the first rows have a value. */
  valuesIn(_rows: number): number {
    return this.count;
  }

  /** Forgets all rows. */
  clear(): void {
    if (this.count > 0) this.present.fill(0);
    this.count = 0;
  }

  abstract encode(rows: number): EncodedColumn;

  /** The values of rows that have one. */
  protected compact(values: Int32Array, rows: number): Int32Array {
    const { present, count } = this;
    if (count === rows) return values;
    let at = 0;
    for (let row = 0; at < count; row++) if (present[row] !== 0) scratch[at++] = values[row];
    return scratch;
  }
}

/** @param dictionary in {@link dictionaryBytes} already, of so many values */
export function encodeIndexes(
  indexes: Int32Array,
  count: number,
  dictionaryCount: number,
  ends: Pick<EncodedColumn, 'min' | 'max'>,
): EncodedColumn {
  valueBytes.clear();
  const width = bitsFor(Math.max(0, dictionaryCount - 1));
  valueBytes.byte(width);
  writeHybrid(valueBytes, indexes, count, width);
  return {
    dictionary: dictionaryBytes,
    dictionaryCount,
    values: valueBytes,
    encoding: 'RLE_DICTIONARY',
    ...ends,
  };
}

/** Values that are numbers of a dictionary's. */
export abstract class DictionaryColumn extends Column {
  readonly indexes: Int32Array<ArrayBuffer>;

  constructor(name: string, kind: Kind, indexes = new Int32Array(GROUP_ROWS)) {
    super(name, kind);
    this.indexes = indexes;
  }

  protected abstract size(): number;
  /** Writes the dictionary. @returns its least and its greatest value */
  protected abstract write(out: PageBytes): Pick<EncodedColumn, 'min' | 'max'>;

  encode(rows: number): EncodedColumn {
    dictionaryBytes.clear();
    const ends = this.write(dictionaryBytes);
    return encodeIndexes(this.compact(this.indexes, rows), this.valuesIn(rows), this.size(), ends);
  }
}

const encoder = new TextEncoder();

export function least<Value>(
  values: readonly Value[],
  bytes: readonly Uint8Array[],
): { min?: Value | undefined; max?: Value | undefined } {
  let [min, max] = [0, 0];
  for (let i = 1; i < values.length; i++) {
    if (Buffer.compare(bytes[i] as Uint8Array, bytes[min] as Uint8Array) < 0) min = i;
    if (Buffer.compare(bytes[i] as Uint8Array, bytes[max] as Uint8Array) > 0) max = i;
  }
  return { min: values[min], max: values[max] };
}

export function writeTexts(out: PageBytes, texts: readonly string[]): Pick<EncodedColumn, 'min' | 'max'> {
  const encoded = texts.map((text) => encoder.encode(text));
  for (const bytes of encoded) {
    out.int32(bytes.length);
    out.append(bytes);
  }
  const { min, max } = least(texts, encoded);
  return { min, max };
}
