/** Reads packets, prints and writes those that match a display filter. */
import type { PacketWriter } from '../../../capture/write/writer.ts';
import type { Decoder } from '../../../decode/decoder.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import type { DisplayFilter } from '../../../display-filter/display-filter.ts';
import { ByteWriter } from '../../../output/byte-writer.ts';
import { type PacketPrinter, PacketRecord } from '../../../output/printer.ts';
import type { PacketBatch, PacketSource } from '../../../packet/source.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import type { InputOptions } from '../../input-options.ts';
import { readPackets } from '../../read-packets.ts';
import { isOutputBehind, onOutputClosed, outputReady, writeOutput } from '../../standard-output.ts';

/** What to do with packets. */
export interface Printing {
  readonly decoder: Decoder;
  readonly printer?: PacketPrinter | undefined;
  readonly filter?: DisplayFilter | undefined;
  readonly writer?: PacketWriter | undefined;
  /** What a first pass found out. */
  readonly tracking?: Tracking | undefined;
}

/** Bytes gathered before they are written out. */
const FLUSH_AT = 1 << 16;

/** Prints the packets that the filter takes, and has them written: each where it is asked for. */
export async function printPackets(
  source: PacketSource,
  options: InputOptions & { readonly reassembly?: boolean },
  { decoder, printer, filter, writer, tracking }: Printing,
): Promise<void> {
  const out = new ByteWriter();
  const { decode } = decoder;
  const reassembler = options.reassembly === false ? undefined : createReassembler(decoder);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces, tracking);
  record.names = source.names;
  const tracked = printer?.tracked;
  const flush = () => writeOutput(out.take());
  if (writer !== undefined) {
    // The file is whole also where the reader of the lines goes away; a live capture ends then.
    onOutputClosed(() => {
      if (source.isLive) source.stop();
    });
  }
  /** Takes packets from `from` on. Returns the next one's index: before `count` where standard output has no room for more. */
  const take = (batch: PacketBatch, from: number, count: number): number => {
    for (let i = from; i < count; i++) {
      record.advance(batch, i);
      const { linkType } = source.interfaces[batch.interfaceIndex[i]];
      decode(batch.view, batch.start[i], batch.capturedLength[i], batch.originalLength[i], linkType, stack);
      if (stack.fragment >= 0 && reassembler !== undefined) record.reassemble(reassembler);
      if (tracked !== undefined) record.tracking.observe(record, tracked);
      if (filter?.matches(record) === false) continue;
      printer?.packet(out, record);
      writer?.packet(batch, i);
      if (out.length < FLUSH_AT) continue;
      flush();
      if (isOutputBehind()) return i + 1;
    }
    return count;
  };
  const settle = () => {
    writer?.settle();
    // A live capture, or a pipe, shows what has come; a file's packets may gather across batches.
    if (source.isLive || source.isStream === true) flush();
  };
  printer?.begin(out);
  try {
    await readPackets(source, options, async (batch, count) => {
      for (let at = take(batch, 0, count); at < count; at = take(batch, at, count)) {
        // What has come is in the file, however long nobody reads the lines.
        writer?.settle();
        await outputReady();
      }
      settle();
    });
    printer?.end(out);
  } finally {
    // Also where the source failed in the middle: what came before is good, and is shown.
    flush();
  }
}
