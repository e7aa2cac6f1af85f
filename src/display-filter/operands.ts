/** Operands of an expression, given a type and compiled into what reads their values. */
import { tunnelKinds } from '../decode/tunnel.ts';
import { lowerCase, maskBytes, sliceBytes, textOf, upperCase } from './byte-functions.ts';
import { type Compiled, compileConstant } from './constants.ts';
import { DisplayFilterError } from './error.ts';
import { foreignProtocol } from './foreign-protocols.ts';
import {
  areNumbers,
  combineNumbers,
  extreme,
  lengthsOf,
  mapNumbers,
  negative,
  occurrences,
} from './number-functions.ts';
import type { Operand, Word } from './syntax.ts';
import {
  type ByteStrings,
  constantBytes,
  constantNumber,
  isByteStrings,
  isNumbers,
  type Numbers,
  type Values,
} from './values.ts';
import { isName, isProtocol, lookUp, similarName } from './vocabulary.ts';

const INTEGER: Compiled = { values: constantNumber('integer', 0) };

/** Whether an operand is a constant: nothing in it is a name. */
export function isConstant(operand: Operand): boolean {
  switch (operand.kind) {
    case 'string':
    case 'character':
      return true;
    case 'word':
      return operand.layers === undefined && !isName(operand.text);
    case 'negative':
      return isConstant(operand.of);
    case 'arithmetic':
      return isConstant(operand.left) && isConstant(operand.right);
    default:
      return false;
  }
}

/** Whether an operand has no name that stands for anything. */
export function isUnknown(operand: Operand): boolean {
  return isConstant(operand) && !isForeign(operand);
}

/** A name of what Wireshark knows and we don't, which a mistyped one of ours is not. */
function isForeign(operand: Operand): boolean {
  return (
    operand.kind === 'word' && operand.layers === undefined && foreignProtocol(operand.text) !== undefined
  );
}

/** Of a protocol that is not decoded here: no packet has any. */
export const FOREIGN: Compiled = {
  values: { ...constantBytes('bytes', new Uint8Array(0)), load: () => 0 },
  isPresent: () => false,
};

/**
 * @param beside what a constant is compared with: it says of what type the constant is
 * @throws {DisplayFilterError}
 */
export function compileOperand(operand: Operand, beside?: Compiled): Compiled {
  switch (operand.kind) {
    case 'word':
      return compileWord(operand, beside);
    case 'string':
    case 'character':
      if (beside === undefined) {
        throw new DisplayFilterError(operand.text, operand.at, 'is a value; expected a field or protocol');
      }
      return compileConstant(operand, beside);
    case 'slice':
      return compileSlice(operand);
    case 'call':
      return { values: compileCall(operand) };
    case 'negative': {
      const { of } = operand;
      if (of.kind === 'negative') return compileOperand(of.of, beside);
      if (beside !== undefined && of.kind === 'word' && isConstant(of))
        return compileConstant(of, beside, true);
      const { values } = compileOperand(of, beside);
      if (!isNumbers(values) || values.kind !== 'integer') throw notOf(of, values, 'a number after "-"');
      return { values: negative(values) };
    }
    case 'arithmetic':
      return compileArithmetic(operand, beside);
  }
}

function compileWord(word: Word, beside: Compiled | undefined): Compiled {
  const { text, layers, at } = word;
  const isValueName =
    layers === undefined &&
    isProtocol(text) &&
    (beside?.values.kind === 'text' || beside?.numberOf?.(text) !== undefined);
  const named = isValueName ? undefined : lookUp(text, layers);
  if (named !== undefined) return named;
  if (layers !== undefined && isName(text)) {
    throw new DisplayFilterError(
      text,
      at,
      'is not in a layer; "#" goes after a field or protocol of a header',
    );
  }
  if (isForeign(word) && (beside === undefined || !canBeConstant(word, beside))) return FOREIGN;
  if (beside !== undefined && layers === undefined) return compileConstant(word, beside);
  throw unknownName(word);
}

/** Whether the name of a protocol is one of a value too, as in `ip.proto == igmp`, or bytes, as in `ip[8] == fc`. */
function canBeConstant(word: Word, beside: Compiled): boolean {
  try {
    compileConstant(word, beside);
    return true;
  } catch {
    return false;
  }
}

export function unknownName({
  text,
  at,
}: {
  readonly text: string;
  readonly at: number;
}): DisplayFilterError {
  if (tunnelKinds.some(({ name }) => name === text)) {
    return new DisplayFilterError(
      text,
      at,
      `is a kind of tunnel, not a field or protocol; use tunnel == "${text}"`,
    );
  }
  const similar = similarName(text);
  return new DisplayFilterError(
    text,
    at,
    `is not a field or protocol; ${similar === undefined ? 'expected a name such as ip.src or icmp.seq' : `did you mean ${similar}?`}`,
  );
}

/** "is bytes; expected …" */
function notOf(operand: Operand, values: Values, expected: string): DisplayFilterError {
  const { kind } = values;
  const noun = /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
  return new DisplayFilterError(
    operand.text,
    operand.at,
    `is ${kind === 'bytes' || kind === 'text' ? kind : noun}; expected ${expected}`,
  );
}

