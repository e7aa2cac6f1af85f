/** Packets through display filters, as the command does it. */
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { createDecoder, type Decoder } from '../../src/decode/decoder.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import { compileDisplayFilter } from '../../src/display-filter/display-filter.ts';
import { PacketRecord } from '../../src/output/printer.ts';
import type { PacketBatch } from '../../src/packet/source.ts';

const plainDecoder = createDecoder();

/** Stands at each packet of a capture in turn, decoded. */
export async function visitPackets(
  path: string,
  visit: (record: PacketRecord) => void,
  { decode }: Decoder = plainDecoder,
): Promise<void> {
  const source = await openCaptureFile(path);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces);
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      record.advance(batch, i);
      const linkType = source.interfaces[batch.interfaceIndex[i] as number]?.linkType ?? 1;
      const [start, captured, original] = [batch.start[i], batch.capturedLength[i], batch.originalLength[i]];
      decode(batch.view, start as number, captured as number, original as number, linkType, stack);
      visit(record);
    }
  }
  await source.close();
}

/** The numbers of the packets that an expression lets pass. */
export async function filterCapture(path: string, expression: string): Promise<number[]> {
  const filter = compileDisplayFilter(expression);
  const numbers: number[] = [];
  await visitPackets(path, (record) => {
    if (filter.matches(record)) numbers.push(record.number);
  });
  return numbers;
}

/** One packet by hand, as the first and only one of a capture. */
export function recordOf(bytes: Uint8Array, linkType = 1, originalLength = bytes.length): PacketRecord {
  const stack = new LayerStack();
  const record = new PacketRecord(stack, [{ name: undefined, linkType, snapLength: 0 }]);
  const batch: PacketBatch = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    count: 1,
    start: Int32Array.of(0),
    capturedLength: Int32Array.of(bytes.length),
    originalLength: Int32Array.of(originalLength),
    seconds: Float64Array.of(0),
    nanoseconds: Int32Array.of(0),
    interfaceIndex: Uint16Array.of(0),
  };
  record.advance(batch, 0);
  plainDecoder.decode(batch.view, 0, bytes.length, originalLength, linkType, stack);
  return record;
}
