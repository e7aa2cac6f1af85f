import type { PacketSource } from '../capture/source.ts';
import type { Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import type { PingTracker } from '../ping/verify.ts';
import type { Conversations } from './boards/conversations.ts';
import type { ProtocolTree } from './boards/protocol-tree.ts';
import type { PacketStore } from './store.ts';

/** How long packets are taken before the event loop gets its turn, and with it keys and the screen. */
const SLICE_MILLISECONDS = 6;
/** So many packets are taken between two looks at the clock. */
const CLOCK_EVERY = 512;

export interface IngestOptions {
  readonly source: PacketSource;
  readonly store: PacketStore;
  readonly tracker: PingTracker;
  readonly tree: ProtocolTree;
  /** With the tracker's tunnels. */
  readonly conversations: Conversations;
  /** The tracker's. */
  readonly decoder: Decoder;
  /** The most packets to take; all, where not given. */
  readonly count?: number;
  /** Called after each slice. */
  readonly onSlice: () => void;
}

/**
 * Takes all packets of a source into the store and shows them to the ping tracker, in slices, so that keys are answered
 * while a million packets load. Does not close the source.
 *
 * @throws what the source throws; the packets before are in the store
 */
export async function ingest(options: IngestOptions): Promise<void> {
  const { source, store, tracker, tree, conversations, onSlice } = options;
  const { decode } = options.decoder;
  const { reassembler, tunnels } = tracker;
  const stack = new LayerStack();
  let left = options.count ?? Number.POSITIVE_INFINITY;
  let deadline = performance.now() + SLICE_MILLISECONDS;
  while (left > 0) {
    const batch = await source.next();
    if (batch === undefined) break;
    const count = Math.min(batch.count, left);
    left -= count;
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    for (let i = 0; i < count; i++) {
      store.append(batch, i);
      const link = source.interfaces[interfaceIndex[i]]?.linkType ?? 0;
      decode(view, start[i], capturedLength[i], originalLength[i], link, stack);
      const at = interfaceIndex[i];
      const where =
        stack.fragment < 0
          ? view
          : reassembler.packet(view, stack, store.count, seconds[i], nanoseconds[i], at);
      if (where !== view) {
        for (let layer = 0; layer < stack.count; layer++) {
          if (stack.carriesReassembled(layer))
            store.fragments.add(store.count, reassembler.fragmentsOf(layer));
        }
      }
      const echo = tracker.packet(where, stack, store.count, seconds[i], nanoseconds[i], at);
      tree.packet(stack);
      conversations.packet(where, stack, seconds[i], nanoseconds[i], echo >= 0 ? tunnels.last() : -1);
      const request = tracker.answeredRequest();
      if (request > 0) store.link(request - 1);
      // A batch that is being taken stays valid: the next one is not asked for before.
      if ((i % CLOCK_EVERY === CLOCK_EVERY - 1 || i === count - 1) && performance.now() >= deadline) {
        onSlice();
        await new Promise((resolve) => setImmediate(resolve));
        deadline = performance.now() + SLICE_MILLISECONDS;
      }
    }
    onSlice();
  }
}
