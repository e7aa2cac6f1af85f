/** An expression cut into tokens, by the rules of wireshark-filter(4). */
import { isIP } from 'node:net';
import { DisplayFilterError } from './error.ts';

export interface Token {
  readonly kind: 'word' | 'string' | 'character' | 'symbol' | 'slice' | 'layers' | 'end';
  /** As it was written; for slices and layers, what is between the brackets. */
  readonly text: string;
  /** From 0. */
  readonly at: number;
  /** The bytes that a string or character denotes. */
  readonly bytes?: Uint8Array;
}

/** Longer expressions were not typed by anybody. */
const MOST_CHARACTERS = 65_536;

/** Longer ones first. */
const SYMBOL = /===|!==|==|!=|<=|>=|&&|\|\||\^\^|\.\.|[<>!~(){},&+\-*/%]/y;
/** A hyphen may occur in a name, as in the bytes aa-bb-cc: a minus needs a blank before it. A word never holds "..". */
const WORD = /[A-Za-z0-9_:](?:[A-Za-z0-9_:-]|\.(?!\.))*/y;
const PREFIX_LENGTH = /\/\d+/y;
const BLANK = /[ \t\r\n]+/y;
const LAYERS = /#(?:(\d+)|\[([^\]]*)\])/y;
const SLICE = /\[([^\]]*)\]/y;
const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/sy;

const NAMED_ESCAPES: Readonly<Record<string, number>> = {
  "'": 0x27,
  '"': 0x22,
  '\\': 0x5c,
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

const encoder = new TextEncoder();

/** @throws {DisplayFilterError} if something is not a token */
export function tokens(expression: string): Token[] {
  if (expression.length > MOST_CHARACTERS) {
    throw new DisplayFilterError(expression, 0, `is longer than ${MOST_CHARACTERS} characters`);
  }
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(expression);
  };
  for (;;) {
    at += take(BLANK)?.[0].length ?? 0;
    if (at >= expression.length) break;
    const character = expression[at] as string;
    const isRaw = /[rR]/.test(character) && expression[at + 1] === '"';
    if (character === '"' || character === "'" || isRaw) {
      const token = quoted(expression, at, isRaw);
      found.push(token);
      at += token.text.length;
      continue;
    }
    const word = take(WORD)?.[0];
    if (word !== undefined) {
      const start = at;
      at += word.length;
      const prefix = isIP(word) === 0 ? undefined : take(PREFIX_LENGTH)?.[0];
      if (prefix !== undefined) at += prefix.length;
      if (expression[at] === '/') {
        throw new DisplayFilterError(
          `${word}${prefix ?? ''}/`,
          start,
          'is read as a network; put an address before the "/", or a space to divide, as in udp.port / 2',
        );
      }
      found.push({ kind: 'word', text: word + (prefix ?? ''), at: start });
      continue;
    }
    const [all, text, kind] = bracketed(take) ?? [take(SYMBOL)?.[0], undefined, undefined];
    if (all === undefined) throw new DisplayFilterError(character, at, problemWith(character));
    found.push({ kind: kind ?? 'symbol', text: text ?? all, at });
    at += all.length;
  }
  found.push({ kind: 'end', text: '', at: expression.length });
  return found;
}

function bracketed(
  take: (pattern: RegExp) => RegExpExecArray | null,
): [all: string, text: string, kind: 'layers' | 'slice'] | undefined {
  const layers = take(LAYERS);
  if (layers !== null) return [layers[0], layers[1] ?? (layers[2] as string), 'layers'];
  const slice = take(SLICE);
  return slice === null ? undefined : [slice[0], slice[1] as string, 'slice'];
}

function problemWith(character: string): string {
  switch (character) {
    case '#':
      return 'selects layers; put a number right after it, as in ip.src#2 or ip.src#[2-3]';
    case '[':
      return 'starts a slice without end; add a closing "]", as in eth.src[0:3]';
    case '|':
      return 'is not understood; expected "||" or "or"';
    case '=':
      return 'is not understood; expected "=="';
    case '^':
      return 'is not understood; expected "^^" or "xor"';
    default:
      return 'is not understood; expected a field, a value or an operator';
  }
}

/** A string or character, with its escapes resolved unless it is raw. */
function quoted(expression: string, start: number, isRaw: boolean): Token {
  const open = isRaw ? start + 1 : start;
  const quote = expression[open] as string;
  const bytes: number[] = [];
  let at = open + 1;
  for (;;) {
    const character = expression.codePointAt(at);
    if (character === undefined) {
      throw new DisplayFilterError(
        expression.slice(start),
        start,
        `is not terminated; add a closing ${quote}`,
      );
    }
    const text = String.fromCodePoint(character);
    if (text === quote) break;
    if (text !== '\\') {
      bytes.push(...encoder.encode(text));
      at += text.length;
      continue;
    }
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(expression);
    if (match === null) {
      throw new DisplayFilterError(
        expression.slice(start),
        start,
        `is not terminated; add a closing ${quote}`,
      );
    }
    if (isRaw) bytes.push(...encoder.encode(match[0]));
    else bytes.push(...escaped(match, at));
    at += match[0].length;
  }
  const text = expression.slice(start, at + 1);
  if (quote === '"') return { kind: 'string', text, at: start, bytes: Uint8Array.from(bytes) };
  if (bytes.length !== 1) {
    throw new DisplayFilterError(
      text,
      start,
      'is not understood; expected one character between single quotes',
    );
  }
  return { kind: 'character', text, at: start, bytes: Uint8Array.from(bytes) };
}

function escaped(match: RegExpExecArray, at: number): ArrayLike<number> & Iterable<number> {
  const [all, octal, hex, unicode, longUnicode, named] = match;
  if (octal !== undefined && Number.parseInt(octal, 8) < 256) return [Number.parseInt(octal, 8)];
  if (hex !== undefined) return [Number.parseInt(hex, 16)];
  const point = Number.parseInt(unicode ?? longUnicode ?? '', 16);
  if (point <= 0x10ffff && (point < 0xd800 || point > 0xdfff))
    return encoder.encode(String.fromCodePoint(point));
  const code = named === undefined ? undefined : NAMED_ESCAPES[named];
  if (code === undefined) {
    throw new DisplayFilterError(
      all,
      at,
      'is not an escape sequence; use one such as \\n, \\x0a, \\012, or \\\\ for a backslash',
    );
  }
  return [code];
}
