/** Packets that are too large for a link on the way, where no ICMP error says so: a black hole for path MTU discovery (RFC 2923). */

import { PacketSizes } from '../exchange/ping/packet-sizes.ts';
import { isTooLarge } from '../exchange/quoting-error.ts';
import { Tally } from '../exchange/tally.ts';
import { UNKNOWN_TUNNEL } from '../exchange/tunnel-table.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** Findings about one pair of addresses: so many of them. */
const MOST_PAIRS = 16;
/** Losses that chance explains more often than this are not put down to length. */
const CHANCE = 0.05;
/** What Ethernet takes, and most paths with it. */
const USUAL_MTU = 1500;

/** Requests from one address to another, by their lengths without the tunnels around them. */
interface Pair {
  readonly src: string;
  readonly dst: string;
  readonly sizes: PacketSizes;
  /** Bytes that tunnels add; 0 where none was seen. */
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
    if (id === UNKNOWN_TUNNEL) continue;
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
    `${lost.count === 1 ? 'the request' : `none of ${lost.count} requests`} from ${src} to ${dst} of ${shortest} bytes ` +
    `${above.length > 1 ? 'and more ' : ''}${overhead > 0 ? `(${size} with the tunnel's headers) ` : ''}that must not be fragmented ` +
    `was ${lost.count === 1 ? 'not ' : ''}answered`;
  if (fits === 0) {
    if (size <= USUAL_MTU) return undefined;
    return finding(
      'mtu-black-hole',
      `${requests}, and most links take ${USUAL_MTU} bytes: give the inner devices an MTU of ${USUAL_MTU - overhead}, or see that each link on the way takes ${size}`,
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
    `${requests}, while ${answered} of ${others} of at most ${fits} bytes ${answered === 1 ? 'was' : 'were'}, and no ICMP error says why: a link on the way seems to take fewer than ${size} bytes, so find out how many with ping -M do -s, give the inner devices an MTU that leaves room for ${overhead > 0 ? `the ${overhead} of the tunnel's headers` : 'tunnels on the way'}, and let ICMP "fragmentation needed" through firewalls`,
    lost.packets,
  );
}
