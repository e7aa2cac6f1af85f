/** Neighbours that do not answer ARP (arp-unanswered), or share an IP address (duplicate-address) or a MAC address (duplicate-mac). */
import type { Tunnel } from '../exchange/tunnel.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** Limit on findings of a kind, each about one pair of neighbours. */
const MOST_NEIGHBORS = 16;

export function arpUnanswered({ neighbors }: Evidence): Finding[] {
  return neighbors
    .unanswered()
    .slice(0, MOST_NEIGHBORS)
    .map(({ asker, address, tally }) =>
      finding(
        'arp-unanswered',
        `ARP requests from ${asker} for ${address} in the overlay went unanswered: check that ${address} is up, and that broadcasts reach it (peers, flood entries, VNI)`,
        tally.packets,
      ),
    );
}

export function duplicateAddress({ neighbors }: Evidence): Finding[] {
  return [...neighbors.shared.values()]
    .slice(0, MOST_NEIGHBORS)
    .map(({ address, first, second, tally }) =>
      finding(
        'duplicate-address',
        `both ${first} and ${second} claim ${address}: find both devices, and change the address of one`,
        tally.packets,
      ),
    );
}

/** What programs write that carry packets in frames without devices, as tinc does in router mode. */
const NO_DEVICE = '00:00:00:00:00:00';

/**
 * One MAC address behind several ends of a tunnel, unless these are the two sides of a NAT. OVN's routers use the same address
 * on every host (ovn-architecture(7)), and so do anycast gateways (RFC 9135, section 4.1): what they send is routed, and as each host
 * has its own, only such a gateway sends them anything through a tunnel (RFC 9135, section 5: symmetric IRB).
 */
export function duplicateMac({ tunnels }: Evidence): Finding[] {
  const found: Finding[] = [];
  const ends = new Map<string, number>();
  const told = new Set<string>();
  const spokenTo = new Set<string>();
  for (let id = 1; id < tunnels.size; id++) {
    const { source, destination, isRouted } = tunnels.firstFrame(id) ?? {};
    const isToItself = isRouted && source === destination;
    if (!isToItself) spokenTo.add(`${tunnels.tunnels(id).at(-1)?.vni} ${destination}`);
  }
  for (let id = 1; id < tunnels.size; id++) {
    const { source: hardware, isRouted } = tunnels.firstFrame(id) ?? {};
    const { src, vni } = tunnels.tunnels(id).at(-1) as Tunnel;
    if (hardware === undefined || hardware === NO_DEVICE || src === undefined || tunnels.isOvn(id)) continue;
    const key = `${vni} ${hardware}`;
    const other = ends.get(key);
    if (other === undefined) {
      ends.set(key, id);
      continue;
    }
    const otherSource = (tunnels.tunnels(other).at(-1) as Tunnel).src;
    if (otherSource === src || tunnels.areJoined(id, other) || told.has(`${key} ${src}`)) continue;
    told.add(`${key} ${src}`);
    const isGateway = isRouted && tunnels.firstFrame(other)?.isRouted && !spokenTo.has(key);
    const frames = `frames with source MAC ${hardware} come from both ${otherSource} and ${src}${vni === undefined ? '' : ` in VNI ${vni}`}`;
    const numbers = [tunnels.firstPacket(other), tunnels.firstPacket(id)].filter((number) => number > 0);
    found.push(
      isGateway
        ? finding(
            'duplicate-mac',
            `${frames}, all of them routed, and nobody else sends to that address: this looks like an anycast gateway, the same router on every host; nothing to do`,
            numbers,
            'info',
          )
        : finding(
            'duplicate-mac',
            `${frames}: give each device its own MAC address, unless this is an anycast gateway`,
            numbers,
          ),
    );
  }
  return found.slice(0, MOST_NEIGHBORS);
}
