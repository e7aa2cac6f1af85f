/** Constants of an expression: what they are compared with says how they are read. */
import { parseDate } from './dates.ts';
import { DisplayFilterError } from './error.ts';
import {
  type Prefixed,
  parseBytes,
  parseDouble,
  parseEther,
  parseInteger,
  parseIpv4,
  parseIpv6,
  parseTime,
} from './literals.ts';
import type { Literal } from './syntax.ts';
import {
  type ByteStrings,
  constantBytes,
  constantNumber,
  constantTime,
  type Kind,
  type Values,
} from './values.ts';
import { type Named, similarName } from './vocabulary.ts';

/** An operand with its type. What belongs to a name is there for plain names only. */
export interface Compiled extends Partial<Named> {
  readonly values: Values;
  /** For a constant that is a network: the bits that count, and its last address. `values` has the first. */
  readonly network?: { readonly mask: Uint8Array; readonly last: Values };
}

const EXPECTED: Readonly<Record<Kind, string>> = {
  integer: 'a number, such as 64, 0x40, 0100 or 0b1000000',
  double: 'a number, such as 0.25 or 1e-3',
  boolean: 'true, false, 1 or 0',
  ipv4: 'an IPv4 address or network, such as 10.1.0.10 or 10.1.0.0/16',
  ipv6: 'an IPv6 address or network, such as 2001:db8::1 or 2001:db8::/32',
  ether: 'a MAC address of six bytes, such as aa:bb:cc:dd:ee:ff',
  protocol: 'bytes in hexadecimal, such as 08:00, or text in double quotes',
  bytes:
    'bytes in hexadecimal, such as 08:00, one byte as a number, such as 64 or 0x40, or text in double quotes',
  text: 'text in double quotes',
  time: 'seconds, such as 1.5 or 1e-3',
  date: 'a date and time, such as "2026-01-31 23:59:59.5", or seconds since 1970',
};

const BOOLEANS: ReadonlyMap<string, number> = new Map([
  ['true', 1],
  ['set', 1],
  ['false', 0],
  ['not set', 0],
]);

/**
 * @param beside what the constant is compared with: it says of what type it is
 * @throws {DisplayFilterError}
 */
export function compileConstant(literal: Literal, beside: Compiled, isNegative = false): Compiled {
  const { kind } = beside.values;
  const text = literal.kind === 'word' ? literal.text : Buffer.from(literal.bytes).toString('utf8');
  const fail = (expected = EXPECTED[kind]): never => {
    const similar = literal.kind === 'word' && /[a-z]\./i.test(text) ? similarName(text) : undefined;
    throw new DisplayFilterError(
      `${isNegative ? '-' : ''}${literal.text}`,
      literal.at,
      `can’t be compared here; expected ${expected}${similar === undefined ? '' : `, or the field ${similar}`}`,
    );
  };
  switch (kind) {
    case 'integer':
    case 'boolean': {
      const value =
        literal.kind === 'character'
          ? literal.bytes[0]
          : ((kind === 'boolean' ? BOOLEANS.get(text.toLowerCase()) : undefined) ??
            beside.numberOf?.(text) ??
            (literal.kind === 'word' ? parseInteger(text) : undefined));
      if (value === undefined) return fail();
      if (beside.most !== undefined && value > beside.most) return fail(`at most ${beside.most}`);
      const signed = isNegative ? -value : value;
      return { values: constantNumber(kind, kind === 'boolean' && signed !== 0 ? 1 : signed) };
    }
    case 'double': {
      const value = literal.kind === 'word' ? parseDouble(text) : undefined;
      if (value === undefined) return fail();
      return { values: constantNumber(kind, isNegative ? -value : value) };
    }
    case 'ipv4':
    case 'ipv6': {
      const address = isNegative ? undefined : (kind === 'ipv4' ? parseIpv4 : parseIpv6)(text);
      return address === undefined ? fail() : compileAddress(kind, address);
    }
    case 'time': {
      const time = literal.kind === 'word' ? parseTime(isNegative ? `-${text}` : text) : undefined;
      return time === undefined ? fail() : { values: constantTime(kind, ...time) };
    }
    case 'date': {
      const date = isNegative ? parseTime(`-${text}`) : (parseTime(text) ?? parseDate(text));
      return date === undefined ? fail() : { values: constantTime(kind, ...date) };
    }
    default: {
      const bytes = isNegative ? undefined : bytesOf(literal, kind);
      return bytes === undefined ? fail() : { values: constantBytes(kind, bytes) };
    }
  }
}

/** A constant as bytes: text for a text, and otherwise a number of one byte, what its digits say, or its quotes hold. */
export function bytesOf(literal: Literal, kind: ByteStrings['kind']): Uint8Array | undefined {
  if (kind === 'ether') return parseEther(literal.text);
  if (literal.kind !== 'word') return literal.bytes;
  const number = parseInteger(literal.text);
  if (number !== undefined) return kind === 'bytes' && number < 256 ? Uint8Array.of(number) : undefined;
  return kind === 'text' ? new TextEncoder().encode(literal.text) : parseBytes(literal.text);
}

function compileAddress(kind: 'ipv4' | 'ipv6', { bytes, mask }: Prefixed): Compiled {
  const valuesOf = (address: Uint8Array): Values =>
    kind === 'ipv4' ? constantNumber(kind, numberOf(address)) : constantBytes(kind, address);
  if (mask === undefined) return { values: valuesOf(bytes) };
  const first = bytes.map((byte, i) => byte & (mask[i] as number));
  const last = bytes.map((byte, i) => byte | (~(mask[i] as number) & 0xff));
  return { values: valuesOf(first), network: { mask, last: valuesOf(last) } };
}

/** Four bytes, the highest first. */
export function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}
