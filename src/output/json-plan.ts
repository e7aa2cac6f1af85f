/**
 * Each protocol's fields compiled into flat arrays, so that printing one is a switch over a small integer: no property of a
 * description is looked at, and no string made, for a packet.
 */
import type { Field, Protocol } from '../decode/protocol.ts';
import { type Template, template } from './template.ts';

/** How a field's value is found and printed, in the order that the printer asks. */
export const OPERATION = {
  /** Plain numbers at a byte. */
  uint8: 0,
  uint16: 1,
  uint32: 2,
  /** A number of some bits: (word >>> shift) & mask, times scale. */
  bits8: 3,
  bits16: 4,
  bits32: 5,
  /** By the field's own reader. Up to here a number follows the key. */
  readNumber: 6,
  /** A bit: (byte >>> shift) & 1. */
  flag: 7,
  readBoolean: 8,
  /** Up to here key and value are one text. */
  readWord: 9,
  ipv4: 10,
  ether: 11,
  ipv6: 12,
  readIpv4: 13,
  /** Of varying place. */
  spanIpv4: 14,
  spanIpv6: 15,
  spanEther: 16,
  spanBytes: 17,
  spanText: 18,
} as const;

/** Stores of eight bytes that a text has in {@link JsonPlan.texts}. */
export const TEXT_WORDS = 6;

/** The longest key with the longest value of bounded length: an IPv6 address, or a number. */
const FIELD_ROOM = TEXT_WORDS * 8 + 48;

/** Words of a field in {@link JsonPlan.code}: operation, byte, shift, mask, scale; a flag's texts stand from the number in place of its mask on. */
export const CODE_WORDS = 5;

type Read = NonNullable<Field['read']>;
type Span = NonNullable<Field['span']>;
type When = NonNullable<Field['when']>;

export interface JsonPlan {
  /** By protocol number: `{"protocol":"ip","offset":`; behind them the same once more with a comma first. */
  readonly heads: readonly Template[];
  /** By protocol number: where its fields start in the arrays below; one entry more than protocols. */
  readonly first: Int32Array;
  /** By protocol number: the most bytes of its fields of bounded length. */
  readonly rooms: Int32Array;
  readonly code: Int32Array;
  /**
   * Texts by number, {@link TEXT_WORDS} stores each. The first ones, by field: `,"ttl":`, up to where the value follows; for a
   * flag that is set, `,"flags.df":true`. Behind them those of flags that are not set, and words.
   */
  readonly texts: Float64Array;
  readonly textLengths: Uint8Array;
  /** By field: the texts of its values, where a text is all there is to it: a flag's, a word's. */
  readonly valueTexts: readonly Int32Array[];
  readonly reads: readonly Read[];
  readonly spans: readonly Span[];
  /** Undefined for fields that are always there. */
  readonly whens: readonly (When | undefined)[];
}

const NO_READ: Read = () => 0;
const NO_SPAN: Span = () => 0;

export function compileJson(protocols: readonly Protocol[]): JsonPlan {
  const heads: Template[] = [];
  const first: number[] = [];
  const rooms: number[] = [];
  const code: number[] = [];
  const keys: string[] = [];
  const values: ReadonlyMap<number, string>[] = [];
  const reads: Read[] = [];
  const spans: Span[] = [];
  const whens: (When | undefined)[] = [];
  for (const protocol of protocols) {
    heads.push(template(`{"protocol":"${protocol.name}","offset":`));
    first.push(keys.length);
    rooms.push(protocol.fields.length * FIELD_ROOM);
    for (const field of protocol.fields) {
      if (field.hidden === true || field.each !== undefined) continue;
      const key = `,"${field.key}":`;
      code.push(...compileField(field));
      keys.push(isQuoted(field) ? `${key}"` : key);
      values.push(valueTextsOf(key, field));
      reads.push(field.read ?? NO_READ);
      spans.push(field.span ?? NO_SPAN);
      whens.push(field.when);
    }
  }
  first.push(keys.length);
  heads.push(...protocols.map(({ name }) => template(`,{"protocol":"${name}","offset":`)));
  const texts = [...keys];
  const valueTexts = values.map((byValue) => {
    const numbers = new Int32Array(Math.max(-1, ...byValue.keys()) + 1).fill(-1);
    for (const [value, text] of byValue) numbers[value] = texts.push(text) - 1;
    return numbers;
  });
  for (const [field, numbers] of valueTexts.entries()) {
    if (code[field * CODE_WORDS] === OPERATION.flag) code[field * CODE_WORDS + 3] = numbers[0] as number;
  }
  return {
    heads,
    first: Int32Array.from(first),
    rooms: Int32Array.from(rooms),
    code: Int32Array.from(code),
    ...poolTexts(texts),
    valueTexts,
    reads,
    spans,
    whens,
  };
}

