/**
 * What packets are compared with to know repetitions: the memory of repeated-pings.wat, filled from packets that were decoded.
 *
 * Packets whose headers lie at the same places, and are as long, have a shape: which bits are compared, where their IPv4 headers
 * and the echo are. A shape's packets whose compared bits are the same have one look.
 */
import { fold, pseudoHeaderSum } from '../../decode/checksum.ts';
import { randomFactors } from '../../decode/hash.ts';
import { LAYER_WORDS, type LayerStack, MAX_LAYERS } from '../../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../../decode/protocol.ts';
import { icmpv6 } from '../../decode/protocols/icmpv6.ts';
import { ipv4 } from '../../decode/protocols/ipv4.ts';
import { protocolNumber } from '../../decode/registry.ts';
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
import type { PacketBatch } from '../../packet/source.ts';
import { CONTROL, type ComparedChunks, type Slot } from './compared-chunks.ts';
import { comparingCode, createComparingMemory, RESULT } from './comparison-code.ts';

/** The most that is known: looks, IPv4 headers of a shape, and shapes whose lengths fall together. */
export const MOST_LOOKS = 4096;
const [MOST_HEADERS, MOST_OF_A_LENGTH] = [8, 4];
const SHAPE_WORDS = 2 + 2 * MAX_LAYERS;
/** Bytes of a shape, and as many of a look. */
const RECORD = SHAPE_BYTES;
/** Where, in words, a shape has its IPv4 headers, and a look what is told of them. */
const [HEADERS, PAIRS] = [8, 6];
/** Bytes from the beginning of IPv4's header, or of the echo. */
const [IDENTIFICATION, CHECKSUM, ECHO_CHECKSUM] = [4, 10, 2];
const ECHO_HEADER = 8;
const ICMPV6_PROTOCOL = 58;
const IPV6_BYTES = 16;

/** What repetitions have in common, as the matcher finds it out about one: words of {@link Comparison.known}, a look's next to each other. */
export const REPEATED = {
  STRIDE: 24,
  /** The request's addresses, the IP version, and the data's length: as in a key. */
  ADDRESSES: 0,
  VERSION: 8,
  LENGTH: 9,
  /** As an {@link EchoReader} answers. */
  FOUND: 10,
  /** Where the data is, in bytes from the packet's start. */
  DATA: 11,
  END: 12,
  /** The number of the tunnels. */
  TUNNELS: 13,
  HOPS: 14,
  PLACE: 15,
  /** As in {@link HAND}. */
  INTERFACE: 16,
  POINT: 17,
  TO_GROUP: 18,
  HARDWARE: 19,
  HARDWARE_FROM: 20,
  /** As in a key. */
  HASH: 21,
} as const;

/** Fills words with what repetitions of the packet at hand have in common, from `at` on, but for where its data is. */
export type Look = (words: Int32Array, at: number) => void;

export interface Comparison {
  readonly results: Int32Array;
  /** What is repeated, as {@link REPEATED} says, by its number less one; and how many there are. */
  readonly known: Int32Array;
  readonly count: number;
  /** How many of the packets that were compared last are repetitions. */
  readonly found: number;
  /** Compares packets from `from` on. @returns how many, `most` at most, and one at least */
  scan(batch: PacketBatch, from: number, most: number): number;
  /** The same where they lie, in a slot of the memory that is shared; the results are the slot's. @returns how many are repetitions */
  scanSlot(slot: Slot, from: number, count: number): number;
  /** Empties `known`: what was found before goes by it, and must have been used. */
  forget(): void;
  learn(view: DataView, stack: LayerStack, echo: number, interfaceIndex: number, look: Look): void;
}

/**
 * @param chunks what is read and compared by another thread is compared with the same
 * @returns undefined where packets can't be compared on this machine
 */
