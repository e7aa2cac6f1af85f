/** Numbers made of other values: sums, masks, and the functions that answer a number. */
import type { ArithmeticOperator } from './syntax.ts';
import { type ByteStrings, isNumbers, type Numbers, packetNumber, type Values } from './values.ts';

/** Of every value with every other, no more than these are looked at. */
const MOST_COMBINATIONS = 4096;

type Combine = (a: number, b: number) => number;

/** NaN stands for no value. */
const COMBINE: Readonly<Record<ArithmeticOperator, Combine>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? Number.NaN : Math.trunc(a / b)),
  '%': (a, b) => (b === 0 ? Number.NaN : a % b),
  // Doubles hold more than the 32 bits that a shift would keep.
  '&': (a, b) => (Math.floor(a / 2 ** 32) & Math.floor(b / 2 ** 32)) * 2 ** 32 + ((a & b) >>> 0),
};

/** Every value of one side with every one of the other, as Wireshark has it. */
export function combineNumbers(operator: ArithmeticOperator, left: Numbers, right: Numbers): Numbers {
  const combine = COMBINE[operator];
  const capacity = Math.min(left.values.length * right.values.length, MOST_COMBINATIONS);
  const values = new Float64Array(capacity);
  return {
    kind: left.kind,
    values,
    load(record) {
      const lefts = left.load(record);
      const rights = lefts === 0 ? 0 : right.load(record);
      let count = 0;
      for (let i = 0; i < lefts; i++) {
        for (let j = 0; j < rights && count < capacity; j++) {
          const value = combine(left.values[i], right.values[j]);
          if (!Number.isNaN(value)) values[count++] = value;
        }
      }
      return count;
    },
  };
}

export function mapNumbers(of: Numbers, change: (value: number) => number): Numbers {
  const values = new Float64Array(of.values.length);
  return {
    kind: of.kind,
    values,
    load(record) {
      const count = of.load(record);
      for (let i = 0; i < count; i++) values[i] = change(of.values[i]);
      return count;
    },
  };
}

/** The largest or smallest of all values; none where there is none. */
export function extreme(wantsLargest: boolean, parameters: readonly Numbers[]): Numbers {
  const values = new Float64Array(1);
  return {
    kind: (parameters[0] as Numbers).kind,
    values,
    load(record) {
      let found = Number.NaN;
      for (let i = 0; i < parameters.length; i++) {
        const parameter = parameters[i];
        const count = parameter.load(record);
        for (let j = 0; j < count; j++) {
          const value = parameter.values[j];
          if (Number.isNaN(found) || (wantsLargest ? value > found : value < found)) found = value;
        }
      }
      values[0] = found;
      return Number.isNaN(found) ? 0 : 1;
    },
  };
}

/** How often a field occurs: 0 where it does not. */
export function occurrences(of: Values): Numbers {
  return packetNumber((record) => of.load(record));
}

/** How many bytes each value has. */
export function lengthsOf(of: ByteStrings): Numbers {
  const values = new Float64Array(of.lengths.length);
  return {
    kind: 'integer',
    values,
    load(record) {
      const count = of.load(record);
      for (let i = 0; i < count; i++) values[i] = of.lengths[i];
      return count;
    },
  };
}

export function negative(of: Numbers): Numbers {
  return mapNumbers(of, (value) => 0 - value);
}

export function areNumbers(parameters: readonly Values[]): parameters is readonly Numbers[] {
  return parameters.every((parameter) => isNumbers(parameter) && parameter.kind === parameters[0]?.kind);
}
