/** Tunnels in words, for reports and findings. */
import type { Tunnel } from './tunnel.ts';

/** One tunnel in words, as `vxlan vni 42 10.1.0.10 → 10.2.0.10 udp 4789`. */
export function tunnelLine({ kind, vni, src, dst, srcport, dstport }: Tunnel): string {
  const parts = [kind];
  if (vni !== undefined) parts.push(`vni ${vni}`);
  if (src !== undefined) parts.push(`${src} → ${dst}`);
  if (dstport !== undefined) {
    // A source port of its own is worth telling only where the tunnel did not draw it from the flow.
    const connected = srcport !== undefined && (kind === 'tunpi' || kind === 'raw' || kind === 'eth');
    parts.push(connected ? `udp ${srcport} → ${dstport}` : `udp ${dstport}`);
  }
  return parts.join(' ');
}

/** Tunnels in each other in words, the outermost first. */
export function tunnelsLine(tunnels: readonly Tunnel[]): string {
  return tunnels.length === 0 ? 'outside any tunnel' : `in ${tunnelsCell(tunnels)}`;
}

/** Tunnels in each other for a table's cell, the outermost first; empty without any. */
export function tunnelsCell(tunnels: readonly Tunnel[]): string {
  return tunnels.map(tunnelLine).join(', inside it ');
}

/** "tunpi from 10.1.0.10 to 10.2.0.10", outermost first: a tunnel within a sentence. */
export function tunnelText(tunnels: readonly Tunnel[]): string {
  return tunnels
    .map(({ kind, vni, src, dst }) => {
      const named = vni === undefined ? kind : `${kind} ${vni}`;
      return src === undefined ? named : `${named} from ${src} to ${dst}`;
    })
    .join(', inside it ');
}
