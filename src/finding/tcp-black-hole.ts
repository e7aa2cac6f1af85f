/** Full TCP segments that are sent again and never acknowledged, while shorter ones are: a black hole for path MTU discovery (RFC 2923). */
import type { ExchangeCounts } from '../exchange/exchange-counts.ts';
import { Tally } from '../exchange/tally.ts';
import type { TransferCounts } from '../exchange/tcp/tcp-counts.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { captureDoubt, type ExchangeGroup, exchangeGroups } from './exchange-groups.ts';
import { type Finding, finding } from './finding.ts';
import { headersOf, pathMtu } from './path-mtu.ts';

/** Findings about one pair of addresses and direction: so many of them. */
const MOST_PAIRS = 16;
/** Every link takes so many bytes (RFC 8200, section 5), but for rare ones of IPv4: what is lost and shorter is not lost for its length. */
const LEAST_MTU = 1280;
/** What Ethernet takes, and most paths with it. */
const USUAL_MTU = 1500;

/** What every host takes (RFC 791, section 3.1): that this fits is no news. */
const LEAST_KNOWN = 576;

/** Connections that hang on full segments, in one direction. */
export interface BlackHole {
  readonly group: ExchangeGroup;
  readonly side: TransferCounts;
  readonly from: string;
  readonly to: string;
  /** Bytes of the shortest IP packet that did not get through, without the tunnel's headers; as the ends' MSS has it, where none is in the capture. */
  readonly size: number;
  readonly overhead: number;
  /** The longest that did, a ping included; 0 where none is known. */
  readonly fits: number;
  /** Connections that hang; the packets that show it. */
  readonly lost: Tally;
}

/** Whether a full segment did not get through in any of them. */
export function hasStuck({ tcp }: ExchangeCounts): boolean {
  return tcp !== undefined && [tcp.there, tcp.back].some(isStuck);
}

function isStuck({ stuck, shrunk, holes }: TransferCounts): boolean {
  return stuck.size + shrunk.count + holes.count > 0;
}

export function tcpBlackHole(evidence: Evidence): Finding[] {
  if (captureDoubt(evidence) !== undefined) return [];
  return blackHoles(evidence)
    .slice(0, MOST_PAIRS)
    .map((hole) => told(evidence, hole));
}

/** All that look so, also where the capture proves nothing. */
export function blackHoles(evidence: Evidence): BlackHole[] {
  return exchangeGroups(evidence).flatMap((group) => {
    const { tcp } = group.counts;
    if (tcp === undefined) return [];
    const { src, dst } = group;
    return [
      holeIn(evidence, group, tcp.there, src, dst),
      holeIn(evidence, group, tcp.back, dst, src),
    ].flatMap((hole) => hole ?? []);
  });
}

function holeIn(
  evidence: Evidence,
  group: ExchangeGroup,
  side: TransferCounts,
  from: string,
  to: string,
): BlackHole | undefined {
  if (!isStuck(side)) return undefined;
  // A receiver drops what is damaged, however long it is.
  if ((evidence.exchanges?.checksums.get(side.tunnels)?.bad.count ?? 0) > 0) return undefined;
  const overhead = evidence.exchanges?.tunnels.overhead(side.tunnels) ?? 0;
  const fits = Math.max(side.proven, longestPing(evidence, group, from, to));
  const shortest = Math.max(fits, LEAST_MTU - overhead);
  const lost = new Tally();
  const sizes: number[] = [];
  for (const [size, tally] of side.stuck) {
    if (size <= shortest) continue;
    sizes.push(size);
    lost.merge(tally);
  }
  if (side.shrunkSize > shortest) {
    sizes.push(side.shrunkSize);
    lost.merge(side.shrunk);
  }
  const [own, peer] = side.mss;
  const full = Math.min(own || peer, peer || own) + headersOf(group);
  // What is missing never came here: that it is a full segment is told by how much it is.
  if (side.holes.count > 0 && own + peer > 0 && full > shortest && side.holeBytes >= full - LONGEST_HEADERS) {
    sizes.push(full);
    lost.merge(side.holes);
  }
  if (lost.count === 0) return undefined;
  return { group, side, from, to, size: Math.min(...sizes), overhead, fits, lost };
}

