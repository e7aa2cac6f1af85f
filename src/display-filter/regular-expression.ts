/**
 * Regular expressions over bytes, in the part of Perl's (and PCRE2's) language that needs no going back: what they match can then be
 * found in one pass over the bytes, however hostile those are. Groups do not capture, as nothing asks what they held.
 */

export type Assertion =
  | 'start'
  | 'end'
  | 'line start'
  | 'line end'
  | 'last line end'
  | 'word boundary'
  | 'no word boundary';

export type Expression =
  /** One byte out of 256 flags. */
  | { readonly kind: 'set'; readonly members: Uint8Array }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly part: Expression; readonly least: number; readonly most: number }
  | { readonly kind: 'assertion'; readonly assertion: Assertion };

/** As PCRE2 limits it. */
const MOST_REPEATS = 65_535;
const MOST_NESTING = 100;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
export const isWordByte = (byte: number): boolean => isDigit(byte) || isLetter(byte) || byte === 0x5f;
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 9 && byte <= 13);
const isGraph = (byte: number): boolean => byte > 0x20 && byte < 0x7f;

type Predicate = (byte: number) => boolean;

/** Of the C locale: no byte above 127 is a letter. */
const POSIX_CLASSES: ReadonlyMap<string, Predicate> = new Map([
  ['alnum', (byte) => isDigit(byte) || isLetter(byte)],
  ['alpha', isLetter],
  ['ascii', (byte) => byte < 0x80],
  ['blank', (byte) => byte === 0x20 || byte === 9],
  ['cntrl', (byte) => byte < 0x20 || byte === 0x7f],
  ['digit', isDigit],
  ['graph', isGraph],
  ['lower', (byte) => isLetter(byte) && (byte & 0x20) !== 0],
  ['print', (byte) => isGraph(byte) || byte === 0x20],
  ['punct', (byte) => isGraph(byte) && !isDigit(byte) && !isLetter(byte)],
  ['space', isSpace],
  ['upper', (byte) => isLetter(byte) && (byte & 0x20) === 0],
  ['word', isWordByte],
  ['xdigit', (byte) => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)],
] as [string, Predicate][]);

const CLASS_ESCAPES: ReadonlyMap<string, Predicate> = new Map([
  ['d', isDigit],
  ['w', isWordByte],
  ['s', isSpace],
  ['h', (byte) => byte === 0x20 || byte === 9 || byte === 0xa0],
  ['v', (byte) => (byte >= 10 && byte <= 13) || byte === 0x85],
  ['N', (byte) => byte !== 10],
] as [string, Predicate][]);

const CHARACTER_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['e', 27],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
]);

const ASSERTION_ESCAPES: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'start'],
  ['z', 'end'],
  ['b', 'word boundary'],
  ['B', 'no word boundary'],
]);

const FLAGS = /^\(\?([ims]*)(?:-([ims]+))?([:)])/;
const NAMED_GROUP = /^\(\?P?<[A-Za-z_]\w*>/;
const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/;
/** A "\\" and digits that are no octal number of three. */
const BACK_REFERENCE = /^\\(?![0-3][0-7]{2})[1-9]/;
const POSIX_CLASS = /^\[:(\^?)(\w+):\]/;

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

function setOf(holds: Predicate): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(holds(byte)));
}

/** With both cases of every letter that is in it. */
function withBothCases(members: Uint8Array): Uint8Array {
  return setOf((byte) => members[byte] === 1 || (isLetter(byte) && members[byte ^ 0x20] === 1));
}

/** `$` and `\Z`: the end, or just before a line feed that is the last byte. */
const END: Expression = { kind: 'assertion', assertion: 'last line end' };

/**
 * @param pattern each character a byte
 * @param isCaseless as Wireshark's are, unless the pattern says `(?-i)`
 * @throws {RangeError} that goes on from the pattern: "has no …"
 */
