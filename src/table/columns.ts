/**
 * A row group's columns, as they are filled row by row, and as pages. The pages are our own: hyparquet-writer, which writes the rest of the
 * file, takes arrays of JavaScript values, and seconds for a row group of our width.
 */
import type { Encoding, SchemaElement } from 'hyparquet';
import { ipv4Text, ipv6Text } from '../decode/format.ts';
import { bitsFor, PageBytes, writeDeltas, writeHybrid } from './page-bytes.ts';

/** Rows of a row group, and so what is held in memory of each file that is open. */
export const GROUP_ROWS = 1 << 16;
/** The most different numbers that a dictionary is made of. */
const MOST_NUMBERS = 1 << 12;
/** The most that a double's whole numbers are apart, when two of them are subtracted. */
const MOST_APART = 2 ** 52;
const NANOSECONDS = 1_000_000_000n;

/** A column's part of a row group. */
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
type Kind = Omit<SchemaElement, 'name' | 'repetition_type' | 'num_children'>;

const TEXT: Kind = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
const ADDRESS: Kind = { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 };
// The newer annotation INTEGER is written by hyparquet-writer such that no other reader opens the file.
const UNSIGNED: Kind = { type: 'INT32', converted_type: 'UINT_32' };
const BOOLEAN: Kind = { type: 'BOOLEAN' };
const LONG: Kind = { type: 'INT64' };
// UTC, and yet not declared so: DuckDB's type for instants has microseconds, and drops the last three digits without a word.
const TIME: Kind = {
  type: 'INT64',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' },
};

export abstract class Column {
  readonly element: SchemaElement;
  /** 1 for each row that has a value. */
  readonly present = new Uint8Array(GROUP_ROWS);
  protected readonly values = new PageBytes();

  constructor(name: string, kind: Kind) {
    this.element = { name, ...kind, repetition_type: 'OPTIONAL' };
  }

  /** Forgets all rows. */
  clear(): void {
    this.present.fill(0);
  }

  abstract encode(rows: number): EncodedColumn;
}

const scratch = new Int32Array(GROUP_ROWS);

/** Values that are numbers of a dictionary's. */
abstract class DictionaryColumn extends Column {
  readonly indexes: Int32Array<ArrayBuffer>;
  readonly #dictionary = new PageBytes();

  constructor(name: string, kind: Kind, indexes = new Int32Array(GROUP_ROWS)) {
    super(name, kind);
    this.indexes = indexes;
  }

  protected abstract size(): number;
  /** Writes the dictionary. @returns its least and its greatest value */
  protected abstract write(out: PageBytes): Pick<EncodedColumn, 'min' | 'max'>;