/** IP and TCP headers with all options. */
const LONGEST_HEADERS = 100;

/** The longest ping that was answered the same way, without the tunnel's headers, of those that no router may cut into fragments. */
function longestPing({ summary, tunnels }: Evidence, group: ExchangeGroup, from: string, to: string): number {
  const ends = (list: ExchangeGroup['tunnels']) =>
    list.map(({ kind, vni, src = '', dst = '' }) => [kind, vni, ...[src, dst].sort()].join(' ')).join(', ');
  const wanted = ends(group.tunnels);
  let longest = 0;
  for (const { tunnels: id, src, dst, counts } of summary.table.paths) {
    const isSame = (src === from && dst === to) || (src === to && dst === from);
    if (!isSame || ends(tunnels.tunnels(id)) !== wanted) continue;
    for (const [size, { answered }] of counts.sizes.sorted())
      if (answered > 0) longest = Math.max(longest, size - tunnels.overhead(id));
  }
  return longest;
}

function told(evidence: Evidence, hole: BlackHole): Finding {
  const { group, side, from, to, size, overhead, fits, lost } = hole;
  const way = `from ${from} to ${to}${group.tunnels.length === 0 ? '' : ` by ${tunnelText(evidence.exchanges?.tunnels.tunnels(side.tunnels) ?? [])}`}`;
  const withHeaders = overhead > 0 ? ` (${size + overhead} with the tunnel's headers)` : '';
  const many = counted(lost.count, 'connection');
  const isSeen = side.stuck.size + side.shrunk.count > 0;
  const isThrough = side.shrunk.count === lost.count;
  const what = isThrough
    ? `${many} ${way} went on only once shorter segments were sent: packets of ${size} bytes${withHeaders} were sent again and not acknowledged`
    : isSeen
      ? `${many} ${way} ${lost.count === 1 ? 'hangs' : 'hang'}: packets of ${size} bytes${withHeaders} are sent again and never acknowledged`
      : `${many} ${way} ${lost.count === 1 ? 'hangs' : 'hang'}: at least ${side.holeBytes} bytes of data never came nor were acknowledged, though a shorter segment behind them was; full packets have ${size} bytes${withHeaders}`;
  const shorter = fits > 0 ? `, while those of up to ${fits} bytes were` : ', while the handshake was';
  const [own, peer] = side.mss;
  const mss =
    own + peer === 0
      ? ''
      : ` (MSS announced: ${own || 'not seen'} by ${from}, ${peer || 'not seen'} by ${to})`;
  const isAlive = side.stuckAlive + side.holesAlive > 0 || lost.count > 1;
  return finding(
    'tcp-black-hole',
    `${what}${isSeen ? shorter : ''}${mss}: ${isAlive || isThrough ? '' : 'nothing was heard of the other end since, so it may be gone, or '}a link on the way seems to take fewer than ${size + overhead} bytes; ${advice(evidence, hole)}`,
    lost.packets,
    isAlive && !isThrough ? 'error' : 'warning',
  );
}

function advice(evidence: Evidence, { group, size, overhead, fits }: BlackHole): string {
  const headers = headersOf(group);
  const path = pathMtu(evidence, group);
  const room = overhead > 0 ? `, which leaves room for the ${overhead} of the tunnel's headers` : '';
  const through = 'let ICMP "fragmentation needed" through firewalls';
  const known =
    path !== undefined && path.outer < size + overhead
      ? path
      : size + overhead > USUAL_MTU
        ? { outer: USUAL_MTU, source: 'as most do' }
        : undefined;
  if (known !== undefined) {
    const fit = known.outer - overhead;
    return `it takes ${known.outer}, ${known.source}: give the inner devices an MTU of ${fit}${room}, or clamp the MSS to ${fit - headers}, and ${through}`;
  }
  const isKnown = fits > LEAST_KNOWN;
  const [mtuFits, mssFits] = isKnown ? [` (${fits} fits)`, ` (${fits - headers} fits)`] : ['', ''];
  return `find out how many with ping -M do -s, and give the inner devices an MTU below ${size}${mtuFits}${room}, or clamp the MSS below ${size - headers}${mssFits}, and ${through}`;
}
