/** Has a tracker, of a verdict or of paths, see the packets that a display filter lets pass. */
import type { Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import type { DisplayFilter } from '../display-filter/display-filter.ts';
import { PacketRecord } from '../output/printer.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import type { PathTracker } from '../path/path-tracker.ts';
import type { Tracking } from '../tracking/tracking.ts';
import type { PacketObserver } from '../verdict/packet-expectation.ts';
import type { PingTracker } from '../verdict/verify.ts';

/**
 * @param filter default: all packets
 * @param interfaces the source's own list, which grows while packets are read
 * @param observer shown each packet that passes, before the tracker is; and what it asks about other packets
 * @param tracking of a first pass over the same capture, where there was one
 */
export function trackMatches(
  tracker: Pick<PathTracker | PingTracker, 'packet' | 'reassembler'>,
  { decode }: Decoder,
  filter: DisplayFilter | undefined,
  interfaces: readonly CaptureInterface[],
  observer?: PacketObserver,
  tracking?: Tracking,
): (batch: PacketBatch, count: number) => void {
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces, tracking);
  const asked = observer?.tracked ?? [];
  return (batch, count) => {
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    const first = batch.firstNumber ?? record.number + 1;
    for (let i = 0; i < count; i++) {
      record.advance(batch, i);
      const index = interfaceIndex[i];
      decode(view, start[i], capturedLength[i], originalLength[i], interfaces[index].linkType, stack);
      if (stack.fragment >= 0) record.reassemble(tracker.reassembler);
      record.tracking.observe(record, asked);
      if (filter !== undefined && !filter.matches(record)) {
        tracker.reassembler.leaveOthers();
        continue;
      }
      observer?.packet(record);
      tracker.packet(record.view, stack, first + i, seconds[i], nanoseconds[i], index);
    }
  };
}
