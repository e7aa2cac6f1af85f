/** The grammar of display filters, as wireshark-filter(4) describes it and tshark 4.4 has it. */
import { DisplayFilterError } from './error.ts';
import { type Token, tokens } from './lexer.ts';
import {
  type ArithmeticOperator,
  EQUAL,
  GREATER,
  LESS,
  type Operand,
  type Quantifier,
  type Range,
  type Test,
} from './syntax.ts';

/** How deep parentheses, negations and sums may nest: each takes room on the stack. */
const MOST_NESTING = 100;

const COMPARISONS: ReadonlyMap<string, readonly [outcomes: number, quantifier: Quantifier]> = new Map([
  ...entries(['==', 'eq', 'any_eq'], EQUAL, 'any'),
  ...entries(['!=', 'ne', 'all_ne'], LESS | GREATER, 'all'),
  ...entries(['===', 'all_eq'], EQUAL, 'all'),
  ...entries(['!==', 'any_ne'], LESS | GREATER, 'any'),
  ...entries(['<', 'lt'], LESS, 'any'),
  ...entries(['<=', 'le'], LESS | EQUAL, 'any'),
  ...entries(['>', 'gt'], GREATER, 'any'),
  ...entries(['>=', 'ge'], GREATER | EQUAL, 'any'),
]);

function entries(
  names: readonly string[],
  outcomes: number,
  quantifier: Quantifier,
): [string, readonly [number, Quantifier]][] {
  return names.map((name) => [name, [outcomes, quantifier]]);
}

/** Words that are operators everywhere. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...[...COMPARISONS.keys()].filter((name) => /^\w+$/.test(name)),
  ...['and', 'or', 'xor', 'not', 'in', 'contains', 'matches', 'any', 'all', 'bitand', 'bitwise_and'],
]);

const RANGE = /^\s*(-?(?:0x[0-9a-f]+|\d+))?\s*(?:(:)\s*(\d+)?|-\s*(-?\d+))?\s*$/i;

/**
 * @returns undefined for an empty expression, which every packet matches
 * @throws {DisplayFilterError}
 */
