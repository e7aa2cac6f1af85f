/** TCP inside a tunnel announces segments that are too large for the tunnel's way, and none was lost yet. */
import { tunnelText } from '../exchange/tunnel-words.ts';
import type { Evidence } from './evidence.ts';
import { type ExchangeGroup, exchangeGroups } from './exchange-groups.ts';
import { type Finding, finding } from './finding.ts';
import { headersOf, pathMtu } from './path-mtu.ts';
import { hasStuck } from './tcp-black-hole.ts';

/** Findings about one pair of addresses: so many of them. */
const MOST_PAIRS = 16;

export function mssTooLarge(evidence: Evidence): Finding[] {
  return exchangeGroups(evidence)
    .filter(({ tunnels, counts }) => tunnels.length > 0 && !hasStuck(counts))
    .flatMap((group) => tooLarge(evidence, group))
    .slice(0, MOST_PAIRS);
}

function tooLarge(evidence: Evidence, group: ExchangeGroup): Finding[] {
  const mss = group.counts.tcp?.mss;
  const path = pathMtu(evidence, group);
  if (mss === undefined || path === undefined || evidence.exchanges?.tunnels.isInStream(group.id)) return [];
  const overhead = evidence.exchanges?.tunnels.overhead(group.id) ?? 0;
  const headers = headersOf(group);
  const size = mss.bytes + headers + overhead;
  if (size <= path.outer) return [];
  const { src, dst, tunnels } = group;
  const [asker, asked] = mss.announced;
  const fits = path.outer - overhead;
  const ends =
    asker > 0 && asked > 0
      ? `${src} announces an MSS of ${asker} bytes and ${dst} one of ${asked}`
      : `${asker > 0 ? src : dst} announces an MSS of ${asker + asked} bytes`;
  return [
    finding(
      'mss-too-large',
      `${ends} through ${tunnelText(tunnels)}, so full packets have ${size} bytes (${mss.bytes} + ${headers} + ${overhead} of tunnel headers), and the path's MTU is ${path.outer}, ${path.source}: nothing was lost yet; set the inner devices' MTU to ${fits}, or clamp the MSS to ${fits - headers}`,
      mss.packets,
    ),
  ];
}