function compileSlice(operand: Extract<Operand, { kind: 'slice' }>): Compiled {
  const { of, ranges } = operand;
  if (isUnknown(of)) throw unknownName(of);
  const { values, withPayload } = compileOperand(of);
  if (isByteStrings(values)) return { values: sliceBytes(values, ranges, withPayload) };
  if (values.kind !== 'ipv4') throw notOf(of, values, 'bytes, text, an address or a protocol before a slice');
  return { values: sliceBytes(addressBytes(values as Numbers), ranges, undefined) };
}

/** IPv4 addresses as four bytes each. */
function addressBytes(of: Numbers): ByteStrings {
  const capacity = of.values.length;
  const view = new DataView(new ArrayBuffer(capacity * 4));
  return {
    kind: 'bytes',
    view,
    starts: Int32Array.from({ length: capacity }, (_, i) => i * 4),
    lengths: new Int32Array(capacity).fill(4),
    load(record) {
      const count = of.load(record);
      for (let i = 0; i < count; i++) view.setUint32(i * 4, of.values[i]);
      return count;
    },
  };
}

function compileArithmetic(
  operand: Extract<Operand, { kind: 'arithmetic' }>,
  beside: Compiled | undefined,
): Compiled {
  const { operator, left, right } = operand;
  // A constant takes its type from the other side, but not its names and its limit: what is added may be anything.
  const typed = isConstant(left)
    ? isConstant(right)
      ? undefined
      : compileOperand(right)
    : compileOperand(left);
  const type = typed ?? beside ?? INTEGER;
  const plain: Compiled = { values: type.values };
  const [a, b] = [left, right].map((side) =>
    typed !== undefined && side === (isConstant(left) ? right : left) ? typed : compileOperand(side, plain),
  ) as [Compiled, Compiled];
  if (operator === '&' && isByteStrings(a.values) && a.values.kind !== 'text') {
    if (!isConstant(right)) throw notOf(right, b.values, 'constant bytes after "&"');
    // Without a separator or a leading digit, it would be a name.
    if (right.kind === 'word' && /^[a-z]\w*$/i.test(right.text)) throw unknownName(right);
    const mask = (b.values as ByteStrings).view;
    return { values: maskBytes(a.values, new Uint8Array(mask.buffer, mask.byteOffset, mask.byteLength)) };
  }
  for (const [side, { values }] of [
    [left, a],
    [right, b],
  ] as const) {
    if (values.kind !== 'integer' && (values.kind !== 'ipv4' || operator !== '&')) {
      throw notOf(side, values, `a number on both sides of "${operator}"`);
    }
    if (values.kind !== a.values.kind) throw notOf(side, values, 'the same type on both sides');
  }
  return { values: combineNumbers(operator, a.values as Numbers, b.values as Numbers) };
}

function compileCall(call: Extract<Operand, { kind: 'call' }>): Values {
  const { name, parameters, at, text } = call;
  const one = (expected: string): Operand => {
    const [parameter] = parameters;
    if (parameter !== undefined && parameters.length === 1 && !isUnknown(parameter)) return parameter;
    if (parameter?.kind === 'word' && parameters.length === 1) throw unknownName(parameter);
    throw new DisplayFilterError(text, at, `is not understood; ${name}(…) takes ${expected}`);
  };
  switch (name) {
    case 'upper':
    case 'lower': {
      const parameter = one('a text');
      const { values } = compileOperand(parameter);
      if (values.kind !== 'text') throw notOf(parameter, values, 'a text');
      return name === 'upper' ? upperCase(values as ByteStrings) : lowerCase(values as ByteStrings);
    }
    case 'len': {
      const parameter = one('bytes, a text or a protocol');
      const { values } = compileOperand(parameter);
      if (!isByteStrings(values)) throw notOf(parameter, values, 'bytes, a text or a protocol');
      return lengthsOf(values);
    }
    case 'count':
      return occurrences(compileOperand(one('a field or protocol')).values);
    case 'string': {
      const parameter = one('a number or an address');
      const { values } = compileOperand(parameter);
      if (['integer', 'ipv4', 'ipv6', 'ether'].includes(values.kind))
        return textOf(values as Numbers | ByteStrings);
      throw notOf(parameter, values, 'a number or an address');
    }
    case 'max':
    case 'min': {
      const typed = parameters.find((parameter) => !isConstant(parameter));
      if (typed === undefined) {
        throw new DisplayFilterError(text, at, `is not understood; ${name}(…) takes at least one field`);
      }
      const plain = { values: compileOperand(typed).values };
      const values = parameters.map((parameter) => compileOperand(parameter, plain).values);
      if (areNumbers(values)) return extreme(name === 'max', values);
      throw new DisplayFilterError(text, at, 'has parameters that are not all numbers; expected numbers');
    }
    case 'abs': {
      const parameter = one('a number');
      const { values } = compileOperand(parameter);
      if (values.kind !== 'integer') throw notOf(parameter, values, 'a number');
      return mapNumbers(values as Numbers, Math.abs);
    }
    default:
      throw new DisplayFilterError(
        name,
        at,
        'is not a function; expected upper, lower, len, count, string, max, min or abs',
      );
  }
}
