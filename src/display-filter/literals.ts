/** Values as they are written in an expression, turned into what fields are compared with. */

import { isIPv4, isIPv6 } from 'node:net';
import { ipBytes } from '../text/ip-bytes.ts';

/** Room that a value takes, and where it stands for a network, the bits that count. */
export interface Prefixed {
  readonly bytes: Uint8Array;
  /** As long as `bytes`; undefined if all bits count. */
  readonly mask: Uint8Array | undefined;
}

const NUMBER = /^(?:0x([0-9a-f]+)|0b([01]+)|0([0-7]+)|([1-9]\d*|0))$/i;
/** Two digits a byte, with one and the same separator between all of them, or with none. */
const BYTES = /^:?[0-9a-f]{2}(?:([:.-])[0-9a-f]{2}(?:\1[0-9a-f]{2})*|(?:[0-9a-f]{2})*)$/i;
/** One byte of one or two digits. */
const ONE_BYTE = /^:?[0-9a-f]{1,2}$/i;
/** Bytes of one digit, as in 0.1.0.d. */
const SHORT_BYTES = /^[0-9a-f]{1,2}(?:([:.-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2})*$/i;
const DOTTED_QUAD_ETHER = /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/i;
const TIME = /^(-?)(\d+)(?:\.(\d{1,9})\d*)?$/;
/** With an exponent, which no digits can follow exactly: such a time is rounded to nanoseconds. */
const EXPONENT = /^-?\d+(?:\.\d+)?e[+-]?\d{1,2}$/i;
const DOUBLE = /^\d+\.\d+$/;

/** Decimal, 0x hexadecimal, 0 octal (08 is none) or 0b binary; undefined for anything else, and past what a double holds. */
export function parseInteger(text: string): number | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, hex, binary, octal, decimal] = match;
  const value =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : binary !== undefined
        ? Number.parseInt(binary, 2)
        : octal !== undefined
          ? Number.parseInt(octal, 8)
          : Number(decimal);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Bytes in hexadecimal; digits without a letter or a separator are a number, and none. */
export function parseBytes(text: string): Uint8Array | undefined {
  if (DOUBLE.test(text) || parseInteger(text) !== undefined) return undefined;
  if (!BYTES.test(text) && !ONE_BYTE.test(text) && !SHORT_BYTES.test(text)) return undefined;
  const digits = text.replace(/^:/, '');
  const parts = /[:.-]/.test(digits)
    ? digits.split(/[:.-]/)
    : digits.length === 1
      ? [digits]
      : digits.match(/../g);
  return Uint8Array.from(parts ?? [], (part) => Number.parseInt(part, 16));
}

export function parseEther(text: string): Uint8Array | undefined {
  const bytes = parseBytes(DOTTED_QUAD_ETHER.test(text) ? text.replaceAll('.', '') : text);
  return bytes?.length === 6 ? bytes : undefined;
}

/** An address, with a prefix length or without. */
export function parseIpv4(text: string): Prefixed | undefined {
  const [address, prefix] = withoutPrefix(text, 32);
  return isIPv4(address) && prefix !== undefined ? prefixed(ipBytes(address), prefix) : undefined;
}

export function parseIpv6(text: string): Prefixed | undefined {
  const [address, prefix] = withoutPrefix(text, 128);
  return isIPv6(address) && prefix !== undefined ? prefixed(ipBytes(address), prefix) : undefined;
}

function withoutPrefix(text: string, bits: number): [address: string, prefix: number | undefined] {
  const slash = text.indexOf('/');
  if (slash < 0) return [text, bits];
  const prefix = Number(text.slice(slash + 1));
  return [text.slice(0, slash), prefix <= bits ? prefix : undefined];
}

function prefixed(bytes: Uint8Array, prefix: number): Prefixed {
  if (prefix === bytes.length * 8) return { bytes, mask: undefined };
  const mask = bytes.map((_, i) => 0xff00 >> Math.min(8, Math.max(0, prefix - i * 8)));
  return { bytes, mask };
}

/** An integer, or a number with a fraction or an exponent. */
export function parseDouble(text: string): number | undefined {
  return DOUBLE.test(text) || EXPONENT.test(text) ? Number(text) : parseInteger(text);
}

/** Seconds with a fraction or an exponent; nanoseconds count up from the seconds, also below zero. */
export function parseTime(text: string): [seconds: number, nanoseconds: number] | undefined {
  const match = TIME.exec(text);
  if (match === null || /^-?0\d/.test(text)) return roundedTime(text);
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? '').padEnd(9, '0'));
  if (match[1] === '') return [seconds, nanoseconds];
  return nanoseconds === 0 ? [0 - seconds, 0] : [-seconds - 1, 1e9 - nanoseconds];
}

/** What is not written as decimal seconds: 1e-3, 0x10. */
function roundedTime(text: string): [seconds: number, nanoseconds: number] | undefined {
  const size = parseDouble(text.replace(/^-/, ''));
  if (size === undefined) return undefined;
  const value = text.startsWith('-') ? -size : size;
  const seconds = Math.floor(value);
  const nanoseconds = Math.round((value - seconds) * 1e9);
  return nanoseconds === 1e9 ? [seconds + 1, 0] : [seconds, nanoseconds];
}