/** Whether the value stands in quotes that the key opens. */
function isQuoted({ kind }: Field): boolean {
  return kind !== 'uint' && kind !== 'hex' && kind !== 'boolean' && kind !== 'status';
}

function valueTextsOf(key: string, field: Field): ReadonlyMap<number, string> {
  if (field.kind === 'boolean') {
    return new Map([
      [0, `${key}false`],
      [1, `${key}true`],
    ]);
  }
  if (field.kind !== 'status') return new Map();
  return new Map(
    Object.entries(field.values ?? {}).map(([value, word]) => [Number(value), `${key}"${word}"`]),
  );
}

/** @throws {RangeError} if a text is longer than its place */
function poolTexts(list: readonly string[]): Pick<JsonPlan, 'texts' | 'textLengths'> {
  const texts = new Float64Array(list.length * TEXT_WORDS);
  const textLengths = new Uint8Array(list.length);
  for (const [number, text] of list.entries()) {
    const { words, length } = template(text);
    if (words.length > TEXT_WORDS) throw new RangeError(`${text} is longer than a key may be`);
    texts.set(words, number * TEXT_WORDS);
    textLengths[number] = length;
  }
  return { texts, textLengths };
}

/** @throws {RangeError} for a description that can't be: a programming error, seen when the program starts */
function compileField(field: Field): number[] {
  const { kind, span, read } = field;
  const byte = field.bit >> 3;
  switch (kind) {
    case 'bytes':
      return [OPERATION.spanBytes, 0, 0, 0, 0];
    case 'text':
      return [OPERATION.spanText, 0, 0, 0, 0];
    case 'ipv4':
      if (read !== undefined) return [OPERATION.readIpv4, 0, 0, 0, 0];
      return [span === undefined ? OPERATION.ipv4 : OPERATION.spanIpv4, byte, 0, 0, 0];
    case 'ipv6':
      return [span === undefined ? OPERATION.ipv6 : OPERATION.spanIpv6, byte, 0, 0, 0];
    case 'ether':
      return [span === undefined ? OPERATION.ether : OPERATION.spanEther, byte, 0, 0, 0];
    case 'status':
      return [OPERATION.readWord, 0, 0, 0, 0];
    case 'boolean':
      if (read !== undefined || field.width !== 1) return [OPERATION.readBoolean, 0, 0, 0, 0];
      return [OPERATION.flag, byte, 7 - (field.bit & 7), 0, 0];
    case 'uint':
    case 'hex':
      return read === undefined ? compileBits(field) : [OPERATION.readNumber, 0, 0, 0, 0];
  }
}

/** The narrowest word that holds the field's bits: one that ends with them, where one that starts with them might end past the header. */
function compileBits(field: Field): number[] {
  const { bit, width } = field;
  const scale = field.scale ?? 1;
  const plain = (bit & 7) === 0 && scale === 1;
  if (plain && width === 8) return [OPERATION.uint8, bit >> 3, 0, 0, 1];
  if (plain && width === 16) return [OPERATION.uint16, bit >> 3, 0, 0, 1];
  if (plain && width === 32) return [OPERATION.uint32, bit >> 3, 0, 0, 1];
  const last = (bit + width - 1) >> 3;
  for (const [operation, bytes] of [
    [OPERATION.bits8, 1],
    [OPERATION.bits16, 2],
    [OPERATION.bits32, 4],
  ] as const) {
    const byte = Math.max(last - bytes + 1, 0);
    const shift = (byte + bytes) * 8 - (bit + width);
    if (byte * 8 <= bit) return [operation, byte, shift, width === 32 ? -1 : 2 ** width - 1, scale];
  }
  throw new RangeError(`${field.key}: ${width} bits at bit ${bit} don't fit into four bytes`);
}
