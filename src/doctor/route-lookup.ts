/** Which way a packet takes out of a namespace: as the kernel finds it, by rules, tables and the longest prefix. */
import type { RuleFacts } from '../host/facts/facts.ts';
import type { CompiledRoute, Device, Namespace } from './model.ts';
import { contains, familyOf, type Prefix, parsePrefix } from './prefix.ts';

export type Way =
  | { readonly kind: 'local'; readonly device: Device | undefined }
  | {
      readonly kind: 'out';
      readonly device: Device;
      readonly gateway: string | undefined;
      readonly route: CompiledRoute;
    }
  /** blackhole, unreachable, prohibit: of a route or of a rule. */
  | { readonly kind: 'refused'; readonly type: string; readonly to: string }
  | { readonly kind: 'none' }
  /** Rules that can't be judged stand before the answer. */
  | { readonly kind: 'unknown' };

export interface Wanted {
  readonly to: string;
  readonly from?: string | undefined;
  /** The device by which it came in. */
  readonly iif?: Device | undefined;
}

const REFUSALS = new Set(['blackhole', 'unreachable', 'prohibit']);
const LOCAL = new Set(['local', 'broadcast', 'anycast']);

export function findWay(namespace: Namespace, wanted: Wanted): Way {
  const to = parsePrefix(wanted.to);
  const family = familyOf(wanted.to);
  if (to === undefined || family === undefined || namespace.facts.cut.includes('routes'))
    return { kind: 'unknown' };
  const vrf = wanted.iif?.masterDevice;
  if (vrf?.kind === 'vrf') return wayOf(namespace, longest(namespace, to, Number(vrf.details.table)));
  for (const rule of namespace.facts.rules) {
    if (rule.family !== family || rule.action === 'nop') continue;
    const matches = ruleMatches(rule, wanted, to);
    if (matches === undefined) return { kind: 'unknown' };
    if (!matches) continue;
    if (REFUSALS.has(rule.action)) return { kind: 'refused', type: rule.action, to: `rule ${rule.priority}` };
    if (rule.action !== 'table') return { kind: 'unknown' };
    const route = longest(namespace, to, rule.table);
    if (route === undefined || route.type === 'throw') continue;
    return wayOf(namespace, route);
  }
  return { kind: 'none' };
}

/** @returns undefined where it can't be told */
function ruleMatches(rule: RuleFacts, { from, iif }: Wanted, to: Prefix): boolean | undefined {
  if (rule.hasMore) return undefined;
  // Of packets without a mark.
  if (rule.isMarked) return rule.isInverted ? undefined : false;
  const source = parsePrefix(from ?? '');
  const isIn = (network: string | undefined, address: Prefix | undefined) => {
    const prefix = network === undefined ? undefined : parsePrefix(network);
    return prefix === undefined || (address !== undefined && contains(prefix, address));
  };
  const matches =
    isIn(rule.from, source) &&
    isIn(rule.to, to) &&
    (rule.iif === undefined || rule.iif === (iif?.name ?? 'lo')) &&
    rule.oif === undefined;
  return matches !== rule.isInverted;
}

function longest(namespace: Namespace, to: Prefix, table: number): CompiledRoute | undefined {
  return namespace.tables.get(table)?.find((route) => contains(route.prefix, to));
}

/** Of a route with several ways, the first. */
function wayOf(namespace: Namespace, route: CompiledRoute | undefined): Way {
  if (route === undefined) return { kind: 'none' };
  const [way] = route.ways;
  const device = namespace.device(way?.device);
  if (REFUSALS.has(route.type)) return { kind: 'refused', type: route.type, to: route.to };
  if (LOCAL.has(route.type)) return { kind: 'local', device };
  if (device === undefined || way === undefined) return { kind: 'unknown' };
  return { kind: 'out', device, gateway: way.gateway, route };
}