export function parseRegularExpression(pattern: string, isCaseless = true): Expression {
  let at = 0;
  let nesting = 0;
  const fail = (problem: string): never => {
    throw new RangeError(`is not a valid regular expression: ${problem} at its character ${at + 1}`);
  };
  const rest = () => pattern.slice(at, at + 64);
  const takeMatch = (expression: RegExp): RegExpExecArray | null => {
    const match = expression.exec(rest());
    if (match !== null) at += match[0].length;
    return match;
  };

  function choice(outer: Flags): Expression {
    if (++nesting > MOST_NESTING) fail(`groups are nested deeper than ${MOST_NESTING}`);
    const parts: Expression[] = [];
    let flags = outer;
    for (;;) {
      const [part, after] = sequence(flags);
      parts.push(part);
      // An option set in one alternative goes on into those behind it.
      flags = after;
      if (pattern[at] !== '|') break;
      at++;
    }
    nesting--;
    return parts.length === 1 ? (parts[0] as Expression) : { kind: 'choice', parts };
  }

  function sequence(outer: Flags): [Expression, Flags] {
    const parts: Expression[] = [];
    let flags = outer;
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const options = pattern.startsWith('(?', at) ? FLAGS.exec(rest()) : null;
      if (options !== null && options[3] === ')') {
        at += options[0].length;
        flags = changed(flags, options);
        continue;
      }
      parts.push(quantified(piece(flags)));
    }
    return [parts.length === 1 ? (parts[0] as Expression) : { kind: 'sequence', parts }, flags];
  }

  function quantified(first: Expression): Expression {
    let part = first;
    for (let match = takeMatch(QUANTIFIER); match !== null; match = takeMatch(QUANTIFIER)) {
      const [text, count, comma, limit] = match;
      const least = count === undefined ? (text === '+' ? 1 : 0) : Number(count);
      const most =
        count === undefined
          ? text === '?'
            ? 1
            : Number.POSITIVE_INFINITY
          : comma === undefined
            ? least
            : limit === ''
              ? Number.POSITIVE_INFINITY
              : Number(limit);
      if (
        least > MOST_REPEATS ||
        (most > MOST_REPEATS && most !== Number.POSITIVE_INFINITY) ||
        most < least
      ) {
        fail(`a repeat of ${text}`);
      }
      part = { kind: 'repeat', part, least, most };
      // Lazy ones find the same: whether there is a match, and not which.
      if (pattern[at] === '?') at++;
      else if (pattern[at] === '+') fail('a possessive repeat, which is not supported,');
    }
    return part;
  }

  function piece(flags: Flags): Expression {
    const character = pattern[at] as string;
    switch (character) {
      case '(':
        return group(flags);
      case '[':
        return { kind: 'set', members: characterClass(flags) };
      case '.':
        at++;
        return { kind: 'set', members: setOf((byte) => flags.s || byte !== 10) };
      case '^':
        at++;
        return { kind: 'assertion', assertion: flags.m ? 'line start' : 'start' };
      case '$':
        at++;
        return flags.m ? { kind: 'assertion', assertion: 'line end' } : END;
      case '\\':
        return escaped(flags);
      case '*':
      case '+':
      case '?':
        return fail(`a "${character}" with nothing to repeat`);
      default:
        at++;
        return literal(character.charCodeAt(0), flags);
    }
  }

  function literal(code: number, flags: Flags): Expression {
    const members = setOf((byte) => byte === code);
    return { kind: 'set', members: flags.i ? withBothCases(members) : members };
  }

  function group(flags: Flags): Expression {
    const options = takeMatch(FLAGS);
    const inner = options === null ? flags : changed(flags, options);
    if (options === null && takeMatch(NAMED_GROUP) === null) {
      if (pattern[at + 1] === '?') fail('a look-around or another special group, which is not supported,');
      if (pattern[at + 1] === '*') fail('a verb, which is not supported,');
      at++;
    }
    const inside = choice(inner);
    if (pattern[at] !== ')') fail('a missing ")"');
    at++;
    return inside;
  }

  function escaped(flags: Flags): Expression {
    const letter = pattern[at + 1];
    if (letter === 'Z') {
      at += 2;
      return END;
    }
    const assertion = letter === undefined ? undefined : ASSERTION_ESCAPES.get(letter);
    if (assertion !== undefined) {
      at += 2;
      return { kind: 'assertion', assertion };
    }
    const predicate = classEscape();
    if (predicate !== undefined) return { kind: 'set', members: setOf(predicate) };
    if (BACK_REFERENCE.test(rest())) fail('a back reference, which is not supported,');
    return literal(characterEscape(), flags);
  }

  function classEscape(): Predicate | undefined {
    const letter = pattern[at + 1] ?? '';
    const plain = CLASS_ESCAPES.get(letter);
    if (plain !== undefined) {
      at += 2;
      return plain;
    }
    const negated = /[DWSHV]/.test(letter) ? CLASS_ESCAPES.get(letter.toLowerCase()) : undefined;
    if (negated === undefined) return undefined;
    at += 2;
    return (byte) => !negated(byte);
  }

  /** The byte that an escape of one character stands for. */
  function characterEscape(): number {
    const numeric = takeMatch(/^\\(?:x([0-9A-Fa-f]{1,2})|x\{([0-9A-Fa-f]+)\}|([0-7]{2,3}|0)|o\{([0-7]+)\})/);
    if (numeric !== null) {
      const [, hex, longHex, octal, longOctal] = numeric;
      const base = hex !== undefined || longHex !== undefined ? 16 : 8;
      const value = Number.parseInt(hex ?? longHex ?? octal ?? longOctal ?? '', base);
      return value < 256 ? value : fail('an escape past 255');
    }
    const character = pattern[at + 1];
    if (character === undefined) return fail('a "\\" with nothing after it');
    const code = CHARACTER_ESCAPES.get(character);
    if (code === undefined && /[A-Za-z0-9]/.test(character))
      fail(`the escape \\${character}, which is not supported,`);
    at += 2;
    return code ?? character.charCodeAt(0);
  }

  function characterClass(flags: Flags): Uint8Array {
    const start = at++;
    const isNegated = pattern[at] === '^';
    if (isNegated) at++;
    const members = new Uint8Array(256);
    const add = (holds: Predicate): void => {
      for (let byte = 0; byte < 256; byte++) if (holds(byte)) members[byte] = 1;
    };
    const first = at;
    // A "]" that comes first stands for itself.
    while (pattern[at] !== ']' || at === first) {
      if (at >= pattern.length) {
        at = start;
        fail('a missing "]"');
      }
      const posix = takeMatch(POSIX_CLASS);
      const named = posix === null ? undefined : POSIX_CLASSES.get(posix[2] as string);
      if (posix !== null && named === undefined) fail(`the unknown class [:${posix[2]}:]`);
      const predicate = named ?? (pattern[at] === '\\' ? classEscape() : undefined);
      if (predicate !== undefined) {
        add(posix?.[1] === '^' ? (byte) => !predicate(byte) : predicate);
        continue;
      }
      if (posix !== null) continue;
      const low = classCharacter();
      let high = low;
      if (pattern[at] === '-' && pattern[at + 1] !== ']' && at + 1 < pattern.length) {
        at++;
        high = classCharacter();
        if (high < low) fail('a range that ends before it starts');
      }
      add((byte) => byte >= low && byte <= high);
    }
    at++;
    const folded = flags.i ? withBothCases(members) : members;
    return isNegated ? folded.map((member) => 1 - member) : folded;
  }

  function classCharacter(): number {
    if (pattern.startsWith('\\b', at)) {
      at += 2;
      return 8;
    }
    if (pattern[at] === '\\') return characterEscape();
    const code = pattern.charCodeAt(at);
    at++;
    return code;
  }

  const found = choice({ i: isCaseless, m: false, s: false });
  if (at < pattern.length) fail('a ")" without its "("');
  return found;
}

function changed(flags: Flags, [, on, off]: RegExpExecArray): Flags {
  const has = (letter: keyof Flags): boolean =>
    ((on as string).includes(letter) || flags[letter]) && !(off ?? '').includes(letter);
  return { i: has('i'), m: has('m'), s: has('s') };
}
