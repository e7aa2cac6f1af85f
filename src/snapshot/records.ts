import { openCaptureFile } from '../capture/file/open-capture.ts';
import type { Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { createReassembler } from '../decode/reassembly.ts';
import { PacketRecord } from '../output/printer.ts';

/**
 * Shows a capture file's packets, decoded and put together, until `visit` wants no more.
 *
 * @param visit is given the same record for all; answers whether to go on
 * @throws {CaptureError} where the file can't be read
 */
export async function eachRecord(
  capture: string,
  decoder: Decoder,
  visit: (record: PacketRecord) => boolean,
): Promise<void> {
  const source = await openCaptureFile(capture);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces);
  const reassembler = createReassembler(decoder);
  try {
    for (let goesOn = true; goesOn; ) {
      const batch = await source.next();
      if (batch === undefined) break;
      const { view, start, capturedLength, originalLength, interfaceIndex } = batch;
      for (let i = 0; i < batch.count && goesOn; i++) {
        record.advance(batch, i);
        const { linkType } = source.interfaces[interfaceIndex[i]];
        decoder.decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
        if (stack.fragment >= 0) record.reassemble(reassembler);
        goesOn = visit(record);
      }
    }
  } finally {
    await source.close();
  }
}
