/**
 * A filter's program as WebAssembly (WebAssembly Core Specification 2.0, chapter 5): a module that imports the memory which packets are in,
 * and exports `matches(start, captured, original)`. What it answers is what {@link translateBpf}'s function does for a packet of a file.
 */
import type { BpfProgram } from './bpf.ts';
import {
  ABS,
  ALU,
  CLASS,
  IMM,
  IND,
  JMP,
  LD,
  LDX,
  LEN,
  MEM,
  MEMORY_WORDS,
  MODE,
  MSH,
  OPERATION,
  RET,
  SIZE,
  ST,
  STX,
  TXA,
  X,
} from './bpf-codes.ts';

/** WebAssembly's instructions; an alignment of 1 is part of those that load. */
const BLOCK = [0x02, 0x40];
const IF = [0x04, 0x40];
const END = 0x0b;
const BRANCH = 0x0c;
const BRANCH_IF = 0x0d;
const RETURN = 0x0f;
const SELECT = 0x1b;
const LOAD = [0x28, 0];
const LOAD_8 = [0x2d, 0];
const LOAD_16 = [0x2f, 0];
const EQZ = 0x45;
const EQ = 0x46;
const LT_U = 0x49;
const GT_U = 0x4b;
const GE_U = 0x4f;
const ADD = 0x6a;
const SUB = 0x6b;
const MUL = 0x6c;
const DIV_U = 0x6e;
const REM_U = 0x70;
const AND = 0x71;
const OR = 0x72;
const XOR = 0x73;
const SHL = 0x74;
const SHR_U = 0x76;
const ROTL = 0x77;
const I32 = 0x7f;

/** The function's parameters, then its locals: the program's registers, an address, and its memory. */
const [START, CAPTURED, ORIGINAL, ACCUMULATOR, INDEX, AT, MEMORY] = [0, 1, 2, 3, 4, 5, 6] as const;

/** More nested blocks than that are left to whoever takes any. */
const MOST_BLOCKS = 256;

/** Instructions, in order. */
type Code = number | readonly Code[];

/**
 * @param program that {@link translateBpf} takes
 * @returns undefined where it jumps backwards, or very often
 */
export function bpfModule(program: BpfProgram): Uint8Array | undefined {
  const { length } = program;
  const targets = new Set<number>();
  for (let at = 0; at < length; at++) {
    for (const target of jumpsOf(program, at)) {
      if (target <= at) return undefined;
      if (target > at + 1) targets.add(target);
    }
  }
  if (targets.size > MOST_BLOCKS) return undefined;
  // Each place that is jumped to ends a block, as in translateBpf.
  const code: Code[] = [...targets].map(() => BLOCK);
  for (let at = 0; at < length; at++) {
    if (targets.has(at)) code.push(END);
    code.push(translateOne(program, at, targets));
  }
  const body = flat([1, unsigned(3 + MEMORY_WORDS), I32, code, constant(0), END]);
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [0x60, 3, I32, I32, I32, 1, I32]),
      section(2, [text('selection'), text('memory'), 0x02, 0, 1]),
      section(3, [0]),
      section(7, [text('matches'), 0, 0]),
      section(10, [unsigned(body.length), body]),
    ]),
  );
}

/** Where an instruction jumps: if true, and if false. */
function jumpsOf({ code, constant, jumpTrue, jumpFalse }: BpfProgram, at: number): readonly number[] {
  const one = code[at] as number;
  if ((one & CLASS) !== JMP) return [];
  if ((one & OPERATION) === 0) return [at + 1 + ((constant[at] as number) | 0)];
  return [at + 1 + (jumpTrue[at] as number), at + 1 + (jumpFalse[at] as number)];
}

function translateOne(program: BpfProgram, at: number, targets: ReadonlySet<number>): Code {
  const code = program.code[at] as number;
  const k = program.constant[at] as number;
  switch (code & CLASS) {
    case LD:
    case LDX:
      return load((code & CLASS) === LD ? ACCUMULATOR : INDEX, code, k);
    case ST:
      return [get(ACCUMULATOR), set(MEMORY + k)];
    case STX:
      return [get(INDEX), set(MEMORY + k)];
    case ALU:
      return [
        calculate(code & OPERATION, (code & X) === 0 ? constant(k) : get(INDEX), (code & X) !== 0),
        set(ACCUMULATOR),
      ];
    case JMP:
      return jump(program, at, targets);
    case RET:
      return [(code & SIZE) === 0x10 ? get(ACCUMULATOR) : constant(k), RETURN];
    default:
      return (code & 0xf8) === TXA ? [get(INDEX), set(ACCUMULATOR)] : [get(ACCUMULATOR), set(INDEX)];
  }
}

/** If the condition in front of it holds. */
const REJECT: Code = [IF, [0x41, 0], RETURN, END];

