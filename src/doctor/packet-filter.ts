/**
 * What a namespace's nftables rules do with a packet, out of what `nft -j list ruleset` printed (libnftables-json(5)). What can't be judged
 * (sets that change, limits, marks, extensions of iptables) is doubt, and doubt is told.
 */
import type { FirewallFacts } from '../host/facts/facts.ts';
import { type FilteredPacket, type Json, matchOf, objectOf, type Sets } from './filter-match.ts';
import { familyOf } from './prefix.ts';

export interface Judgement {
  /** `maybe`: a rule drops it if something is so that can't be told from here. */
  readonly verdict: 'pass' | 'drop' | 'maybe';
  /** Of the chain that drops it: `inet lab input`. */
  readonly chain?: string;
  /** Of the rule; undefined where it is the chain's policy. */
  readonly handle?: number;
}

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
  readonly sets: Sets;
}

const MOST_JUMPS = 16;
/** Rules looked at for a packet: chains that jump to each other are many more than they seem. */
const MOST_STEPS = 50_000;
/** Statements that decide nothing. */
const PASSING = new Set(['counter', 'log', 'notrack', 'mangle', 'meta', 'comment', 'quota reset', 'dup']);
const CONDITIONS = new Set(['limit', 'quota', 'ct count', 'last', 'set', 'map', 'connlimit']);
/** Of iptables' extensions (iptables-extensions(8)): they change or note a packet, and it goes on. */
const HARMLESS_TARGETS = new Set([
  'MARK',
  'CONNMARK',
  'LOG',
  'NFLOG',
  'TCPMSS',
  'MASQUERADE',
  'CT',
  'CHECKSUM',
  'DSCP',
  'TOS',
  'TTL',
]);

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
  let steps = 0;

  function run(chain: Chain, depth: number): Step | Judgement {
    for (const { handle, statements } of chain.rules) {
      if (steps++ > MOST_STEPS) {
        isDoubtful = true;
        return 'return';
      }
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
        const matches = matchOf(objectOf(statement.match), ruleset.sets, packet);
        if (matches === false) return 'next';
        if (matches === undefined) isCertain = false;
      } else if (PASSING.has(name) || isComment(name, statement)) continue;
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
        const { target } = objectOf(statement[name]);
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
      } else if (isCondition(name, statement)) isCertain = false;
      else if (!isHarmlessTarget(name, statement)) {
        // An end that is not known here.
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

/** Statements that a packet passes or not by what is not looked at here: its rate, or what an extension of iptables looks at. */
function isCondition(name: string, statement: Json): boolean {
  return CONDITIONS.has(name) || (name === 'xt' && objectOf(statement.xt).type === 'match');
}

/** kube-proxy and Docker have one in nearly every rule of iptables'. */
function isComment(name: string, statement: Json): boolean {
  return name === 'xt' && objectOf(statement.xt).name === 'comment';
}

function isHarmlessTarget(name: string, statement: Json): boolean {
  return name === 'xt' && HARMLESS_TARGETS.has(String(objectOf(statement.xt).name));
}

const read = new WeakMap<FirewallFacts, Ruleset>();

function rulesetOf(firewall: FirewallFacts): Ruleset {
  const known = read.get(firewall);
  if (known !== undefined) return known;
  const chains = new Map<string, Chain>();
  const sets = new Map<string, unknown>();
  for (const entry of firewall.ruleset ?? []) {
    const [chain, rule, set] = ['chain', 'rule', 'set'].map((key) =>
      entry[key] === undefined ? undefined : objectOf(entry[key]),
    );
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
        ?.rules.push({ handle: Number(rule.handle), statements: rule.expr.map(objectOf) });
  }
  const ruleset = { chains, sets };
  read.set(firewall, ruleset);
  return ruleset;
}
