/** What is wrong with the overlay's network itself: headers that receivers drop, neighbours that do not answer or share addresses. */

import { Tally } from '../exchange/tally.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { counted } from '../text/words.ts';
import { type Evidence, type Finding, finding } from './finding.ts';

/** Findings about one pair of neighbours each: so many of a kind. */
const MOST_NEIGHBORS = 16;

/** RFC 7348, section 5: the I flag alone. */
const PLAIN_VXLAN = 0x0800;
/** The G bit of draft-smith-vxlan-group-policy. */
const GROUP_POLICY = 0x8000;

export function networkFindings(evidence: Evidence): Finding[] {
  return [
    ...vxlanFindings(evidence),
    ...neighborFindings(evidence),
    ...hardwareFindings(evidence).slice(0, MOST_NEIGHBORS),
  ];
}

function vxlanFindings({ watch, summary, tunnels }: Evidence): Finding[] {
  const found: Finding[] = [];
  const { vxlanFlags } = watch;
  if (vxlanFlags.count > 0) {
    found.push(
      finding(
        'vxlan-flags',
        `${counted(vxlanFlags.count, 'VXLAN header')} without the I flag, which receivers drop, so that what is inside counts as no ping: the first byte must be 0x08 (RFC 7348), so correct who sends them`,
        vxlanFlags.packets,
      ),
    );
  }
  const unanswered = new Map<number, Tally>();
  for (const { tunnels: id, counts } of summary.table.paths) {
    const flags = tunnels.firstVxlanFlags(id);
    if (flags < 0 || flags === PLAIN_VXLAN || counts.answered > 0) continue;
    const tally = unanswered.get(flags) ?? new Tally();
    unanswered.set(flags, tally);
    tally.merge(counts.unanswered);
  }
  for (const [flags, { count, packets }] of unanswered) {
    const hex = `0x${flags.toString(16).padStart(4, '0')}`;
    const what = (flags & GROUP_POLICY) !== 0 ? `${hex}, a group policy among them` : hex;
    found.push(
      finding(
        'vxlan-flags',
        `${counted(count, 'unanswered request')} in VXLAN with flags beside I (${what}), which Linux drops where the device was not made for them: give both ends the same extensions (gbp on both, or on neither)`,
        packets,
        'warning',
      ),
    );
  }
  return found;
}

function neighborFindings({ neighbors }: Evidence): Finding[] {
  const found: Finding[] = [];
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
  return found;
}

/**
 * One hardware address behind several ends of a tunnel, unless they are one end by the names of both sides of a NAT. OVN's routers
 * have one on every host (ovn-architecture(7)), and so have anycast gateways (RFC 9135, section 4.1): what they send is routed, and nobody
 * sends them anything through a tunnel, as each host has its own.
 */
function hardwareFindings({ tunnels }: Evidence): Finding[] {
  const found: Finding[] = [];
  const ends = new Map<string, number>();
  const told = new Set<string>();
  const spokenTo = new Set<string>();
  for (let id = 1; id < tunnels.size; id++)
    spokenTo.add(`${tunnels.tunnels(id).at(-1)?.vni} ${tunnels.firstFrame(id)?.destination}`);
  for (let id = 1; id < tunnels.size; id++) {
    const { source: hardware, isRouted } = tunnels.firstFrame(id) ?? {};
    const { src, vni } = tunnels.tunnels(id).at(-1) as Tunnel;
    if (hardware === undefined || src === undefined || tunnels.isOvn(id)) continue;
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
    const frames = `frames from ${hardware} come from both ${otherSource} and ${src}${vni === undefined ? '' : ` in VNI ${vni}`}`;
    const numbers = [tunnels.firstPacket(other), tunnels.firstPacket(id)].filter((number) => number > 0);
    found.push(
      isGateway
        ? finding(
            'duplicate-mac',
            `${frames}, all of them routed, and nobody sends that address any: an anycast gateway, which is one router on every host, looks so, and there is nothing to do`,
            numbers,
            'info',
          )
        : finding(
            'duplicate-mac',
            `${frames}: give each device a hardware address of its own, unless this is an anycast gateway`,
            numbers,
          ),
    );
  }
  return found;
}
