/** Files and live captures, as scripts and tests read them: batch by batch, or packet by packet. */
import { openCaptureFile } from '../capture/file/open-capture.ts';
import { timeText } from '../decode/format.ts';
import { requireSource } from '../packet/require-source.ts';
import type { PacketBatch, PacketSource } from '../packet/source.ts';
import type { Packet } from './packet-objects.ts';

/**
 * A source's batches, for reading millions of packets: nothing is copied, and each batch is valid until the next one
 * is requested. Closes the source at the end, and when the loop is left.
 *
 * ```ts
 * for await (const batch of batches(await openCaptureFile('big.pcap'))) total += batch.count;
 * ```
 *
 * @throws {CaptureError} if the source fails in the middle
 */
export async function* batches(source: PacketSource): AsyncGenerator<PacketBatch, void, void> {
  requireSource(source, 'batches');
  try {
    for (;;) {
      const batch = await source.next();
      if (batch === undefined) return;
      yield batch;
    }
  } finally {
    await source.close();
  }
}

/**
 * A source's packets, each with its own copy of the bytes. Closes the source at the end, and when the loop is left; a live source ends
 * when its `stop()` is called.
 *
 * ```ts
 * for await (const packet of packets(await openLive({ interfaces: ['eth0'], filter: 'icmp' }))) console.log(decode(packet));
 * ```
 *
 * @throws {CaptureError} if the source fails in the middle
 */
export async function* packets(source: PacketSource): AsyncGenerator<Packet, void, void> {
  requireSource(source, 'packets');
  let number = 0;
  for await (const batch of batches(source)) {
    for (let i = 0; i < batch.count; i++) yield packetOf(source, batch, i, ++number);
  }
}

/** One packet of a batch, copied out of it. */
export function packetOf(source: PacketSource, batch: PacketBatch, index: number, number: number): Packet {
  const start = batch.start[index];
  const { linkType, name } = source.interfaces[batch.interfaceIndex[index]];
  return {
    number,
    time: timeText(batch.seconds[index], batch.nanoseconds[index]),
    bytes: batch.bytes.slice(start, start + batch.capturedLength[index]),
    originalLength: batch.originalLength[index],
    linkType,
    interface: name,
    interfaceIndex: batch.interfaceIndex[index],
  };
}

/**
 * Opens a capture file (pcap or pcapng, also compressed) for iteration:
 *
 * ```ts
 * for await (const packet of openCapture('ping.pcap')) console.log(decode(packet).layers);
 * ```
 *
 * @param path the file, or `-` for standard input
 * @param onWarning called with one line for each thing that the file could not provide, such as where it breaks off
 * @throws {CaptureError} while iterating, if the file does not exist or is not a capture
 */
export async function* openCapture(
  path: string,
  onWarning: (warning: string) => void = () => undefined,
): AsyncGenerator<Packet, void, void> {
  const source = await openCaptureFile(path);
  yield* packets(source);
  for (const warning of source.warnings) onWarning(warning);
}