  encode(rows: number): EncodedColumn {
    const { present, indexes, values } = this;
    const size = this.size();
    let count = 0;
    for (let row = 0; row < rows; row++) if (present[row] !== 0) scratch[count++] = indexes[row];
    values.clear();
    this.#dictionary.clear();
    const width = bitsFor(Math.max(0, size - 1));
    values.byte(width);
    writeHybrid(values, scratch, count, width);
    const ends = this.write(this.#dictionary);
    return {
      dictionary: this.#dictionary,
      dictionaryCount: size,
      values,
      encoding: 'RLE_DICTIONARY',
      ...ends,
    };
  }
}

const encoder = new TextEncoder();

function least<Value>(
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

function writeTexts(out: PageBytes, texts: readonly string[]): Pick<EncodedColumn, 'min' | 'max'> {
  const encoded = texts.map((text) => encoder.encode(text));
  for (const bytes of encoded) {
    out.int32(bytes.length);
    out.append(bytes);
  }
  const { min, max } = least(texts, encoded);
  return { min, max };
}

export class TextColumn extends DictionaryColumn {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** What was set last, as a rule what is set next. */
  #last: string | undefined;
  #lastNumber = 0;

  constructor(name: string) {
    super(name, TEXT);
  }

  set(row: number, text: string): void {
    if (text !== this.#last) this.#find(text);
    this.indexes[row] = this.#lastNumber;
    this.present[row] = 1;
  }

  #find(text: string): void {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    this.#last = text;
    this.#lastNumber = number;
  }

  override clear(): void {
    super.clear();
    this.#numbers.clear();
    this.#texts.length = 0;
    this.#last = undefined;
  }

  protected size(): number {
    return this.#texts.length;
  }

  protected write(out: PageBytes): Pick<EncodedColumn, 'min' | 'max'> {
    return writeTexts(out, this.#texts);
  }
}

/** IPv4's in IPv6 (RFC 4291, section 2.5.5.2). */
const MAPPED = 10;

/** Addresses as text; {@link twin} has the same as 16 bytes. */
export class AddressColumn extends DictionaryColumn {
  readonly twin: Column;
  readonly #short = new Map<number, number>();
  readonly #long = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #bytes: Uint8Array[] = [];

  constructor(name: string) {
    super(name, TEXT);
    this.twin = new TwinColumn(`${name}_bytes`, this, this.#bytes);
  }

  /** @param at where the address is, of 4 bytes or 16 */
  set(row: number, view: DataView, at: number, size: number): void {
    this.indexes[row] = size === 4 ? this.#shortAddress(view, at) : this.#longAddress(view, at);
    this.present[row] = 1;
  }

  #shortAddress(view: DataView, at: number): number {
    const word = view.getInt32(at);
    let number = this.#short.get(word);
    if (number !== undefined) return number;
    const bytes = new Uint8Array(16);
    bytes.fill(255, MAPPED, MAPPED + 2);
    for (let i = 0; i < 4; i++) bytes[12 + i] = view.getUint8(at + i);
    this.#bytes.push(bytes);
    number = this.#texts.push(ipv4Text(view, at)) - 1;
    this.#short.set(word, number);
    return number;
  }

  #longAddress(view: DataView, at: number): number {
    const text = ipv6Text(view, at);
    let number = this.#long.get(text);
    if (number !== undefined) return number;
    this.#bytes.push(Uint8Array.from({ length: 16 }, (_, i) => view.getUint8(at + i)));
    number = this.#texts.push(text) - 1;
    this.#long.set(text, number);
    return number;
  }

  override clear(): void {
    super.clear();
    this.#short.clear();
    this.#long.clear();
    this.#texts.length = 0;
    this.#bytes.length = 0;
  }

  protected size(): number {
    return this.#texts.length;
  }

  protected write(out: PageBytes): Pick<EncodedColumn, 'min' | 'max'> {
    return writeTexts(out, this.#texts);
  }
}

class TwinColumn extends DictionaryColumn {
  override readonly present: Uint8Array<ArrayBuffer>;
  readonly #bytes: readonly Uint8Array[];

  constructor(name: string, text: AddressColumn, bytes: readonly Uint8Array[]) {
    super(name, ADDRESS, text.indexes);
    this.present = text.present as Uint8Array<ArrayBuffer>;
    this.#bytes = bytes;
  }

  protected size(): number {
    return this.#bytes.length;
  }

  protected write(out: PageBytes): Pick<EncodedColumn, 'min' | 'max'> {
    for (const one of this.#bytes) out.append(one);
    const { min, max } = least(this.#bytes, this.#bytes);
    return { min, max };
  }
}

/** Whole numbers from 0 to 4,294,967,295. */
export class NumberColumn extends Column {
  readonly #numbers = new Int32Array(GROUP_ROWS);
  readonly #dictionary = new PageBytes();

  constructor(name: string) {
    super(name, UNSIGNED);
  }

  set(row: number, value: number): void {
    this.#numbers[row] = value;
    this.present[row] = 1;
  }

  encode(rows: number): EncodedColumn {
    const { present, values } = this;
    const numbers = this.#numbers;
    const known = new Map<number, number>();
    let [count, min, max, last, lastIndex] = [0, 0xffffffff, 0, -1, -1];
    let isDictionary = true;
    for (let row = 0; row < rows; row++) {
      if (present[row] === 0) continue;
      const value = numbers[row] >>> 0;
      if (value < min) min = value;
      if (value > max) max = value;
      if (isDictionary && value !== last) {
        last = value;
        lastIndex = known.get(value) ?? known.size;
        if (lastIndex === known.size) known.set(value, lastIndex);
        isDictionary = known.size <= MOST_NUMBERS;
      }
      scratch[count++] = lastIndex;
    }
    values.clear();
    const ends = count === 0 ? { min: undefined, max: undefined } : { min, max };
    if (!isDictionary) {
      for (let row = 0; row < rows; row++) if (present[row] !== 0) values.int32(numbers[row]);
      return { dictionary: undefined, dictionaryCount: 0, values, encoding: 'PLAIN', ...ends };
    }
    const width = bitsFor(Math.max(0, known.size - 1));
    values.byte(width);
    writeHybrid(values, scratch, count, width);
    this.#dictionary.clear();
    for (const value of known.keys()) this.#dictionary.int32(value | 0);
    const dictionaryCount = known.size;
    return { dictionary: this.#dictionary, dictionaryCount, values, encoding: 'RLE_DICTIONARY', ...ends };
  }
}

export class BooleanColumn extends Column {
  readonly #bits = new Uint8Array(GROUP_ROWS);

  constructor(name: string) {
    super(name, BOOLEAN);
  }

  set(row: number, value: boolean): void {
    this.#bits[row] = value ? 1 : 0;
    this.present[row] = 1;
  }

  encode(rows: number): EncodedColumn {
    const { present, values } = this;
    values.clear();
    for (let row = 0; row < rows; row++) if (present[row] !== 0) values.bits(this.#bits[row], 1);
    values.endBits();
    return {
      dictionary: undefined,
      dictionaryCount: 0,
      values,
      encoding: 'PLAIN',
      min: undefined,
      max: undefined,
    };
  }
}

/** Whole numbers of 64 bits, held as what a second and less have: `seconds` times 1,000,000,000 and `rest`. */
export class LongColumn extends Column {
  readonly #seconds = new Float64Array(GROUP_ROWS);
  readonly #rests = new Float64Array(GROUP_ROWS);
  readonly #deltas = new Float64Array(GROUP_ROWS);

  constructor(name: string, isTime = false) {
    super(name, isTime ? TIME : LONG);
  }

  set(row: number, seconds: number, rest: number): void {
    // What 64 bits can't hold, a time after 2262 or before 1678, is left out.
    if (Math.abs(seconds) >= 9.2e9) return;
    this.#seconds[row] = seconds;
    this.#rests[row] = rest;
    this.present[row] = 1;
  }

  #value(row: number): bigint {
    return BigInt(this.#seconds[row] as number) * NANOSECONDS + BigInt(this.#rests[row] as number);
  }

  encode(rows: number): EncodedColumn {
    const { present, values } = this;
    const [seconds, rests, deltas] = [this.#seconds, this.#rests, this.#deltas];
    const apart = (from: number, to: number) =>
      (seconds[to] - seconds[from]) * 1e9 + (rests[to] - rests[from]);
    let [count, first, before, min, max] = [0, 0, 0, 0, 0];
    let isExact = true;
    for (let row = 0; row < rows; row++) {
      if (present[row] === 0) continue;
      if (count++ === 0) first = min = max = row;
      else {
        const delta = apart(before, row);
        isExact &&= Math.abs(delta) < MOST_APART;
        deltas[count - 2] = delta;
      }
      before = row;
      if (apart(min, row) < 0) min = row;
      if (apart(max, row) > 0) max = row;
    }
    values.clear();
    if (!isExact) for (let row = 0; row < rows; row++) if (present[row] !== 0) values.int64(this.#value(row));
    if (isExact) writeDeltas(values, count === 0 ? 0n : this.#value(first), deltas, count);
    const ends =
      count === 0 ? { min: undefined, max: undefined } : { min: this.#value(min), max: this.#value(max) };
    const encoding = isExact ? 'DELTA_BINARY_PACKED' : 'PLAIN';
    return { dictionary: undefined, dictionaryCount: 0, values, encoding, ...ends };
  }
}
