/** Packets that are too large for a link on the path, without an ICMP error saying so: a black hole for path MTU discovery (RFC 2923). */

import { PacketSizes } from '../exchange/ping/packet-sizes.ts';
import { isTooLarge } from '../exchange/quoting-error.ts';
import { Tally } from '../exchange/tally.ts';
import { UNKNOWN_TUNNEL } from '../exchange/tunnel-table.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** Limit on findings about one pair of addresses. */
const MOST_PAIRS = 16;
/** Losses more likely than this by chance are not blamed on length. */
const CHANCE = 0.05;
/** The MTU of Ethernet, and so of most paths. */
const USUAL_MTU = 1500;

/** Requests from one address to another, by their lengths without the tunnels around them. */
interface Pair {
  readonly src: string;
  readonly dst: string;
  readonly sizes: PacketSizes;
  /** Bytes that tunnels add; 0 if none was seen. */
  overhead: number;
  /** An ICMP error names the MTU. */
  isExplained: boolean;
}

export function mtuBlackHole(evidence: Evidence): Finding[] {
  return pairsOf(evidence)
    .flatMap((pair) => (pair.isExplained ? [] : (blackHole(pair) ?? [])))
    .slice(0, MOST_PAIRS);
}

function pairsOf({ summary, tunnels, watch }: Evidence): Pair[] {
  const explained = new Set<string>();
  for (const error of watch.errors.values())
    if (isTooLarge(error)) explained.add(`${error.src} ${error.dst}`);
  const pairs = new Map<string, Pair>();
  for (const { tunnels: id, src, dst, counts } of summary.table.paths) {
    if (id === UNKNOWN_TUNNEL || tunnels.isInStream(id)) continue;
    const key = `${src} ${dst}`;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = { src, dst, sizes: new PacketSizes(), overhead: 0, isExplained: explained.has(key) };
      pairs.set(key, pair);
    }
    const overhead = tunnels.overhead(id);
    pair.sizes.merge(counts.sizes, overhead);
    pair.overhead = Math.max(pair.overhead, overhead);
    const [outer] = tunnels.tunnels(id);
    if (outer !== undefined && explained.has(`${outer.src} ${outer.dst}`)) pair.isExplained = true;
  }
  return [...pairs.values()];
}

function blackHole({ src, dst, sizes, overhead }: Pair): Finding | undefined {
  const sorted = sizes.sorted();
  const fits = sorted.findLast(([, { answered }]) => answered > 0)?.[0] ?? 0;
  const above = sorted.filter(([size]) => size > fits);
  const [shortest] = above[0] ?? [];
  if (shortest === undefined) return undefined;
  const lost = new Tally();
  for (const [, { unanswered }] of above) lost.merge(unanswered);
  const size = shortest + overhead;
  const requests =
    `${lost.count === 1 ? 'the request' : lost.count === 2 ? 'both requests' : `all ${lost.count} requests`} from ${src} to ${dst} of ${shortest} bytes ` +
    `${above.length > 1 ? 'or more ' : ''}${overhead > 0 ? `(${size} with the tunnel's headers) ` : ''}that must not be fragmented ` +
    'went unanswered';
  if (fits === 0) {
    if (size <= USUAL_MTU) return undefined;
    return finding(
      'mtu-black-hole',
      `${requests}, and most links take at most ${USUAL_MTU} bytes: give the inner devices an MTU of ${USUAL_MTU - overhead}, or make sure that every link on the path takes ${size}`,
      lost.packets,
      'warning',
    );
  }
  let answered = 0;
  let others = 0;
  for (const [length, counts] of sorted) {
    if (length > fits) continue;
    answered += counts.answered;
    others += counts.answered + counts.unanswered.count;
  }
  // The share of shorter requests that were lost, by the rule of succession, as the chance of each longer one.
  if (((others - answered + 1) / (others + 2)) ** lost.count > CHANCE) return undefined;
  return finding(
    'mtu-black-hole',
    `${requests}, while ${answered} of ${others} of up to ${fits} bytes ${answered === 1 ? 'was' : 'were'} answered; no ICMP error says why, but a link on the path probably has an MTU below ${size}: find it with ping -M do -s, lower the inner devices' MTU to leave room for ${overhead > 0 ? `${overhead} bytes of tunnel headers` : 'tunnels on the path'}, and let ICMP "fragmentation needed" through firewalls`,
    lost.packets,
  );
}