export function parse(expression: string): Test | undefined {
  const input = tokens(expression);
  let place = 0;
  let nesting = 0;

  const next = () => input[place] as Token;
  const is = (...texts: readonly string[]): boolean =>
    (next().kind === 'symbol' || next().kind === 'word') && texts.includes(next().text);
  const took = (...texts: readonly string[]): boolean => {
    if (!is(...texts)) return false;
    place++;
    return true;
  };
  const fail = (expected: string): never => {
    const { kind, text, at } = next();
    const written = kind === 'slice' ? `[${text}]` : kind === 'layers' ? `#${text}` : text;
    throw new DisplayFilterError(written, at, `is unexpected here; expected ${expected}`);
  };
  const expect = (text: string, expected: string): void => {
    if (!took(text)) fail(expected);
  };
  const nested = <Node>(inside: () => Node): Node => {
    if (++nesting > MOST_NESTING) {
      throw new DisplayFilterError(next().text, next().at, `is nested deeper than ${MOST_NESTING} levels`);
    }
    const node = inside();
    nesting--;
    return node;
  };
  /** The expression from `at` up to what was read last. */
  const written = (at: number): string => expression.slice(at, next().at).trimEnd();

  function either(kind: 'and' | 'or' | 'xor', words: readonly string[], part: () => Test): Test {
    const first = part();
    if (!is(...words)) return first;
    const tests = [first];
    while (took(...words)) tests.push(part());
    return { kind, tests };
  }

  const disjunction = (): Test => either('or', ['or', '||'], exclusive);
  const exclusive = (): Test => either('xor', ['xor', '^^'], conjunction);
  const conjunction = (): Test => either('and', ['and', '&&'], negation);

  function negation(): Test {
    if (took('not', '!')) return { kind: 'not', test: nested(negation) };
    if (!took('(')) return relation();
    const inside = nested(disjunction);
    expect(')', '")" or an operator');
    return inside;
  }

  function relation(): Test {
    const quantifier = took('any') ? 'any' : took('all') ? 'all' : undefined;
    const left = arithmetic();
    if (is(...COMPARISONS.keys())) return comparisons(left, quantifier);
    if (took('contains')) {
      return { kind: 'contains', quantifier: quantifier ?? 'any', left, right: entity() };
    }
    if (took('matches', '~')) {
      return { kind: 'matches', quantifier: quantifier ?? 'any', left, right: entity() };
    }
    const isNegated = is('not') && input[place + 1]?.text === 'in' && took('not');
    if (took('in')) return { kind: 'in', isNegated, quantifier: quantifier ?? 'any', left, set: set() };
    if (quantifier !== undefined)
      fail(`a comparison after "${quantifier}", as in ${quantifier} udp.port > 1024`);
    return { kind: 'present', operand: left };
  }

  /** `a < b < c` means `a < b && b < c`. */
  function comparisons(first: Operand, quantifier: Quantifier | undefined): Test {
    const tests: Test[] = [];
    let left = first;
    for (;;) {
      const comparison = is(...COMPARISONS.keys()) ? COMPARISONS.get(next().text) : undefined;
      if (comparison === undefined) break;
      place++;
      const [outcomes, usual] = comparison;
      const right = arithmetic();
      tests.push({ kind: 'compare', outcomes, quantifier: quantifier ?? usual, left, right });
      left = right;
    }
    return tests.length === 1 ? (tests[0] as Test) : { kind: 'and', tests };
  }

  function set(): [Operand, Operand][] {
    expect('{', 'a set after "in", such as {80, 443, 8000..8010}');
    const members: [Operand, Operand][] = [];
    do {
      const from = signed();
      members.push([from, took('..') ? signed() : from]);
    } while (took(','));
    expect('}', '"," or "}"');
    return members;
  }

  function leftAssociative(
    operators: Readonly<Record<string, ArithmeticOperator>>,
    part: () => Operand,
  ): Operand {
    const { at } = next();
    let left = part();
    const depth = nesting;
    while (is(...Object.keys(operators))) {
      const operator = operators[next().text] as ArithmeticOperator;
      place++;
      // A sum of many parts nests to the left as deep as it is long.
      nesting++;
      const right = nested(part);
      left = { kind: 'arithmetic', operator, left, right, at, text: written(at) };
    }
    nesting = depth;
    return left;
  }

  const arithmetic = (): Operand =>
    leftAssociative({ '&': '&', bitand: '&', bitwise_and: '&' }, () =>
      leftAssociative({ '+': '+', '-': '-' }, () =>
        leftAssociative({ '*': '*', '/': '/', '%': '%' }, signed),
      ),
    );

  function signed(): Operand {
    const { at } = next();
    if (took('+')) return nested(signed);
    if (took('-')) return { kind: 'negative', of: nested(signed), at, text: written(at) };
    return entity();
  }

  function entity(): Operand {
    const { at } = next();
    if (took('{')) {
      const inside = nested(arithmetic);
      expect('}', '"}" or an operator');
      return inside;
    }
    let operand = plain();
    while (next().kind === 'slice') {
      const ranges = rangesOf(next());
      place++;
      if (ranges.some(({ length }) => length === 0)) {
        throw new DisplayFilterError(written(at), at, 'is an empty slice; expected a length of at least 1');
      }
      operand = nested(() => ({ kind: 'slice', of: operand, ranges, at, text: written(at) }) as const);
    }
    return operand;
  }

  function plain(): Operand {
    const { kind, text, at, bytes } = next();
    if (kind === 'string' || kind === 'character') {
      place++;
      return { kind, text, at, bytes: bytes as Uint8Array };
    }
    if (kind !== 'word' || KEYWORDS.has(text)) return fail('a field, a protocol or a value');
    place++;
    if (next().kind === 'layers') {
      const layers = rangesOf(next());
      place++;
      return { kind: 'word', text, at, layers };
    }
    if (!took('(')) return { kind: 'word', text, at };
    const parameters: Operand[] = [];
    if (!is(')')) {
      do parameters.push(nested(arithmetic));
      while (took(','));
    }
    expect(')', '"," or ")"');
    return { kind: 'call', name: text, parameters, at, text: written(at) };
  }

  if (next().kind === 'end') return undefined;
  const test = disjunction();
  if (next().kind !== 'end') fail('an operator such as && or ==, or the end of the filter');
  return test;
}

/** `1,3-5,9:`, as between the brackets of a slice. */
function rangesOf(token: Token): Range[] {
  return token.text.split(',').map((text) => {
    const match = RANGE.exec(text);
    const [all, start, colon, length, last] = match ?? [];
    const isEmpty = start === undefined && length === undefined;
    if (all === undefined || isEmpty || (start === undefined && last !== undefined)) {
      throw new DisplayFilterError(
        text,
        token.at,
        'is not a range; expected [START:LENGTH], [FIRST-LAST], [AT], [:LENGTH] or [START:]',
      );
    }
    const from = start === undefined ? 0 : start.startsWith('-') ? -Number(start.slice(1)) : Number(start);
    if (colon !== undefined)
      return { start: from, length: length === undefined ? undefined : Number(length) };
    if (last === undefined) return { start: from, length: 1 };
    const to = Number(last);
    if (to < from || to < 0 !== from < 0) {
      throw new DisplayFilterError(text, token.at, 'ends before it starts; expected [FIRST-LAST]');
    }
    return { start: from, length: to - from + 1 };
  });
}
