/** libpcap's filter compiler, called through koffi: both are optional, and asked for only where a filter is. */

import { loadKoffi } from '../../host/koffi.ts';
import { toDlt } from '../../packet/link-type.ts';
import { CaptureError } from '../../packet/source.ts';
import type { BpfProgram } from './bpf.ts';

const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: ['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so'],
  darwin: ['libpcap.dylib', '/usr/lib/libpcap.A.dylib'],
};

/** The bytes of struct bpf_insn (pcap/bpf.h): code 16 bits, jt 8, jf 8, k 32, in the machine's byte order. */
const INSTRUCTION = 8;
const PCAP_NETMASK_UNKNOWN = 0xffffffff;
const PCAP_ERRBUF_SIZE = 256;

interface Compiler {
  /** A file in memory, of the C library. */
  openMemory(bytes: Uint8Array, length: number, mode: string): unknown;
  openFile(file: unknown, errorBuffer: Uint8Array): unknown;
  /** Of one that {@link openFile} did not take over. */
  closeFile(file: unknown): void;
  openDead(linkType: number, snapLength: number): unknown;
  compile(
    handle: unknown,
    program: ProgramStructure,
    text: string,
    optimize: number,
    netmask: number,
  ): number;
  errorText(handle: unknown): string;
  freeCode(program: ProgramStructure): void;
  close(handle: unknown): void;
  /** The memory at a pointer. */
  memory(pointer: unknown, bytes: number): ArrayBuffer;
}

/** struct bpf_program (pcap/bpf.h). */
interface ProgramStructure {
  bf_len?: number;
  bf_insns?: unknown;
}

let compiler: Compiler | undefined;

export type ByteOrder = 'little' | 'big';

export interface CompileOptions {
  /** Of the machine that captured: link headers of BSD's loopback are in it. */
  readonly byteOrder?: ByteOrder;
  /** For a socket of this machine, whose kernel knows more of a packet than its bytes (`inbound`, `outbound`). */
  readonly live?: boolean;
}

/**
 * Compiles a filter expression (pcap-filter(7)).
 *
 * @param linkType LINKTYPE_ number, as in files
 * @param snapLength what the program answers for a packet that it takes, in bytes
 * @throws {CaptureError} if the expression is not understood, or koffi or libpcap is not installed
 */
export function compileBpf(
  expression: string,
  linkType: number,
  snapLength: number,
  { byteOrder = 'little', live = false }: CompileOptions = {},
): BpfProgram {
  compiler ??= loadCompiler();
  const { compile, errorText, freeCode, close, memory } = compiler;
  const handle = live
    ? compiler.openDead(toDlt(linkType), snapLength)
    : openEmptyFile(compiler, fileHeader(linkType, snapLength, byteOrder), linkType);
  try {
    const structure: ProgramStructure = {};
    if (compile(handle, structure, expression, 1, PCAP_NETMASK_UNKNOWN) !== 0) {
      throw new CaptureError(filterFailure(expression, errorText(handle), linkType));
    }
    try {
      const length = structure.bf_len ?? 0;
      return readProgram(memory(structure.bf_insns, length * INSTRUCTION), length);
    } finally {
      freeCode(structure);
    }
  } finally {
    close(handle);
  }
}

/**
 * A file without packets: what libpcap compiles for a file differs from what it compiles for no source at all (every BSD's
 * number of IPv6, the byte order), and it translates the link type.
 */
function openEmptyFile(
  { openMemory, openFile, closeFile }: Compiler,
  header: Uint8Array,
  linkType: number,
): unknown {
  const reason = new Uint8Array(PCAP_ERRBUF_SIZE);
  const file = openMemory(header, header.length, 'r');
  const handle = openFile(file, reason);
  if (handle === null) {
    closeFile(file);
    throw new CaptureError(
      `libpcap can't filter link type ${linkType}: ${cText(reason)}; leave the filter out`,
    );
  }
  return handle;
}

function fileHeader(linkType: number, snapLength: number, byteOrder: ByteOrder): Uint8Array {
  const little = byteOrder === 'little';
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0xa1b2c3d4, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, 4, little);
  view.setUint32(16, snapLength, little);
  view.setUint32(20, linkType, little);
  return header;
}

function cText(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('latin1');
}

/** @param reason libpcap's own words */
export function filterFailure(expression: string, reason: string, linkType: number | undefined): string {
  const where = linkType === undefined ? '' : ` for link type ${linkType}`;
  return `"${expression}" is not a valid capture filter${where}: ${reason.trim()}; see man pcap-filter`;
}

function readProgram(memory: ArrayBuffer, length: number): BpfProgram {
  const program = {
    length,
    code: new Uint16Array(length),
    jumpTrue: new Uint8Array(length),
    jumpFalse: new Uint8Array(length),
    constant: new Uint32Array(length),
  };
  const halves = new Uint16Array(memory);
  const bytes = new Uint8Array(memory);
  const words = new Uint32Array(memory);
  for (let i = 0; i < length; i++) {
    program.code[i] = halves[i * 4] as number;
    program.jumpTrue[i] = bytes[i * 8 + 2] as number;
    program.jumpFalse[i] = bytes[i * 8 + 3] as number;
    program.constant[i] = words[i * 2 + 1] as number;
  }
  return program;
}

function loadCompiler(): Compiler {
  const koffi = loadKoffi('filters need');
  const names = LIBRARIES[process.platform] ?? ['libpcap.so'];
  const library = loadFirst(koffi, names);
  const structure = koffi.struct({ bf_len: 'uint32_t', bf_insns: 'void *' });
  const out = koffi.out(koffi.pointer(structure));
  return {
    openMemory: koffi.load(null).func('fmemopen', 'void *', ['uint8_t *', 'size_t', 'str']),
    openFile: library.func('pcap_fopen_offline', 'void *', ['void *', 'uint8_t *']),
    closeFile: koffi.load(null).func('fclose', 'int', ['void *']),
    openDead: library.func('pcap_open_dead', 'void *', ['int', 'int']),
    compile: library.func('pcap_compile', 'int', ['void *', out, 'str', 'int', 'uint32_t']),
    errorText: library.func('pcap_geterr', 'str', ['void *']),
    freeCode: library.func('pcap_freecode', 'void', [koffi.pointer(structure)]),
    close: library.func('pcap_close', 'void', ['void *']),
    memory: (pointer, bytes) => koffi.view(pointer, bytes).slice(0),
  };
}

function loadFirst(koffi: typeof import('koffi'), names: readonly string[]) {
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch {
      // The next name may be this system's.
    }
  }
  throw new CaptureError(
    `filters need libpcap (${names.join(' or ')}), which is not installed; run: apt-get install libpcap0.8, or your system's equivalent`,
  );
}
