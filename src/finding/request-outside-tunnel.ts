/** Requests of one run of ping, of which some went through a tunnel and some did not. */
import { type PingPath, runOf } from '../exchange/ping/path-table.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** Limit on findings about one pair of addresses. */
const MOST_PAIRS = 32;

export function requestOutsideTunnel({ summary, tunnels }: Evidence): Finding[] {
  const tunneled = new Map<string, PingPath>();
  for (const path of summary.table.paths)
    if (tunnels.depth(path.tunnels) > 0) tunneled.set(runOf(path), path);
  const found: Finding[] = [];
  for (const path of summary.table.paths) {
    const inside = tunneled.get(runOf(path));
    if (tunnels.depth(path.tunnels) > 0 || inside === undefined) continue;
    const { count, packets } = path.counts.requests;
    found.push(
      finding(
        'request-outside-tunnel',
        `${counted(count, 'request')} from ${path.src} to ${path.dst} ${count === 1 ? 'was' : 'were'} seen only outside the tunnel that others took (${tunnelText(tunnels.tunnels(inside.tunnels))}): check that the tunnel stays up, the route into it, and what its device drops`,
        packets,
      ),
    );
  }
  return found.slice(0, MOST_PAIRS);
}
