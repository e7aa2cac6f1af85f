import type { Decoder } from '../../../decode/decoder.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import type { DisplayFilter } from '../../../display-filter/display-filter.ts';
import type { ByteWriter } from '../../../output/byte-writer.ts';
import { type PacketPrinter, PacketRecord, type RecordPosition } from '../../../output/printer.ts';
import { createRepeatedPrinting } from '../../../output/repeats/repeated-printing.ts';
import type { CaptureInterface, PacketBatch } from '../../../packet/source.ts';

/** What prints packets that depend on no other packet. */
export interface BatchPrinting {
  readonly decoder: Decoder;
  readonly printer: PacketPrinter;
  readonly filter?: DisplayFilter | undefined;
  /** False where fragments are printed as they came. */
  readonly reassembly: boolean;
}

/**
 * Prints a batch's first `count` packets to the writer.
 *
 * @param before where the packet before the first one stands
 * @returns false at a fragment, which has to be put together with others: what was written then is to be forgotten
 */
export type PrintBatch = (batch: PacketBatch, count: number, before: RecordPosition) => boolean;

export function createPrintBatch(
  { decoder, printer, filter, reassembly }: BatchPrinting,
  interfaces: readonly CaptureInterface[],
  out: ByteWriter,
): PrintBatch {
  const { decode } = decoder;
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces);
  const repeats = filter === undefined ? createRepeatedPrinting(decoder, printer, interfaces) : undefined;
  return function printBatch(batch, count, before) {
    record.position = before;
    repeats?.begin(batch);
    const { view, start, capturedLength, originalLength, interfaceIndex } = batch;
    for (let i = 0; i < count; i++) {
      if (repeats !== undefined) i = repeats.print(out, record, i, count);
      if (i === count) break;
      record.advance(batch, i);
      const { linkType } = interfaces[interfaceIndex[i]];
      decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
      if (stack.fragment >= 0 && reassembly) return false;
      if (filter?.matches(record) === false) continue;
      const textStart = out.length;
      printer.packet(out, record);
      repeats?.learn(out, textStart, record);
    }
    return true;
  };
}
