/** Packets and bytes by the protocols that stand in each other: a tree in arrays of fixed size, counted as packets come. */
import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../../decode/protocol.ts';
import { protocols } from '../../decode/registry.ts';
import type { ProtocolCounter } from '../packets/ingest.ts';

/** So many nodes at most; a packet with more below counts where the tree ends. */
export const MOST_NODES = 1024;
/** Behind the last node: packets whose headers go on where there was no room. */
export const REST = MOST_NODES;

/** One row of the tree. */
export interface ProtocolNode {
  readonly node: number;
  /** 0 for the link layer. */
  readonly depth: number;
  readonly protocol: number;
}

export interface ProtocolTree extends ProtocolCounter {
  /** By node, what is below it included; and under {@link REST}. Summed up when they are asked for. */
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** All packets, those without any header included. */
  readonly total: { readonly packets: number; readonly bytes: number };
  /** From the outside in, siblings with the most bytes first. */
  rows(): ProtocolNode[];
  /** A display filter for the packets of a node: the fewest names that no other packet has, or the whole stack. */
  filter(node: number): string;
}

export function createProtocolTree(): ProtocolTree {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const QUOTED = LAYER_QUOTED;
  const MOST = MOST_NODES;
  const PROTOCOLS = PROTOCOL_MASK + 1;
  /** By node: packets whose headers end there, so that a packet is counted once and not at every header. */
  const endingPackets = new Float64Array(MOST + 1);
  const endingBytes = new Float64Array(MOST + 1);
  const packets = new Float64Array(MOST + 1);
  const bytes = new Float64Array(MOST + 1);
  let isSummed = true;
  /** By node and protocol; 0 if there is none. */
  const childOf = new Int16Array(MOST * PROTOCOLS);
  const protocolOf = new Uint8Array(MOST);
  const parentOf = new Int16Array(MOST);
  const firstChild = new Int16Array(MOST).fill(-1);
  const nextSibling = new Int16Array(MOST).fill(-1);
  const quotes = new Uint8Array(MOST);
  /** Node 0 is the root, above all link layers. */
  let size = 1;

  /** A new child of a node; 0 if there is no room. */
  function add(parent: number, protocol: number): number {
    if (size === MOST) return 0;
    const node = size++;
    childOf[parent * PROTOCOLS + protocol] = node;
    protocolOf[node] = protocol;
    parentOf[node] = parent;
    nextSibling[node] = firstChild[parent];
    firstChild[parent] = node;
    return node;
  }

  function packet(stack: LayerStack): void {
    const words = stack.words;
    const end = stack.count * LAYER;
    const length = stack.originalLength;
    let node = 0;
    isSummed = false;
    for (let word = 0; word < end; word += LAYER) {
      const meta = words[word];
      if ((meta & QUOTED) !== 0) {
        quotes[node] = 1;
        break;
      }
      const protocol = meta & PROTOCOL_BITS;
      const next = childOf[node * PROTOCOLS + protocol] || add(node, protocol);
      if (next === 0) {
        endingPackets[MOST]++;
        endingBytes[MOST] += length;
        break;
      }
      node = next;
    }
    endingPackets[node]++;
    endingBytes[node] += length;
  }

  /** A node is younger than its parent. */
  function sum(): void {
    if (isSummed) return;
    packets.set(endingPackets);
    bytes.set(endingBytes);
    for (let node = size - 1; node > 0; node--) {
      packets[parentOf[node]] += packets[node];
      bytes[parentOf[node]] += bytes[node];
    }
    isSummed = true;
  }

  function children(node: number): number[] {
    const found: number[] = [];
    for (let at = firstChild[node]; at >= 0; at = nextSibling[at]) found.push(at);
    sum();
    return found.sort((a, b) => bytes[b] - bytes[a] || protocolOf[a] - protocolOf[b]);
  }

  /** Protocols from the link layer to a node. */
  function pathOf(node: number): number[] {
    const path: number[] = [];
    for (let at = node; at > 0; at = parentOf[at]) path.unshift(protocolOf[at]);
    return path;
  }

  function filter(node: number): string {
    const path = pathOf(node);
    const names = path.map((protocol) => protocols[protocol].name);
    const isBelow = (other: number): boolean => {
      let at = other;
      while (at > node) at = parentOf[at];
      return at === node;
    };
    const others: number[] = [];
    for (let other = 1; other < size; other++) if (!isBelow(other)) others.push(other);
    // What is quoted has the same names, and so has what was not counted here.
    const isPlain = packets[MOST] === 0 && others.every((other) => quotes[other] === 0);
    const otherPaths = isPlain ? others.map(pathOf) : [];
    const isOwn = (wanted: readonly number[]): boolean =>
      isPlain && !otherPaths.some((other) => wanted.every((protocol) => other.includes(protocol)));
    const last = path.at(-1) as number;
    if (isOwn([last])) return protocols[last].name;
    for (const protocol of path.slice(0, -1).reverse()) {
      if (isOwn([protocol, last])) return `${protocols[protocol].name} && ${protocols[last].name}`;
    }
    // Wireshark's list of a packet's protocols has another word behind each that holds an EtherType.
    const pattern = names.map((name) => (name === 'sll2' ? 'sll' : name)).join('(:ethertype)?:');
    return `frame.protocols matches "^(raw:)?${pattern}(:|$)"`;
  }

  return {
    packet,
    get packets() {
      sum();
      return packets;
    },
    get bytes() {
      sum();
      return bytes;
    },
    get total() {
      sum();
      return { packets: packets[0] as number, bytes: bytes[0] as number };
    },
    rows() {
      const found: ProtocolNode[] = [];
      const waiting = children(0)
        .reverse()
        .map((node) => ({ node, depth: 0, protocol: protocolOf[node] as number }));
      for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
        found.push(row);
        const depth = row.depth + 1;
        for (const node of children(row.node).reverse())
          waiting.push({ node, depth, protocol: protocolOf[node] as number });
      }
      return found;
    },
    filter,
  };
}