export function createComparison(chunks?: ComparedChunks): Comparison | undefined {
  const memory = chunks?.memory ?? createComparingMemory();
  if (memory === undefined) return undefined;
  const code = comparingCode(memory);
  if (code === undefined) return undefined;
  const { at, scan, find, bucket, pair } = code;
  const { KNOWN, EPOCH } = CONTROL;
  const control = chunks?.control ?? new Int32Array(EPOCH + 1);
  const [FACTORS, TAILS, LENGTHS, BUCKETS] = [at('FACTORS'), at('TAILS'), at('LENGTHS'), at('BUCKETS')];
  const [SHAPES, LOOKS, BYTES, BUCKET_SHIFT] = [at('SHAPES'), at('LOOKS'), at('BYTES'), at('BUCKET_SHIFT')];
  const [STARTS, CAPTURED, ORIGINAL] = [at('STARTS'), at('CAPTURED'), at('ORIGINAL')];
  const [INTERFACES, RESULTS] = [at('INTERFACES'), at('RESULTS')];
  const { buffer } = memory;
  const bytes = new Uint8Array(buffer);
  const words = new Int32Array(buffer);
  const MOST_PACKETS = (CAPTURED - STARTS) / 4;
  const starts = new Int32Array(buffer, STARTS, MOST_PACKETS);
  const captured = new Int32Array(buffer, CAPTURED, MOST_PACKETS);
  const original = new Int32Array(buffer, ORIGINAL, MOST_PACKETS);
  const interfaces = new Uint16Array(buffer, INTERFACES, MOST_PACKETS);
  const IPV4 = protocolNumber(ipv4);
  const ICMPV6 = protocolNumber(icmpv6);
  const { STRIDE, DATA: DATA_START, END } = REPEATED;
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const known = new Int32Array(MOST_LOOKS * STRIDE);
  let count = 0;
  let shapes = 0;
  let found = 0;
  /** Of each shape how many layers it has, and their protocols, starts and ends: who has the same is of it. */
  const layersOf = new Int32Array(MOST_SHAPES * SHAPE_WORDS);

  words.set(randomFactors((MOST_VECTORS * VECTOR) / 4), FACTORS / 4);
  fillTails(bytes, TAILS);

  function compare(
    { bytes: from, start, capturedLength, originalLength, interfaceIndex }: PacketBatch,
    first: number,
    packets: number,
  ): number {
    const to = first + packets;
    let end = 0;
    for (let i = first; i < to; i++) end = Math.max(end, start[i] + capturedLength[i]);
    bytes.set(from.subarray(start[first], end), BYTES);
    starts.set(start.subarray(first, to));
    captured.set(capturedLength.subarray(first, to));
    original.set(originalLength.subarray(first, to));
    interfaces.set(interfaceIndex.subarray(first, to));
    return scan(STARTS, CAPTURED, ORIGINAL, INTERFACES, RESULTS, BYTES - start[first], packets);
  }

  /** Whether the layers up to the echo's are what the shape's are. Asked of each packet that is remembered, so nothing is allocated. */
  function isOfShape(shape: number, { words: layers, packetStart }: LayerStack, echo: number): boolean {
    let at = ((shape - SHAPES) / RECORD) * SHAPE_WORDS;
    if (layersOf[at++] !== echo) return false;
    for (let layer = 0; layer <= echo * LAYER; layer += LAYER) {
      if (layersOf[at++] !== (layers[layer] & PROTOCOL_BITS)) return false;
      if (layersOf[at++] !== layers[layer + 1] - packetStart) return false;
    }
    return layersOf[at] === layers[echo * LAYER + 2] - packetStart;
  }

  function noteLayers(shape: number, { words: layers, packetStart }: LayerStack, echo: number): void {
    let at = ((shape - SHAPES) / RECORD) * SHAPE_WORDS;
    layersOf[at++] = echo;
    for (let layer = 0; layer <= echo * LAYER; layer += LAYER) {
      layersOf[at++] = layers[layer] & PROTOCOL_BITS;
      layersOf[at++] = layers[layer + 1] - packetStart;
    }
    layersOf[at] = layers[echo * LAYER + 2] - packetStart;
  }

  /** The address of the shape of a decoded packet; 0 where there is no room for it. */
  function shapeOf(stack: LayerStack, echo: number): number {
    const length = stack.packetEnd - stack.packetStart;
    let ofLength = 0;
    for (let shape = words[LENGTHS / 4 + (length & 0xff)]; shape !== 0; shape = words[shape / 4]) {
      if (words[shape / 4 + 1] === length && isOfShape(shape, stack, echo)) return shape;
      ofLength++;
    }
    return shapes === MOST_SHAPES || ofLength === MOST_OF_A_LENGTH ? 0 : newShape(stack, echo);
  }

  function newShape(stack: LayerStack, echo: number): number {
    const place = (layer: number) => stack.start(layer) - stack.packetStart;
    const length = stack.packetEnd - stack.packetStart;
    const layers = Array.from({ length: echo }, (_, layer) => layer);
    const networks = layers.filter((layer) => stack.describe(layer).addresses !== undefined);
    const headers = layers.filter((layer) => stack.protocol(layer) === IPV4).map(place);
    const compared = place(echo) + ECHO_CHECKSUM;
    const vectors = Math.ceil(compared / VECTOR);
    const [outermost, innermost] = [networks[0] as number, networks.at(-1) as number];
    if (vectors > MOST_VECTORS || headers.length > MOST_HEADERS) return 0;
    const head = LENGTHS / 4 + (length & 0xff);
    const shape = SHAPES + shapes++ * RECORD;
    words.set(
      [
        words[head],
        length,
        vectors * VECTOR,
        place(echo),
        stack.layerEnd(echo) - stack.packetStart,
        place(outermost) + IDENTIFICATION,
        stack.protocol(innermost) === IPV4 ? place(innermost) + IDENTIFICATION : -1,
        headers.length,
        ...headers,
      ],
      shape / 4,
    );
    bytes.fill(0xff, shape + VECTORS, shape + VECTORS + compared);
    for (const header of headers)
      for (const field of [header + IDENTIFICATION, header + CHECKSUM])
        bytes.fill(0, shape + VECTORS + field, shape + VECTORS + field + 2);
    noteLayers(shape, stack, echo);
    Atomics.store(words, head, shape);
    return shape;
  }

  /** The sum of ICMPv6's pseudo-header as the words of little-endian processors have it; 0 for ICMP; -1 where there is none. */
  function pseudoSum(view: DataView, stack: LayerStack, echo: number): number {
    if (stack.protocol(echo) !== ICMPV6) return 0;
    if (stack.describe(echo - 1).addresses?.bytes !== IPV6_BYTES) return -1;
    const length = stack.layerEnd(echo) - stack.start(echo);
    const sum = fold(
      pseudoHeaderSum(view, stack.start(echo - 1) + 8, 2 * IPV6_BYTES, ICMPV6_PROTOCOL, length),
    );
    return ((sum & 0xff) << 8) | (sum >>> 8);
  }

  return {
    results: new Int32Array(buffer, RESULTS, MOST_PACKETS * RESULT.STRIDE),
    known,
    get count() {
      return count;
    },
    get found() {
      return found;
    },
    forget() {
      words.fill(0, BUCKETS / 4, BUCKETS / 4 + (1 << (32 - BUCKET_SHIFT)));
      count = 0;
      Atomics.store(control, KNOWN, 0);
      // Results of a thread that compares with what is being forgotten bear the old epoch, and are not used.
      Atomics.add(control, EPOCH, 1);
    },
    scan(batch, from, most) {
      const packets = countTogether(batch, from, Math.min(most, MOST_PACKETS));
      found = packets === 0 ? 0 : compare(batch, from, packets);
      if (packets > 0) return packets;
      words[RESULTS / 4] = 0;
      return 1;
    },
    scanSlot: (slot, from, count) => slot.compare(code, from, count),
    learn(view, stack, echo, interfaceIndex, look) {
      const last = stack.count - 1;
      if (last !== echo && (last !== echo + 1 || stack.protocol(last) !== DATA)) return;
      const [start, length] = [stack.packetStart, stack.packetEnd - stack.packetStart];
      const pseudo = pseudoSum(view, stack, echo);
      if (length > MOST_BYTES || pseudo < 0) return;
      bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, length), BYTES);
      if (count === MOST_LOOKS || find(BYTES, length, interfaceIndex) !== 0) return;
      const shape = shapeOf(stack, echo);
      if (shape === 0) return;
      const at = count++ * STRIDE;
      look(known, at);
      known[at + DATA_START] = stack.start(echo) + ECHO_HEADER - start;
      known[at + END] = stack.layerEnd(echo) - start;
      write(LOOKS + (count - 1) * RECORD, shape, interfaceIndex, pseudo);
    },
  };

  /** The look of the packet in `bytes`, numbered as the latest one. */
  function write(look: number, shape: number, interfaceIndex: number, pseudo: number): void {
    const head = bucket(BYTES, shape, interfaceIndex) / 4;
    const [to, of] = [look / 4, shape / 4];
    words[to] = words[head];
    words[to + 1] = shape;
    words[to + 2] = interfaceIndex;
    words[to + 3] = count;
    words[to + 4] = pseudo;
    for (let i = words[of + HEADERS - 1] - 1; i >= 0; i--)
      words[to + PAIRS + i] = pair(BYTES + words[of + HEADERS + i]);
    fillVectors(words, look, shape, BYTES);
    Atomics.store(words, head, look);
    Atomics.store(control, KNOWN, count);
  }
}
