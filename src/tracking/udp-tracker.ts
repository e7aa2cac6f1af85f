/** UDP conversations as Wireshark numbers them, by addresses and ports. Tunnels and interfaces don't count. */
import { MAX_LAYERS } from '../decode/layer-stack.ts';
import { protocols } from '../decode/registry.ts';
import { END_WORDS, setEnds } from './conversation.ts';
import { KeyedMemory } from './keyed-memory.ts';
import type { TrackedRecord, Tracker } from './tracker.ts';

const NUMBER = protocols.findIndex(({ name, isPartial }) => name === 'udp' && isPartial !== true);

export function createUdpTracker(): Tracker {
  const memory = new KeyedMemory<number>(END_WORDS);
  const layers = new Int32Array(MAX_LAYERS);
  const streams = new Float64Array(MAX_LAYERS);
  let known = 0;

  const tracker = {
    count: 0,
    layers,
    values: [streams],
    observe({ stack, view }: TrackedRecord) {
      tracker.count = 0;
      for (let layer = 0; layer < stack.count; layer++) {
        if (stack.protocol(layer) !== NUMBER || setEnds(memory.words, view, stack, layer) === -1) continue;
        let stream = memory.get();
        if (stream === undefined) memory.set((stream = known++));
        layers[tracker.count] = layer;
        streams[tracker.count++] = stream;
      }
    },
    beginFirstPass: () => undefined,
    startOver() {
      memory.clear();
      known = 0;
    },
  };
  return tracker;
}
