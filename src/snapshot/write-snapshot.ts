/** A capture file written as a snapshot's file. */
import { openOutputFile } from '../capture/write/output-file.ts';
import type { Decoder } from '../decode/decoder.ts';
import { ByteWriter } from '../output/byte-writer.ts';
import { compileMask } from './mask.ts';
import { eachRecord } from './records.ts';
import { createSnapshotPrinter } from './snapshot-printer.ts';

const FLUSH_AT = 1 << 16;

/**
 * Writes what `tunnelscope snapshot -o FILE` does. The file is replaced once it is whole.
 *
 * @param masks fields to leave open
 * @throws {CaptureError | RangeError} where the capture can't be read or the file can't be written, or no field has a name
 */
export async function writeSnapshot(
  capture: string,
  file: string,
  masks: readonly string[],
  decoder: Decoder,
): Promise<void> {
  const printer = createSnapshotPrinter(compileMask(masks), masks);
  const out = new ByteWriter();
  const output = openOutputFile(file, false);
  try {
    printer.begin(out);
    await eachRecord(capture, decoder, (record) => {
      printer.packet(out, record);
      if (out.length >= FLUSH_AT) output.write(out.take());
      return true;
    });
    output.write(out.take());
    output.finish();
  } finally {
    output.discard();
  }
}
