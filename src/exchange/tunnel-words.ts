/** Tunnels in words, for reports and findings. */
import type { Tunnel } from './tunnel.ts';

/** What tells a tunnel from others between the same ends: `vni 42`, `key 7`, `segments fd02::22, fd02::2`; undefined where nothing does. */
export function identifierText(tunnel: Tunnel): string | undefined {
  const { vni, key, session, teid, segments } = tunnel;
  if (vni !== undefined) return `vni ${vni}`;
  if (key !== undefined) return `key ${key}`;
  if (session !== undefined) return `session ${session}`;
  // As everywhere where TEIDs are written: they are drawn at random.
  if (teid !== undefined) return `teid 0x${teid.toString(16).padStart(8, '0')}`;
  return segments === undefined || segments.length === 0 ? undefined : `segments ${segmentsText(segments)}`;
}

/** So many are named of a list of them. */
const MOST_SEGMENTS = 4;

function segmentsText(segments: readonly string[]): string {
  const named = segments.slice(0, MOST_SEGMENTS).join(', ');
  return segments.length > MOST_SEGMENTS ? `${named} and ${segments.length - MOST_SEGMENTS} more` : named;
}

/** `vxlan vni 42`, `gre key 7`, `ipip`. */
export function tunnelName(tunnel: Tunnel): string {
  const identifier = identifierText(tunnel);
  return identifier === undefined ? tunnel.kind : `${tunnel.kind} ${identifier}`;
}

/** Whether two tunnels have the same number, or the same list of nodes, that tells them from others between their ends. */
export function hasSameIdentifier(a: Tunnel, b: Tunnel): boolean {
  return identifierText(a) === identifierText(b) && a.segments?.join() === b.segments?.join();
}

/** One tunnel in words, as `vxlan vni 42 10.1.0.10 → 10.2.0.10 udp 4789`. */
export function tunnelLine(tunnel: Tunnel): string {
  const { kind, src, dst, srcport, dstport } = tunnel;
  const parts = [tunnelName(tunnel)];
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
    .map((tunnel) => {
      const { kind, vni, src, dst } = tunnel;
      const named = vni === undefined ? tunnelName(tunnel) : `${kind} ${vni}`;
      return src === undefined ? named : `${named} from ${src} to ${dst}`;
    })
    .join(', inside it ');
}
