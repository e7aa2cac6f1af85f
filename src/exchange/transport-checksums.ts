/**
 * The checksums of TCP and UDP inside tunnels, by the tunnels they came in. What a sender leaves to its card, the pseudo-header's sum or local
 * checksum offload, is partial, and no fault where it is captured before that card.
 */
import { CHECKSUM } from '../decode/checksum.ts';
import { checksumReaders } from '../decode/checksum-status.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { Tally } from './tally.ts';

/** So many segments in the same tunnels are added up, and further ones are not: what is wrong with offload is so from the first on. */
export const MOST_SUMMED = 1000;

export interface ChecksumCounts {
  /** As many as were looked at and could be told. */
  known: number;
  readonly bad: Tally;
  readonly partial: Tally;
  /** The first one that is wrong: `tcp` or `udp`. */
  protocol: string;
}

export interface TransportChecksums {
  /** By the number of the tunnels. */
  readonly ways: ReadonlyMap<number, ChecksumCounts>;
  /** Whether another segment of these tunnels is to be looked at. */
  wants(tunnels: number): boolean;
  /**
   * Looks at the checksum of the transport header `layer`.
   *
   * @returns whether it is wrong, so that its receiver drops the packet
   */
  look(view: DataView, stack: LayerStack, layer: number, tunnels: number, number: number): boolean;
}

export function createTransportChecksums(): TransportChecksums {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const MOST = MOST_SUMMED;
  const { bad: BAD, good: GOOD, partial: PARTIAL } = CHECKSUM;
  const readers = checksumReaders();
  const ways = new Map<number, ChecksumCounts>();

  return {
    ways,
    wants(tunnels) {
      const counts = ways.get(tunnels);
      return counts === undefined || counts.known < MOST;
    },
    look(view, stack, layer, tunnels, number) {
      const { words } = stack;
      const status = readers[words[layer * LAYER] & PROTOCOL_BITS]?.(
        view,
        words[layer * LAYER + 1],
        stack,
        layer,
      );
      if (status !== BAD && status !== GOOD && status !== PARTIAL) return false;
      let counts = ways.get(tunnels);
      if (counts === undefined) {
        counts = { known: 0, bad: new Tally(), partial: new Tally(), protocol: '' };
        ways.set(tunnels, counts);
      }
      counts.known++;
      if (status === PARTIAL) counts.partial.add(number);
      if (status !== BAD) return false;
      if (counts.bad.count === 0) counts.protocol = stack.describe(layer).short;
      counts.bad.add(number);
      return true;
    },
  };
}
