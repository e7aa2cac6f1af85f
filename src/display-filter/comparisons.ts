/** The tests that compare values: made once an expression, run once a packet. */
import { byteAutomaton } from './byte-automaton.ts';
import { parseRegularExpression } from './regular-expression.ts';
import { EQUAL, GREATER, LESS, type Quantifier } from './syntax.ts';
import {
  type ByteStrings,
  isByteStrings,
  isNumbers,
  type Matcher,
  type Numbers,
  type Times,
  type Values,
} from './values.ts';

/**
 * Compares every value of one side with every one of the other. A side without a value makes it false, also for `!=` and `all`.
 *
 * @param outcomes LESS, EQUAL and GREATER, as many as hold
 */
export function compare(outcomes: number, quantifier: Quantifier, left: Values, right: Values): Matcher {
  const needsAll = quantifier === 'all';
  if (isNumbers(left) && isNumbers(right)) return compareNumbers(outcomes, needsAll, left, right);
  if (isByteStrings(left) && isByteStrings(right)) return compareBytes(outcomes, needsAll, left, right);
  return compareTimes(outcomes, needsAll, left as Times, right as Times);
}

function compareNumbers(outcomes: number, needsAll: boolean, left: Numbers, right: Numbers): Matcher {
  const [less, equal, greater] = [LESS, EQUAL, GREATER];
  const { values, load } = left;
  const { constant } = right;
  if (constant !== undefined) {
    return (record) => {
      const count = load(record);
      for (let i = 0; i < count; i++) {
        const a = values[i];
        const holds = (outcomes & (a < constant ? less : a > constant ? greater : equal)) !== 0;
        if (holds !== needsAll) return holds;
      }
      return needsAll && count > 0;
    };
  }
  return (record) => {
    const lefts = left.load(record);
    const rights = lefts === 0 ? 0 : right.load(record);
    if (rights === 0) return false;
    for (let i = 0; i < lefts; i++) {
      const a = left.values[i];
      for (let j = 0; j < rights; j++) {
        const b = right.values[j];
        const holds = (outcomes & (a < b ? less : a > b ? greater : equal)) !== 0;
        if (holds !== needsAll) return holds;
      }
    }
    return needsAll;
  };
}

function compareBytes(outcomes: number, needsAll: boolean, left: ByteStrings, right: ByteStrings): Matcher {
  return (record) => {
    const lefts = left.load(record);
    const rights = lefts === 0 ? 0 : right.load(record);
    for (let i = 0; i < lefts; i++) {
      for (let j = 0; j < rights; j++) {
        const holds = (outcomes & byteOrder(left, i, right, j)) !== 0;
        if (holds !== needsAll) return holds;
      }
    }
    return needsAll && rights > 0;
  };
}

/** By the first byte that differs, as in a dictionary; of protocols, as in Wireshark, the longer is greater. */
function byteOrder(left: ByteStrings, i: number, right: ByteStrings, j: number): number {
  const length = left.lengths[i];
  const lengths = length - right.lengths[j];
  if (lengths !== 0 && left.kind === 'protocol') return lengths < 0 ? LESS : GREATER;
  const shorter = lengths < 0 ? length : right.lengths[j];
  const a = left.starts[i];
  const b = right.starts[j];
  const { view: leftView } = left;
  const { view: rightView } = right;
  for (let at = 0; at < shorter; at++) {
    const difference = leftView.getUint8(a + at) - rightView.getUint8(b + at);
    if (difference !== 0) return difference < 0 ? LESS : GREATER;
  }
  return lengths < 0 ? LESS : lengths > 0 ? GREATER : EQUAL;
}

function compareTimes(outcomes: number, needsAll: boolean, left: Times, right: Times): Matcher {
  return (record) => {
    const lefts = left.load(record);
    const rights = lefts === 0 ? 0 : right.load(record);
    for (let i = 0; i < lefts; i++) {
      for (let j = 0; j < rights; j++) {
        const holds = (outcomes & timeOrder(left, i, right, j)) !== 0;
        if (holds !== needsAll) return holds;
      }
    }
    return needsAll && rights > 0;
  };
}

