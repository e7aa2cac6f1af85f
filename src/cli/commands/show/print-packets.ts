/** Reads packets, prints and writes those that match a display filter. */
import type { PacketWriter } from '../../../capture/write/writer.ts';
import type { Decoder } from '../../../decode/decoder.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import type { DisplayFilter } from '../../../display-filter/display-filter.ts';
import { ByteWriter } from '../../../output/byte-writer.ts';
import { type PacketPrinter, PacketRecord } from '../../../output/printer.ts';
import { createRepeatedPrinting, type RepeatedPrinting } from '../../../output/repeats/repeated-printing.ts';
import { CaptureError, type PacketBatch, type PacketSource } from '../../../packet/source.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import type { InputOptions } from '../../input-options.ts';
import { readPackets } from '../../read-packets.ts';
import { isOutputBehind, onOutputClosed, outputReady, writeOutput } from '../../standard-output.ts';
import type { PrinterOptions } from './create-printer.ts';
import type { ThreadedPrinting } from './threaded-printing.ts';

/** What to do with packets. */
export interface Printing {
  readonly decoder: Decoder;
  readonly printer?: PacketPrinter | undefined;
  readonly filter?: DisplayFilter | undefined;
  readonly writer?: PacketWriter | undefined;
  /** What a first pass found out. */
  readonly tracking?: Tracking | undefined;
  /** What the printer was made of: another thread may help where that is given. */
  readonly printerOptions?: PrinterOptions | undefined;
}

/** Bytes gathered before they are written out. */
const FLUSH_AT = 1 << 16;
/** In smaller batches no repetitions are looked for: learning what is repeated would cost more than it saves. */
const WORTH_REPEATS = 2048;

/** Prints the packets that the filter takes, and has them written: each where it is asked for. */
export async function printPackets(
  source: PacketSource,
  options: InputOptions & { readonly reassembly?: boolean },
  { decoder, printer, filter, writer, tracking, printerOptions }: Printing,
): Promise<void> {
  const out = new ByteWriter();
  const { decode } = decoder;
  const { interfaces } = source;
  const reassembler = options.reassembly === false ? undefined : createReassembler(decoder);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces, tracking);
  record.names = source.names;
  const tracked = printer?.tracked;
  let hasFragments = false;
  const mayRepeat = printer !== undefined && filter === undefined && writer === undefined;
  let repeats: RepeatedPrinting | undefined;
  const flush = () => writeOutput(out.take());
  if (writer !== undefined) {
    // The file is whole also where the reader of the lines goes away; a live capture ends then.
    onOutputClosed(() => {
      if (source.isLive) source.stop();
    });
  }
  /** Takes packets from `from` on. Returns the next one's index: before `count` where standard output has no room for more. */
  const take = (batch: PacketBatch, from: number, count: number): number => {
    const { view, start, capturedLength, originalLength, interfaceIndex } = batch;
    for (let i = from; i < count; i++) {
      if (repeats !== undefined) {
        i = repeats.print(out, record, i, count, FLUSH_AT);
        while (out.length >= FLUSH_AT) {
          flush();
          if (isOutputBehind()) return i;
          i = repeats.print(out, record, i, count, FLUSH_AT);
        }
        if (i === count) return count;
      }
      record.advance(batch, i);
      const { linkType } = interfaces[interfaceIndex[i]];
      decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
      if (stack.fragment >= 0 && reassembler !== undefined) {
        record.reassemble(reassembler);
        hasFragments = true;
      }
      if (tracked !== undefined) record.tracking.observe(record, tracked);
      if (filter?.matches(record) === false) continue;
      const textStart = out.length;
      printer?.packet(out, record);
      repeats?.learn(out, textStart, record);
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
  const takeAll = async (batch: PacketBatch, count: number): Promise<void> => {
    if (mayRepeat && repeats === undefined && count >= WORTH_REPEATS)
      repeats = createRepeatedPrinting(decoder, printer, source.interfaces);
    repeats?.begin(batch);
    for (let at = take(batch, 0, count); at < count; at = take(batch, at, count)) {
      // What has come is in the file, however long nobody reads the lines.
      writer?.settle();
      await outputReady();
    }
    settle();
  };
  const mayBeThreaded =
    printerOptions !== undefined &&
    printer?.carried !== undefined &&
    writer === undefined &&
    filter?.isOfOnePacket !== false;
  let threaded: ThreadedPrinting | undefined;
  /** Whether another thread may be worth it: not known before the first batch. */
  let isWorth: boolean | undefined;
  /** Packets that had been printed without their printer before the batch. */
  let repeated = 0;
  /** Goes on with another thread, if the file is long and its packets are printed each by itself. */
  const shareWork = async (batch: PacketBatch): Promise<void> => {
    if (isWorth === false || !mayBeThreaded || hasFragments) return;
    const before = repeated;
    repeated = repeats?.printed ?? 0;
    const { isWorthThreads, ThreadedPrinting } = await import('./threaded-printing.ts');
    isWorth ??= source.statistics().readShare !== undefined && isWorthThreads(source, batch);
    // What is repeated takes less time to print than to hand over.
    if (!isWorth || (repeated - before) * 2 > batch.count) return;
    flush();
    const reassembly = reassembler !== undefined;
    threaded = new ThreadedPrinting(
      source,
      {
        printing: { decoder, printer, filter, reassembly },
        options: {
          printer: printerOptions,
          displayFilter: filter?.expression,
          decodeAs: options.decodeAs ?? [],
          reassembly,
        },
        async write(text) {
          writeOutput(text);
          if (isOutputBehind()) await outputReady();
        },
        goOnAlone(copy, before) {
          record.position = before;
          return takeAll(copy, copy.count);
        },
      },
      record.position,
    );
  };
  printer?.begin(out);
  try {
    await readPackets(source, options, async (batch, count) => {
      if (threaded?.isOver === false) {
        await threaded.take(batch, count);
        return;
      }
      await takeAll(batch, count);
      if (threaded === undefined) await shareWork(batch);
    });
    await threaded?.end();
    printer?.end(out);
  } catch (error) {
    if (error instanceof CaptureError) await threaded?.end();
    throw error;
  } finally {
    threaded?.stop();
    // Also where the source failed in the middle: what came before is good, and is shown.
    flush();
  }
}
