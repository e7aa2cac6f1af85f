/**
 * Looks for a regular expression in bytes in one pass: a finite automaton whose states are made when they are first met, and kept.
 * Time grows with the bytes alone, whatever they are: there is nothing to go back to.
 */
import { type Assertion, type Expression, isWordByte } from './regular-expression.ts';

export interface ByteAutomaton {
  /** Whether the expression is found anywhere in [start, end). */
  readonly test: (view: DataView, start: number, end: number) => boolean;
}

/** The most nodes of an expression with its repeats written out. */
const MOST_NODES = 5000;
/** The most states that are kept; past that, they are made again. */
const MOST_STATES = 512;

/** What may come next: a byte, the end, or a line feed that is the last byte, which `$` asks about. */
const END = 256;
const LAST_LINE_FEED = 257;
const SYMBOLS = 258;

const UNKNOWN = -1;
const FOUND = -2;
const NOT_FOUND = -3;

const LINE_FEED = 10;

/** What stood before, as far as assertions ask. */
type Before = 'nothing' | 'word' | 'line feed' | 'other';

interface Program {
  readonly nodes: ProgramNode[];
  readonly start: number;
}

/** A byte of a set and go on, go on both ways, go on where something holds; or the end of the expression. */
type ProgramNode =
  | { readonly kind: 'set'; readonly members: Uint8Array; readonly next: number }
  | { readonly kind: 'split'; readonly next: number; readonly other: number }
  | { readonly kind: 'assertion'; readonly assertion: Assertion; readonly next: number }
  | { readonly kind: 'match' };

/** @throws {RangeError} if the expression is too large */
export function byteAutomaton(expression: Expression): ByteAutomaton {
  const program = compile(expression);
  /** By state and symbol: the next state, FOUND, NOT_FOUND, or UNKNOWN. */
  let transitions = new Int32Array(0);
  let states: { readonly nodes: readonly number[]; readonly before: Before }[] = [];
  let numbers = new Map<string, number>();
  let first = 0;

  function forget(): void {
    if (transitions.length === 0) transitions = new Int32Array(MOST_STATES * SYMBOLS);
    transitions.fill(UNKNOWN);
    states = [];
    numbers = new Map();
    first = stateOf([program.start], 'nothing');
  }

  /** The number of the state with these nodes: one that is kept, or a new one. */
  function stateOf(nodes: readonly number[], before: Before): number {
    const key = `${before} ${nodes.join()}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (states.length === MOST_STATES) forget();
    const number = states.length;
    states.push({ nodes, before });
    numbers.set(key, number);
    return number;
  }

  /** Where a state goes that has not gone there yet. */
  function step(state: number, symbol: number): number {
    const { nodes, before } = states[state];
    const reached = reach(program, nodes, before, symbol);
    if (reached === undefined) return (transitions[state * SYMBOLS + symbol] = FOUND);
    if (symbol === END) return (transitions[state * SYMBOLS + symbol] = NOT_FOUND);
    // A match may start at every byte.
    const next = [...reached.add(program.start)].sort((a, b) => a - b);
    const kept = states;
    const number = stateOf(next, beforeNext(symbol));
    // Where all were forgotten to make room, this state's number is another's now.
    if (kept === states) transitions[state * SYMBOLS + symbol] = number;
    return number;
  }

  return {
    test(view, start, end) {
      if (states.length === 0) forget();
      let state = first;
      for (let at = start; at < end; at++) {
        const byte = view.getUint8(at);
        const symbol = byte === LINE_FEED && at === end - 1 ? LAST_LINE_FEED : byte;
        const known = transitions[state * SYMBOLS + symbol];
        const next = known === UNKNOWN ? step(state, symbol) : known;
        if (next === FOUND) return true;
        state = next;
      }
      const known = transitions[state * SYMBOLS + END];
      return (known === UNKNOWN ? step(state, END) : known) === FOUND;
    },
  };
}

function byteOf(symbol: number): number {
  return symbol === LAST_LINE_FEED ? LINE_FEED : symbol;
}

function beforeNext(symbol: number): Before {
  const byte = byteOf(symbol);
  return isWordByte(byte) ? 'word' : byte === LINE_FEED ? 'line feed' : 'other';
}

/**
 * The nodes that some nodes go to with a byte, or undefined if the expression's end is among what they reach before it.
 */
function reach(
  { nodes }: Program,
  from: readonly number[],
  before: Before,
  symbol: number,
): Set<number> | undefined {
  const reached = new Set<number>();
  const seen = new Set(from);
  const waiting = [...from];
  const visit = (node: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    waiting.push(node);
  };
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    const node = nodes[number];
    switch (node.kind) {
      case 'match':
        return undefined;
      case 'set':
        if (symbol !== END && node.members[byteOf(symbol)] === 1) reached.add(node.next);
        break;
      case 'split':
        visit(node.next);
        visit(node.other);
        break;
      case 'assertion':
        if (holds(node.assertion, before, symbol)) visit(node.next);
    }
  }
  return reached;
}

function holds(assertion: Assertion, before: Before, symbol: number): boolean {
  switch (assertion) {
    case 'start':
      return before === 'nothing';
    case 'end':
      return symbol === END;
    case 'line start':
      return before === 'nothing' || (before === 'line feed' && symbol !== END);
    case 'line end':
      return symbol === END || byteOf(symbol) === LINE_FEED;
    case 'last line end':
      return symbol === END || symbol === LAST_LINE_FEED;
    case 'word boundary':
      return (before === 'word') !== (symbol !== END && isWordByte(symbol));
    case 'no word boundary':
      return (before === 'word') === (symbol !== END && isWordByte(symbol));
  }
}

/** Repeats are written out: a node stands for one place in the expression. */
function compile(expression: Expression): Program {
  const nodes: ProgramNode[] = [];
  let steps = 0;

  function add(node: ProgramNode): number {
    if (nodes.length === MOST_NODES) tooLarge();
    return nodes.push(node) - 1;
  }

  /** Adds the nodes of an expression that goes on to `next`; answers where it starts. */
  function emit(part: Expression, next: number): number {
    // Also counts parts that add no nodes: (){65535}.
    if (++steps > MOST_NODES * 10) tooLarge();
    switch (part.kind) {
      case 'set':
        return add({ kind: 'set', members: part.members, next });
      case 'assertion':
        return add({ kind: 'assertion', assertion: part.assertion, next });
      case 'sequence':
        return part.parts.reduceRight((behind, inner) => emit(inner, behind), next);
      case 'choice':
        return part.parts
          .map((inner) => emit(inner, next))
          .reduceRight((other, start) => add({ kind: 'split', next: start, other }));
      case 'repeat':
        return repeated(part.part, part.least, part.most, next);
    }
  }

  function repeated(part: Expression, least: number, most: number, next: number): number {
    let start = next;
    if (most === Number.POSITIVE_INFINITY) {
      const loop = { kind: 'split', next, other: next } satisfies ProgramNode;
      start = add(loop);
      loop.next = emit(part, start);
    } else {
      for (let i = least; i < most; i++) start = add({ kind: 'split', next: emit(part, start), other: next });
    }
    for (let i = 0; i < least; i++) start = emit(part, start);
    return start;
  }

  const start = emit(expression, add({ kind: 'match' }));
  return { nodes, start };
}

function tooLarge(): never {
  throw new RangeError('is too large a regular expression; use fewer or smaller repeats');
}
