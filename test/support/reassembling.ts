/** Packets decoded in their order, fragments put together. */
import { fold, sumWords } from '../../src/decode/checksum.ts';
import { createDecoder, type Decoder } from '../../src/decode/decoder.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import { createReassembler, type Reassembler } from '../../src/decode/reassembly.ts';
import { type Decoded, ETHERNET, viewOf } from './decoding.ts';

export interface Arrival {
  readonly bytes: Uint8Array;
  readonly linkType?: number;
  readonly originalLength?: number;
  readonly seconds?: number;
  readonly interfaceIndex?: number;
}

export interface Fed extends Decoded {
  readonly number: number;
  readonly reassembler: Reassembler;
}

/** What is told as it happens: "incomplete 1", "overlapping 3", "cut 2". */
export type Told = string[];

/** Feeds packets one after the other, one second apart where not given; answers each with its layers, good until the next. */
export function createFeed(decoder: Decoder = createDecoder()) {
  const told: Told = [];
  const reassembler = createReassembler(decoder, {
    incomplete: (packet) => told.push(`incomplete ${packet}`),
    overlapping: (packet) => told.push(`overlapping ${packet}`),
    cut: (packet) => told.push(`cut ${packet}`),
  });
  const stack = new LayerStack();
  let number = 0;
  const feed = (arrival: Arrival): Fed => {
    const { bytes, linkType = ETHERNET, originalLength = bytes.length, interfaceIndex = 0 } = arrival;
    number++;
    const view = viewOf(bytes);
    decoder.decode(view, 0, bytes.length, originalLength, linkType, stack);
    const where =
      stack.fragment < 0
        ? view
        : reassembler.packet(view, stack, number, arrival.seconds ?? number, 0, interfaceIndex);
    return { view: where, stack, number, reassembler };
  };
  return { feed, told, reassembler };
}

/** An IPv4 packet's payload cut at these offsets (multiples of 8), as fragments with correct headers but for the checksum. */
export function fragmentsOf(packet: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const payload = packet.subarray(20);
  return offsets.map((offset, i) => {
    const end = offsets[i + 1] ?? payload.length;
    return fragmentOf(packet, payload.subarray(offset, end), { offset, more: end < payload.length });
  });
}

/** One fragment, with an IPv4 packet's header. */
export function fragmentOf(
  packet: Uint8Array,
  piece: Uint8Array,
  { offset, more }: { offset: number; more: boolean },
): Uint8Array {
  const bytes = new Uint8Array(20 + piece.length);
  bytes.set(packet.subarray(0, 20));
  bytes.set(piece, 20);
  const view = viewOf(bytes);
  view.setUint16(2, bytes.length);
  view.setUint16(6, (more ? 0x2000 : 0) | (offset >> 3));
  view.setUint16(10, 0);
  view.setUint16(10, 0xffff - fold(sumWords(view, 0, 20)));
  return bytes;
}
