/** Who talks to whom, and in which tunnel: packets and bytes each way, in a hash table of fixed size. */
import { randomFactors } from '../../decode/hash.ts';
import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../../decode/protocol.ts';
import { protocols } from '../../decode/registry.ts';
import { storedAddress } from '../../exchange/ping/path-table.ts';
import type { Tunnel } from '../../exchange/tunnel.ts';
import { RELATION } from '../../exchange/tunnel-relation.ts';
import { MOST_COMBINATIONS, type TunnelTable, UNKNOWN_TUNNEL } from '../../exchange/tunnel-table.ts';
import type { ConversationCounter } from '../packets/ingest.ts';

/** So many are told apart; packets of any further one count in {@link REST}. */
export const MOST_CONVERSATIONS = 4096;
/** Behind the last conversation: packets of all further ones, and those without an IP header. */
export const REST = MOST_CONVERSATIONS;
export const WITHOUT_ADDRESSES = MOST_CONVERSATIONS + 1;

const BUCKET_BITS = 13;
/** Tunnel, an address's length in bytes, the lower address and the higher one: four words each, or of IPv4 one each. */
const WORDS = 10;

export interface Conversation {
  /** As seen first, outermost first; empty if no tunnel carries it. */
  readonly tunnels: readonly Tunnel[];
  /** The innermost addresses; the one that sent first. */
  readonly a: string;
  readonly b: string;
}

export interface Conversations extends ConversationCounter {
  readonly size: number;
  /** By conversation: packets from a to b, and from b to a. Under {@link REST} and its neighbour, all in the first. */
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** By conversation: seconds since the capture's first packet, of the first packet and of the last one. */
  readonly times: Float64Array;
  describe(conversation: number): Conversation;
}

