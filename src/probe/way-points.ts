/** Where to look at what goes from one network namespace to another: devices of this host that it may pass. */
import type { Survey, SurveyedInterface, SurveyedNamespace } from '../host/survey.ts';

export interface WayPoint {
  /** As `-i` takes it. */
  readonly name: string;
  readonly mtu: number;
  /** Its namespace's name in the survey, which this process's does not have. */
  readonly namespace: string | undefined;
}

/** As many as a ping is followed at. */
const MOST_POINTS = 32;

/** What wraps packets: by the kernel's words. */
const TUNNELS =
  /^(?:vxlan|geneve|gre|gretap|erspan|ip6gre|ip6gretap|ipip|ip6tnl|sit|tun|wireguard|xfrm|vti|vti6|gtp|bareudp|ovpn)$/;
const LINK_LOCAL = /^(?:169\.254\.|fe80:)/;

/**
 * Follows cables from both ends: all devices of the ends; of namespaces between, bridges and other ends of cables that lead to the ends,
 * tunnels, and devices with addresses, which lead on. Not other pods' devices.
 *
 * @param ends inodes of the namespaces
 */
export function wayPoints({ namespaces }: Survey, ends: readonly number[]): WayPoint[] {
  const byInode = new Map(namespaces.map((namespace) => [namespace.inode, namespace]));
  const seen = new Set(ends);
  const found: WayPoint[] = [];
  for (const inode of seen) {
    const namespace = byInode.get(inode);
    if (namespace === undefined) continue;
    const isEnd = ends.includes(inode);
    for (const one of devicesOf(namespace, isEnd, ends)) {
      const { named, name } = namespace;
      const where = named?.called ?? name;
      if (found.length < MOST_POINTS) {
        found.push({
          name: where === undefined ? one.link.name : `${where}:${one.link.name}`,
          mtu: one.link.mtu,
          namespace: name,
        });
      }
      if (one.other !== undefined && one.peer !== undefined) seen.add(one.other.namespace);
    }
  }
  return found;
}

function devicesOf(
  { interfaces }: SurveyedNamespace,
  isEnd: boolean,
  ends: readonly number[],
): SurveyedInterface[] {
  const up = interfaces.filter(({ link }) => link.isUp && !link.isLoopback);
  if (isEnd) return up;
  const toEnds = up.filter(({ other, peer }) => peer !== undefined && ends.includes(other?.namespace ?? -1));
  const bridges = new Set(toEnds.map(({ master }) => master));
  return up.filter((one) => {
    const { link, master } = one;
    const isTunnel = TUNNELS.test(link.kind ?? '');
    const leadsOn = master === undefined && link.addresses.some((address) => !LINK_LOCAL.test(address));
    return toEnds.includes(one) || bridges.has(link.name) || isTunnel || leadsOn;
  });
}

/** Addresses to send to, that others can reach: IPv4 before IPv6. */
export function addressesIn({ interfaces }: SurveyedNamespace): string[] {
  const all = interfaces
    .filter(({ link }) => link.isUp && !link.isLoopback)
    .flatMap(({ link }) => link.addresses)
    .filter((address) => !LINK_LOCAL.test(address))
    .map((address) => address.replace(/\/\d+$/, ''));
  const isIpv6 = (address: string) => address.includes(':');
  return [...all.filter((address) => !isIpv6(address)), ...all.filter(isIpv6)];
}
