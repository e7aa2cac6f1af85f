/** The words of an expression that may be names. */
import type { Operand, Test } from './syntax.ts';

export interface NamedWord {
  readonly text: string;
  /** Is at a place where a value is expected, and may be one. */
  readonly isValue: boolean;
}

export function wordsOf(test: Test): NamedWord[] {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return test.tests.flatMap(wordsOf);
    case 'not':
      return wordsOf(test.test);
    case 'present':
      return inOperand(test.operand, false);
    case 'in':
      return inOperand(test.left, false);
    default:
      return [...inOperand(test.left, false), ...inOperand(test.right, true)];
  }
}

function inOperand(operand: Operand, isValue: boolean): NamedWord[] {
  switch (operand.kind) {
    case 'word':
      return [{ text: operand.text, isValue }];
    case 'slice':
    case 'negative':
      return inOperand(operand.of, isValue);
    case 'call':
      return operand.parameters.flatMap((parameter) => inOperand(parameter, isValue));
    case 'arithmetic':
      return [...inOperand(operand.left, isValue), ...inOperand(operand.right, isValue)];
    default:
      return [];
  }
}
