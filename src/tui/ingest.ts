import type { PacketSource } from '../capture/source.ts';
import { createDecoder } from '../decode/decoder.ts';
import type { DecodeAs } from '../decode/dispatch.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { createReassembler } from '../decode/reassembly.ts';
import type { PingMatcher } from '../ping/ping-matcher.ts';
import type { PacketStore } from './store.ts';

/** How long packets are taken before the event loop gets its turn, and with it keys and the screen. */
const SLICE_MILLISECONDS = 6;
/** So many packets are taken between two looks at the clock. */
const CLOCK_EVERY = 512;

export interface IngestOptions {
  readonly source: PacketSource;
  readonly store: PacketStore;
  readonly matcher: PingMatcher;
  readonly decodeAs: readonly DecodeAs[];
  /** The most packets to take; all, where not given. */
  readonly count?: number;
  /** Called after each slice. */
  readonly onSlice: () => void;
}

/**
 * Takes all packets of a source into the store and shows them to the ping matcher, in slices, so that keys are answered
 * while a million packets load. Does not close the source.
 *
 * @throws what the source throws; the packets before are in the store
 */
export async function ingest(options: IngestOptions): Promise<void> {
  const { source, store, matcher, onSlice } = options;
  const decoder = createDecoder({ decodeAs: options.decodeAs });
  const { decode } = decoder;
  const reassembler = createReassembler(decoder, { firstFragment: matcher.firstFragment });
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
      if (matcher.packet(where, stack, store.count, seconds[i], nanoseconds[i], at) >= 0) {
        const request = matcher.answeredRequest();
        if (request > 0) store.link(request - 1);
      }
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
