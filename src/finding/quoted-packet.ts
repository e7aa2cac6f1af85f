/** The packet that an ICMP error quotes: whose it is, how large it is, and who refused it. */
import type { QuotingError } from '../exchange/quoting-error.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { TunnelTable } from '../exchange/tunnel-table.ts';

/** The combinations whose outermost tunnel runs where the quoted packet went. */
export function tunnelsTo(error: QuotingError, tunnels: TunnelTable): number[] {
  const ids: number[] = [];
  for (let id = 1; id < tunnels.size; id++) {
    const outer = tunnels.tunnels(id)[0] as Tunnel;
    if (outer.src === error.src && outer.dst === error.dst && (outer.dstport ?? -1) === error.port)
      ids.push(id);
  }
  return ids;
}

/**
 * No host refuses to forward a packet addressed to itself: Linux's VXLAN and GENEVE devices on a bridge, which have no address of their
 * own, send such errors in the destination's name (skb_tunnel_check_pmtu). One that came through a tunnel was sent on its far side.
 */
export function whoRefused({ from, dst, isCarried }: QuotingError): string {
  if (from !== dst) return from;
  return isCarried
    ? `a device on ${dst}'s side of the tunnel, answering in its name,`
    : `a tunnel device on the sender's side, answering in the name of ${dst},`;
}

/** " (one of 1550 has DF set)", if the quoted header gives its packet's size; IPv6 has no DF, and no router fragments it. */
export function sizeText({ quotedLength, isIpv6 }: QuotingError): string {
  if (quotedLength === 0) return '';
  return isIpv6 ? ` (one of ${quotedLength} came)` : ` (one of ${quotedLength} has DF set)`;
}
