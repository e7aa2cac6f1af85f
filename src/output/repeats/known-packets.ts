/**
 * The memory of repeats.wat, filled from packets that were printed: what packets are compared with, and the text of those that are the same
 * but for some numbers.
 *
 * Packets that are as long, and have their numbers at the same places, have a shape; those of a shape whose other bytes are the same too have a
 * look, which is printed from one text.
 */
import { randomFactors } from '../../decode/hash.ts';
import {
  countTogether,
  fillTails,
  fillVectors,
  MOST_BYTES,
  MOST_SHAPES,
  MOST_VECTORS,
  SHAPE_BYTES,
  VECTOR,
  VECTORS,
} from '../../packet/looks.ts';
import { hasTime, mayHaveOptions } from '../../packet/packet-options.ts';
import type { CaptureInterface, PacketBatch } from '../../packet/source.ts';
import { codeBytes, webAssembly } from '../../packet/web-assembly.ts';
import { HEX_PAIRS, put } from '../put.ts';
import { type EchoNumbers, freeFields } from './changed-echo.ts';
import { CODE } from './repeats-code.ts';
import { FORMAT, type Sample, type Step, TIME_FORM } from './text-holes.ts';

/** Where a look has its sums, and behind them its steps, and bytes of each: as in repeats.wat. */
const [SUMS, STEPS, SUM, STEP] = [320, 448, 16, 16];
const MOST_SUMS = (STEPS - SUMS) / SUM;
/** The longest text of a packet, and what is stored past its end. */
const MOST_TEXT = 1 << 14;
/** A packet that is longer is seldom repeated. */
const MOST_SAMPLE = 1 << 14;
/** Times that a look's text can't tell. */
const [NANOSECONDS, BEFORE_FIRST] = [1, 2];

interface Code {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly find: (packet: number, length: number, interfaceIndex: number) => number;
  readonly bucket: (packet: number, shape: number, interfaceIndex: number) => number;
  readonly print: (
    shift: number,
    from: number,
    to: number,
    number: number,
    at: number,
    limit: number,
  ) => number;
}

export interface KnownPackets {
  /** Where text goes. */
  readonly text: Uint8Array;
  /** How much of that may be full before a packet is written. */
  readonly room: number;
  /** Where the text ended that was written last. */
  readonly end: number;
  /** Takes packets from `from` on over, to be printed by their place among them. @returns how many, `most` at most */
  load(batch: PacketBatch, from: number, most: number, interfaces: readonly CaptureInterface[]): number;
  /**
   * Prints the packets from one place up to another until one is not known or the text's end is at `limit`.
   *
   * @param number of the first one
   * @returns the place of the first that was not printed
   */
  print(from: number, to: number, number: number, at: number, limit: number): number;
  /** The capture's first packet, which times count from. */
  setFirst(seconds: number, nanoseconds: number): void;
  /** Whether a packet like this is known. */
  has(sample: Uint8Array, interfaceIndex: number): boolean;
  /** @param proof a packet like it, and its text: if that is not what is printed from now on, nothing is known */
  learn(
    sample: Uint8Array,
    interfaceIndex: number,
    echo: EchoNumbers,
    steps: readonly Step[],
    proof: readonly [Sample, string],
  ): void;
  forget(): void;
}

/** Addresses and such, as repeats.wat has them. */
type Layout = Readonly<Record<string, { readonly value: number }>>;

/** Compiled once, however many are created. */
let compiled: object | undefined;

/** @returns undefined where WebAssembly with vectors is not to be had */
function instantiate(): (Code & Layout) | undefined {
  try {
    const { Instance, Module } = webAssembly();
    compiled ??= new Module(codeBytes(CODE));
    return new Instance(compiled).exports as Code & Layout;
  } catch {
    return undefined;
  }
}

