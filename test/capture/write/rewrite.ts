/** Reads one file and writes another, as the command does. */

import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { filtered } from '../../../src/capture/filter/filter.ts';
import { openWriter, type WriterOptions } from '../../../src/capture/write/writer.ts';
import type { PacketSource } from '../../../src/packet/source.ts';

/** Takes every packet; the writer is ended also where the source fails, with what came before. */
export async function writeFrom(source: PacketSource, options: WriterOptions): Promise<void> {
  try {
    const writer = openWriter(source, options);
    try {
      for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
        for (let i = 0; i < batch.count; i++) writer.packet(batch, i);
        writer.settle();
      }
    } finally {
      writer.close();
    }
  } finally {
    await source.close();
  }
}

export async function rewrite(from: string, path: string, filter?: string): Promise<void> {
  const source = await openCaptureFile(from);
  await writeFrom(filter === undefined ? source : filtered(source, filter), { path });
}
