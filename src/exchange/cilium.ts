/** What Cilium makes of a VNI: the security identity of who sends, and no segment. */
import type { Tunnel } from './tunnel.ts';

/** Cilium's usual ports, for VXLAN and GENEVE. */
const CILIUM_PORTS: readonly (number | undefined)[] = [8472, 6081];
/** Below this, identities are reserved ones (world, host, remote node); up to 16 bits they are a cluster's own. */
const FIRST_OWN_IDENTITY = 256;
const LAST_RESERVED_IDENTITY = 15;
const LAST_IDENTITY = 0xffff;

/** Whether a tunnel's VNI can be an identity of Cilium's, a reserved one too. */
export function isIdentity({ dstport, vni = 0 }: Tunnel): boolean {
  if (!CILIUM_PORTS.includes(dstport) || vni === 0 || vni > LAST_IDENTITY) return false;
  return vni <= LAST_RESERVED_IDENTITY || vni >= FIRST_OWN_IDENTITY;
}

/** Whether it is a container's identity: other networks on these ports begin to count at 1. */
export function isOwnIdentity(tunnel: Tunnel): boolean {
  return isIdentity(tunnel) && (tunnel.vni ?? 0) >= FIRST_OWN_IDENTITY;
}
