/** Columns of text. */
import {
  Column,
  DictionaryColumn,
  dictionaryBytes,
  type EncodedColumn,
  encodeIndexes,
  GROUP_ROWS,
  scratch,
  TEXT,
  valueBytes,
  writeTexts,
} from './column.ts';
import { PageBytes, writeDeltas32 } from './page-bytes.ts';

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
