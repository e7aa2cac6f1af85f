/**
 * Display filters in Wireshark's words (wireshark-filter(4), as tshark 4.4 has it), with ours for tunnels: `outer.ip.src`,
 * `inner.icmp.seq`, `quoted.ip.dst`, `level`, `tunnel`.
 */
import type { PacketRecord } from '../output/printer.ts';
import { type TrackedField, trackedAmong } from '../tracking/tracking.ts';
import { maskBytes } from './byte-functions.ts';
import { compare, contains, isIn, isNotZero, type Member, matchesExpression } from './comparisons.ts';
import { bytesOf, type Compiled, numberOf } from './constants.ts';
import { DisplayFilterError } from './error.ts';
import { foreignProtocol } from './foreign-protocols.ts';
import { scoped } from './layer-selection.ts';
import { combineNumbers } from './number-functions.ts';
import { compileOperand, FOREIGN, isConstant, isUnknown, unknownName } from './operands.ts';
import { DISPLAYED } from './packet-values.ts';
import { parse } from './parser.ts';
import { EQUAL, GREATER, LESS, type Operand, type Test } from './syntax.ts';
import {
  type ByteStrings,
  constantNumber,
  isByteStrings,
  isNumbers,
  type Matcher,
  type Values,
} from './values.ts';
import { isName } from './vocabulary.ts';
import { type NamedWord, wordsOf } from './words.ts';

export interface DisplayFilter {
  /** The expression, as it was given. */
  readonly expression: string;
  /**
   * Whether the filter matches the packet that `record` is at, decoded into `record.stack`. Never throws, whatever the
   * bytes, and allocates only for what it sees for the first time.
   */
  readonly matches: (record: PacketRecord) => boolean;
  /**
   * The fields whose values depend on other packets: the filter must see every packet of the capture, in order. Those that look ahead
   * have no value before a first pass (see {@link PacketRecord.tracking}).
   */
  readonly tracked: readonly TrackedField[];
  /** Whether earlier packets have no say in what passes. */
  readonly isOfOnePacket: boolean;
  /** Warnings about the expression, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Compiles an expression; an empty one matches all packets. A filter works on one record at a time: it keeps the values that it reads
 * in its own memory.
 *
 * ```ts
 * const filter = compileDisplayFilter('ip.src#2 == 172.16.0.2 && icmp.type == 8');
 * record.advance(batch, i);
 * decode(…, record.stack);
 * if (filter.matches(record)) …
 * ```
 *
 * @throws {DisplayFilterError} one line: what was received and where, what was expected
 */
export function compileDisplayFilter(expression: string): DisplayFilter {
  const test = parse(expression);
  if (test === undefined)
    return { expression, matches: () => true, tracked: [], isOfOnePacket: true, warnings: [] };
  const words = wordsOf(test);
  const tracked = trackedAmong(words.map(({ text }) => scoped(text).plain));
  const asksDisplayed = words.some(({ text }) => text === DISPLAYED);
  return {
    expression,
    matches: remembering(compileTest(test), tracked, asksDisplayed),
    tracked,
    isOfOnePacket: tracked.length === 0 && !asksDisplayed,
    warnings: foreignWarnings(words),
  };
}

/** What asks about other packets is shown each that comes, and told which of them passed. */
function remembering(matches: Matcher, tracked: readonly TrackedField[], asksDisplayed: boolean): Matcher {
  if (tracked.length === 0 && !asksDisplayed) return matches;
  return (record) => {
    record.tracking.observe(record, tracked);
    const passes = matches(record);
    if (passes) record.noteDisplayed();
    return passes;
  };
}

/** One line for all protocols that are named but not decoded. */
function foreignWarnings(words: readonly NamedWord[]): string[] {
  const names = words
    .filter(({ text, isValue }) => !isValue && !isName(text))
    .flatMap(({ text }) => foreignProtocol(text) ?? []);
  const [first, ...others] = new Set(names);
  if (first === undefined) return [];
  if (others.length === 0) return [`display filter: ${first} is not decoded: no packet matches it`];
  return [`display filter: ${[first, ...others].join(', ')} are not decoded: no packet matches them`];
}

function compileTest(test: Test): Matcher {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return combine(test.kind, test.tests.map(compileTest));
    case 'not': {
      const matches = compileTest(test.test);
      return (record) => !matches(record);
    }
    case 'present':
      return compilePresence(test.operand);
    case 'compare':
      return compileComparison(test);
    case 'in':
      return compileMembership(test);
    case 'contains':
      return compileContains(test);
    case 'matches':
      return compileMatches(test);
  }
}

function combine(kind: 'and' | 'or' | 'xor', parts: readonly Matcher[]): Matcher {
  const [first, second] = parts as [Matcher, Matcher];
  if (kind === 'xor') {
    return (record) => {
      let holds = false;
      for (let i = 0; i < parts.length; i++) holds = parts[i](record) !== holds;
      return holds;
    };
  }
  if (parts.length === 2) {
    return kind === 'and'
      ? (record) => first(record) && second(record)
      : (record) => first(record) || second(record);
  }
  const decisive = kind === 'or';
  return (record) => {
    for (let i = 0; i < parts.length; i++) if (parts[i](record) === decisive) return decisive;
    return !decisive;
  };
}

