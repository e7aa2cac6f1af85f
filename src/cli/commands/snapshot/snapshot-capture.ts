/** Writes a capture as text to keep, or compares it with such a text, packet by packet as it is read. */
import { existsSync } from 'node:fs';
import { type OutputFile, openOutputFile } from '../../../capture/write/output-file.ts';
import { createDecoder, type Decoder } from '../../../decode/decoder.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import { ByteWriter } from '../../../output/byte-writer.ts';
import { PacketRecord } from '../../../output/printer.ts';
import type { PacketSource } from '../../../packet/source.ts';
import {
  createSnapshotComparison,
  type SnapshotComparison,
  type SnapshotDifferences,
} from '../../../snapshot/compare.ts';
import { openSnapshot } from '../../../snapshot/compare-capture.ts';
import { compileMask } from '../../../snapshot/mask.ts';
import { createSnapshotPrinter, type SnapshotPrinter } from '../../../snapshot/snapshot-printer.ts';
import { escapeControls } from '../../../text/printable.ts';
import { tellNonePassed } from '../../capture-filter.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { inputFiles, requireNamedInput, resolveInput } from '../../input.ts';
import { requireInputKept } from '../../input-kept.ts';
import type { InputOptions } from '../../input-options.ts';
import { openDisplayFilter, openSource } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { writeOutput, writeText } from '../../standard-output.ts';

export interface SnapshotOptions extends InputOptions {
  /** Names of fields that are left open. */
  mask?: string[];
  /** A file to write to; default: standard output. */
  output?: string;
  /** A snapshot to hold the capture against. */
  check?: string;
  /** Write that snapshot again where the capture is another. */
  update?: boolean;
}

/** Bytes gathered before they are written out. */
const FLUSH_AT = 1 << 16;

export async function snapshot(options: SnapshotOptions, words: readonly string[]): Promise<number> {
  const { check, update, output } = options;
  if (check === undefined && update === true)
    throw new UsageError('--update rewrites the snapshot of --check; add --check FILE');
  if (check !== undefined && output !== undefined)
    throw new UsageError('-o writes a snapshot and --check compares with one; expected one of them');
  requireNamedInput('snapshot', options, words);
  if (update === true) requireInputKept('--check', check, inputFiles(options, words));
  else requireInputKept('-o', output, inputFiles(options, words));
  const isNew = check !== undefined && update === true && !existsSync(check);
  const before = check === undefined || isNew ? undefined : openSnapshot(check);
  const names = [...new Set([...(before?.mask ?? []), ...(options.mask ?? [])])];
  const mask = maskOf(names, options.mask === undefined ? check : undefined);
  const printer = createSnapshotPrinter(mask, names);
  const comparison =
    before && createSnapshotComparison(before.packets, options.mask === undefined ? undefined : mask);
  const filter = await openDisplayFilter(options);
  const source = await openSource(options, words);
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const tracking = await lookAhead([options], words, filter?.tracked ?? [], decoder);
  const path = update === true ? check : output;
  const isPrinted = check === undefined && (path === undefined || path === '-');
  let file: OutputFile | undefined;
  try {
    if (path !== undefined && !isPrinted) file = openOutputFile(path, false);
    const write = isPrinted ? writeOutput : file?.write;
    const record = new PacketRecord(new LayerStack(), source.interfaces, tracking);
    await printSnapshot(source, options, decoder, record, filter?.matches, printer, write, comparison);
    tellNonePassed(source, resolveInput(options, words).filter);
    const differences = comparison?.end();
    if (differences !== undefined && differences.lines.length === 0) file?.discard();
    else file?.finish();
    if (differences === undefined || check === undefined) return EXIT.done;
    return report(differences, source.name, check, update === true);
  } catch (error) {
    file?.discard();
    await source.close();
    throw error;
  } finally {
    before?.packets.return?.(undefined);
  }
}

/** @param file the snapshot that has the names, if it is not the command line */
function maskOf(names: readonly string[], file: string | undefined) {
  try {
    return compileMask(names);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${file === undefined ? '--mask' : `${file}: mask`} ${error.message}`);
  }
}

/** Has each packet that is chosen compared and written. Ends where nothing more is wanted of it. */
async function printSnapshot(
  source: PacketSource,
  options: SnapshotOptions,
  decoder: Decoder,
  record: PacketRecord,
  matches: ((record: PacketRecord) => boolean) | undefined,
  printer: SnapshotPrinter,
  write: OutputFile['write'] | undefined,
  comparison: SnapshotComparison | undefined,
): Promise<void> {
  const out = new ByteWriter();
  const body = new ByteWriter();
  const reassembler = createReassembler(decoder);
  const { stack } = record;
  let isEnough = false;
  printer.begin(out);
  try {
    await readPackets(source, options, (batch, count) => {
      for (let i = 0; i < count && !isEnough; i++) {
        record.advance(batch, i);
        const { start, capturedLength, originalLength, view } = batch;
        const { linkType } = source.interfaces[batch.interfaceIndex[i]];
        decoder.decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
        if (stack.fragment >= 0) record.reassemble(reassembler);
        if (matches?.(record) === false) continue;
        if (write !== undefined) {
          printer.packet(out, record);
          if (out.length >= FLUSH_AT) write(out.take());
        }
        if (comparison === undefined) continue;
        body.clear();
        printer.body(body, record);
        const goesOn = comparison.packet({ number: record.number, body: body.toString() });
        if (goesOn || write !== undefined) continue;
        isEnough = true;
        source.stop();
      }
      if (source.isStream === true) write?.(out.take());
    });
  } finally {
    // What came before a fault is good, and is shown.
    write?.(out.take());
  }
}

/** Where the capture differs, in lines, and a last one that sums up. */
function report(
  differences: SnapshotDifferences,
  capture: string,
  check: string,
  isUpdated: boolean,
): number {
  const { lines, changed, missing, more, isCut } = differences;
  const names = `${escapeControls(capture)} and ${escapeControls(check)}`;
  if (lines.length === 0) {
    writeText(`${names} are the same\n`);
    return EXIT.done;
  }
  const counts = [
    ...(changed > 0 ? [`${changed} ${changed === 1 ? 'packet differs' : 'packets differ'}`] : []),
    ...(missing > 0 ? [`${missing} missing`] : []),
    ...(more > 0 ? [`${more} more`] : []),
  ].join(', ');
  const rest = isCut ? ', and the comparison stopped there' : '';
  writeText(`${lines.join('\n')}\n${names}: ${counts}${rest}${isUpdated ? '; snapshot updated' : ''}\n`);
  return isUpdated ? EXIT.done : EXIT.notMet;
}
