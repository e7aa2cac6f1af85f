/** A capture file held against a snapshot's file. */
import type { Decoder } from '../decode/decoder.ts';
import { ByteWriter } from '../output/byte-writer.ts';
import { escapeControls } from '../text/printable.ts';
import { createSnapshotComparison, type SnapshotDifferences } from './compare.ts';
import { readLines } from './line-reader.ts';
import { compileMask } from './mask.ts';
import { eachRecord } from './records.ts';
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
    const why = code === 'ENOENT' ? 'no such file' : `can't be read (${code})`;
    throw new SnapshotError(
      `${name}: ${why}; expected a snapshot; tunnelscope snapshot -r CAPTURE -o FILE makes one`,
    );
  }
  return readSnapshot(lines, name);
}

/** With the fields that the snapshot leaves open. */
export interface CaptureDifferences extends SnapshotDifferences {
  readonly mask: readonly string[];
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
): Promise<CaptureDifferences> {
  const { mask, packets } = openSnapshot(file);
  const names = [...mask, ...masks];
  const all = compileMask(names);
  const body = new ByteWriter();
  try {
    const comparison = createSnapshotComparison(packets, masks.length === 0 ? undefined : all);
    const printer = createSnapshotPrinter(all, names);
    await eachRecord(capture, decoder, (record) => {
      body.clear();
      printer.body(body, record);
      return comparison.packet({ number: record.number, body: body.toString() });
    });
    return { ...comparison.end(), mask };
  } finally {
    packets.return?.(undefined);
  }
}
