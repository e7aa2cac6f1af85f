/** Reads packets and shows them in the format that is asked for, the screen included; `-w` has them written too. */
import { isatty } from 'node:tty';
import type { PacketWriter } from '../../../capture/write/writer.ts';
import { createDecoder, type Decoder } from '../../../decode/decoder.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import type { DisplayFilter } from '../../../display-filter/display-filter.ts';
import { ByteWriter } from '../../../output/byte-writer.ts';
import type { TimeFormat } from '../../../output/line-times.ts';
import { type PacketPrinter, PacketRecord } from '../../../output/printer.ts';
import type { PacketBatch, PacketSource } from '../../../packet/source.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { tellNonePassed } from '../../capture-filter.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { resolveInput } from '../../input.ts';
import { openDisplayFilter, openSource, UNWATCHED_TIMEOUT } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { isOutputBehind, onOutputClosed, outputReady, writeOutput } from '../../standard-output.ts';
import type { ScreenOptions, ScreenTimes } from './show-on-screen.ts';

export type Format = 'line' | 'tree' | 'fields' | 'json' | 'tui' | 'path';

export interface PacketOptions extends ScreenOptions {
  format?: Format;
  field?: string[];
  fieldOption?: string[];
  tree?: boolean;
  bytes?: boolean;
  /** Of lines. */
  times?: TimeFormat;
  /** tcpdump's: the tree, where nothing else is asked for. */
  v?: boolean;
  /** False leaves fragments as they came. */
  reassembly?: boolean;
  /** Lines even where packets are written. */
  print?: boolean;
}

/** What the screen has of the lines' times. */
const SCREEN_TIMES: Partial<Record<TimeFormat, ScreenTimes>> = { r: 'relative', dd: 'delta', u: 'absolute' };

/** Bytes gathered before they are written out. */
const FLUSH_AT = 1 << 16;

export async function showPackets(options: PacketOptions, words: readonly string[]): Promise<number> {
  const format = chooseFormat(options);
  if (options.field !== undefined && format !== 'fields') {
    throw new UsageError('-e names a field to print; expected together with -T fields');
  }
  const decodeAs = options.decodeAs ?? [];
  const prints = options.write === undefined || isPrintingAsked(options);
  const isWriting = [options.write, options.rotation, options.fileFormat].some((one) => one !== undefined);
  const files = isWriting ? await import('./write-packets.ts') : undefined;
  files?.checkWriting(options, words, prints);
  if (format === 'tui') {
    if (!isatty(1)) throw new UsageError('-T tui needs a terminal; in a pipe use line, tree, fields or json');
    const times = options.times && SCREEN_TIMES[options.times];
    return (await import('./show-on-screen.ts')).showOnScreen(options, words, times && { times });
  }
  if (options.buffer !== undefined) {
    throw new UsageError('--buffer is about what the screen keeps; expected on a terminal, or with -T tui');
  }
  if (format === 'path') {
    if (options.write !== undefined) {
      throw new UsageError('-T path follows pings and writes no packets; expected -w with another format');
    }
    const { read, field: _, format: __, ...input } = options;
    return (await import('../path/follow-paths.ts')).path(
      { ...input, ...(read !== undefined && { files: [read] }) },
      words,
    );
  }
  if (options.why === true) {
    throw new UsageError(
      '--why is about lost pings; expected it with path, verify, or on the screen (tunnelscope drops tells of all packets)',
    );
  }
  const printer = prints ? await createPrinter(format, options) : undefined;
  const filter = await openDisplayFilter(options, true);
  const decoder = createDecoder({ decodeAs });
  const isWatched = prints || options.write === '-';
  const source = await openSource(
    isWatched ? options : { ...options, bufferTimeout: UNWATCHED_TIMEOUT },
    words,
  );
  const ahead = [...(filter?.tracked ?? []), ...(printer?.tracked ?? [])].filter(
    ({ looksAhead }) => looksAhead,
  );
  const tracking =
    ahead.length === 0
      ? undefined
      : await (await import('./first-pass.ts')).lookAhead(options, words, ahead, decoder);
  if (files === undefined) {
    await printPackets(source, options, printer, decoder, filter, undefined, tracking);
  } else {
    await files.writing(source, options, (writer) =>
      printer === undefined && filter === undefined
        ? files.writeAll(source, options, writer)
        : printPackets(source, options, printer, decoder, filter, writer, tracking),
    );
  }
  tellNonePassed(source, resolveInput(options, words).filter);
  return EXIT.done;
}

/** Where packets are written, lines are printed only where something says so, as with tshark. */
function isPrintingAsked({ print, format, field, tree, bytes }: PacketOptions): boolean {
  return print === true || format !== undefined || field !== undefined || tree === true || bytes === true;
}

function chooseFormat(options: PacketOptions): Format {
  if (options.tree === true) {
    if (options.format !== undefined && options.format !== 'tree') {
      throw new UsageError(`-V means -T tree, but -T ${options.format} was given; expected one of them`);
    }
    return 'tree';
  }
  if (options.format !== undefined) return options.format;
  if (options.field !== undefined) return 'fields';
  const { bytes, write, times, v } = options;
  if (v === true && write === undefined) return 'tree';
  const isForScreen = times === undefined || SCREEN_TIMES[times] !== undefined;
  return isatty(1) && bytes !== true && isForScreen && write === undefined ? 'tui' : 'line';
}

/** Only the printer that is asked for is loaded. */
async function createPrinter(
  format: Exclude<Format, 'tui' | 'path'>,
  options: PacketOptions,
): Promise<PacketPrinter> {
  const printer = await formatPrinter(format, options);
  if (options.bytes !== true) return printer;
  if (format !== 'line' && format !== 'tree') {
    throw new UsageError(`-x prints bytes for people; expected with -T line or -T tree, not -T ${format}`);
  }
  return (await import('../../../output/hex.ts')).withBytes(printer);
}

async function formatPrinter(
  format: Exclude<Format, 'tui' | 'path'>,
  options: PacketOptions,
): Promise<PacketPrinter> {
  switch (format) {
    case 'line':
      return (await import('../../../output/line.ts')).createLinePrinter(options.times);
    case 'tree':
      return (await import('../../../output/tree.ts')).createTreePrinter();
    case 'json':
      return (await import('../../../output/json.ts')).createJsonPrinter();
    case 'fields': {
      const { createFieldsPrinter } = await import('../../../output/fields.ts');
      return createFieldsPrinter(options.field ?? [], options.fieldOption ?? []);
    }
  }
}

/** Prints the packets that the filter takes, and has them written: each where it is asked for. */
async function printPackets(
  source: PacketSource,
  options: PacketOptions,
  printer: PacketPrinter | undefined,
  decoder: Decoder,
  filter: DisplayFilter | undefined,
  writer: PacketWriter | undefined,
  tracking: Tracking | undefined,
): Promise<void> {
  const out = new ByteWriter();
  const { decode } = decoder;
  const reassembler = options.reassembly === false ? undefined : createReassembler(decoder);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces, tracking);
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