function compilePresence(operand: Operand): Matcher {
  if (isUnknown(operand)) throw unknownName(operand);
  const { values, isPresent } = compileOperand(operand);
  if (isPresent !== undefined) return isPresent;
  if (operand.kind === 'slice') return (record) => values.load(record) > 0;
  return isNotZero(values);
}

/** Of a test's left side, which must be something that a packet has. */
function compileLeft(operand: Operand): Compiled {
  if (!isUnknown(operand)) return compileOperand(operand);
  if (operand.kind === 'word' && /[a-z_]/i.test(operand.text) && !/^0x|[:/]/i.test(operand.text))
    throw unknownName(operand);
  throw new DisplayFilterError(operand.text, operand.at, 'is a value; compare a field with it');
}

function compileComparison(test: Extract<Test, { kind: 'compare' }>): Matcher {
  const { outcomes, quantifier, left, right } = test;
  if (isUnknown(left) && !isUnknown(right)) {
    return compileComparison({ ...test, outcomes: mirrored(outcomes), left: right, right: left });
  }
  const from = compileLeft(left);
  const to = from === FOREIGN ? FOREIGN : compileOperand(right, from);
  if (to === FOREIGN) return NEVER;
  requireSameType(left, from, right, to);
  if (to.network === undefined) return compare(outcomes, quantifier, from.values, to.values);
  return compare(outcomes, quantifier, masked(from.values, to.network.mask), to.values);
}

/** The outcomes with the sides swapped. */
function mirrored(outcomes: number): number {
  return (outcomes & EQUAL) | (outcomes & LESS ? GREATER : 0) | (outcomes & GREATER ? LESS : 0);
}

/** Addresses with only the bits that count in a network. */
function masked(values: Values, mask: Uint8Array): Values {
  if (isByteStrings(values)) return maskBytes(values, mask);
  return isNumbers(values) ? combineNumbers('&', values, constantNumber('ipv4', numberOf(mask))) : values;
}

function requireSameType(left: Operand, a: Compiled, right: Operand, b: Compiled): void {
  const family = ({ values }: Compiled): string =>
    isByteStrings(values) && values.kind !== 'ipv6' ? 'bytes' : values.kind;
  if (family(a) === family(b)) return;
  throw new DisplayFilterError(
    right.text,
    right.at,
    `is of type ${b.values.kind}; expected ${a.values.kind}, like ${left.text}`,
  );
}

function compileMembership(test: Extract<Test, { kind: 'in' }>): Matcher {
  const { quantifier, isNegated, left, set } = test;
  const field = compileLeft(left);
  if (field === FOREIGN) return NEVER;
  const members: Member[] = set.map(([from, to]) => {
    const low = compileMember(from, field);
    if (from === to) return [low.values, low.network?.last ?? low.values];
    return [low.values, compileMember(to, field).values];
  });
  return isIn(quantifier, isNegated, field.values, members);
}

/** Of what is not decoded here. */
const NEVER: Matcher = () => false;

function compileMember(member: Operand, field: Compiled): Compiled {
  const compiled = compileOperand(member, field);
  const isPlain = isConstant(member) && member.kind !== 'arithmetic';
  if ((isPlain || 'bytes' in member) && compiled.isPresent === undefined) return compiled;
  throw new DisplayFilterError(
    member.text,
    member.at,
    'is not a constant; a set holds values, as in {80, 443, 8000..8010}',
  );
}

type Search = Extract<Test, { kind: 'contains' | 'matches' }>;

const SEARCHABLE: readonly string[] = ['protocol', 'bytes', 'ether', 'text'];

/** The left side of `contains` and `matches`: bytes or text, for a protocol with what it carries. */
function compileSearched(operand: Operand, word: string): ByteStrings {
  const { values, withPayload } = compileLeft(operand);
  if (isByteStrings(values) && SEARCHABLE.includes(values.kind)) return withPayload ?? values;
  throw new DisplayFilterError(
    operand.text,
    operand.at,
    `is of type ${values.kind}; "${word}" needs bytes, text or a protocol on its left, or string(…) of a number`,
  );
}

function compileContains(test: Search): Matcher {
  const { quantifier, left, right } = test;
  const searched = compileSearched(left, 'contains');
  const isLiteral = right.kind === 'string' || right.kind === 'character' || right.kind === 'word';
  const needle =
    isLiteral && isConstant(right)
      ? bytesOf(right, searched.kind === 'ether' ? 'protocol' : searched.kind)
      : undefined;
  if (needle === undefined || needle.length === 0) {
    throw new DisplayFilterError(
      right.text,
      right.at,
      'can’t be searched for; expected text in double quotes, or bytes in hexadecimal, such as 08:00',
    );
  }
  return contains(quantifier, searched, needle);
}

function compileMatches(test: Search): Matcher {
  const { quantifier, left, right } = test;
  const searched = compileSearched(left, 'matches');
  if (right.kind !== 'string') {
    throw new DisplayFilterError(
      right.text,
      right.at,
      'is not text; expected a regular expression in double quotes',
    );
  }
  try {
    return matchesExpression(quantifier, searched, Buffer.from(right.bytes).toString('latin1'));
  } catch (error) {
    throw error instanceof RangeError ? new DisplayFilterError(right.text, right.at, error.message) : error;
  }
}
