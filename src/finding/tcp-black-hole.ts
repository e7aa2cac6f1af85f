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

/** Every host takes this much (RFC 791, section 3.1): not worth telling. */
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
  const tunnels = evidence.exchanges?.tunnels.tunnels(side.tunnels) ?? [];
  const by = tunnels.length === 0 ? '' : ` through ${tunnelText(tunnels)}`;
  const who = `${counted(lost.count, 'connection')} from ${from} to ${to}${by}`;
  const hangs = `${who} ${lost.count === 1 ? 'hangs' : 'hang'}`;
  const packets = `${size} bytes${overhead > 0 ? ` (${size + overhead} with the tunnel's headers)` : ''}`;
  const shorter = fits > 0 ? `packets of up to ${fits} bytes were` : 'the handshake was';
  const isThrough = side.shrunk.count === lost.count;
  const what = isThrough
    ? `${who} went on only after the sender switched to shorter segments: packets of ${packets} were sent again and not acknowledged, while ${shorter}`
    : side.stuck.size + side.shrunk.count > 0
      ? `${hangs}: packets of ${packets} are sent again and never acknowledged, while ${shorter}`
      : `${hangs}: at least ${side.holeBytes} bytes of data never arrived and were never acknowledged, although a shorter segment after them was; full packets have ${packets}`;
  const [own, peer] = side.mss;
  const mss =
    own + peer === 0
      ? ''
      : ` (MSS announced: ${own || 'not seen'} by ${from}, ${peer || 'not seen'} by ${to})`;
  const isAlive = isThrough || side.stuckAlive + side.holesAlive > 0 || lost.count > 1;
  const doubt = isAlive ? '' : '; nothing was heard from the other end since, so it may be gone, or else';
  return finding(
    'tcp-black-hole',
    `${what}${mss}${doubt === '' ? ';' : doubt} ${advice(evidence, group, hole)}`,
    lost.packets,
    isAlive && !isThrough ? 'error' : 'warning',
  );
}

function advice(evidence: Evidence, group: ExchangeGroup, { size, overhead, fits }: BlackHole): string {
  const headers = headersOf(group);
  const path = pathMtu(evidence, group);
  const room = overhead > 0 ? `, to leave room for ${overhead} bytes of tunnel headers` : '';
  const through = 'let ICMP "fragmentation needed" through firewalls';
  const known =
    path !== undefined && path.outer < size + overhead
      ? path
      : size + overhead > USUAL_MTU
        ? { outer: USUAL_MTU, source: 'as most have' }
        : undefined;
  if (known !== undefined) {
    const fit = known.outer - overhead;
    return `a link on the path has an MTU of ${known.outer}, ${known.source}: set the inner devices' MTU to ${fit}${room}, or clamp the MSS to ${fit - headers}, and ${through}`;
  }
  const isKnown = fits > LEAST_KNOWN;
  const [mtuFits, mssFits] = isKnown ? [` (${fits} fits)`, ` (${fits - headers} fits)`] : ['', ''];
  return `a link on the path probably has an MTU below ${size + overhead}: find it with ping -M do -s, set the inner devices' MTU below ${size}${mtuFits}${room}, or clamp the MSS below ${size - headers}${mssFits}, and ${through}`;
}
