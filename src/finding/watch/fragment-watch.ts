/** What became of fragmented packets. */
import type { ReassemblyEvents } from '../../decode/reassembly.ts';
import { Tally } from '../../exchange/tally.ts';

export interface FragmentCounts {
  /** Packets of which a piece never came; the number of the first one that did. */
  readonly incomplete: Tally;
  /** Fragments that overlap others. */
  readonly overlapping: Tally;
  /** Fragments that the capture cut short, so that they can't be put together. */
  readonly cut: Tally;
}

export interface FragmentWatch {
  /** To be told by the reassembler. */
  readonly events: ReassemblyEvents;
  /** @param waiting numbers of the first pieces of packets that are not whole so far */
  counts(waiting: readonly number[]): FragmentCounts;
}

export function createFragmentWatch(): FragmentWatch {
  const incomplete = new Tally();
  const overlapping = new Tally();
  const cut = new Tally();
  return {
    events: {
      incomplete: (packet) => incomplete.add(packet),
      overlapping: (packet) => overlapping.add(packet),
      cut: (packet) => cut.add(packet),
    },
    counts(waiting) {
      const all = new Tally();
      all.merge(incomplete);
      for (const packet of waiting) all.add(packet);
      return { incomplete: all, overlapping, cut };
    },
  };
}
