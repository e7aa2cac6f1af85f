/**
 * Of a pcap file's records, those that a filter takes. Walking, filtering and moving them together is WebAssembly, many packets a call
 * (record-selection.wat): what is not taken costs a look at its headers, and what is taken lies in one piece for whoever writes it.
 */
import type { PacketBatch } from '../../packet/source.ts';
import { codeBytes, webAssembly } from '../../packet/web-assembly.ts';
import type { Chunks } from './chunk-reader.ts';
import { CODE } from './record-selection-code.ts';

/** Pages of 64 KiB, as record-selection.wat has them. */
const PAGES = 28;
/** So many bytes are walked at a time: they are copied to WebAssembly's memory, and stay in the processor's cache. */
const PIECE = 1 << 17;
const RECORD_HEADER = 16;

/** How a file's records are read, apart from what all of pcap's usual ones have in common: little-endian headers of 16 bytes. */
export interface RecordLayout {
  /** Nanoseconds in a unit of the times. */
  readonly scale: number;
  /** The most captured bytes that a packet may claim. */
  readonly limit: number;
}

export interface RecordSelection {
  /** The packets that were taken: of the file's only interface. */
  readonly batch: PacketBatch;
  /**
   * Fills the batch, and moves the reader on: up to a record that needs another look, be it only that it is not whole.
   *
   * @returns how many packets were looked at
   */
  take(reader: Chunks): number;
}

interface Code {
  walk(
    at: number,
    end: number,
    count: number,
    out: number,
    offset: number,
    limit: number,
    scale: number,
  ): number;
}

type Layout = Readonly<Record<string, { readonly value: number }>>;

/** Compiled once. */
let compiled: object | undefined;

/**
 * @param filter a module that imports the memory, and exports `matches(start, captured, original)`
 * @returns undefined where WebAssembly with vectors is not to be had
 */
export function createRecordSelection(filter: Uint8Array, layout: RecordLayout): RecordSelection | undefined {
  try {
    return select(filter, layout);
  } catch {
    return undefined;
  }
}

function select(filter: Uint8Array, { scale, limit }: RecordLayout): RecordSelection {
  const { Module, Instance, Memory } = webAssembly();
  const memory = new Memory({ initial: PAGES });
  const { matches } = new Instance(new Module(filter), { selection: { memory } }).exports as {
    matches: unknown;
  };
  compiled ??= new Module(codeBytes(CODE));
  const code = new Instance(compiled, { selection: { memory, matches } }).exports as Code & Layout;
  const { walk } = code;
  const at = (name: string) => (code[name] as { readonly value: number }).value;
  const { buffer } = memory;
  const bytes = new Uint8Array(buffer);
  const [IN, OUT] = [at('IN'), at('OUT')];
  const most = (at('CAPTURED') - at('START')) / Int32Array.BYTES_PER_ELEMENT;
  const state = new Int32Array(buffer, at('STATE'), 3);
  const words = (name: string) => new Int32Array(buffer, at(name), most);
  const numbers = (name: string) => new Float64Array(buffer, at(name), most);
  const batch = {
    bytes,
    view: new DataView(buffer),
    count: 0,
    start: words('START'),
    capturedLength: words('CAPTURED'),
    originalLength: words('ORIGINAL'),
    seconds: numbers('SECONDS'),
    nanoseconds: words('NANOSECONDS'),
    interfaceIndex: new Uint16Array(most),
    fileOffset: numbers('OFFSETS'),
  };

  return {
    batch,
    take(reader) {
      let [count, out, examined] = [0, OUT, 0];
      for (;;) {
        const length = Math.min(PIECE, reader.end - reader.start);
        if (length < RECORD_HEADER) break;
        bytes.set(reader.bytes.subarray(reader.start, reader.start + length), IN);
        const offset = reader.base + reader.start - IN;
        const walked = walk(IN, IN + length, count, out, offset, limit, scale) - IN;
        if (walked === 0) break;
        reader.start += walked;
        [count, out] = state as unknown as [number, number];
        examined += state[2] as number;
      }
      batch.count = count;
      return examined;
    },
  };
}
