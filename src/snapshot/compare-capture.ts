/** A capture file held against a snapshot's file. */
import { openCaptureFile } from '../capture/file/open-capture.ts';
import type { Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { createReassembler } from '../decode/reassembly.ts';
import { ByteWriter } from '../output/byte-writer.ts';
import { PacketRecord } from '../output/printer.ts';
import { escapeControls } from '../text/printable.ts';
import { createSnapshotComparison, type SnapshotDifferences } from './compare.ts';
import { readLines } from './line-reader.ts';
import { compileMask } from './mask.ts';
import { readSnapshot, type Snapshot, SnapshotError } from './snapshot-file.ts';
import { createSnapshotPrinter } from './snapshot-printer.ts';

/** @throws {SnapshotError} if there is none, or the file is something else */
export function openSnapshot(path: string): Snapshot {
  const name = escapeControls(path);
  let lines: Generator<string, void>;
  try {
    lines = readLines(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SnapshotError(
      `${name}: can't be read (${code}); expected a snapshot; tunnelscope snapshot -r CAPTURE -o FILE makes one`,
    );
  }
  return readSnapshot(lines, name);
}

/**
 * @param masks more fields to leave open than the snapshot does
 * @throws {SnapshotError | CaptureError | RangeError} if either can't be read, or no field has a name
 */
export async function compareCapture(
  capture: string,
  file: string,
  masks: readonly string[],
  decoder: Decoder,
): Promise<SnapshotDifferences> {
  const { mask, packets } = openSnapshot(file);
  const names = [...mask, ...masks];
  const all = compileMask(names);
  const source = await openCaptureFile(capture);
  const body = new ByteWriter();
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces);
  const reassembler = createReassembler(decoder);
  try {
    const comparison = createSnapshotComparison(packets, masks.length === 0 ? undefined : all);
    const printer = createSnapshotPrinter(all, names);
    for (let goesOn = true; goesOn; ) {
      const batch = await source.next();
      if (batch === undefined) break;
      const { view, start, capturedLength, originalLength, interfaceIndex } = batch;
      for (let i = 0; i < batch.count && goesOn; i++) {
        record.advance(batch, i);
        const { linkType } = source.interfaces[interfaceIndex[i]];
        decoder.decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
        if (stack.fragment >= 0) record.reassemble(reassembler);
        body.clear();
        printer.body(body, record);
        goesOn = comparison.packet({ number: record.number, body: body.toString() });
      }
    }
    return comparison.end();
  } finally {
    packets.return?.(undefined);
    await source.close();
  }
}
