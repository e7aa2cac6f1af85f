/** Sources, files and live captures alike, as scripts and tests use them: batch by batch or packet by packet, filtered, written. */
import { openCaptureFile } from '../capture/file/open-capture.ts';
import { openWriter, type PacketWriter, type Rotation } from '../capture/write/writer.ts';
import { timeText } from '../decode/format.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { compileDisplayFilter } from '../display-filter/display-filter.ts';
import { PacketRecord } from '../output/printer.ts';
import type { PacketBatch, PacketSource } from '../packet/source.ts';
import { type DecodeOptions, decoderFor, type Packet } from './library.ts';

/**
 * A source's batches, for whoever reads millions of packets: nothing is copied, and each batch is good until the next one
 * is asked for. Closes the source at the end, also where the loop is left.
 *
 * ```ts
 * for await (const batch of batches(await openCaptureFile('big.pcap'))) total += batch.count;
 * ```
 *
 * @throws {CaptureError} where the source fails in the middle
 */
export async function* batches(source: PacketSource): AsyncGenerator<PacketBatch, void, void> {
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
 * A source's packets, each with bytes of its own. Closes the source at the end, also where the loop is left; a live source ends
 * when its `stop()` is called.
 *
 * ```ts
 * for await (const packet of packets(await openLive({ interfaces: ['eth0'], filter: 'icmp' }))) console.log(decode(packet));
 * ```
 *
 * @throws {CaptureError} where the source fails in the middle
 */
export async function* packets(source: PacketSource): AsyncGenerator<Packet, void, void> {
  let number = 0;
  for await (const batch of batches(source)) {
    for (let i = 0; i < batch.count; i++) yield packetOf(source, batch, i, ++number);
  }
}

function packetOf(source: PacketSource, batch: PacketBatch, index: number, number: number): Packet {
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
 * @param onWarning is told, in one line each, what the file could not give: where it breaks off, for one
 * @throws {CaptureError} while iterating, where the file is not there or not a capture
 */
export async function* openCapture(
  path: string,
  onWarning: (warning: string) => void = () => undefined,
): AsyncGenerator<Packet, void, void> {
  const source = await openCaptureFile(path);
  yield* packets(source);
  for (const warning of source.warnings) onWarning(warning);
}

/** Whether a packet is wanted. */
export type PacketTest = (packet: Packet) => boolean;

/**
 * Compiles a display filter (`-Y`, in Wireshark's words) into a test for packets. Packets are to be shown to it in their order,
 * each once: `frame.time_delta` and its like go by those that it was shown before.
 *
 * ```ts
 * const isInnerRequest = createPacketFilter('inner.icmp.type == 8 && ip.src#2 == 172.16.0.2');
 * for await (const packet of openCapture('ping.pcap')) if (isInnerRequest(packet)) console.log(packet.number);
 * ```
 *
 * @throws {RangeError} where the expression is not understood: one line that says where, and what was expected
 */
export function createPacketFilter(expression: string, options: DecodeOptions = {}): PacketTest {
  const filter = compileDisplayFilter(expression);
  const { decode } = decoderFor(options.decodeAs);
  const { reassembler } = options;
  const stack = new LayerStack();
  const interfaces: { name: string | undefined; linkType: number; snapLength: number }[] = [];
  const record = new PacketRecord(stack, interfaces);
  return (packet) => {
    const { bytes, number, time, originalLength, linkType } = packet;
    const interfaceIndex = packet.interfaceIndex ?? 0;
    interfaces[interfaceIndex] = { name: packet.interface, linkType, snapLength: 0 };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [seconds, nanoseconds] = timeNumbers(time);
    const batch: PacketBatch = {
      bytes,
      view,
      count: 1,
      start: Int32Array.of(0),
      capturedLength: Int32Array.of(bytes.length),
      originalLength: Int32Array.of(originalLength),
      seconds: Float64Array.of(seconds),
      nanoseconds: Int32Array.of(nanoseconds),
      interfaceIndex: Uint16Array.of(interfaceIndex),
    };
    record.advance(batch, 0);
    record.number = number;
    decode(view, 0, bytes.length, originalLength, options.linkType ?? linkType, stack);
    if (reassembler !== undefined && stack.fragment >= 0) record.reassemble(reassembler);
    return filter.matches(record);
  };
}

/** What {@link timeText} wrote, as whole seconds and nanoseconds from 0 on beside them. */
function timeNumbers(time: string): readonly [seconds: number, nanoseconds: number] {
  const [whole = '0', fraction = ''] = time.replace('-', '').split('.');
  const nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9));
  if (!time.startsWith('-')) return [Number(whole), nanoseconds];
  return nanoseconds === 0 ? [-Number(whole), 0] : [-Number(whole) - 1, 1e9 - nanoseconds];
}

export interface WriteOptions {
  /** Which packets are written; all where not given. */
  readonly where?: PacketTest;
  /** When the next file is begun; one file where not given. */
  readonly rotation?: Rotation;
}

/**
 * Reads a source to its end and writes its packets: pcapng, or pcap where the name ends in `.pcap`; `.gz` behind either
 * compresses. Where the format stays, records are copied byte by byte. A file made from another appears under its name when it
 * is whole. Closes the source.
 *
 * ```ts
 * await writeCapture(await openCaptureFile('all.pcap'), 'requests.pcapng', { where: createPacketFilter('icmp.type == 8') });
 * ```
 *
 * @returns how many packets were written
 * @throws {CaptureError} where the source fails in the middle or the file can't be written: none is made then
 */
export async function writeCapture(
  source: PacketSource,
  path: string,
  options: WriteOptions = {},
): Promise<number> {
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
