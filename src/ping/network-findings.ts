/** What is wrong with the overlay's network itself: headers that receivers drop, neighbours that do not answer or share addresses. */
import { counted, type Evidence, type Finding, finding } from './finding.ts';
import type { Tunnel } from './tunnel-table.ts';

/** Findings about one pair of neighbours each: so many of a kind. */
const MOST_NEIGHBORS = 16;

export function networkFindings({ watch, neighbors, tunnels }: Evidence): Finding[] {
  const found: Finding[] = [];
  const { vxlanFlags } = watch;
  if (vxlanFlags.count > 0) {
    found.push(
      finding(
        'vxlan-flags',
        `${counted(vxlanFlags.count, 'VXLAN header')} without the I flag, which receivers drop: the first byte must be 0x08 (RFC 7348), so correct who sends them`,
        vxlanFlags.packets,
      ),
    );
  }
  for (const { asker, address, tally } of neighbors.unanswered().slice(0, MOST_NEIGHBORS)) {
    found.push(
      finding(
        'arp-unanswered',
        `nobody in the overlay answers ${asker}, which asks for ${address} with ARP: check that ${address} is up, and that broadcasts reach it (peers, flood entries, VNI)`,
        tally.packets,
      ),
    );
  }
  for (const { address, first, second, tally } of [...neighbors.shared.values()].slice(0, MOST_NEIGHBORS)) {
    found.push(
      finding(
        'duplicate-address',
        `both ${first} and ${second} say that they have ${address}: find both, and change one`,
        tally.packets,
      ),
    );
  }
  const ends = new Map<string, string>();
  for (let id = 1; id < tunnels.size; id++) {
    const hardware = tunnels.firstHardwareSource(id);
    const { src, vni } = tunnels.tunnels(id).at(-1) as Tunnel;
    if (hardware === undefined || src === undefined) continue;
    const key = `${vni} ${hardware}`;
    const other = ends.get(key) ?? src;
    if (!ends.has(key)) ends.set(key, src);
    else if (other !== src && found.length < 3 * MOST_NEIGHBORS) {
      found.push(
        finding(
          'duplicate-mac',
          `frames from ${hardware} come from both ${other} and ${src}${vni === undefined ? '' : ` in VNI ${vni}`}: give each device a hardware address of its own, unless this is an anycast gateway`,
        ),
      );
    }
  }
  return found;
}
