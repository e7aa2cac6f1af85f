/** Captures and packets through a printer, as the command does it. */
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { type PacketPrinter, PacketRecord } from '../../src/output/printer.ts';
import type { CaptureInterface, PacketBatch } from '../../src/packet/source.ts';
import { viewOf } from './decoding.ts';

const { decode } = createDecoder();

/** What the printer says of a capture file, as the bytes that go to standard output, each a character. */
export async function printCapture(path: string, printer: PacketPrinter): Promise<string> {
  const source = await openCaptureFile(path);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces);
  const out = new ByteWriter();
  let printed = '';
  const flush = () => {
    printed += Buffer.from(out.take()).toString('latin1');
  };
  printer.begin(out);
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      printOne(printer, out, record, batch, i);
      if (out.length > 10_000) flush();
    }
  }
  printer.end(out);
  flush();
  await source.close();
  return printed;
}

export interface PrintedPacket {
  readonly bytes: Uint8Array;
  readonly originalLength?: number;
  readonly linkType?: number;
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly interfaceName?: string;
}

/** What the printer says of packets by hand: those of one link type and interface's name are of one interface. */
export function printPackets(packets: readonly PrintedPacket[], printer: PacketPrinter): string {
  const interfaces: CaptureInterface[] = [];
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces);
  const out = new ByteWriter();
  printer.begin(out);
  for (const { interfaceName: name, linkType = 1, ...packet } of packets) {
    let index = interfaces.findIndex((one) => one.name === name && one.linkType === linkType);
    if (index < 0) index = interfaces.push({ name, linkType, snapLength: 0 }) - 1;
    printOne(printer, out, record, batchOf(packet, index), 0);
  }
  printer.end(out);
  return Buffer.from(out.take()).toString('latin1');
}

function batchOf(packet: PrintedPacket, interfaceIndex: number): PacketBatch {
  const { bytes, originalLength = bytes.length, seconds = 0, nanoseconds = 0 } = packet;
  return {
    bytes,
    view: viewOf(bytes),
    count: 1,
    start: Int32Array.of(0),
    capturedLength: Int32Array.of(bytes.length),
    originalLength: Int32Array.of(originalLength),
    seconds: Float64Array.of(seconds),
    nanoseconds: Int32Array.of(nanoseconds),
    interfaceIndex: Uint16Array.of(interfaceIndex),
  };
}

function printOne(
  printer: PacketPrinter,
  out: ByteWriter,
  record: PacketRecord,
  batch: PacketBatch,
  index: number,
): void {
  const [start, captured, original] = [batch.start, batch.capturedLength, batch.originalLength].map(
    (numbers) => numbers[index] as number,
  ) as [number, number, number];
  const linkType = record.interfaces[batch.interfaceIndex[index] as number]?.linkType ?? 1;
  record.advance(batch, index);
  decode(batch.view, start, captured, original, linkType, record.stack);
  if (printer.tracked !== undefined) record.tracking.observe(record, printer.tracked);
  printer.packet(out, record);
}
