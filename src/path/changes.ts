/** What became of a ping's packet between two points, in words. */

import type { Tunnel } from '../exchange/tunnel.ts';
import { hasSameIdentifier, identifierText, tunnelLine, tunnelName } from '../exchange/tunnel-words.ts';

/** How a ping's packet looked at a point. */
export interface Look {
  readonly ttl: number;
  readonly outerTtl: number;
  /** Outermost first. */
  readonly tunnels: readonly Tunnel[];
}

/** @returns "TTL 64→63", "+vxlan vni 42 10.1.0.10 → 10.2.0.10 udp 4789" and their like */
export function changesBetween(before: Look, after: Look): string[] {
  const changes: string[] = [];
  const [from, to] = [before.tunnels, after.tunnels];
  // The innermost tunnels stay longest: what is put on or taken off is on the outside.
  let same = 0;
  while (same < Math.min(from.length, to.length) && isSame(from.at(-1 - same), to.at(-1 - same))) same++;
  const off = from.slice(0, from.length - same);
  const on = to.slice(0, to.length - same);
  if (off.length === on.length) {
    for (const [i, tunnel] of off.entries()) changes.push(...tunnelChanges(tunnel, on[i] as Tunnel));
  } else {
    for (const tunnel of off) changes.push(`-${tunnelName(tunnel)}`);
    for (const tunnel of on) changes.push(`+${tunnelLine(tunnel)}`);
  }
  if (before.ttl !== after.ttl) changes.push(`TTL ${before.ttl}→${after.ttl}`);
  // Of another outer packet it is no change.
  const [was, is] = [from[0], to[0]];
  const isSamePacket = was?.kind === is?.kind && was?.src === is?.src && was?.dst === is?.dst;
  if (from.length > 0 && from.length === to.length && isSamePacket && before.outerTtl !== after.outerTtl) {
    changes.push(`outer TTL ${before.outerTtl}→${after.outerTtl}`);
  }
  return changes;
}

function tunnelChanges(from: Tunnel, to: Tunnel): string[] {
  if (from.kind !== to.kind) return [`-${tunnelName(from)}`, `+${tunnelLine(to)}`];
  const changes: string[] = [];
  if (from.vni !== to.vni) changes.push(`VNI ${from.vni}→${to.vni}`);
  else if (!hasSameIdentifier(from, to)) changes.push(`${identifierText(from)}→${identifierText(to)}`);
  if (from.src !== to.src) changes.push(`outer source ${from.src}→${to.src}`);
  if (from.dst !== to.dst) changes.push(`outer destination ${from.dst}→${to.dst}`);
  if (from.dstport !== to.dstport) changes.push(`UDP port ${from.dstport}→${to.dstport}`);
  return changes;
}

function isSame(a: Tunnel | undefined, b: Tunnel | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.kind === b.kind &&
    hasSameIdentifier(a, b) &&
    a.src === b.src &&
    a.dst === b.dst &&
    a.dstport === b.dstport
  );
}
