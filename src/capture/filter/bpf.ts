/**
 * Classic BPF, the machine that libpcap compiles filters for (S. McCanne and V. Jacobson, "The BSD Packet Filter", 1993;
 * linux/filter.h): an accumulator, an index register, 16 words of memory, and jumps. The kernel's go only forwards; libpcap's
 * `protochain`, which no kernel takes, jumps back, one header further on each time.
 */
import { CaptureError } from '../../packet/source.ts';
import {
  ABS,
  ALU,
  ANCILLARY,
  CLASS,
  IMM,
  IND,
  JMP,
  LD,
  LDX,
  LEN,
  MEM,
  MEMORY_WORDS,
  MISC,
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

/** A compiled filter: per instruction its code, where it jumps if true and if false, and a constant. */
export interface BpfProgram {
  readonly length: number;
  readonly code: Uint16Array;
  readonly jumpTrue: Uint8Array;
  readonly jumpFalse: Uint8Array;
  readonly constant: Uint32Array;
}

/**
 * @param packetType Linux's (linux/if_packet.h), where the packet comes from a socket
 * @param interfaceIndex the kernel's, likewise
 * @returns whether the filter takes the packet at `start`
 */
export type BpfFunction = (
  view: DataView,
  start: number,
  capturedLength: number,
  originalLength: number,
  packetType?: number,
  interfaceIndex?: number,
) => boolean;

/** Per size bits: how many bytes a load takes, and the view's method for it; numbers are kept as signed 32-bit integers. */
const LOADS: Readonly<Record<number, readonly [number, string]>> = {
  0: [4, 'getInt32'],
  8: [2, 'getUint16'],
  16: [1, 'getUint8'],
};

/**
 * Translates a program into a JavaScript function, which V8 then compiles. Only opcodes and integers go into its text,
 * each from a table here or checked to be a number.
 *
 * A load beyond the captured bytes rejects the packet, as the kernel has it.
 *
 * @throws {CaptureError} on an instruction that classic BPF does not have, or a jump out of the program
 */
export function translateBpf(program: BpfProgram): BpfFunction {
  const { length } = program;
  const places = new Targets();
  const statements = Array.from({ length }, (_, at) => translateOne(program, at, places));
  const lines = [
    '"use strict";',
    'let a = 0, x = 0, at = 0;',
    `let ${Array.from({ length: MEMORY_WORDS }, (_, word) => `m${word} = 0`).join(', ')};`,
    ...places.join(statements),
    'return false;',
  ];
  const parameters = ['view', 'start', 'captured', 'original', 'packetType', 'interfaceIndex'];
  return new Function(...parameters, lines.join('\n')) as BpfFunction;
}

/** More nested blocks than that might be too many for whoever compiles them. */
const MOST_BLOCKS = 256;

/**
 * Where jumps go to. Those forwards leave a block that ends where they go to, which V8 makes a jump of; where any goes back, or there are
 * very many, all go through a switch.
 */
class Targets {
  readonly #places = new Set<number>();
  #goesBack = false;

  /** A statement that jumps, before it is known how. */
  jump(from: number, target: number): string {
    this.#places.add(target);
    if (target <= from) this.#goesBack = true;
    return `JUMP${target};`;
  }

  join(statements: readonly string[]): string[] {
    if (this.#goesBack || this.#places.size > MOST_BLOCKS) {
      return [
        'let next = 0;',
        'for (;;) switch (next) {',
        ...statements.map((statement, at) => {
          const jumps = statement.replaceAll(/JUMP(\d+);/g, 'next = $1; continue;');
          return at === 0 || this.#places.has(at) ? `case ${at}: ${jumps}` : jumps;
        }),
        'default: return false; }',
      ];
    }
    const openings = [...this.#places].sort((one, other) => other - one).map((place) => `L${place}: {`);
    return [
      ...openings,
      ...statements.map((statement, at) => {
        const jumps = statement.replaceAll(/JUMP(\d+);/g, 'break L$1;');
        return this.#places.has(at) ? `} ${jumps}` : jumps;
      }),
    ];
  }
}

function translateOne(program: BpfProgram, at: number, targets: Targets): string {
  const code = program.code[at] as number;
  const k = Number(program.constant[at]);
  const unknown = () =>
    new CaptureError(
      `the compiled filter has the unknown instruction 0x${code.toString(16)}; please report the filter`,
    );
  switch (code & CLASS) {
    case LD:
    case LDX:
      return load(code, k) ?? fail(unknown);
    case ST:
    case STX:
      if (k >= MEMORY_WORDS) throw unknown();
      return `m${k} = ${(code & CLASS) === ST ? 'a' : 'x'};`;
    case ALU:
      return calculate(code, k) ?? fail(unknown);
    case JMP:
      return jump(program, at, targets) ?? fail(unknown);
    case RET:
      if ((code & SIZE) === 0x10) return 'return a !== 0;';
      return `return ${k !== 0};`;
    case MISC:
      return (code & 0xf8) === TXA ? 'a = x;' : 'x = a;';
    default:
      throw unknown();
  }
}

function fail(error: () => CaptureError): never {
  throw error();
}

function load(code: number, k: number): string | undefined {
  const register = (code & CLASS) === LD ? 'a' : 'x';
  const size = LOADS[code & SIZE];
  switch (code & MODE) {
    case IMM:
      return `${register} = ${k | 0};`;
    case LEN:
      return `${register} = original;`;
    case MEM:
      return k < MEMORY_WORDS ? `${register} = m${k};` : undefined;
    case MSH:
      // The IPv4 header's length, in words in the low half of its first byte.
      return `if (captured < ${k + 1}) return false; x = (view.getUint8(start + ${k}) & 15) << 2;`;
    case ABS:
      if (size === undefined || register === 'x') return undefined;
      if (k === ANCILLARY.PACKET_TYPE) return known('packetType');
      if (k === ANCILLARY.INTERFACE) return known('interfaceIndex');
      return `if (captured < ${k + size[0]}) return false; a = view.${size[1]}(start + ${k});`;
    case IND:
      if (size === undefined || register === 'x') return undefined;
      return `at = (x >>> 0) + ${k}; if (captured < at + ${size[0]}) return false; a = view.${size[1]}(start + at);`;
    default:
      return undefined;
  }
}

/** Of a packet that comes from no socket nothing more is known: it is rejected. */
function known(parameter: string): string {
  return `if (${parameter} === undefined) return false; a = ${parameter};`;
}

function calculate(code: number, k: number): string | undefined {
  const byIndex = (code & X) !== 0;
  const operand = byIndex ? 'x' : String(k | 0);
  const unsigned = byIndex ? '(x >>> 0)' : String(k);
  const guard = byIndex ? 'if (x === 0) return false; ' : '';
  switch (code & OPERATION) {
    case 0x00:
      return `a = (a + ${operand}) | 0;`;
    case 0x10:
      return `a = (a - ${operand}) | 0;`;
    case 0x20:
      return `a = Math.imul(a, ${operand});`;
    case 0x30:
      return k === 0 && !byIndex ? undefined : `${guard}a = ((a >>> 0) / ${unsigned}) | 0;`;
    case 0x40:
      return `a |= ${operand};`;
    case 0x50:
      return `a &= ${operand};`;
    case 0x60:
      return `a = ${unsigned} < 32 ? a << ${operand} : 0;`;
    case 0x70:
      return `a = ${unsigned} < 32 ? (a >>> ${operand}) | 0 : 0;`;
    case 0x80:
      return 'a = (0 - a) | 0;';
    case 0x90:
      return k === 0 && !byIndex ? undefined : `${guard}a = ((a >>> 0) % ${unsigned}) | 0;`;
    case 0xa0:
      return `a ^= ${operand};`;
    default:
      return undefined;
  }
}

function jump(program: BpfProgram, at: number, targets: Targets): string | undefined {
  const code = program.code[at] as number;
  const k = Number(program.constant[at]);
  const to = (offset: number): string => {
    const target = at + 1 + offset;
    if (target < 0 || target >= program.length) {
      throw new CaptureError('the compiled filter jumps out of itself; please report the filter');
    }
    if (offset === 0) return '';
    return targets.jump(at, target);
  };
  const operand = (code & X) === 0 ? String(k | 0) : 'x';
  const unsigned = (code & X) === 0 ? String(k) : '(x >>> 0)';
  const conditions: Readonly<Record<number, string>> = {
    16: `a === ${operand}`,
    32: `(a >>> 0) > ${unsigned}`,
    48: `(a >>> 0) >= ${unsigned}`,
    64: `(a & ${operand}) !== 0`,
  };
  const operation = code & OPERATION;
  if (operation === 0) return to(k | 0);
  const condition = conditions[operation];
  if (condition === undefined) return undefined;
  const yes = to(program.jumpTrue[at] as number);
  const no = to(program.jumpFalse[at] as number);
  return `if (${condition}) { ${yes} } else { ${no} }`;
}