/** Of the size bits: bytes that are loaded, and how they become a number. */
const LOADS: Readonly<Record<number, readonly [number, (offset: number) => Code]>> = {
  0: [
    4,
    (offset) => [
      LOAD,
      unsigned(offset),
      set(ACCUMULATOR),
      swapped(8, 0x00ff00ff),
      swapped(24, 0xff00ff00),
      OR,
    ],
  ],
  8: [
    2,
    (offset) => [
      [LOAD_16, unsigned(offset), set(ACCUMULATOR)],
      [get(ACCUMULATOR), constant(8), SHR_U],
      [get(ACCUMULATOR), constant(0xff), AND, constant(8), SHL, OR],
    ],
  ],
  16: [1, (offset) => [LOAD_8, unsigned(offset)]],
};

function swapped(bits: number, mask: number): Code {
  return [get(ACCUMULATOR), constant(bits), ROTL, constant(mask), AND];
}

function load(register: number, code: number, k: number): Code {
  const [size, read] = LOADS[code & SIZE] as (typeof LOADS)[number];
  switch (code & MODE) {
    case IMM:
      return [constant(k), set(register)];
    case LEN:
      return [get(ORIGINAL), set(register)];
    case MEM:
      return [get(MEMORY + k), set(register)];
    case MSH:
      return [
        beyond(k + 1),
        [get(START), LOAD_8, unsigned(k), constant(15), AND, constant(2), SHL, set(INDEX)],
      ];
    case ABS:
      // That goes for what a socket would know besides, too.
      return k + size > 0x7fffffff
        ? [constant(0), RETURN]
        : [beyond(k + size), get(START), read(k), set(ACCUMULATOR)];
    case IND:
      return [
        [get(INDEX), constant(k), ADD, set(AT)],
        // The sum wraps around, or leaves too few bytes behind it.
        [get(AT), constant(k), LT_U, REJECT, beyond(size)],
        [get(AT), get(CAPTURED), constant(size), SUB, GT_U, REJECT],
        [get(START), get(AT), ADD, read(0), set(ACCUMULATOR)],
      ];
    default:
      return [constant(0), RETURN];
  }
}

/** Rejects a packet of fewer captured bytes. */
function beyond(bytes: number): Code {
  return bytes > 0x7fffffff ? [constant(0), RETURN] : [get(CAPTURED), constant(bytes), LT_U, REJECT];
}

/** @returns what leaves the new accumulator on the stack */
function calculate(operation: number, operand: Code, isIndex: boolean): Code {
  const guard = isIndex ? [operand, EQZ, REJECT] : [];
  const binary = (instruction: number): Code => [get(ACCUMULATOR), operand, instruction];
  /** WebAssembly shifts by the lower five bits. */
  const shift = (instruction: number): Code => [
    binary(instruction),
    constant(0),
    operand,
    constant(32),
    LT_U,
    SELECT,
  ];
  switch (operation) {
    case 0x00:
      return binary(ADD);
    case 0x10:
      return binary(SUB);
    case 0x20:
      return binary(MUL);
    case 0x30:
      return [guard, binary(DIV_U)];
    case 0x40:
      return binary(OR);
    case 0x50:
      return binary(AND);
    case 0x60:
      return shift(SHL);
    case 0x70:
      return shift(SHR_U);
    case 0x80:
      return [constant(0), get(ACCUMULATOR), SUB];
    case 0x90:
      return [guard, binary(REM_U)];
    default:
      return binary(XOR);
  }
}

const CONDITIONS: Readonly<Record<number, Code>> = { 16: EQ, 32: GT_U, 48: GE_U, 64: AND };

function jump(program: BpfProgram, at: number, targets: ReadonlySet<number>): Code {
  const code = program.code[at] as number;
  const [yes, no = yes] = jumpsOf(program, at) as [number, number?];
  /** How many blocks end before the one that ends there. */
  const depth = (target: number) => [...targets].filter((one) => one > at && one < target).length;
  const always = (target: number): Code => (target === at + 1 ? [] : [BRANCH, unsigned(depth(target))]);
  if (yes === no) return always(yes);
  const operand = (code & X) === 0 ? constant(program.constant[at] as number) : get(INDEX);
  const condition = [get(ACCUMULATOR), operand, CONDITIONS[code & OPERATION] as Code];
  if (yes === at + 1) return [condition, EQZ, BRANCH_IF, unsigned(depth(no))];
  return [condition, BRANCH_IF, unsigned(depth(yes)), always(no)];
}

function get(local: number): Code {
  return [0x20, local];
}

function set(local: number): Code {
  return [0x21, local];
}

function constant(value: number): Code {
  return [0x41, signed(value | 0)];
}

/** LEB128 of a number below 2^31. */
function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

function signed(value: number): Code {
  const low = value & 0x7f;
  const isLast = value >> 6 === 0 || value >> 6 === -1;
  return isLast ? low : [low | 0x80, signed(value >> 7)];
}

/** A section with one entry. */
function section(id: number, entry: Code): Code {
  const content = flat([1, entry]);
  return [id, unsigned(content.length), content];
}

function text(word: string): Code {
  return [word.length, [...word].map((character) => character.charCodeAt(0))];
}

function flat(code: Code): number[] {
  return ([code] as unknown[]).flat(Number.POSITIVE_INFINITY) as number[];
}
