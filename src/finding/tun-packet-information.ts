/** tun-packet-information-mismatch: one end of a tunnel sends TUN packet information, and the other does not. */
import { reasonOf } from '../exchange/quoting-error.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { tunnelsTo } from './quoted-packet.ts';

/** What comes back without it: packets or frames in UDP or TCP, and IP in IP. */
const BARE: readonly string[] = ['raw', 'eth', 'ipip', '4in6', '6in4', '6in6'];

/**
 * Proven if both directions were seen; likely if the other end received a packet
 * with it, then closed its port, and never sent one: writing packet information to a TUN device without it fails,
 * and socat ends.
 */
export function tunPacketInformation({ tunnels, watch }: Evidence): Finding[] {
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
      else if (BARE.includes(back.kind) && rawBack < 0) rawBack = other;
    }
    if (rawBack >= 0 && !answersInKind) {
      found.push(
        finding(
          'tun-packet-information-mismatch',
          `${there.src} sends TUN packet information and ${there.dst} does not: use the same setting on both ends of the tunnel (iff-no-pi on both, or on neither)`,
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
        `${there.dst} received TUN packet information from ${there.src}, then closed UDP ${there.dstport} and never sent any, as socat does on a TUN device without it: use the same setting on both ends of the tunnel (iff-no-pi on both, or on neither)`,
        refusal.tally.packets,
        'warning',
      ),
    );
  }
  return found;
}
