/** What the parser makes of an expression: names are not looked up yet, and values have no type yet. */

/** `at` is everywhere where the piece starts in the expression, counted from 0; `text` is the piece as it was written. */
interface Piece {
  readonly at: number;
  readonly text: string;
}

/** A place in a layer's bytes, or among layers. A negative start counts from the end; no length means up to the end. */
export interface Range {
  readonly start: number;
  readonly length: number | undefined;
}

/** A field, a protocol, or a value without quotes: `ip.src`, `ip.src#2`, `10.1.0.0/16`. */
export interface Word extends Piece {
  readonly kind: 'word';
  /** After `#`: which of the protocol's layers, from 1. */
  readonly layers?: readonly Range[];
}

/** In double quotes, or one character in single ones. */
export interface Quoted extends Piece {
  readonly kind: 'string' | 'character';
  readonly bytes: Uint8Array;
}

export type Literal = Word | Quoted;

export type ArithmeticOperator = '&' | '+' | '-' | '*' | '/' | '%';

export type Operand =
  | Literal
  | (Piece & { readonly kind: 'slice'; readonly of: Operand; readonly ranges: readonly Range[] })
  | (Piece & { readonly kind: 'call'; readonly name: string; readonly parameters: readonly Operand[] })
  | (Piece & { readonly kind: 'negative'; readonly of: Operand })
  | (Piece & {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: Operand;
      readonly right: Operand;
    });

/** Which outcomes of a comparison hold: bits for less, equal, greater. */
export const LESS = 1;
export const EQUAL = 2;
export const GREATER = 4;

/** Whether one occurrence of a field that holds is enough. */
export type Quantifier = 'any' | 'all';

export type Test =
  | { readonly kind: 'and' | 'or' | 'xor'; readonly tests: readonly Test[] }
  | { readonly kind: 'not'; readonly test: Test }
  | { readonly kind: 'present'; readonly operand: Operand }
  | {
      readonly kind: 'compare';
      /** LESS, EQUAL and GREATER, as many as hold. */
      readonly outcomes: number;
      readonly quantifier: Quantifier;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'contains' | 'matches';
      readonly quantifier: Quantifier;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'in';
      /** `not in`: there are values, but not any (or not all) of them are in the set. */
      readonly isNegated: boolean;
      readonly quantifier: Quantifier;
      readonly left: Operand;
      /** Single values, and ranges with both ends in them. */
      readonly set: readonly (readonly [from: Operand, to: Operand])[];
    };
