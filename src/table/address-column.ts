/** Addresses of IPv4 and IPv6, as text and as 16 bytes. */
import { ipv4Text, ipv6Text } from '../decode/format.ts';
import {
  type Column,
  DictionaryColumn,
  type EncodedColumn,
  type Kind,
  least,
  TEXT,
  writeTexts,
} from './column.ts';
import type { PageBytes } from './page-bytes.ts';

const ADDRESS: Kind = { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 };
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