/** @returns undefined where packets can't be compared on this machine */
export function createKnownPackets(): KnownPackets | undefined {
  const code = instantiate();
  if (code === undefined) return undefined;
  const at = (name: string) => (code[name] as { readonly value: number }).value;
  const { memory, find, bucket, print } = code;
  const { buffer } = memory;
  const [STARTS, CAPTURED, SHAPES, BYTES] = [at('STARTS'), at('CAPTURED'), at('SHAPES'), at('BYTES')];
  const [OUT, LOOKS, END] = [at('OUT'), at('LOOKS'), at('END')];
  const [BUCKETS, LENGTHS, FIRST, TAILS] = [at('BUCKETS'), at('LENGTHS'), at('FIRST'), at('TAILS')];
  const bytes = new Uint8Array(buffer);
  const words = new Int32Array(buffer);
  const view = new DataView(buffer);
  /** The last place is a sample's. */
  const MOST_PACKETS = (CAPTURED - STARTS) / 4 - 1;
  const starts = new Int32Array(buffer, STARTS, MOST_PACKETS + 1);
  const captured = new Int32Array(buffer, CAPTURED, MOST_PACKETS + 1);
  const original = new Int32Array(buffer, at('ORIGINAL'), MOST_PACKETS + 1);
  const nanoseconds = new Int32Array(buffer, at('NANOSECONDS'), MOST_PACKETS + 1);
  const interfaces = new Uint16Array(buffer, at('INTERFACES'), MOST_PACKETS + 1);
  const seconds = new Float64Array(buffer, at('SECONDS'), MOST_PACKETS + 1);
  /** Where a sample stands: behind the packets, and the vector that reaches beyond them. */
  const SAMPLE = BYTES + MOST_BYTES + VECTOR * MOST_VECTORS;
  const ROOM = LOOKS - OUT - 2 * MOST_TEXT;
  let shapes = 0;
  let free = LOOKS;
  let shift = 0;

  for (let i = 0; i < 1000; i++) {
    const [short, three] = [at('SHORT') + i * 4, at('THREE') + i * 4];
    view.setUint8(short + 3, put.uint(view, short, i) - short);
    put.sixDigits(view, OUT, i);
    bytes.copyWithin(three, OUT + 3, OUT + 6);
  }
  bytes.set(new Uint8Array(HEX_PAIRS.buffer), at('HEX'));
  words.set(randomFactors((MOST_VECTORS * VECTOR) / 4), at('FACTORS') / 4);
  fillTails(bytes, TAILS);

  /** The address of the packet's shape; 0 where there is no room for it. */
  function shapeOf(echo: EchoNumbers): number {
    const compared = echo.echo + 2;
    const masks = new Uint8Array(Math.ceil(compared / VECTOR) * VECTOR).fill(0xff, 0, compared);
    for (const place of freeFields(echo)) masks.fill(0, place, place + 2);
    const head = LENGTHS / 4 + (echo.end & 0xff);
    for (let shape = words[head]; shape !== 0; shape = words[shape / 4]) {
      const isSame =
        words[shape / 4 + 1] === echo.end &&
        words[shape / 4 + 2] === masks.length &&
        Buffer.compare(masks, bytes.subarray(shape + VECTORS, shape + VECTORS + masks.length)) === 0;
      if (isSame) return shape;
    }
    if (shapes === MOST_SHAPES || masks.length > MOST_VECTORS * VECTOR) return 0;
    const shape = SHAPES + shapes++ * SHAPE_BYTES;
    words.set([words[head], echo.end, masks.length], shape / 4);
    bytes.set(masks, shape + VECTORS);
    words[head] = shape;
    return shape;
  }

  /** Writes the look of the sample, and returns its end. */
  function writeLook(
    look: number,
    shape: number,
    interfaceIndex: number,
    { sums }: EchoNumbers,
    steps: readonly Step[],
  ): number {
    const stepsAt = look + STEPS;
    const textAt = stepsAt + steps.length * STEP;
    let times = 0;
    let end = textAt;
    for (const [i, { text, format, place, more }] of steps.entries()) {
      words.set([text.length, format, place, more], (stepsAt + i * STEP) / 4);
      bytes.set(Buffer.from(text, 'latin1'), end);
      end += text.length;
      if (format !== FORMAT.time) continue;
      if ((more & TIME_FORM.microseconds) !== 0) times |= NANOSECONDS;
      if ((more & TIME_FORM.sinceFirst) !== 0) times |= BEFORE_FIRST;
    }
    words.set([0, shape, interfaceIndex, stepsAt, textAt, times, sums.length], look / 4);
    for (const [i, { from, to, more, isRight }] of sums.entries()) {
      const swapped = ((more & 0xff) << 8) | (more >>> 8);
      words.set([from, to, swapped, isRight ? 1 : 0], (look + SUMS + i * SUM) / 4);
    }
    fillVectors(words, look, shape, SAMPLE);
    // The next one begins with a vector; and so much may be read behind this one's text.
    return (end + 2 * VECTOR) & -VECTOR;
  }

  function printSample(like: Sample, interfaceIndex: number): string {
    bytes.set(new Uint8Array(like.view.buffer, like.view.byteOffset, like.view.byteLength), SAMPLE);
    starts[MOST_PACKETS] = SAMPLE;
    captured[MOST_PACKETS] = original[MOST_PACKETS] = like.view.byteLength;
    nanoseconds[MOST_PACKETS] = like.nanoseconds;
    seconds[MOST_PACKETS] = like.seconds;
    interfaces[MOST_PACKETS] = interfaceIndex;
    const text = OUT + ROOM + MOST_TEXT;
    print(0, MOST_PACKETS, MOST_PACKETS + 1, like.number, text, LOOKS);
    return Buffer.from(buffer, text, words[END / 4] - text).toString('latin1');
  }

  return {
    text: new Uint8Array(buffer, OUT, LOOKS - OUT),
    room: ROOM,
    get end() {
      return words[END / 4] - OUT;
    },
    load(batch, from, most, known) {
      const count = countTogether(batch, from, Math.min(most, MOST_PACKETS));
      if (count === 0) return 0;
      const to = from + count;
      const { start, capturedLength, blockStart } = batch;
      let end = 0;
      for (let i = from; i < to; i++) end = Math.max(end, start[i] + capturedLength[i]);
      bytes.set(batch.bytes.subarray(start[from], end), BYTES);
      shift = BYTES - start[from];
      starts.set(start.subarray(from, to));
      captured.set(capturedLength.subarray(from, to));
      original.set(batch.originalLength.subarray(from, to));
      nanoseconds.set(batch.nanoseconds.subarray(from, to));
      interfaces.set(batch.interfaceIndex.subarray(from, to));
      seconds.set(batch.seconds.subarray(from, to));
      if (blockStart === undefined) return count;
      for (let i = from; i < to; i++) {
        const of = known[batch.interfaceIndex[i]] as CaptureInterface;
        if (mayHaveOptions(batch, i, of) || !hasTime(batch, i, of)) captured[i - from] = -1;
      }
      return count;
    },
    print: (from, to, number, place, limit) =>
      print(shift, from, to, number, OUT + place, OUT + Math.min(limit, ROOM)),
    setFirst(firstSeconds, firstNanoseconds) {
      view.setFloat64(FIRST, firstSeconds, true);
      words[FIRST / 4 + 2] = firstNanoseconds;
    },
    has(sample, interfaceIndex) {
      if (sample.length > MOST_SAMPLE) return true;
      bytes.set(sample, SAMPLE);
      return find(SAMPLE, sample.length, interfaceIndex) !== 0;
    },
    learn(sample, interfaceIndex, echo, steps, [like, text]) {
      const length = steps.reduce((sum, { text }) => sum + text.length + STEP, 0);
      // Numbers take 16 characters at most; data is as long as it is.
      const most = length + 2 * echo.end + steps.length * 16;
      const room = free + STEPS + length + 2 * VECTOR;
      if (most > MOST_TEXT || room > buffer.byteLength || echo.sums.length > MOST_SUMS) return;
      const shape = shapeOf(echo);
      if (shape === 0) return;
      bytes.set(sample, SAMPLE);
      const look = free;
      const end = writeLook(look, shape, interfaceIndex, echo, steps);
      const head = bucket(SAMPLE, shape, interfaceIndex) / 4;
      words[look / 4] = words[head];
      words[head] = look;
      if (printSample(like, interfaceIndex) === text) free = end;
      else words[head] = words[look / 4];
    },
    forget() {
      words.fill(0, BUCKETS / 4, STARTS / 4);
      free = LOOKS;
    },
  };
}
