/** ICMP errors about a tunnel's own packets: outer-port-unreachable, outer-unreachable, outer-ttl-exceeded, outer-reassembly-timeout, outer-fragmentation-needed. */
import type { QuotingError, StopReason } from '../exchange/quoting-error.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';
import { type Finding, finding } from './finding.ts';
import { sizeText, tunnelsTo, whoRefused } from './quoted-packet.ts';

export function outerFinding(error: QuotingError, reason: StopReason, tunnels: TunnelTable): Finding {
  const { from, src, dst, port, mtu, tally } = error;
  const { packets } = tally;
  switch (reason) {
    case 'port':
      return finding('outer-port-unreachable', portText(error, tunnels), packets);
    case 'protocol':
      return finding(
        'outer-unreachable',
        `${from} answers that it does not accept the tunnel's IP protocol: set up the tunnel's other end on ${dst}`,
        packets,
      );
    case 'mtu':
      return finding(
        'outer-fragmentation-needed',
        mtu === 0
          ? `${whoRefused(error)} can't forward packets this large to ${dst}${sizeText(error)}, and does not say what fits: ${mtuAdvice(error, tunnels)}`
          : `${whoRefused(error)} can't forward packets to ${dst} larger than ${mtu} bytes${sizeText(error)}: ${mtuAdvice(error, tunnels)}`,
        packets,
      );
    case 'reassembly':
      return finding(
        'outer-reassembly-timeout',
        `${from} timed out waiting for the other fragments of the tunnel's packets from ${src} to ${dst}: look for loss and for firewalls that drop fragments, or lower the inner MTU so that nothing is fragmented`,
        packets,
      );
    case 'ttl':
      return finding(
        'outer-ttl-exceeded',
        `the outer TTL expired at ${from} on the way from ${src} to ${dst}: raise the tunnel's TTL, and look for a routing loop`,
        packets,
      );
    case 'header':
      return finding(
        'outer-unreachable',
        `${from} can't read a header of the tunnel's packets from ${src} to ${dst}, and drops them: use the same options on both ends of the tunnel`,
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
        `${from} can't reach ${reason} of the tunnel's other end ${dst}: check the route from there, and whether ${dst} is up`,
        packets,
      );
  }
}

/**
 * Nobody listens, or whoever says so sends through the tunnel from another port: its socket is not bound, like socat's
 * without `bind`, and takes only what comes to that port.
 */
function portText({ from, src, port }: QuotingError, tunnels: TunnelTable): string {
  const nothing = `${from} answers that nothing listens on UDP ${port}`;
  for (let id = 1; id < tunnels.size; id++) {
    const [out] = tunnels.tunnels(id) as [Tunnel];
    // Other kinds derive their source ports from what they carry.
    const isConnected = out.kind === 'tunpi' || out.kind === 'raw' || out.kind === 'eth';
    if (!isConnected || out.src !== from || out.dst !== src || out.srcport === port) continue;
    const own = out.srcport === undefined ? 'other ports' : `UDP ${out.srcport}`;
    return `${nothing}, the port that ${src} sends to, while its own packets come from ${own}: bind its socket to UDP ${port} (socat: bind=:${port})`;
  }
  return `${nothing}: start the tunnel's other end`;
}

function mtuAdvice(error: QuotingError, tunnels: TunnelTable): string {
  const overheads = tunnelsTo(error, tunnels).map((id) => tunnels.overhead(id));
  const overhead = Math.max(...overheads);
  if (overheads.length === 0 || error.mtu === 0)
    return "lower the tunnel's MTU so that the inner packet and the outer headers fit";
  return `the tunnel's headers take ${overhead} of them, so give the inner devices an MTU of ${error.mtu - overhead}`;
}
