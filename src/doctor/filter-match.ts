/** Whether a packet meets a condition of nftables' rules (libnftables-json(5), EXPRESSIONS). */
import { contains, familyOf, parsePrefix } from './prefix.ts';

export interface FilteredPacket {
  readonly from: string | undefined;
  readonly to: string;
  /** IP protocol. */
  readonly protocol: number;
  /** UDP port that it goes to. */
  readonly port: number | undefined;
  /** Names of devices. */
  readonly iif: string | undefined;
  readonly oif: string | undefined;
}

export type Json = Readonly<Record<string, unknown>>;
/** Elements of named sets. */
export type Sets = ReadonlyMap<string, unknown>;

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  ipencap: 4,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  'ipv6-icmp': 58,
};

/** @returns undefined where it can't be told */
export function matchOf({ op, left, right }: Json, sets: Sets, packet: FilteredPacket): boolean | undefined {
  const value = fieldOf(objectOf(left), packet);
  if (value === undefined) return undefined;
  if (value === null) return false;
  const isIn = isAmong(value, right, sets, op as string);
  return op === '!=' && isIn !== undefined ? !isIn : isIn;
}

/** @returns null where the packet has no such thing; undefined where it is not known */
function fieldOf(left: Json, packet: FilteredPacket): string | number | null | undefined {
  const { payload, meta, ct } = left;
  const family = familyOf(packet.to);
  if (payload !== undefined) {
    const { protocol, field } = objectOf(payload);
    if (protocol === 'udp' || protocol === 'tcp' || protocol === 'th') {
      if (protocol !== 'th' && packet.protocol !== PROTOCOLS[protocol]) return null;
      return field === 'dport' ? packet.port : undefined;
    }
    if (protocol === 'icmp' || protocol === 'icmpv6')
      return packet.protocol === 1 || packet.protocol === 58 ? undefined : null;
    if (protocol !== 'ip' && protocol !== 'ip6') return undefined;
    if (protocol !== family) return null;
    if (field === 'saddr') return packet.from;
    if (field === 'daddr') return packet.to;
    return field === 'protocol' || field === 'nexthdr' ? packet.protocol : undefined;
  }
  if (meta !== undefined) {
    const { key } = objectOf(meta);
    if (key === 'l4proto') return packet.protocol;
    if (key === 'iifname' || key === 'iif') return packet.iif ?? null;
    if (key === 'oifname' || key === 'oif') return packet.oif ?? null;
    if (key === 'nfproto') return family === 'ip' ? 'ipv4' : 'ipv6';
    return undefined;
  }
  // The first packet of its kind: nothing is established yet.
  return objectOf(ct).key === 'state' ? 'new' : undefined;
}

function isAmong(value: string | number, right: unknown, sets: Sets, op: string): boolean | undefined {
  if (Array.isArray(right)) return isAnyOf(value, right, sets);
  if (typeof right === 'object' && right !== null) {
    const { set, range, prefix } = objectOf(right);
    if (set !== undefined) return isAnyOf(value, [set].flat(), sets);
    if (prefix !== undefined) return isInNetwork(value, `${objectOf(prefix).addr}/${objectOf(prefix).len}`);
    if (!Array.isArray(range)) return undefined;
    const [low, high] = range.map(Number);
    if (typeof value === 'number') return value >= (low as number) && value <= (high as number);
    return undefined;
  }
  if (typeof right === 'string' && right.startsWith('@')) {
    const elements = sets.get(right.slice(1));
    return elements === undefined ? undefined : isAnyOf(value, [elements].flat(), sets);
  }
  if (typeof value === 'number') {
    const number = typeof right === 'number' ? right : (PROTOCOLS[String(right)] ?? Number(right));
    if (Number.isNaN(number)) return undefined;
    if (op === '<' || op === '<=') return value < number || (op === '<=' && value === number);
    if (op === '>' || op === '>=') return value > number || (op === '>=' && value === number);
    return value === number;
  }
  if (typeof right !== 'string') return undefined;
  if (familyOf(value) !== undefined) return isInNetwork(value, right);
  return right.endsWith('*') ? value.startsWith(right.slice(0, -1)) : value === right;
}

function isAnyOf(value: string | number, rights: readonly unknown[], sets: Sets): boolean | undefined {
  const answers = rights.map((right) => isAmong(value, right, sets, '=='));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function isInNetwork(value: string | number, network: string): boolean | undefined {
  const [inner, outer] = [parsePrefix(String(value)), parsePrefix(network)];
  return inner === undefined || outer === undefined ? undefined : contains(outer, inner);
}

/** What a report says need not be what nft prints. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
