/** How the tunnels that a reply came in stand to those of its request. */
import type { Tunnel } from './tunnel.ts';

export const RELATION = { same: 0, outside: 1, otherVni: 2, otherTunnel: 3, otherEnds: 4 } as const;

/** @returns a value of {@link RELATION}. Ports are left out: each end may choose those that it sends from. */
export function relationOf(request: readonly Tunnel[], reply: readonly Tunnel[]): number {
  if (reply.length === 0) return request.length === 0 ? RELATION.same : RELATION.outside;
  if (request.length !== reply.length) return RELATION.otherTunnel;
  let vni = false;
  let ends = false;
  for (const [i, there] of request.entries()) {
    const back = reply[i] as Tunnel;
    if (there.kind !== back.kind) return RELATION.otherTunnel;
    if (there.src !== back.dst || there.dst !== back.src) ends = true;
    if (there.vni !== back.vni) vni = true;
  }
  if (ends) return RELATION.otherEnds;
  return vni ? RELATION.otherVni : RELATION.same;
}

/** Whether a reply comes back on another UDP port than its request went to, and not from that one either, as a client's would. */
export function comesFromElsewhere(there: Tunnel, back: Tunnel | undefined): boolean {
  if (there.dstport === undefined || back?.dstport === undefined) return false;
  return there.dstport !== back.dstport && there.dstport !== back.srcport;
}
