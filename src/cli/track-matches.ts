/** Has a tracker, of a verdict or of paths, see the packets that a display filter lets pass. */
import type { Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import type { DisplayFilter } from '../display-filter/display-filter.ts';
import { PacketRecord } from '../output/printer.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import type { PathTracker } from '../path/path-tracker.ts';
import type { PingTracker } from '../verdict/verify.ts';

/**
 * @param filter default: all packets
 * @param interfaces the source's own list, which grows while packets are read
 * @param observe shown each packet before the tracker is
 */
export function trackMatches(
  tracker: Pick<PathTracker | PingTracker, 'packet' | 'reassembler'>,
  { decode }: Decoder,
  filter: DisplayFilter | undefined,
  interfaces: readonly CaptureInterface[],
  observe?: (record: PacketRecord) => void,
): (batch: PacketBatch, count: number) => void {
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces);
  return (batch, count) => {
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    const first = batch.firstNumber ?? record.number + 1;
    for (let i = 0; i < count; i++) {
      record.advance(batch, i);
      const index = interfaceIndex[i];
      decode(view, start[i], capturedLength[i], originalLength[i], interfaces[index].linkType, stack);
      if (stack.fragment >= 0) record.reassemble(tracker.reassembler);
      if (filter !== undefined && !filter.matches(record)) continue;
      observe?.(record);
      tracker.packet(record.view, stack, first + i, seconds[i], nanoseconds[i], index);
    }
  };
}
