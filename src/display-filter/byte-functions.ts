/** Byte strings and texts made of other values: slices, masks, cases, numbers and addresses as text. */
import { ByteWriter } from '../output/byte-writer.ts';
import type { Range } from './syntax.ts';
import { type ByteStrings, isNumbers, type Numbers } from './values.ts';

/** Memory of a function's own, which grows to what the largest packet needs and stays. */
class Scratch {
  view: DataView = new DataView(new ArrayBuffer(256));
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** Bytes written for the packet at hand, and values among them. */
  #used = 0;
  #count = 0;

  constructor(values: number) {
    this.starts = new Int32Array(values);
    this.lengths = new Int32Array(values);
  }

  begin(): void {
    this.#used = 0;
    this.#count = 0;
  }

  /** Copies bytes behind those of the value that is being made. */
  append(view: DataView, start: number, length: number): void {
    this.#reserve(length);
    for (let i = 0; i < length; i++) this.view.setUint8(this.#used + i, view.getUint8(start + i));
    this.#used += length;
  }

  /** What was appended since the last value is one. */
  endValue(): void {
    const start = this.#count === 0 ? 0 : this.starts[this.#count - 1] + this.lengths[this.#count - 1];
    this.starts[this.#count] = start;
    this.lengths[this.#count++] = this.#used - start;
  }

  /** Takes back what was appended since the last value. */
  dropValue(): void {
    this.#used = this.#count === 0 ? 0 : this.starts[this.#count - 1] + this.lengths[this.#count - 1];
  }

  get count(): number {
    return this.#count;
  }

  #reserve(more: number): void {
    const needed = this.#used + more;
    if (needed <= this.view.byteLength) return;
    const grown = new Uint8Array(Math.max(needed, this.view.byteLength * 2));
    grown.set(new Uint8Array(this.view.buffer, 0, this.#used));
    this.view = new DataView(grown.buffer);
  }
}

/**
 * Pieces of byte strings, of which those of text are text. A value that is too short for one of the ranges is none.
 *
 * @param withPayload for a protocol's layers: the same with what they carry. A range that starts or ends behind the header is taken of
 *   these.
 */
export function sliceBytes(
  of: ByteStrings,
  ranges: readonly Range[],
  withPayload: ByteStrings | undefined,
): ByteStrings {
  const whole = withPayload ?? of;
  const [range] = ranges;
  if (range !== undefined && ranges.length === 1) return sliceOnce(of, range, whole);
  const scratch = new Scratch(of.lengths.length);
  return {
    kind: of.kind === 'text' ? 'text' : 'bytes',
    get view() {
      return scratch.view;
    },
    starts: scratch.starts,
    lengths: scratch.lengths,
    load(record) {
      const count = of.load(record);
      if (whole !== of) whole.load(record);
      scratch.begin();
      for (let i = 0; i < count; i++) {
        let isWhole = true;
        for (let j = 0; j < ranges.length && isWhole; j++) {
          const taken = takenBytes(ranges[j], of.lengths[i], whole.lengths[i]);
          isWhole = taken > 0;
          if (isWhole) scratch.append(of.view, of.starts[i] + firstByte(ranges[j], of.lengths[i]), taken);
        }
        if (isWhole) scratch.endValue();
        else scratch.dropValue();
      }
      return scratch.count;
    },
  };
}

/** One piece, which needs no copy. */
function sliceOnce(of: ByteStrings, range: Range, whole: ByteStrings): ByteStrings {
  const starts = new Int32Array(of.starts.length);
  const lengths = new Int32Array(of.starts.length);
  return {
    kind: of.kind === 'text' ? 'text' : 'bytes',
    get view() {
      return of.view;
    },
    starts,
    lengths,
    load(record) {
      const count = of.load(record);
      if (whole !== of) whole.load(record);
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const taken = takenBytes(range, of.lengths[i], whole.lengths[i]);
        if (taken <= 0) continue;
        starts[kept] = of.starts[i] + firstByte(range, of.lengths[i]);
        lengths[kept++] = taken;
      }
      return kept;
    },
  };
}

function firstByte({ start }: Range, header: number): number {
  return start < 0 ? header + start : start;
}

/** How many bytes a range takes of a header, or past it of the whole with what it carries; 0 if it does not fit. */
function takenBytes(range: Range, header: number, whole: number): number {
  const { length } = range;
  const from = firstByte(range, header);
  const most = from >= header || (length !== undefined && from + length > header) ? whole : header;
  const taken = length ?? most - from;
  return from >= 0 && from + taken <= most ? taken : 0;
}

/**
 * Changes each byte of the values.
 *
 * @param change is given a byte, and its place in the value
 * @param most no more bytes of a value are taken; default: all are
 */
function mapBytes(
  of: ByteStrings,
  change: (byte: number, place: number) => number,
  most = Number.POSITIVE_INFINITY,
): ByteStrings {
  const scratch = new Scratch(of.lengths.length);
  return {
    kind: of.kind,
    get view() {
      return scratch.view;
    },
    starts: scratch.starts,
    lengths: scratch.lengths,
    load(record) {
      const count = of.load(record);
      scratch.begin();
      for (let i = 0; i < count; i++) {
        const bytes = Math.min(of.lengths[i], most);
        scratch.append(of.view, of.starts[i], bytes);
        scratch.endValue();
        const start = scratch.starts[scratch.count - 1];
        for (let place = 0; place < bytes; place++) {
          const at = start + place;
          scratch.view.setUint8(at, change(scratch.view.getUint8(at), place));
        }
      }
      return scratch.count;
    },
  };
}

export function upperCase(of: ByteStrings): ByteStrings {
  return mapBytes(of, (byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));
}

export function lowerCase(of: ByteStrings): ByteStrings {
  return mapBytes(of, (byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
}

/** The bits of each value that the mask has, of as many bytes as both have. */
export function maskBytes(of: ByteStrings, mask: Uint8Array): ByteStrings {
  return mapBytes(of, (byte, place) => byte & mask[place], mask.length);
}

/** Numbers in decimal and addresses as they are printed. */
export function textOf(of: Numbers | ByteStrings): ByteStrings {
  const out = new ByteWriter();
  const write = writerOf(of, out);
  const capacity = isNumbers(of) ? of.values.length : of.lengths.length;
  const starts = new Int32Array(capacity);
  const lengths = new Int32Array(capacity);
  return {
    kind: 'text',
    get view() {
      return out.view;
    },
    starts,
    lengths,
    load(record) {
      const count = of.load(record);
      out.clear();
      for (let i = 0; i < count; i++) {
        starts[i] = out.length;
        write(i);
        lengths[i] = out.length - starts[i];
      }
      return count;
    },
  };
}

function writerOf(of: Numbers | ByteStrings, out: ByteWriter): (i: number) => void {
  if (!isNumbers(of)) {
    return of.kind === 'ipv6'
      ? (i) => out.ipv6(of.view, of.starts[i])
      : (i) => out.ether(of.view, of.starts[i]);
  }
  if (of.kind === 'ipv4') return (i) => out.ipv4Number(of.values[i]);
  return (i) => {
    const value = of.values[i];
    if (value < 0) out.text('-');
    out.uint(Math.abs(value));
  };
}
