/** Which tunnels a packet went through, as a small number: each combination is described once, and found again by its words. */
import { randomFactors } from '../decode/hash.ts';
import { LAYER_WORDS, type LayerStack, MAX_LEVEL } from '../decode/layer-stack.ts';
import { NO_IDENTIFIER, PROTOCOL_MASK } from '../decode/protocol.ts';
import { erspan } from '../decode/protocols/erspan.ts';
import { ipv6Routing } from '../decode/protocols/ipv6-routing.ts';
import { udp } from '../decode/protocols/udp.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';
import { firstNetwork, ipv4Identification } from './ip-header.ts';
import { createPlainTunnels } from './plain-tunnels.ts';
import {
  describeTunnel,
  hasTcpBetween,
  headerBytes,
  type InnerFrame,
  isOvnPacket,
  readFrame,
  type Tunnel,
  vxlanFlags,
} from './tunnel.ts';
import { comesFromElsewhere, RELATION, relationOf } from './tunnel-relation.ts';

/** The most combinations that are told apart; packets of any further one count as of no known tunnel. */
export const MOST_COMBINATIONS = 4096;
/** No tunnel at all. */
export const NO_TUNNEL = 0;
/** The number of every combination past {@link MOST_COMBINATIONS}. */
export const UNKNOWN_TUNNEL = MOST_COMBINATIONS;

/** Words of one tunnel: protocols, two addresses of four words each at most, port, identifier, two that stand for a list of segments. */
const MOST_WORDS = 13 * MAX_LEVEL;
/** Bytes of the longest routing header. */
const LONGEST_ROUTING = 2048;
/** In a tunnel's first word: its header has no identifier. */
const UNNAMED = 1 << 27;
const BUCKET_BITS = 13;
/** The most ways back in other VNIs that are remembered for one way there. */
const MOST_BACKS = 16;

export interface TunnelTable {
  /**
   * The number of the tunnels that carry `layer`, outermost first; {@link NO_TUNNEL} where there are none. The same for all
   * packets between the same ends in the same direction.
   *
   * @param number the packet's; 0 if it is not known
   */
  find(view: DataView, stack: LayerStack, layer: number, number: number): number;
  /** What was found last: for whoever asks about the same packet. */
  last(): number;
  /** How many tunnels. */
  depth(id: number): number;
  tunnels(id: number): readonly Tunnel[];
  /** A value of {@link RELATION}. */
  relation(request: number, reply: number): number;
  /** Whether a reply comes back on another UDP port than its request went to, and not from that one either, as a client's would. */
  isOtherPort(request: number, reply: number): boolean;
  /** Whether a reply comes back with another GRE key than its request went with: each end may have been given one of its own. */
  isOtherKey(request: number, reply: number): boolean;
  /** How many combinations there are; their numbers are below. */
  readonly size: number;
  /** The first packet's outermost IPv4 identification, to know that packet again where an ICMP error quotes it; or -1. */
  firstIdentification(id: number): number;
  /** Bytes from the outermost IP header to the innermost one. */
  overhead(id: number): number;
  /** Whether TCP carries them, which cuts its stream into segments as it likes: a packet's length says nothing of the way's. */
  isInStream(id: number): boolean;
  /** The innermost frame of the first packet; undefined if tunnels carry no frames. */
  firstFrame(id: number): InnerFrame | undefined;
  /** Whether the first packet names logical ports of OVN: its VNI is the destination's datapath then (ovn-architecture(7)). */
  isOvn(id: number): boolean;
  /** Combinations that replies to requests in this one may have come back in, and that differ in nothing but a VNI. */
  otherVniBacks(id: number): readonly number[];
  /** The first packet's number; 0 if it was not known. */
  firstPacket(id: number): number;
  /** The first 16 bits of the innermost VXLAN header in the first packet; -1 where there is none. */
  firstVxlanFlags(id: number): number;
  /** One packet was seen in both: somebody on the way gives tunnels other ends, as NAT does. */
  join(one: number, other: number): void;
  /** Whether they are the same, or were joined. */
  areJoined(one: number, other: number): boolean;
}

