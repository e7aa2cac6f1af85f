/**
 * What a namespace's nftables rules do with a packet, out of what `nft -j list ruleset` printed (libnftables-json(5)). What can't be judged
 * (sets that change, limits, marks, extensions of iptables) is doubt, and doubt is told.
 */
import type { FirewallFacts } from '../host/facts/facts.ts';
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

export interface Judgement {
  /** `maybe`: a rule drops it if something is so that can't be told from here. */
  readonly verdict: 'pass' | 'drop' | 'maybe';
  /** Of the chain that drops it: `inet lab input`. */
  readonly chain?: string;
  /** Of the rule; undefined where it is the chain's policy. */
  readonly handle?: number;
}

type Json = Readonly<Record<string, unknown>>;
type Step = 'drop' | 'accept' | 'return' | 'next';

interface Chain {
  readonly name: string;
  readonly hook: string | undefined;
  readonly priority: number;
  readonly policy: string | undefined;
  readonly dev: unknown;
  readonly rules: { readonly handle: number; readonly statements: readonly Json[] }[];
}

interface Ruleset {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, unknown>;
}

const MOST_JUMPS = 16;
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

/** Statements that decide nothing. */
const PASSING = new Set(['counter', 'log', 'notrack', 'mangle', 'meta', 'comment', 'quota reset', 'dup']);
/** Statements that drop, or not, by what is not looked at here. */
const MAY_DROP = new Set(['vmap', 'xt', 'queue', 'synproxy']);

export function judgePacket(firewall: FirewallFacts, hook: string, packet: FilteredPacket): Judgement {
  if (firewall.state !== 'read') return { verdict: firewall.state === 'none' ? 'pass' : 'maybe' };
  const ruleset = rulesetOf(firewall);
  const family = familyOf(packet.to);
  const bases = [...ruleset.chains.values()]
    .filter((chain) => chain.hook === hook && isForFamily(chain, family, packet))
    .sort((one, other) => one.priority - other.priority);
  let doubtful: Judgement | undefined;
  for (const base of bases) {
    const judgement = judgeBase(base, ruleset, packet);
    if (judgement.verdict === 'drop') return judgement;
    if (judgement.verdict === 'maybe') doubtful ??= judgement;
  }
  return doubtful ?? { verdict: 'pass' };
}

function isForFamily({ name, dev }: Chain, family: string | undefined, { iif }: FilteredPacket): boolean {
  const [of] = name.split(' ');
  return of === 'inet' || of === family || (of === 'netdev' && [dev].flat().includes(iif));
}

function judgeBase(base: Chain, ruleset: Ruleset, packet: FilteredPacket): Judgement {
  /** Whether a rule before may have decided otherwise. */
  let isDoubtful = false;
  let maybe: Judgement | undefined;

  function run(chain: Chain, depth: number): Step | Judgement {
    for (const { handle, statements } of chain.rules) {
      const outcome = runRule(chain, handle, statements, depth);
      if (outcome !== 'next') return outcome;
    }
    return 'return';
  }

  function runRule(
    chain: Chain,
    handle: number,
    statements: readonly Json[],
    depth: number,
  ): Step | Judgement {
    let isCertain = true;
    for (const statement of statements) {
      const [name = ''] = Object.keys(statement);
      if (name === 'match') {
        const matches = matchOf(statement.match as Json, ruleset, packet);
        if (matches === false) return 'next';
        if (matches === undefined) isCertain = false;
      } else if (PASSING.has(name)) continue;
      else if (name === 'drop' || name === 'reject') {
        const drop: Judgement = {
          verdict: isCertain && !isDoubtful ? 'drop' : 'maybe',
          chain: chain.name,
          handle,
        };
        if (drop.verdict === 'drop') return drop;
        maybe ??= drop;
        return isCertain ? 'drop' : 'next';
      } else if (name === 'accept' || name === 'return') {
        if (isCertain) return name;
        isDoubtful = true;
        return 'next';
      } else if (name === 'jump' || name === 'goto') {
        const { target } = statement[name] as { target: string };
        const next = ruleset.chains.get(`${chain.name.split(' ').slice(0, 2).join(' ')} ${target}`);
        if (next === undefined || depth > MOST_JUMPS) isDoubtful = true;
        else if (isCertain) {
          const outcome = run(next, depth + 1);
          if (outcome !== 'return') return outcome;
          if (name === 'goto') return 'return';
        } else {
          const outcome = run(next, depth + 1);
          if (typeof outcome === 'object') maybe ??= { ...outcome, verdict: 'maybe' };
          isDoubtful = true;
        }
      } else {
        // A condition that is not known here, or an end.
        if (MAY_DROP.has(name)) maybe ??= { verdict: 'maybe', chain: chain.name, handle };
        isCertain = false;
        isDoubtful = true;
      }
    }
    return 'next';
  }

  const outcome = run(base, 0);
  if (typeof outcome === 'object') return outcome;
  if (outcome === 'return' && base.policy === 'drop')
    return { verdict: isDoubtful ? 'maybe' : 'drop', chain: base.name };
  return maybe ?? { verdict: 'pass' };
}

