/** Columns of numbers, of truth values and of times. */
import {
  Column,
  dictionaryBytes,
  type EncodedColumn,
  encodeIndexes,
  GROUP_ROWS,
  type Kind,
  valueBytes,
} from './column.ts';
import { writeDeltas, writeDeltas32 } from './page-bytes.ts';

// The newer annotation INTEGER is written by hyparquet-writer such that no other reader opens the file.
const UNSIGNED: Kind = { type: 'INT32', converted_type: 'UINT_32' };
const BOOLEAN: Kind = { type: 'BOOLEAN' };
const LONG: Kind = { type: 'INT64' };
// UTC, and yet not declared so: DuckDB's type for instants has microseconds, and drops the last three digits without a word.
const TIME: Kind = {
  type: 'INT64',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' },
};

/** The most different numbers that a dictionary is made of. */
const MOST_NUMBERS = 1 << 12;
/** The most that a double's whole numbers are apart, when two of them are subtracted. */
const MOST_APART = 2 ** 52;
const NANOSECONDS = 1_000_000_000n;
const deltas = new Float64Array(GROUP_ROWS);

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
