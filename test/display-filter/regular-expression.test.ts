/** Regular expressions over bytes: beside JavaScript's own engine on expressions that mean the same to both, and their limits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteAutomaton } from '../../src/display-filter/byte-automaton.ts';
import { parseRegularExpression } from '../../src/display-filter/regular-expression.ts';
import { viewOf } from '../support/decoding.ts';

function finds(pattern: string, subject: string | Uint8Array, isCaseless = true): boolean {
  const bytes = typeof subject === 'string' ? Buffer.from(subject, 'latin1') : subject;
  return byteAutomaton(parseRegularExpression(pattern, isCaseless)).test(viewOf(bytes), 0, bytes.length);
}

interface Twin {
  /** For PCRE2 and here. */
  readonly here: string;
  /** The same in JavaScript, with the s flag. */
  readonly there: string;
}

const same = (text: string): Twin => ({ here: text, there: text });
const wrap = (one: Twin, before: string, after: string): Twin => ({
  here: `${before}${one.here}${after}`,
  there: `${before}${one.there}${after}`,
});

const ATOMS: readonly Twin[] = [
  ...[
    'a',
    'b',
    'c',
    ' ',
    '_',
    '[ab]',
    '[^a]',
    '[a-c ]',
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '\\d',
    '\\x61',
    '\\n',
    '(?:)',
  ].map(same),
  { here: '.', there: '[^\\n]' },
  { here: '(?s:.)', there: '.' },
];
const ASSERTIONS: readonly Twin[] = [
  ...['\\b', '\\B'].map(same),
  { here: '^', there: '(?<![^])' },
  { here: '\\A', there: '(?<![^])' },
  { here: '\\z', there: '(?![^])' },
  { here: '$', there: '(?=\\n?(?![^]))' },
  { here: '(?m:^)', there: '(?:(?<![^])|(?<=\\n)(?=[^]))' },
  { here: '(?m:$)', there: '(?=\\n|(?![^]))' },
];

const { expression } = fc.letrec<{ expression: Twin; piece: Twin; sequence: Twin }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...ATOMS),
    fc.constantFrom(...ASSERTIONS),
    fc
      .tuple(fc.constantFrom(...ATOMS), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?'))
      .map(([atom, repeat]) => wrap(atom, '', repeat)),
    fc
      .tuple(tie('expression'), fc.constantFrom('', '*', '+', '?', '{0,2}', '{2}'))
      .map(([inner, repeat]) => wrap(inner, '(?:', `)${repeat}`)),
    tie('expression').map((inner) => wrap(inner, '(', ')')),
  ),
  sequence: fc.array(tie('piece'), { minLength: 1, maxLength: 4 }).map((pieces) => ({
    here: pieces.map(({ here }) => here).join(''),
    there: pieces.map(({ there }) => there).join(''),
  })),
  expression: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((sequences) => ({
    here: sequences.map(({ here }) => here).join('|'),
    there: sequences.map(({ there }) => there).join('|'),
  })),
}));

describe('what is found', () => {
  it('is what JavaScript’s engine finds', () => {
    const subject = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'B', ' ', '_', '7', '\n'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        expression,
        subject.map((letters) => letters.join('')),
        ({ here, there }, text) => {
          expect([here, text, finds(here, text, false)]).toEqual([
            here,
            text,
            new RegExp(there, 's').test(text),
          ]);
        },
      ),
      { numRuns: 3000, seed: 20261122 },
    );
  });

  it.each<[pattern: string, subject: string, expected: boolean]>([
    ['abc', 'xABCx', true],
    ['(?-i)abc', 'xABCx', false],
    ['a(?-i)b', 'AB', false],
    ['a(?-i)b', 'Ab', true],
    ['(?:(?-i)a|b)c', 'BC', false],
    ['(?-i:a)b', 'aB', true],
    ['[^a]', 'A', false],
    ['\\xe9', '\xe9', true],
    // Only ASCII letters have a case.
    ['\\xe9', '\xc9', false],
    ['[\\x80-\\xff]', '\x7f', false],
    ['\\101', 'a', true],
    ['\\o{101}\\x{41}', 'aa', true],
    ['[[:alpha:]][[:^digit:]]', 'a1', false],
    ['[[:alpha:]][[:^digit:]]', 'ab', true],
    ['[]a]+', ']', true],
    ['[a-]+z', '-z', true],
    ['[\\d\\-x]{3}', '1-x', true],
    ['[\\b]', '\b', true],
    ['a{,2}', 'a{,2}', true],
    ['a{x', 'A{X', true],
    ['a]}', 'a]}', true],
    ['\\.\\*', '.*', true],
    ['(?<name>a)(?P<other>b)', 'ab', true],
    ['\\h\\v\\N', ' \n\n', false],
    ['\\h\\v\\N', '\t\n.', true],
    ['', '', true],
  ])('%j in %j: %s', (pattern, subject, expected) => {
    expect(finds(pattern, subject)).toBe(expected);
  });
});

describe('what is no regular expression, or of a kind that needs going back', () => {
  it.each([
    ['(a', 'missing ")" at its character 3'],
    ['a)', '")" without its "(" at its character 2'],
    ['[a', 'missing "]" at its character 1'],
    ['[b-a]', 'ends before it starts'],
    ['[[:nonsense:]]', '[:nonsense:]'],
    ['*a', 'nothing to repeat'],
    ['a{3,2}', '{3,2}'],
    ['a\\', 'nothing after it'],
    ['\\x{100}', 'past 255'],
    ['(a)\\1', 'back reference'],
    ['(?=a)', 'look-around'],
    ['(?<=a)', 'look-around'],
    ['(?>a)', 'special group'],
    ['(*ACCEPT)', 'verb'],
    ['a++', 'possessive'],
    ['\\pL', 'escape \\p'],
    ['\\Qa\\E', 'escape \\Q'],
    ['(?x)a b', 'special group'],
    ['(((a{99}){99}){99}){99}', 'too large'],
    ['(((){9999}){9999}){9999}', 'too large'],
    [`${'('.repeat(200)}a${')'.repeat(200)}`, 'nested deeper'],
  ])('%s', (pattern, message) => {
    expect(() => finds(pattern, 'a')).toThrow(RangeError);
    expect(() => finds(pattern, 'a')).toThrow(message);
  });
});

it('hostile bytes take as long as others: an expression that goes back would not end', () => {
  const subject = Buffer.alloc(65_535, 'a');
  for (const pattern of ['(a+)+b', '(a|aa)*c', '(.*)*(.*)*x', 'a*a*a*a*a*b', '(a|b)*a(a|b){14}c']) {
    expect(finds(pattern, subject)).toBe(false);
  }
});

it('more states than are kept are made anew, and the answer stays', () => {
  let state = 1;
  const letters = Array.from({ length: 5000 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 16) & 1 ? 'a' : 'b';
  }).join('');
  for (const subject of [letters, `${letters}c`]) {
    expect(finds('a[ab]{11}c', subject)).toBe(/a[ab]{11}c/.test(subject));
  }
});
