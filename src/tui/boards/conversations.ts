/** Who talks to whom, and in which tunnel: packets and bytes each way, in a hash table of fixed size. */
import { randomFactors } from '../../decode/hash.ts';
import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../../decode/protocol.ts';
import { protocols } from '../../decode/registry.ts';
import { storedAddress } from '../../ping/path-table.ts';
import {
  MOST_COMBINATIONS,
  RELATION,
  type Tunnel,
  type TunnelTable,
  UNKNOWN_TUNNEL,
} from '../../ping/tunnel-table.ts';

/** So many are told apart; packets of any further one count in {@link REST}. */
export const MOST_CONVERSATIONS = 4096;
/** Behind the last conversation: packets of all further ones, and those without an IP header. */
export const REST = MOST_CONVERSATIONS;
export const WITHOUT_ADDRESSES = MOST_CONVERSATIONS + 1;

const BUCKET_BITS = 13;
/** Tunnel, an address's length in bytes, the lower address and the higher one: four words each, or one each of IPv4. */
const WORDS = 10;
const WORDS_OF_IPV4 = 4;

export interface Conversation {
  /** As seen first, outermost first; empty where no tunnel carries it. */
  readonly tunnels: readonly Tunnel[];
  /** The innermost addresses; the one that sent first. */
  readonly a: string;
  readonly b: string;
}

export interface Conversations {
  /**
   * Counts a packet that is decoded.
   *
   * @param known the number of the tunnels that carry it, where somebody has just found it; -1 where nobody has
   */
  packet(view: DataView, stack: LayerStack, seconds: number, nanoseconds: number, known: number): void;
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
  const IPV4_WORDS = WORDS_OF_IPV4;
  const HASH_SHIFT = 32 - BUCKET_BITS;
  const { find: findTunnels } = tunnelTable;
  const packets = new Float64Array((MOST + 2) * 2);
  const bytes = new Float64Array((MOST + 2) * 2);
  const times = new Float64Array((MOST + 2) * 2);
  const words = new Int32Array(MOST * STRIDE);
  const next = new Int32Array(MOST);
  /** 1 where the higher address sent first. */
  const turned = new Uint8Array(MOST);
  const tunnelsOf = new Int32Array(MOST);
  const buckets = new Int32Array(1 << BUCKET_BITS).fill(-1);
  const factors = randomFactors(STRIDE);
  const key = new Int32Array(STRIDE);
  /** Tunnels there and back have a number each; this is the one that stands for both, or -1. */
  const canonical = new Int32Array(MOST_COMBINATIONS + 1).fill(-1);
  canonical[UNKNOWN_TUNNEL] = UNKNOWN_TUNNEL;
  const start = new Float64Array([Number.NaN, 0]);
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

  /** Puts the addresses into the key, the lower one first; says whether the second one was lower. */
  function readAddresses(view: DataView, from: number, length: number): number {
    key[1] = length;
    if (length === 4) {
      const a = view.getInt32(from);
      const b = view.getInt32(from + 4);
      const isTurned = a > b ? 1 : 0;
      key[2] = isTurned === 1 ? b : a;
      key[3] = isTurned === 1 ? a : b;
      return isTurned;
    }
    let order = 0;
    for (let i = 0; i < 4 && order === 0; i++)
      order = view.getInt32(from + i * 4) - view.getInt32(from + length + i * 4);
    const isTurned = order > 0 ? 1 : 0;
    for (let i = 0; i < 4; i++) {
      key[2 + i] = view.getInt32(from + i * 4 + isTurned * 16);
      key[6 + i] = view.getInt32(from + i * 4 + (1 - isTurned) * 16);
    }
    return isTurned;
  }

  /** The conversation of the key at hand. */
  function conversation(isTurned: number, tunnels: number): number {
    const length = key[1] === 4 ? IPV4_WORDS : STRIDE;
    let hash = 0;
    for (let i = 0; i < length; i++) hash = (hash + Math.imul(key[i], factors[i])) | 0;
    hash >>>= HASH_SHIFT;
    for (let row = buckets[hash]; row >= 0; row = next[row]) {
      let i = 0;
      while (i < length && words[row * STRIDE + i] === key[i]) i++;
      if (i === length) return row;
    }
    if (size === MOST) return MOST;
    const row = size++;
    words.set(key, row * STRIDE);
    next[row] = buckets[hash];
    buckets[hash] = row;
    turned[row] = isTurned;
    tunnelsOf[row] = tunnels;
    return row;
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
    let row = MOST + 1;
    let way = 0;
    if (layer >= 0) {
      const protocol = layers[layer * LAYER] & PROTOCOL_BITS;
      const tunnels = known >= 0 ? known : findTunnels(view, stack, layer);
      key[0] = canonicalOf(tunnels);
      const isTurned = readAddresses(
        view,
        layers[layer * LAYER + 1] + addressOffset[protocol],
        addressBytes[protocol],
      );
      row = conversation(isTurned, tunnels);
      if (row < MOST) way = isTurned ^ turned[row];
    }
    const at = row * 2;
    packets[at + way]++;
    bytes[at + way] += stack.originalLength;
    if (Number.isNaN(start[0])) {
      start[0] = seconds;
      start[1] = nanoseconds;
    }
    const time = seconds - start[0] + (nanoseconds - start[1]) / 1e9;
    const isFirst = packets[at] + packets[at + 1] === 1;
    if (isFirst || time < times[at]) times[at] = time;
    if (isFirst || time > times[at + 1]) times[at + 1] = time;
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