interface Combination {
  readonly words: Int32Array;
  /** The combination in the same bucket that came before; -1 at the end. */
  readonly next: number;
  readonly tunnels: Tunnel[];
  /** The ports as first seen, for each tunnel; -1 once they differ, or where there is none. */
  readonly sourcePorts: Int32Array;
  readonly firstIdentification: number;
  readonly overhead: number;
  readonly isInStream: boolean;
  readonly firstFrame: InnerFrame | undefined;
  readonly isOvn: boolean;
  readonly firstPacket: number;
  readonly firstVxlanFlags: number;
  /** One that it was joined with, and that leads on to all others; itself at the end. */
  joined: number;
  readonly otherVniBacks: number[];
}

/** A routing header's list of nodes as two words, which by chance alone are another's: their factors are random. */
function createRouteWords() {
  const factors = [0, 1].map(() => randomFactors(LONGEST_ROUTING / 4));
  const words = new Int32Array(2);
  return {
    words,
    read(view: DataView, start: number, headerLength: number): void {
      words.fill(headerLength);
      words[1] += view.getUint8(start + 2);
      // How many are left to visit, which comes before the list, changes on the way.
      for (let at = 8; at + 4 <= headerLength; at += 4) {
        for (let i = 0; i < 2; i++)
          words[i] += Math.imul(view.getInt32(start + at), (factors[i] as Int32Array)[at >> 2]);
      }
    },
  };
}