export function createConversations(tunnelTable: TunnelTable): Conversations {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const QUOTED = LAYER_QUOTED;
  const MOST = MOST_CONVERSATIONS;
  const STRIDE = WORDS;
  const NOBODY = WITHOUT_ADDRESSES * 2;
  const HASH_SHIFT = 32 - BUCKET_BITS;
  const { find: findTunnels } = tunnelTable;
  const packets = new Float64Array((MOST + 2) * 2);
  const bytes = new Float64Array((MOST + 2) * 2);
  const times = new Float64Array((MOST + 2) * 2);
  for (let at = 0; at < times.length; at += 2) {
    times[at] = Number.POSITIVE_INFINITY;
    times[at + 1] = Number.NEGATIVE_INFINITY;
  }
  const words = new Int32Array(MOST * STRIDE);
  const next = new Int32Array(MOST);
  /** 1 where the higher address sent first. */
  const turned = new Uint8Array(MOST);
  const tunnelsOf = new Int32Array(MOST);
  const buckets = new Int32Array(1 << BUCKET_BITS).fill(-1);
  const factors = randomFactors(STRIDE);
  const TUNNELS_FACTOR = factors[0] as number;
  const LOW_FACTOR = factors[2] as number;
  const HIGH_FACTOR = factors[6] as number;
  const key = new Int32Array(STRIDE);
  /** Tunnels there and back have a number each; this is the one that stands for both, or -1. */
  const canonical = new Int32Array(MOST_COMBINATIONS + 1).fill(-1);
  canonical[UNKNOWN_TUNNEL] = UNKNOWN_TUNNEL;
  /** Seconds and nanoseconds of the first packet. */
  const start = new Float64Array(2);
  let isFirst = true;
  const addressBytes = Uint8Array.from(protocols, (protocol) => protocol.addresses?.bytes ?? 0);
  const addressOffset = Uint8Array.from(protocols, (protocol) => protocol.addresses?.offset ?? 0);
  let size = 0;

  function canonicalOf(id: number): number {
    if (canonical[id] >= 0) return canonical[id];
    let other = 0;
    while (other < id && !(canonical[other] === other && isWayBack(other, id))) other++;
    canonical[id] = other;
    return other;
  }

  /** Ports are no part of the table's relation, but two tunnels may run between the same hosts. */
  function isWayBack(there: number, back: number): boolean {
    if (tunnelTable.relation(there, back) !== RELATION.same) return false;
    const other = tunnelTable.tunnels(back);
    return tunnelTable.tunnels(there).every(({ srcport, dstport }, i) => {
      const answer = other[i] as Tunnel;
      return dstport === answer.dstport || (srcport === answer.dstport && dstport === answer.srcport);
    });
  }

  /** The conversation of IPv4 addresses, twice, and 1 more on the way back. */
  function findIpv4(view: DataView, from: number, tunnels: number): number {
    const source = view.getInt32(from);
    const destination = view.getInt32(from + 4);
    const isTurned = source > destination ? 1 : 0;
    const low = isTurned === 1 ? destination : source;
    const high = isTurned === 1 ? source : destination;
    const canonicalTunnels = canonicalOf(tunnels);
    const hash =
      (Math.imul(canonicalTunnels, TUNNELS_FACTOR) +
        Math.imul(low, LOW_FACTOR) +
        Math.imul(high, HIGH_FACTOR)) >>>
      HASH_SHIFT;
    for (let row = buckets[hash]; row >= 0; row = next[row]) {
      const word = row * STRIDE;
      if (
        words[word + 2] === low &&
        words[word + 3] === high &&
        words[word] === canonicalTunnels &&
        words[word + 1] === 4
      )
        return row * 2 + (isTurned ^ turned[row]);
    }
    key[0] = canonicalTunnels;
    key[1] = 4;
    key[2] = low;
    key[3] = high;
    return add(hash, isTurned, tunnels);
  }

  function findIpv6(view: DataView, from: number, tunnels: number): number {
    let order = 0;
    for (let i = 0; i < 16 && order === 0; i += 4)
      order = view.getInt32(from + i) - view.getInt32(from + 16 + i);
    const isTurned = order > 0 ? 1 : 0;
    key[0] = canonicalOf(tunnels);
    key[1] = 16;
    for (let i = 0; i < 4; i++) {
      key[2 + i] = view.getInt32(from + i * 4 + isTurned * 16);
      key[6 + i] = view.getInt32(from + i * 4 + (1 - isTurned) * 16);
    }
    let hash = 0;
    for (let i = 0; i < STRIDE; i++) hash = (hash + Math.imul(key[i], factors[i])) | 0;
    hash >>>= HASH_SHIFT;
    for (let row = buckets[hash]; row >= 0; row = next[row]) {
      let i = 0;
      while (i < STRIDE && words[row * STRIDE + i] === key[i]) i++;
      if (i === STRIDE) return row * 2 + (isTurned ^ turned[row]);
    }
    return add(hash, isTurned, tunnels);
  }

  /** A conversation for the key at hand; the rest where there is no room. */
  function add(hash: number, isTurned: number, tunnels: number): number {
    if (size === MOST) return MOST * 2;
    const row = size++;
    words.set(key, row * STRIDE);
    next[row] = buckets[hash];
    buckets[hash] = row;
    turned[row] = isTurned;
    tunnelsOf[row] = tunnels;
    return row * 2;
  }

  function packet(
    view: DataView,
    stack: LayerStack,
    seconds: number,
    nanoseconds: number,
    known: number,
  ): void {
    const layers = stack.words;
    let layer = (stack.count - 1) | 0;
    while (
      layer >= 0 &&
      (addressBytes[layers[layer * LAYER] & PROTOCOL_BITS] === 0 || (layers[layer * LAYER] & QUOTED) !== 0)
    ) {
      layer--;
    }
    let at = NOBODY;
    if (layer >= 0) {
      const protocol = layers[layer * LAYER] & PROTOCOL_BITS;
      const tunnels = known >= 0 ? known : findTunnels(view, stack, layer, 0);
      const from = layers[layer * LAYER + 1] + addressOffset[protocol];
      at = addressBytes[protocol] === 4 ? findIpv4(view, from, tunnels) : findIpv6(view, from, tunnels);
    }
    packets[at]++;
    bytes[at] += stack.originalLength;
    if (isFirst) {
      isFirst = false;
      start[0] = seconds;
      start[1] = nanoseconds;
    }
    const time = seconds - start[0] + (nanoseconds - start[1]) / 1e9;
    const begin = at & ~1;
    if (time < times[begin]) times[begin] = time;
    if (time > times[begin + 1]) times[begin + 1] = time;
  }

  return {
    packet,
    packets,
    bytes,
    times,
    get size() {
      return size;
    },
    describe(row) {
      const isIpv6 = words[row * WORDS + 1] === 16;
      const both = [2, isIpv6 ? 6 : 3].map((at) => storedAddress(words, row * WORDS + at, isIpv6));
      const [a, b] = turned[row] === 1 ? both.reverse() : both;
      return { tunnels: tunnelTable.tunnels(tunnelsOf[row]), a: a as string, b: b as string };
    },
  };
}
