/** Writes a source's packets to a file, all or those that are wanted. */
import { openWriter, type PacketWriter, type Rotation } from '../capture/write/writer.ts';
import { requireSource } from '../packet/require-source.ts';
import type { PacketSource } from '../packet/source.ts';
import type { PacketTest } from './packet-filter.ts';
import { batches, packetOf } from './sources.ts';

export interface WriteOptions {
  /** Which packets to write; default: all. */
  readonly where?: PacketTest;
  /** When to start the next file; default: one file. */
  readonly rotation?: Rotation;
}

/**
 * Reads a source to the end and writes its packets: pcapng, or pcap if the name ends in `.pcap`; `.gz` after either
 * compresses. If the format stays the same, records are copied unchanged. Output files are replaced atomically. Closes the
 * source.
 *
 * ```ts
 * await writeCapture(await openCaptureFile('all.pcap'), 'requests.pcapng', { where: createPacketFilter('icmp.type == 8') });
 * ```
 *
 * @returns how many packets were written
 * @throws {CaptureError} if the source fails in the middle or the file can't be written: none is made then
 * @throws {TypeError} if it is not a source
 */
export async function writeCapture(
  source: PacketSource,
  path: string,
  options: WriteOptions = {},
): Promise<number> {
  requireSource(source, 'writeCapture');
  const { where, rotation } = options;
  let number = 0;
  let written = 0;
  let writer: PacketWriter | undefined;
  try {
    writer = openWriter(source, { path, ...(rotation !== undefined && { rotation }) });
    for await (const batch of batches(source)) {
      for (let i = 0; i < batch.count; i++) {
        number++;
        if (where !== undefined && !where(packetOf(source, batch, i, number))) continue;
        writer.packet(batch, i);
        written++;
      }
      writer.settle();
    }
    writer.close();
  } catch (error) {
    writer?.discard();
    throw error;
  } finally {
    await source.close();
  }
  return written;
}
