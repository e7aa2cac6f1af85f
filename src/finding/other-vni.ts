/**
 * Replies that came back with another VNI than their request had. A VNI is a segment in RFC 7348 and in most networks; some networks give it
 * another meaning, which their packets reveal.
 */

import { isIdentity, isOwnIdentity } from '../exchange/cilium.ts';
import { Tally } from '../exchange/tally.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** What a VNI means. */
type Design = 'segment' | 'identity' | 'routed' | 'datapath';

/** VNIs by which pings went there and came back, and their replies. */
interface Group {
  readonly design: Design;
  readonly there: number | undefined;
  readonly back: number | undefined;
  readonly tally: Tally;
  isOnly: boolean;
}

export function otherVni(evidence: Evidence): Finding[] {
  return [...groupsOf(evidence).values()].flatMap((group) => groupFinding(group) ?? []);
}

/** By what the VNIs mean. */
function groupsOf({ summary, tunnels, neighbors }: Evidence): Map<Design, Group> {
  const groups = new Map<Design, Group>();
  const add = (design: Design, there: number | undefined, back: number | undefined, tally: Tally) => {
    let group = groups.get(design);
    if (group === undefined) {
      group = { design, there, back, tally: new Tally(), isOnly: true };
      groups.set(design, group);
    }
    if (group.there !== there || group.back !== back) group.isOnly = false;
    group.tally.merge(tally);
  };
  const { paths, rest } = summary.table;
  for (const { tunnels: there, counts } of paths) {
    if (counts.otherVni.count === 0) continue;
    const designs = tunnels.otherVniBacks(there).map((back) => designOf(there, back));
    // One that is not meant so decides.
    const design = designs.find((one) => one === 'segment') ?? designs[0] ?? 'segment';
    const [back] = tunnels.otherVniBacks(there);
    const [request, reply] = back === undefined ? [] : differing(there, back);
    add(design, request?.vni, reply?.vni, counts.otherVni);
  }
  // Which tunnels these went through is not known: as the others did.
  if (rest.otherVni.count > 0) {
    const [first] = groups.values();
    add(first?.design ?? 'segment', undefined, undefined, rest.otherVni);
  }
  return groups;

  /** The tunnel there and the one back that have different VNIs. */
  function differing(there: number, back: number): [Tunnel | undefined, Tunnel | undefined] {
    const replies = tunnels.tunnels(back);
    const requests = tunnels.tunnels(there);
    const i = requests.findIndex(({ vni }, index) => vni !== replies[index]?.vni);
    return [requests[i], replies[i]];
  }

  function designOf(there: number, back: number): Design {
    if (tunnels.isOvn(there) && tunnels.isOvn(back)) return 'datapath';
    const [request, reply] = differing(there, back);
    if (request?.vni === undefined || reply?.vni === undefined) return 'segment';
    const pair = [request, reply];
    if (pair.every(isIdentity) && pair.some(isOwnIdentity)) return 'identity';
    return isOneRouter(there, back) || (sendsIn(request.src, reply.vni) && isRouted(there, back))
      ? 'routed'
      : 'segment';
  }

  /** An anycast gateway: one router's address on both hosts, each of which routes what it sends. */
  function isOneRouter(there: number, back: number): boolean {
    const [request, reply] = [tunnels.firstFrame(there), tunnels.firstFrame(back)];
    if (request?.isRouted !== true || reply?.isRouted !== true) return false;
    return request.source === reply.source;
  }

  /** Who takes the reply has its VNI too where it sends in it. */
  function sendsIn(end: string | undefined, vni: number): boolean {
    if (end === undefined) return false;
    if (neighbors.speaks(end, vni)) return true;
    for (let id = 1; id < tunnels.size; id++)
      if (tunnels.tunnels(id).some((one) => one.src === end && one.vni === vni)) return true;
    return false;
  }

  /** A reply that comes straight back to who sent the request's frame has been through no router: one segment. */
  function isRouted(there: number, back: number): boolean {
    const [request, reply] = [tunnels.firstFrame(there), tunnels.firstFrame(back)];
    if (request === undefined || reply === undefined) return true;
    return request.source !== reply.destination || request.destination !== reply.source;
  }
}

function groupFinding({ design, there, back, tally, isOnly }: Group): Finding | undefined {
  if (design === 'datapath') return undefined;
  const { count, packets } = tally;
  const which = isOnly && there !== undefined ? ` (${there} out, ${back} back)` : '';
  const came = `${count} ${count === 1 ? 'reply' : 'replies'} came back with a different VNI${which}`;
  if (design === 'identity') {
    return finding(
      'other-vni',
      `${came}, as in Cilium, whose VNI is the sender's security identity: nothing to do (cilium identity get ${there ?? 'N'}); without Cilium, give both ends of the tunnel the same VNI`,
      packets,
      'info',
    );
  }
  if (design === 'routed') {
    return finding(
      'other-vni',
      `${came}: both ends route between the two networks, as EVPN with asymmetric IRB does (RFC 9135); nothing to do`,
      packets,
      'info',
    );
  }
  return finding('other-vni', `${came}: give both ends of the tunnel the same VNI`, packets);
}