function timeOrder(left: Times, i: number, right: Times, j: number): number {
  const seconds = left.seconds[i] - right.seconds[j];
  const difference = seconds === 0 ? left.nanoseconds[i] - right.nanoseconds[j] : seconds;
  return difference < 0 ? LESS : difference > 0 ? GREATER : EQUAL;
}

/** A set's member: a constant, or a range with both ends in it. */
export type Member = readonly [from: Values, to: Values];

/**
 * Membership in a set of constants.
 *
 * @param isNegated `not in`: false too where there is no value, as any other comparison is
 */
export function isIn(
  quantifier: Quantifier,
  isNegated: boolean,
  left: Values,
  set: readonly Member[],
): Matcher {
  const needsAll = quantifier === 'all';
  const isMember = memberTest(left, set);
  return (record) => {
    const count = left.load(record);
    for (let i = 0; i < count; i++) if (isMember(i) !== needsAll) return needsAll === isNegated;
    return count > 0 && needsAll !== isNegated;
  };
}

/** Whether the value that was loaded as number `i` is in the set. */
function memberTest(left: Values, set: readonly Member[]): (i: number) => boolean {
  if (isNumbers(left)) {
    const from = Float64Array.from(set, ([low]) => (low as Numbers).values[0]);
    const to = Float64Array.from(set, ([, high]) => (high as Numbers).values[0]);
    return (i) => {
      const value = left.values[i];
      for (let j = 0; j < from.length; j++) if (value >= from[j] && value <= to[j]) return true;
      return false;
    };
  }
  if (isByteStrings(left)) {
    const ranges = set as readonly (readonly [ByteStrings, ByteStrings])[];
    return (i) => {
      for (let j = 0; j < ranges.length; j++) {
        const [from, to] = ranges[j];
        if (byteOrder(left, i, from, 0) !== LESS && byteOrder(left, i, to, 0) !== GREATER) return true;
      }
      return false;
    };
  }
  const ranges = set as readonly (readonly [Times, Times])[];
  return (i) => {
    for (let j = 0; j < ranges.length; j++) {
      const [from, to] = ranges[j];
      if (timeOrder(left, i, from, 0) !== LESS && timeOrder(left, i, to, 0) !== GREATER) return true;
    }
    return false;
  };
}

/** Whether the bytes hold `needle` somewhere. */
export function contains(quantifier: Quantifier, left: ByteStrings, needle: Uint8Array): Matcher {
  const first = needle[0];
  const rest = needle.length;
  const holds = (view: DataView, start: number, end: number): boolean => {
    for (let at = start; at <= end - rest; at++) {
      if (view.getUint8(at) !== first) continue;
      let i = 1;
      while (i < rest && view.getUint8(at + i) === needle[i]) i++;
      if (i === rest) return true;
    }
    return false;
  };
  return eachBytes(quantifier, left, holds);
}

/** Whether the expression is found in the bytes. */
export function matchesExpression(quantifier: Quantifier, left: ByteStrings, pattern: string): Matcher {
  const { test } = byteAutomaton(parseRegularExpression(pattern));
  return eachBytes(quantifier, left, test);
}

function eachBytes(
  quantifier: Quantifier,
  left: ByteStrings,
  holds: (view: DataView, start: number, end: number) => boolean,
): Matcher {
  const needsAll = quantifier === 'all';
  return (record) => {
    const count = left.load(record);
    for (let i = 0; i < count; i++) {
      const start = left.starts[i];
      if (holds(left.view, start, start + left.lengths[i]) !== needsAll) return !needsAll;
    }
    return needsAll && count > 0;
  };
}

/** A value that is not all zero: what an operand without a comparison asks. */
export function isNotZero(values: Values): Matcher {
  if (isNumbers(values)) {
    return (record) => {
      const count = values.load(record);
      for (let i = 0; i < count; i++) if (values.values[i] !== 0) return true;
      return false;
    };
  }
  if (!isByteStrings(values)) return (record) => values.load(record) > 0;
  return eachBytes('any', values, (view, start, end) => {
    for (let at = start; at < end; at++) if (view.getUint8(at) !== 0) return true;
    return false;
  });
}
