/**
 * Each protocol's fields compiled into flat arrays, so that printing one is a switch over a small integer: no property of a
 * description is looked at, and no string made, for a packet.
 */
import type { Field, Protocol } from '../decode/protocol.ts';
import { type Template, template } from './template.ts';

/** How a field's value is found and printed. */
export const OPERATION = {
  /** Plain numbers at a byte. */
  uint8: 0,
  uint16: 1,
  uint32: 2,
  /** A number of some bits: (word >>> shift) & mask, times scale. */
  bits8: 3,
  bits16: 4,
  bits32: 5,
  /** A bit: its mask in a byte. */
  flag: 6,
  ipv4: 7,
  ipv6: 8,
  ether: 9,
  /** By the field's own reader: a number, a boolean, a word, an IPv4 address. */
  readNumber: 10,
  readBoolean: 11,
  readWord: 12,
  readIpv4: 13,
  /** Of varying place. */
  spanIpv4: 14,
  spanIpv6: 15,
  spanEther: 16,
  spanBytes: 17,
  spanText: 18,
} as const;

/** Words of a field in {@link JsonPlan.code}: operation, byte, shift, mask, scale. */
export const CODE_WORDS = 5;

type Read = NonNullable<Field['read']>;
type Span = NonNullable<Field['span']>;
type When = NonNullable<Field['when']>;

export interface JsonPlan {
  /** By protocol number: `{"protocol":"ip","offset":`. */
  readonly heads: readonly Template[];
  /** By protocol number: where its fields start in the arrays below; one entry more than protocols. */
  readonly first: Int32Array;
  readonly code: Int32Array;
  /** `,"ttl":`, up to where the value follows; for a flag that is set, `,"flags.df":true`. */
  readonly keys: readonly Template[];
  /** For a flag that is not set. */
  readonly unset: readonly Template[];
  /** For a word: key and word by value. */
  readonly words: readonly (readonly (Template | undefined)[])[];
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
  const code: number[] = [];
  const keys: Template[] = [];
  const unset: Template[] = [];
  const words: (Template | undefined)[][] = [];
  const reads: Read[] = [];
  const spans: Span[] = [];
  const whens: (When | undefined)[] = [];
  for (const protocol of protocols) {
    heads.push(template(`{"protocol":"${protocol.name}","offset":`));
    first.push(keys.length);
    for (const field of protocol.fields) {
      if (field.hidden === true) continue;
      const key = `,"${field.key}":`;
      const isFlag = field.kind === 'boolean';
      const isText =
        field.kind !== 'uint' && field.kind !== 'hex' && field.kind !== 'boolean' && field.kind !== 'status';
      code.push(...compileField(field));
      keys.push(template(isFlag ? `${key}true` : isText ? `${key}"` : key));
      unset.push(template(`${key}false`));
      words.push(compileWords(key, field));
      reads.push(field.read ?? NO_READ);
      spans.push(field.span ?? NO_SPAN);
      whens.push(field.when);
    }
  }
  first.push(keys.length);
  return {
    heads,
    first: Int32Array.from(first),
    code: Int32Array.from(code),
    keys,
    unset,
    words,
    reads,
    spans,
    whens,
  };
}

function compileWords(key: string, field: Field): (Template | undefined)[] {
  const compiled: (Template | undefined)[] = [];
  if (field.kind !== 'status') return compiled;
  for (const [value, word] of Object.entries(field.values ?? {})) {
    compiled[Number(value)] = template(`${key}"${word}"`);
  }
  return compiled;
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
      return [OPERATION.flag, byte, 0, 0x80 >> (field.bit & 7), 0];
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
  throw new RangeError(`${field.key}: ${width} bits at bit ${bit} don't stand in four bytes`);
}
