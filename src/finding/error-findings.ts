/** What ICMP errors say about tunnels and pings, and what follows from them. */

import { type QuotingError, reasonOf, type StopReason } from '../exchange/quoting-error.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';
import { type Evidence, type Finding, finding } from './finding.ts';

type KnownTunnels = Pick<Evidence, 'tunnels' | 'isTunnelPort'>;

export function errorFindings(evidence: Evidence): Finding[] {
  return [...evidence.watch.errors.values()].flatMap((error) => errorFinding(error, evidence) ?? []);
}

/** What an ICMP error means for a tunnel or a ping; undefined where it stops neither. */
export function errorFinding(error: QuotingError, known: KnownTunnels): Finding | undefined {
  const reason = reasonOf(error);
  if (reason === undefined) return undefined;
  if (isAboutTunnel(error, known)) return outerFinding(error, reason, known.tunnels);
  return error.isEchoRequest || error.isEchoReply ? innerFinding(error, reason) : undefined;
}

/** Whether the quoted header is the outer one of a tunnel that was seen, or plainly of any. */
function isAboutTunnel(error: QuotingError, { tunnels, isTunnelPort }: KnownTunnels): boolean {
  if (error.isTunnel || (error.port >= 0 && isTunnelPort(error.port))) return true;
  return tunnelsTo(error, tunnels).length > 0;
}

/** The combinations whose outermost tunnel runs where the quoted packet went. */
function tunnelsTo(error: QuotingError, tunnels: TunnelTable): number[] {
  const ids: number[] = [];
  for (let id = 1; id < tunnels.size; id++) {
    const outer = tunnels.tunnels(id)[0] as Tunnel;
    if (outer.src === error.src && outer.dst === error.dst && (outer.dstport ?? -1) === error.port)
      ids.push(id);
  }
  return ids;
}

function outerFinding(error: QuotingError, reason: StopReason, tunnels: TunnelTable): Finding {
  const { from, src, dst, port, mtu, tally } = error;
  const { packets } = tally;
  switch (reason) {
    case 'port':
      return finding('outer-port-unreachable', portText(error, tunnels), packets);
    case 'protocol':
      return finding(
        'outer-unreachable',
        `${from} answers that it does not take the tunnel's IP protocol: set up the tunnel's other end on ${dst}`,
        packets,
      );
    case 'mtu':
      return finding(
        'outer-fragmentation-needed',
        mtu === 0
          ? `${whoRefused(error)} can't pass on packets to ${dst} that are so large, and does not say what fits${sizeText(error)}: ${mtuAdvice(error, tunnels)}`
          : `${whoRefused(error)} can't pass on packets to ${dst} larger than ${mtu} bytes${sizeText(error)}: ${mtuAdvice(error, tunnels)}`,
        packets,
      );
    case 'reassembly':
      return finding(
        'outer-reassembly-timeout',
        `${from} waited in vain for the other fragments of the tunnel's packets from ${src} to ${dst}: look for loss and for firewalls that drop fragments, or lower the inner MTU so that none are needed`,
        packets,
      );
    case 'ttl':
      return finding(
        'outer-ttl-exceeded',
        `at ${from} the outer TTL ran out on the way from ${src} to ${dst}: raise the tunnel's TTL, and look for a routing loop`,
        packets,
      );
    case 'header':
      return finding(
        'outer-unreachable',
        `${from} can't read a header of the tunnel's packets from ${src} to ${dst}, and drops them: give both ends of the tunnel the same options`,
        packets,
      );
    case 'forbidden':
      return finding(
        'outer-unreachable',
        `${from} forbids the tunnel's packets from ${src} to ${dst}: allow ${port < 0 ? 'them' : `UDP ${port}`} in its firewall`,
        packets,
      );
    default:
      return finding(
        'outer-unreachable',
        `${from} can't reach ${reason} of the tunnel's other end ${dst}: check the route from there and whether ${dst} is up`,
        packets,
      );
  }
}

/**
 * Nobody finds a packet to itself too large to pass on: Linux's VXLAN and GENEVE devices on a bridge, which have no address of their
 * own, send such errors in the destination's name (skb_tunnel_check_pmtu).
 */
function whoRefused({ from, dst }: QuotingError): string {
  return from === dst ? `a tunnel's device on the sender's side, in the name of ${dst},` : from;
}

/**
 * Nobody listens; or the one who says so sends through the tunnel itself, from another port: its socket is bound to none, as socat's
 * without `bind`, and takes what comes to that one alone.
 */