export function createTunnelTable(): TunnelTable {
  const list = protocols;
  const UDP = protocolNumber(udp);
  const STRIDE = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const HASH_SHIFT = 32 - BUCKET_BITS;
  const MOST = MOST_COMBINATIONS;
  const addressBytes = Uint8Array.from(list, (protocol) => protocol.addresses?.bytes ?? 0);
  const addressOffset = Uint8Array.from(list, (protocol) => protocol.addresses?.offset ?? 0);
  const identifiers = list.map(({ identifier }) => identifier?.read);
  const ERSPAN = protocolNumber(erspan);
  const ROUTING = protocolNumber(ipv6Routing);
  const NO_NUMBER = NO_IDENTIFIER;
  const NAMELESS = UNNAMED;
  const routes = createRouteWords();
  const factors = randomFactors(MOST_WORDS);
  const buckets = new Int32Array(1 << BUCKET_BITS).fill(-1);
  const scratch = new Int32Array(MOST_WORDS);
  const ports = new Int32Array(MAX_LEVEL + 1);
  const none: Combination = {
    words: new Int32Array(0),
    next: -1,
    tunnels: [],
    sourcePorts: new Int32Array(0),
    firstIdentification: -1,
    overhead: 0,
    isInStream: false,
    firstFrame: undefined,
    isOvn: false,
    firstPacket: 0,
    firstVxlanFlags: -1,
    joined: NO_TUNNEL,
    otherVniBacks: [],
  };
  const combinations: Combination[] = [none];
  /** Of each combination how many tunnels it has, and what it was compared with last as the way back. */
  const depths = new Uint8Array(MOST_COMBINATIONS + 1);
  const compared = new Int32Array(MOST_COMBINATIONS + 1).fill(-1);
  const plain = createPlainTunnels();
  const NONE = NO_TUNNEL;
  const SAME = RELATION.same;
  const UNKNOWN = UNKNOWN_TUNNEL;
  // What a way back is to the way there: its number above a RELATION and two more bits.
  const [RELATION_BITS, OTHER_PORT, OTHER_KEY, BACK_SHIFT] = [7, 8, 16, 8];
  let lastFound = NO_TUNNEL;

  function find(view: DataView, stack: LayerStack, layer: number, number: number): number {
    const deepest = (stack.words[layer * STRIDE] >> 8) & 15;
    lastFound = deepest === 0 ? NONE : deepest === 1 ? plain.find(view, stack, layer) : -1;
    if (lastFound < 0) {
      lastFound = lookUp(view, stack, layer, deepest, number);
      if (deepest === 1 && lastFound < MOST)
        plain.keep(lastFound, combinations[lastFound].sourcePorts[0] < 0);
    }
    return lastFound;
  }

  function lookUp(view: DataView, stack: LayerStack, last: number, deepest: number, number: number): number {
    const words = stack.words;
    let level = 0;
    let length = 0;
    let hash = 0;
    let networkStart = 0;
    let networkProtocol = 0;
    let carrier = 0;
    let carrierStart = 0;
    let routing = -1;
    for (let word = 0; word <= last * STRIDE; word += STRIDE) {
      const meta = words[word];
      const protocol = meta & PROTOCOL_BITS;
      const start = words[word + 1];
      if (((meta >> 8) & 15) !== level) {
        level = (meta >> 8) & 15;
        // What names a tunnel in GRE may stand behind it.
        const isNamedBehind = word < last * STRIDE && (words[word + STRIDE] & PROTOCOL_BITS) === ERSPAN;
        const naming = isNamedBehind ? word + STRIDE : word;
        const own = words[naming] & PROTOCOL_BITS;
        const read = identifiers[own];
        const identifier = read === undefined ? 0 : read(view, words[naming + 1], stack, naming / STRIDE);
        scratch[length++] =
          own |
          (carrier << 8) |
          (networkProtocol << 16) |
          (((meta >> 12) & 7) << 24) |
          (identifier === NO_NUMBER ? NAMELESS : 0);
        const bytes = addressBytes[networkProtocol];
        const from = networkStart + addressOffset[networkProtocol];
        for (let at = from; at < from + bytes * 2; at += 4) scratch[length++] = view.getInt32(at);
        ports[level] = -1;
        if (carrier === UDP) {
          const both = view.getInt32(carrierStart);
          ports[level] = both >>> 16;
          scratch[length++] = both & 0xffff;
        }
        if (read !== undefined) scratch[length++] = identifier;
        if (routing >= 0) {
          routes.read(view, words[routing + 1], stack.headerLength(routing / STRIDE));
          scratch[length++] = routes.words[0];
          scratch[length++] = routes.words[1];
          routing = -1;
        }
        // A tunnel inside this one that no IP header of its own carries has no addresses.
        networkProtocol = 0;
        if (level === deepest) break;
      }
      if (addressBytes[protocol] !== 0) {
        networkProtocol = protocol;
        networkStart = start;
      }
      if (protocol === ROUTING) routing = word;
      carrier = protocol;
      carrierStart = start;
    }
    for (let i = 0; i < length; i++) hash = (hash + Math.imul(scratch[i], factors[i])) | 0;
    hash >>>= HASH_SHIFT;
    for (let id = buckets[hash]; id >= 0; id = combinations[id].next) {
      const known = combinations[id];
      const other = known.words;
      if (other.length !== length) continue;
      let i = 0;
      while (i < length && other[i] === scratch[i]) i++;
      if (i < length) continue;
      const { sourcePorts } = known;
      for (let k = 0; k < deepest; k++) {
        if (sourcePorts[k] !== ports[k + 1] && sourcePorts[k] !== -1) forgetPort(known, k);
      }
      return id;
    }
    return add(view, stack, hash, length, deepest, last, number);
  }

  function forgetPort(known: Combination, tunnel: number): void {
    known.sourcePorts[tunnel] = -1;
    const { srcport: _, ...rest } = known.tunnels[tunnel] as Tunnel;
    known.tunnels[tunnel] = rest;
  }

  function add(
    view: DataView,
    stack: LayerStack,
    hash: number,
    length: number,
    deepest: number,
    last: number,
    number: number,
  ): number {
    const id = combinations.length;
    if (id >= MOST) return MOST;
    const tunnels: Tunnel[] = [];
    for (let level = 1; level <= deepest; level++) tunnels.push(describeTunnel(view, stack, level));
    const outer = firstNetwork(stack);
    const inner = stack.networkBefore(last);
    const frame = stack.describe(inner - 1).name === 'eth' && stack.level(inner - 1) > 0 ? inner - 1 : -1;
    combinations.push({
      words: scratch.slice(0, length),
      next: buckets[hash],
      tunnels,
      sourcePorts: ports.slice(1, deepest + 1),
      firstIdentification: outer < 0 ? -1 : ipv4Identification(view, stack, outer),
      overhead: headerBytes(stack, outer, inner),
      isInStream: hasTcpBetween(stack, outer, inner),
      firstFrame: frame < 0 ? undefined : readFrame(view, stack, frame, inner),
      isOvn: isOvnPacket(view, stack, last),
      firstPacket: number,
      firstVxlanFlags: vxlanFlags(view, stack, last),
      joined: id,
      otherVniBacks: [],
    });
    depths[id] = tunnels.length;
    buckets[hash] = id;
    return id;
  }

  /** What a reply's way is to its request's: a {@link RELATION} and what else differs. */
  function backOf(request: number, reply: number): number {
    const known = compared[request];
    return known >> BACK_SHIFT === reply ? known : compare(request, reply);
  }

  function compare(request: number, reply: number): number {
    if (request === UNKNOWN || reply === UNKNOWN) return SAME;
    const { tunnels: there, otherVniBacks: backs } = combinations[request];
    const { tunnels } = combinations[reply];
    const found = relationOf(there, tunnels);
    if (found === RELATION.otherVni && backs.length < MOST_BACKS && !backs.includes(reply)) backs.push(reply);
    const isOtherPort = there.some((tunnel, i) => comesFromElsewhere(tunnel, tunnels[i]));
    const isOtherKey = there.some((tunnel, i) => tunnel.key !== tunnels[i]?.key);
    compared[request] =
      (reply << BACK_SHIFT) | (isOtherKey ? OTHER_KEY : 0) | (isOtherPort ? OTHER_PORT : 0) | found;
    return compared[request];
  }

  function endOf(id: number): number {
    let end = id;
    while (combinations[end].joined !== end) end = combinations[end].joined;
    // So that the next way there is short.
    combinations[id].joined = end;
    return end;
  }

  return {
    find,
    last: () => lastFound,
    relation: (request, reply) => backOf(request, reply) & RELATION_BITS,
    isOtherPort: (request, reply) => (backOf(request, reply) & OTHER_PORT) !== 0,
    isOtherKey: (request, reply) => (backOf(request, reply) & OTHER_KEY) !== 0,
    depth: (id) => depths[id],
    tunnels: (id) => (id === UNKNOWN_TUNNEL ? [] : combinations[id].tunnels),
    isInStream: (id) => id !== UNKNOWN_TUNNEL && combinations[id].isInStream,
    overhead: (id) => (id === UNKNOWN_TUNNEL ? 0 : combinations[id].overhead),
    firstFrame: (id) => (id === UNKNOWN_TUNNEL ? undefined : combinations[id].firstFrame),
    isOvn: (id) => id !== UNKNOWN_TUNNEL && combinations[id].isOvn,
    otherVniBacks: (id) => (id === UNKNOWN_TUNNEL ? [] : combinations[id].otherVniBacks),
    firstIdentification: (id) => (id === UNKNOWN_TUNNEL ? -1 : combinations[id].firstIdentification),
    firstPacket: (id) => (id === UNKNOWN_TUNNEL ? 0 : combinations[id].firstPacket),
    firstVxlanFlags: (id) => (id === UNKNOWN_TUNNEL ? -1 : combinations[id].firstVxlanFlags),
    join(one, other) {
      if (one === UNKNOWN_TUNNEL || other === UNKNOWN_TUNNEL || one === NO_TUNNEL || other === NO_TUNNEL)
        return;
      combinations[endOf(one)].joined = endOf(other);
    },
    areJoined: (one, other) =>
      one === other || (one !== UNKNOWN_TUNNEL && other !== UNKNOWN_TUNNEL && endOf(one) === endOf(other)),
    get size() {
      return combinations.length;
    },
  };
}
