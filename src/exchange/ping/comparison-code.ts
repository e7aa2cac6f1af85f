/** The code that compares packets (repeated-pings.wat), put to work in memory of one thread, or of two. */
import { codeBytes, webAssembly } from '../../packet/web-assembly.ts';
import { CODE, KIND_AT, KIND_SHARED } from './repeated-pings-code.ts';

/** Of each packet that was compared, words of a comparison's results. */
export const RESULT = {
  STRIDE: 5,
  /** 0 where the packet has to be decoded; else the number of what it repeats. */
  LOOK: 0,
  /** As in a key: identifier and sequence number, and the hash of the data, 0 where that is short. */
  IDENTITY: 1,
  DATA: 2,
  /** IPv4 identification and ICMP checksum. */
  PRINT: 3,
  /** What stands where the outermost IPv4 header has its identification. */
  OUTER: 4,
} as const;

/** Memory of WebAssembly: ours alone, or shared. */
export interface ComparingMemory {
  readonly buffer: ArrayBufferLike;
}

/** All addresses are bytes; of the packets' lists, those of the first packet to compare. */
type Scan = (
  starts: number,
  captured: number,
  original: number,
  interfaces: number,
  results: number,
  shift: number,
  count: number,
) => number;

export interface ComparingCode {
  readonly scan: Scan;
  readonly find: (packet: number, length: number, interfaceIndex: number) => number;
  readonly bucket: (packet: number, shape: number, interfaceIndex: number) => number;
  readonly pair: (header: number) => number;
  /** Where things lie, by the names of repeated-pings.wat. */
  readonly at: (name: string) => number;
}

/** Bytes of a page of WebAssembly's memory, and how many pages comparing takes. */
export const PAGE = 65_536;
export const COMPARING_PAGES = 29;

/** @returns undefined where there is no WebAssembly, or no memory to share */
export function createComparingMemory(
  pages: number = COMPARING_PAGES,
  shared: boolean = false,
): ComparingMemory | undefined {
  try {
    const { Memory } = webAssembly();
    return new Memory({ initial: pages, maximum: pages, shared });
  } catch {
    return undefined;
  }
}

/** Compiled once, however many are created: it takes longer than everything else here. */
const compiled = new Map<boolean, object>();

/** @returns undefined where WebAssembly with vectors is not to be had */
export function comparingCode(memory: ComparingMemory): ComparingCode | undefined {
  const isShared = memory.buffer instanceof SharedArrayBuffer;
  try {
    const { Instance, Module } = webAssembly();
    let module = compiled.get(isShared);
    if (module === undefined) {
      const code = codeBytes(CODE);
      if (isShared) code[KIND_AT] = KIND_SHARED;
      module = new Module(code);
      compiled.set(isShared, module);
    }
    const exports = new Instance(module, { '': { memory } }).exports as Omit<ComparingCode, 'at'> &
      Readonly<Record<string, { readonly value: number }>>;
    const { scan, find, bucket, pair } = exports;
    return { scan, find, bucket, pair, at: (name) => (exports[name] as { readonly value: number }).value };
  } catch {
    return undefined;
  }
}