function portText({ from, src, port }: QuotingError, tunnels: TunnelTable): string {
  const nothing = `${from} answers that nothing listens on UDP ${port}`;
  for (let id = 1; id < tunnels.size; id++) {
    const [out] = tunnels.tunnels(id) as [Tunnel];
    // Others draw their source ports from what they carry.
    const isConnected = out.kind === 'tunpi' || out.kind === 'raw' || out.kind === 'eth';
    if (!isConnected || out.src !== from || out.dst !== src || out.srcport === port) continue;
    const own = out.srcport === undefined ? 'other ports' : `UDP ${out.srcport}`;
    return `${nothing}, where ${src} sends the tunnel's packets, while it sends its own from ${own}: give its socket that port (socat: bind=:${port})`;
  }
  return `${nothing}: start the tunnel's other end`;
}

/** ", and one of 1550 has DF set", where the quoted header says its packet's size; IPv6 has no DF, and no router fragments it. */
function sizeText({ quotedLength, isIpv6 }: QuotingError): string {
  if (quotedLength === 0) return '';
  return isIpv6 ? `, and one of ${quotedLength} came` : `, and one of ${quotedLength} has DF set`;
}

function mtuAdvice(error: QuotingError, tunnels: TunnelTable): string {
  const overheads = tunnelsTo(error, tunnels).map((id) => tunnels.overhead(id));
  const overhead = Math.max(...overheads);
  if (overheads.length === 0 || error.mtu === 0)
    return "lower the tunnel's MTU so that inner packet and outer headers fit";
  return `the tunnel's headers take ${overhead} of them, so give the inner devices an MTU of ${error.mtu - overhead}`;
}

function innerFinding(error: QuotingError, reason: StopReason): Finding {
  const { from, src, dst, mtu, tally } = error;
  const { packets } = tally;
  const ping = `the echo ${error.isEchoReply ? 'reply' : 'request'} from ${src} to ${dst}`;
  if (reason === 'ttl') {
    return finding(
      'inner-ttl-exceeded',
      `at ${from} the TTL of ${ping} ran out: look for a routing loop, unless this is a traceroute`,
      packets,
    );
  }
  if (reason === 'reassembly') {
    return finding(
      'inner-reassembly-timeout',
      `${from} waited in vain for the other fragments of ${ping}: look for loss and for firewalls that drop fragments, or send smaller packets`,
      packets,
    );
  }
  if (reason === 'mtu') {
    return finding(
      'inner-fragmentation-needed',
      mtu === 0
        ? `${whoRefused(error)} can't pass on ${ping}, which is too large, and does not say what fits${sizeText(error)}: send smaller packets, or give the containers a smaller MTU`
        : `${whoRefused(error)} can't pass on ${ping}: only ${mtu} bytes fit${sizeText(error)}: send smaller packets, or give the containers an MTU of ${mtu}`,
      packets,
    );
  }
  const why =
    reason === 'forbidden'
      ? `its firewall forbids it: allow echo ${error.isEchoReply ? 'replies' : 'requests'}`
      : 'it knows no way there: check its routes, and whether the address is up';
  return finding('inner-unreachable', `${from} can't pass on ${ping}: ${why}`, packets);
}

/**
 * TUN packet information on one side only. Proven where both directions were seen; likely where the other end took a packet
 * with it, closed its port upon that, and never sent one: a TUN device without packet information refuses to be written it,
 * and socat ends.
 */
export function packetInformationFindings({ tunnels, watch }: Evidence): Finding[] {
  const found: Finding[] = [];
  for (let id = 1; id < tunnels.size; id++) {
    const [there] = tunnels.tunnels(id) as [Tunnel];
    if (there.kind !== 'tunpi') continue;
    const isBack = ({ src, dst }: Tunnel) => src === there.dst && dst === there.src;
    let answersInKind = false;
    let rawBack = -1;
    for (let other = 1; other < tunnels.size; other++) {
      const [back] = tunnels.tunnels(other) as [Tunnel];
      if (!isBack(back)) continue;
      if (back.kind === 'tunpi') answersInKind = true;
      else if (back.kind === 'raw' && rawBack < 0) rawBack = other;
    }
    if (rawBack >= 0 && !answersInKind) {
      found.push(
        finding(
          'tun-packet-information-mismatch',
          `${there.src} sends TUN packet information and ${there.dst} does not: give both ends of the tunnel the same setting (iff-no-pi on both, or on neither)`,
          [tunnels.firstPacket(id), tunnels.firstPacket(rawBack)].sort((a, b) => a - b),
        ),
      );
      continue;
    }
    if (answersInKind) continue;
    const refusal = [...watch.errors.values()].find(
      (error) => reasonOf(error) === 'port' && tunnelsTo(error, tunnels).includes(id),
    );
    if (refusal === undefined || refusal.identification === tunnels.firstIdentification(id)) continue;
    found.push(
      finding(
        'tun-packet-information-mismatch',
        `${there.dst} took TUN packet information from ${there.src}, then closed UDP ${there.dstport} and never sent any, as socat does on a TUN device without it: give both ends of the tunnel the same setting (iff-no-pi on both, or on neither)`,
        refusal.tally.packets,
        'warning',
      ),
    );
  }
  return found;
}
