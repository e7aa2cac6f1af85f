/**
 * A row group's columns, as they are filled row by row, and as pages. The pages are our own: hyparquet-writer, which writes the rest of the
 * file, takes arrays of JavaScript values, and seconds for a row group of our width.
 */
import type { Encoding, SchemaElement } from 'hyparquet';
import { ipv4Text, ipv6Text } from '../decode/format.ts';
import { bitsFor, PageBytes, writeDeltas, writeDeltas32, writeHybrid } from './page-bytes.ts';

/** Rows of a row group, and so what is held in memory of each file that is open. */
export const GROUP_ROWS = 1 << 16;
/** The most different numbers that a dictionary is made of. */
const MOST_NUMBERS = 1 << 12;
/** The most that a double's whole numbers are apart, when two of them are subtracted. */
const MOST_APART = 2 ** 52;
const NANOSECONDS = 1_000_000_000n;

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

/** One column is encoded at a time, and written before the next. */
const dictionaryBytes = new PageBytes();
const valueBytes = new PageBytes();
const scratch = new Int32Array(GROUP_ROWS);
const deltas = new Float64Array(GROUP_ROWS);

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
function encodeIndexes(
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
abstract class DictionaryColumn extends Column {
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

/** One text in all rows. */
export class ConstantColumn extends Column {
  text = '';

  constructor(name: string) {
    super(name, TEXT);
  }

  override valuesIn(rows: number): number {
    return rows;
  }

  encode(rows: number): EncodedColumn {
    dictionaryBytes.clear();
    const ends = writeTexts(dictionaryBytes, [this.text]);
    return encodeIndexes(scratch.fill(0, 0, rows), rows, 1, ends);
  }
}

export class TextColumn extends DictionaryColumn {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** What was set last, and before it: as a rule one of them is set next. */
  #last: string | undefined;
  #lastNumber = 0;
  #other: string | undefined;
  #otherNumber = 0;

  constructor(name: string) {
    super(name, TEXT);
  }

  set(row: number, text: string): void {
    if (text !== this.#last) this.#find(text);
    this.indexes[row] = this.#lastNumber;
    this.present[row] = 1;
    this.count++;
  }

  #find(text: string): void {
    const [last, lastNumber] = [this.#last, this.#lastNumber];
    if (text === this.#other) this.#lastNumber = this.#otherNumber;
    else this.#lastNumber = this.#number(text);
    this.#last = text;
    this.#other = last;
    this.#otherNumber = lastNumber;
  }

  #number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }

  override clear(): void {
    super.clear();
    this.#numbers.clear();
    this.#texts.length = 0;
    this.#last = undefined;
    this.#other = undefined;
  }

  protected size(): number {
    return this.#texts.length;
  }

  protected write(out: PageBytes): Pick<EncodedColumn, 'min' | 'max'> {
    return writeTexts(out, this.#texts);
  }
}

/** The longest text of a {@link KeyColumn}, in bytes: two IPv6 addresses and three numbers have 95. */
export const LONGEST_KEY = 128;

/**
 * Texts of ASCII, of which hardly two are the same, and each begins as the one before: only what differs is kept. Every row has one. Nobody asks
 * for a range of them, so that no least and greatest is told.
 */
export class KeyColumn extends Column {
  readonly #last = new Uint8Array(LONGEST_KEY);
  #lastLength = 0;
  #lastNumber = -1;
  readonly #prefixes = new Int32Array(GROUP_ROWS);
  readonly #suffixes = new Int32Array(GROUP_ROWS);
  readonly #bytes = new PageBytes();

  constructor(name: string) {
    super(name, TEXT);
  }

  override valuesIn(rows: number): number {
    return rows;
  }

  /**
   * @param length how many of the bytes are the text
   * @param number the same for the same text alone
   */
  set(row: number, text: Uint8Array, length: number, number: number): void {
    if (number === this.#lastNumber) {
      this.#prefixes[row] = length;
      this.#suffixes[row] = 0;
      return;
    }
    const last = this.#last;
    const most = Math.min(length, this.#lastLength);
    let same = 0;
    while (same < most && text[same] === last[same]) same++;
    this.#prefixes[row] = same;
    this.#suffixes[row] = length - same;
    for (let i = same; i < length; i++) last[i] = text[i];
    this.#bytes.append(last, same, length);
    this.#lastLength = length;
    this.#lastNumber = number;
  }

  override clear(): void {
    this.#bytes.clear();
    this.#lastLength = 0;
    this.#lastNumber = -1;
  }

  encode(rows: number): EncodedColumn {
    // DELTA_BYTE_ARRAY: how much each text has in common with the one before, then the rest as DELTA_LENGTH_BYTE_ARRAY.
    valueBytes.clear();
    writeDeltas32(valueBytes, this.#prefixes, rows);
    writeDeltas32(valueBytes, this.#suffixes, rows);
    valueBytes.append(this.#bytes.bytes());
    return {
      dictionary: undefined,
      dictionaryCount: 0,
      values: valueBytes,
      encoding: 'DELTA_BYTE_ARRAY',
      min: undefined,
      max: undefined,
    };
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
  /** The IPv4 address that was set last, and the one before; no number where there was none. */
  #last = Number.NaN;
  #lastNumber = 0;
  #other = Number.NaN;
  #otherNumber = 0;

  constructor(name: string) {
    super(name, TEXT);
    this.twin = new TwinColumn(`${name}_bytes`, this, this.#bytes);
  }

  /** @param at where the address is, of 4 bytes or 16 */
  set(row: number, view: DataView, at: number, size: number): void {
    if (size !== 4) this.indexes[row] = this.#longAddress(view, at);
    else {
      const word = view.getInt32(at);
      if (word !== this.#last) this.#find(word, view, at);
      this.indexes[row] = this.#lastNumber;
    }
    this.present[row] = 1;
    this.count++;
  }

  #find(word: number, view: DataView, at: number): void {
    const [last, lastNumber] = [this.#last, this.#lastNumber];
    if (word === this.#other) this.#lastNumber = this.#otherNumber;
    else this.#lastNumber = this.#shortAddress(word, view, at);
    this.#last = word;
    this.#other = last;
    this.#otherNumber = lastNumber;
  }

  #shortAddress(word: number, view: DataView, at: number): number {
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
    this.#last = Number.NaN;
    this.#other = Number.NaN;
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
  readonly #text: AddressColumn;
  readonly #bytes: readonly Uint8Array[];

  constructor(name: string, text: AddressColumn, bytes: readonly Uint8Array[]) {
    super(name, ADDRESS, text.indexes);
    this.present = text.present as Uint8Array<ArrayBuffer>;
    this.#text = text;
    this.#bytes = bytes;
  }

  override valuesIn(): number {
    return this.#text.count;
  }

  override encode(rows: number): EncodedColumn {
    this.count = this.#text.count;
    return super.encode(rows);
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

const SLOT_BITS = 14;
/** Where each number of a dictionary stands in it, and one; found by a hash of it. */
const slots = new Int32Array(1 << SLOT_BITS);
const entries = new Int32Array(MOST_NUMBERS);
const indexes = new Int32Array(GROUP_ROWS);
/** The golden ratio's, as Knuth has it (The Art of Computer Programming, 6.4). */
const FACTOR = 0x9e3779b1;

/** Gives each number its place among the different ones. @returns how many those are; -1 where they are too many */
function numberValues(values: Int32Array, count: number): number {
  slots.fill(0);
  let size = 0;
  let last = -1;
  let lastIndex = -1;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value !== last || lastIndex < 0) {
      last = value;
      let slot = Math.imul(value, FACTOR) >>> (32 - SLOT_BITS);
      while (slots[slot] !== 0 && entries[slots[slot] - 1] !== value) slot = (slot + 1) & (slots.length - 1);
      if (slots[slot] === 0) {
        if (size === MOST_NUMBERS) return -1;
        entries[size++] = value;
        slots[slot] = size;
      }
      lastIndex = slots[slot] - 1;
    }
    indexes[i] = lastIndex;
  }
  return size;
}

/** Whole numbers from 0 to 4,294,967,295. */
export class NumberColumn extends Column {
  readonly #numbers = new Int32Array(GROUP_ROWS);

  constructor(name: string) {
    super(name, UNSIGNED);
  }

  set(row: number, value: number): void {
    this.#numbers[row] = value;
    this.present[row] = 1;
    this.count++;
  }

  encode(rows: number): EncodedColumn {
    const { count } = this;
    const values = this.compact(this.#numbers, rows);
    let [min, max] = [0xffffffff, 0];
    for (let i = 0; i < count; i++) {
      const value = values[i] >>> 0;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const ends = count === 0 ? { min: undefined, max: undefined } : { min, max };
    const size = numberValues(values, count);
    if (size < 0) {
      valueBytes.clear();
      writeDeltas32(valueBytes, values, count);
      return {
        dictionary: undefined,
        dictionaryCount: 0,
        values: valueBytes,
        encoding: 'DELTA_BINARY_PACKED',
        ...ends,
      };
    }
    dictionaryBytes.clear();
    for (let i = 0; i < size; i++) dictionaryBytes.int32(entries[i]);
    return encodeIndexes(indexes, count, size, ends);
  }
}

export class BooleanColumn extends Column {
  readonly #bits = new Int32Array(GROUP_ROWS);

  constructor(name: string) {
    super(name, BOOLEAN);
  }

  set(row: number, value: boolean): void {
    this.#bits[row] = value ? 1 : 0;
    this.present[row] = 1;
    this.count++;
  }

  encode(rows: number): EncodedColumn {
    valueBytes.clear();
    valueBytes.pack(this.compact(this.#bits, rows), 0, this.count, this.count, 1);
    return {
      dictionary: undefined,
      dictionaryCount: 0,
      values: valueBytes,
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

  constructor(name: string, isTime = false) {
    super(name, isTime ? TIME : LONG);
  }

  set(row: number, seconds: number, rest: number): void {
    // What 64 bits can't hold, a time after 2262 or before 1678, is left out.
    if (Math.abs(seconds) >= 9.2e9) return;
    this.#seconds[row] = seconds;
    this.#rests[row] = rest;
    this.present[row] = 1;
    this.count++;
  }

  #value(row: number): bigint {
    return BigInt(this.#seconds[row] as number) * NANOSECONDS + BigInt(this.#rests[row] as number);
  }

  encode(rows: number): EncodedColumn {
    const { present } = this;
    const [seconds, rests] = [this.#seconds, this.#rests];
    let [count, first, before, min, max] = [0, 0, 0, 0, 0];
    let isExact = true;
    for (let row = 0; row < rows; row++) {
      if (present[row] === 0) continue;
      if (count++ === 0) first = min = max = row;
      else {
        const delta = (seconds[row] - seconds[before]) * 1e9 + (rests[row] - rests[before]);
        isExact &&= Math.abs(delta) < MOST_APART;
        deltas[count - 2] = delta;
      }
      before = row;
      if ((seconds[row] - seconds[min]) * 1e9 + (rests[row] - rests[min]) < 0) min = row;
      if ((seconds[row] - seconds[max]) * 1e9 + (rests[row] - rests[max]) > 0) max = row;
    }
    valueBytes.clear();
    if (isExact) writeDeltas(valueBytes, count === 0 ? 0n : this.#value(first), deltas, count);
    else for (let row = 0; row < rows; row++) if (present[row] !== 0) valueBytes.int64(this.#value(row));
    const ends =
      count === 0 ? { min: undefined, max: undefined } : { min: this.#value(min), max: this.#value(max) };
    const encoding = isExact ? 'DELTA_BINARY_PACKED' : 'PLAIN';
    return { dictionary: undefined, dictionaryCount: 0, values: valueBytes, encoding, ...ends };
  }
}
