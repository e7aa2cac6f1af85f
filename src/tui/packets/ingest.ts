import type { Decoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import type { PacketBatch, PacketSource } from '../../packet/source.ts';
import type { PingTracker } from '../../verdict/verify.ts';
import { createExchangeLinks } from './exchange-links.ts';
import { createPingLinks } from './ping-links.ts';
import type { PacketStore } from './store.ts';
import { turn } from './turn.ts';

/** How long packets are taken before the event loop gets its turn, and with it keys and the screen. */
const SLICE_MILLISECONDS = 6;
/** So many packets are taken between two looks at the clock. */
const CLOCK_EVERY = 512;

/** Counts each packet as it comes, decoded. */
export interface ProtocolCounter {
  /** Headers that an ICMP error quotes were not there to be counted. */
  packet(stack: LayerStack): void;
}

/** Counts each packet as it comes, decoded. */
export interface ConversationCounter {
  /** @param known the number of the tunnels that carry it, where somebody has just found it; -1 where nobody has */
  packet(view: DataView, stack: LayerStack, seconds: number, nanoseconds: number, known: number): void;
}

export interface IngestOptions {
  readonly source: PacketSource;
  readonly store: PacketStore;
  readonly tracker: PingTracker;
  readonly tree: ProtocolCounter;
  /** With the tracker's tunnels. */
  readonly conversations: ConversationCounter;
  /** The tracker's. */
  readonly decoder: Decoder;
  /** The most packets to take; default: all. */
  readonly count?: number;
  /** Called with each batch before anything is made of it, and how many of its packets are taken. */
  readonly onBatch?: (batch: PacketBatch, taken: number) => void;
  /** Called after each slice. */
  readonly onSlice: () => void;
}

/**
 * Takes all packets of a source into the store and shows them to the boards, in slices, so that keys are answered while a
 * million packets load. Does not close the source.
 *
 * @throws what the source throws; the packets before are in the store
 */
export async function ingest(options: IngestOptions): Promise<void> {
  const { source, onSlice } = options;
  const take = createTaker(options);
  let left = options.count ?? Number.POSITIVE_INFINITY;
  let deadline = performance.now() + SLICE_MILLISECONDS;
  while (left > 0) {
    const batch = await source.next();
    if (batch === undefined) break;
    const count = Math.min(batch.count, left);
    left -= count;
    options.onBatch?.(batch, count);
    for (let from = 0; from < count; from += CLOCK_EVERY) {
      take(batch, from, Math.min(count, from + CLOCK_EVERY));
      // A batch that is being taken stays valid: the next one is not asked for before.
      if (performance.now() >= deadline) {
        onSlice();
        await turn();
        deadline = performance.now() + SLICE_MILLISECONDS;
      }
    }
    onSlice();
  }
}

/** Takes packets `from` to `to`, exclusively, of a batch. Apart from what waits, so that the engine can make one fast piece of it. */
function createTaker(options: IngestOptions): (batch: PacketBatch, from: number, to: number) => void {
  const { store, tracker } = options;
  const { interfaces } = options.source;
  const { decode } = options.decoder;
  const { packet: track, reassembler, tunnels } = tracker;
  const links = createPingLinks(store, tracker);
  const linkExchange = createExchangeLinks(store);
  const { packet: countProtocols } = options.tree;
  const { packet: countConversation } = options.conversations;
  const stack = new LayerStack();
  return (batch, from, to) => {
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    for (let i = from; i < to; i++) {
      store.append(batch, i);
      const number = store.count;
      const at = interfaceIndex[i];
      const linkType = interfaces[at]?.linkType ?? 0;
      decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
      let where = view;
      if (stack.fragment >= 0) {
        where = reassembler.packet(view, stack, number, seconds[i], nanoseconds[i], at);
        if (where !== view) {
          for (let layer = 0; layer < stack.count; layer++) {
            if (stack.carriesReassembled(layer)) store.fragments.add(number, reassembler.fragmentsOf(layer));
          }
        }
      }
      const echo = track(where, stack, number, seconds[i], nanoseconds[i], at);
      countProtocols(stack);
      countConversation(where, stack, seconds[i], nanoseconds[i], echo >= 0 ? tunnels.last() : -1);
      if (echo >= 0) links.ping(where, stack, seconds[i], nanoseconds[i], at);
      else if (stack.count > 0 && stack.isQuoted(stack.count - 1)) links.quoting(where, stack);
      else linkExchange(where, stack, seconds[i], nanoseconds[i], at);
    }
  };
}