/** @returns undefined where it can't be told */
function matchOf({ op, left, right }: Json, ruleset: Ruleset, packet: FilteredPacket): boolean | undefined {
  const value = fieldOf(left as Json, packet);
  if (value === undefined) return undefined;
  if (value === null) return false;
  const isIn = isAmong(value, right, ruleset, op as string);
  return op === '!=' && isIn !== undefined ? !isIn : isIn;
}

/** @returns null where the packet has no such thing; undefined where it is not known */
function fieldOf(left: Json, packet: FilteredPacket): string | number | null | undefined {
  const { payload, meta, ct } = left as { payload?: Json; meta?: Json; ct?: Json };
  const family = familyOf(packet.to);
  if (payload !== undefined) {
    const { protocol, field } = payload as { protocol?: string; field?: string };
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
    if (meta.key === 'l4proto') return packet.protocol;
    if (meta.key === 'iifname' || meta.key === 'iif') return packet.iif ?? null;
    if (meta.key === 'oifname' || meta.key === 'oif') return packet.oif ?? null;
    if (meta.key === 'nfproto') return family === 'ip' ? 'ipv4' : 'ipv6';
    return undefined;
  }
  // The first packet of its kind: nothing is established yet.
  return ct?.key === 'state' ? 'new' : undefined;
}

function isAmong(value: string | number, right: unknown, ruleset: Ruleset, op: string): boolean | undefined {
  if (Array.isArray(right)) return isAnyOf(value, right, ruleset);
  if (typeof right === 'object' && right !== null) {
    const { set, range, prefix } = right as {
      set?: unknown;
      range?: [unknown, unknown];
      prefix?: { addr: string; len: number };
    };
    if (set !== undefined) return isAnyOf(value, [set].flat(), ruleset);
    if (prefix !== undefined) return isInNetwork(value, `${prefix.addr}/${prefix.len}`);
    if (range === undefined) return undefined;
    const [low, high] = range.map(Number);
    if (typeof value === 'number') return value >= (low as number) && value <= (high as number);
    return undefined;
  }
  if (typeof right === 'string' && right.startsWith('@')) {
    const elements = ruleset.sets.get(right.slice(1));
    return elements === undefined ? undefined : isAnyOf(value, [elements].flat(), ruleset);
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

function isAnyOf(value: string | number, rights: readonly unknown[], ruleset: Ruleset): boolean | undefined {
  const answers = rights.map((right) => isAmong(value, right, ruleset, '=='));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function isInNetwork(value: string | number, network: string): boolean | undefined {
  const [inner, outer] = [parsePrefix(String(value)), parsePrefix(network)];
  return inner === undefined || outer === undefined ? undefined : contains(outer, inner);
}

const read = new WeakMap<FirewallFacts, Ruleset>();

function rulesetOf(firewall: FirewallFacts): Ruleset {
  const known = read.get(firewall);
  if (known !== undefined) return known;
  const chains = new Map<string, Chain>();
  const sets = new Map<string, unknown>();
  for (const { chain, rule, set } of (firewall.ruleset ?? []) as {
    chain?: Json;
    rule?: Json;
    set?: Json;
  }[]) {
    const of = (one: Json, last: unknown) => `${one.family} ${one.table} ${last}`;
    if (chain !== undefined) {
      chains.set(of(chain, chain.name), {
        name: of(chain, chain.name),
        hook: chain.hook as string | undefined,
        priority: Number(chain.prio ?? 0),
        policy: chain.policy as string | undefined,
        dev: chain.dev,
        rules: [],
      });
    }
    // Sets of the same name in several tables: which one is meant is left open.
    if (set !== undefined)
      sets.set(String(set.name), sets.has(String(set.name)) ? undefined : (set.elem ?? []));
    if (rule !== undefined && Array.isArray(rule.expr))
      chains
        .get(of(rule, rule.chain))
        ?.rules.push({ handle: Number(rule.handle), statements: rule.expr as Json[] });
  }
  const ruleset = { chains, sets };
  read.set(firewall, ruleset);
  return ruleset;
}
