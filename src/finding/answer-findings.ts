/** Replies that were seen and are no answer, or not the one that was asked for. */

import type { GroupMembers } from '../exchange/ping/group-requests.ts';
import type { OtherAddress } from '../exchange/ping/other-addresses.ts';
import type { PingPath } from '../exchange/ping/path-table.ts';
import { stopsPackets } from '../exchange/quoting-error.ts';
import { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';
import { type Evidence, type Finding, finding } from './finding.ts';

/** Findings about one pair of addresses: so many of a kind. */
const MOST_PAIRS = 16;
/** Members of a group that are named; the others are only counted. */
const MOST_NAMED = 8;

/** Paths between the same addresses, counted together. */
interface Pair {
  readonly src: string;
  readonly dst: string;
  readonly refused: Tally;
  readonly away: Tally;
  readonly otherData: Tally;
  /** Combinations of tunnels that requests took. */
  readonly tunnels: Set<number>;
}

export function answerFindings(evidence: Evidence): Finding[] {
  const pairs = pairsOf(evidence.summary.table.paths, evidence);
  return [
    ...pairs.filter(({ refused }) => refused.count > 0).map((pair) => refusedFinding(pair, evidence)),
    ...pairs.filter(({ away }) => away.count > 0).map(awayFinding),
    ...pairs.filter(({ otherData }) => otherData.count > 0).map(otherDataFinding),
    ...otherAddressFindings(evidence),
    ...groupFindings(evidence),
  ];
}

function pairsOf(paths: readonly PingPath[], { watch }: Evidence): Pair[] {
  // Where checksums are wrong, they tell nothing about the data.
  const hasBadSums = [...watch.badChecksums.values()].some(({ protocol }) =>
    protocol.name.startsWith('icmp'),
  );
  const pairs = new Map<string, Pair>();
  for (const { src, dst, counts, tunnels } of paths) {
    const key = `${src} ${dst}`;
    let pair = pairs.get(key);
    if (pair === undefined) {
      if (pairs.size === MOST_PAIRS) continue;
      const tallies = { refused: new Tally(), away: new Tally(), otherData: new Tally() };
      pair = { src, dst, ...tallies, tunnels: new Set() };
      pairs.set(key, pair);
    }
    pair.refused.merge(counts.refused);
    pair.away.merge(counts.away);
    pair.otherData.merge(counts.otherData);
    if (!hasBadSums) pair.otherData.merge(counts.otherSum);
    pair.tunnels.add(tunnels);
  }
  return [...pairs.values()];
}

function repliesOf(count: number, { src, dst }: Pick<Pair, 'src' | 'dst'>): string {
  return `${counted(count, 'reply', 'replies')} from ${dst} to ${src}`;
}

function refusedFinding(pair: Pair, { watch, tunnels }: Evidence): Finding {
  const { src, dst, refused } = pair;
  const outer = [...pair.tunnels].flatMap((id) => tunnels.tunnels(id).slice(0, 1));
  const refusals = [...watch.errors.values()].filter(
    (error) =>
      stopsPackets(error) &&
      ((error.src === dst && error.dst === src) ||
        outer.some((tunnel) => error.src === tunnel.dst && error.dst === tunnel.src)),
  );
  const who = [...new Set(refusals.map(({ from }) => from))].join(' and ');
  const were = refused.count === 1 ? 'was' : 'were';
  return finding(
    'undelivered-replies',
    `${repliesOf(refused.count, pair)} ${were} seen and not delivered, as ICMP errors${who === '' ? '' : ` from ${who}`} say that quote ${refused.count === 1 ? 'it' : 'them'}: see to what these are about`,
    refused.packets,
  );
}

function awayFinding(pair: Pair): Finding {
  const { away } = pair;
  const isOne = away.count === 1;
  return finding(
    'replies-not-back',
    `${repliesOf(away.count, pair)} ${isOne ? 'was' : 'were'} seen, and did not come back to the interface where ${isOne ? 'its request was' : 'their requests were'} seen first: tunnelscope path shows how far ${isOne ? 'it' : 'they'} came, so check routes and rp_filter there`,
    away.packets,
  );
}

function otherDataFinding(pair: Pair): Finding {
  const { otherData } = pair;
  const isOne = otherData.count === 1;
  return finding(
    'other-data',
    `${repliesOf(otherData.count, pair)} ${isOne ? 'does' : 'do'} not return the data of ${isOne ? 'its request' : 'their requests'}, as RFC 792 and RFC 4443 demand: look for what changes or cuts packets on the way, and checks their sums anew`,
    otherData.packets,
  );
}

/** Requests between these addresses that went unanswered. */
function unansweredOf(evidence: Evidence, src: string, dst: string): number {
  return evidence.summary.table.paths
    .filter((path) => path.src === src && path.dst === dst)
    .reduce((sum, { counts }) => sum + counts.unanswered.count, 0);
}

function otherAddressFindings(evidence: Evidence): Finding[] {
  return evidence.summary.otherAddresses.map((other) => {
    const isInstead = unansweredOf(evidence, other.src, other.dst) > 0;
    const severity = isInstead ? 'error' : 'warning';
    return finding('other-address', otherAddressText(other, isInstead), other.tally.packets, severity);
  });
}

/** @param isInstead whether requests to the address that was asked went unanswered */
export function otherAddressText({ src, dst, from, tally }: OtherAddress, isInstead: boolean): string {
  const replies = `${counted(tally.count, 'reply', 'replies')} to ${src} with the numbers and the data of its ${tally.count === 1 ? 'request' : 'requests'}`;
  return isInstead
    ? `${from} answered instead of ${dst}, in ${replies}: where ${dst} is translated (NAT), the way back leaves the translation out, so route replies through it`
    : `${from} answered too, where ${dst} was asked, in ${replies}: look for packets that are copied on the way`;
}

function groupFindings({ summary }: Evidence): Finding[] {
  return summary.groups.flatMap((group) =>
    group.members.length < 2 ? [] : finding('group-answers', groupText(group)),
  );
}

export function groupText({ src, dst, members }: GroupMembers): string {
  const named = members.slice(0, MOST_NAMED);
  if (members.length > named.length) named.push(`${members.length - named.length} more`);
  const last = named.pop();
  return `${members.length} hosts answer what ${src} asks of ${dst}: ${named.join(', ')} and ${last}; of the answers to one request, those behind the first count as duplicates, as for ping`;
}

/** Requests that went unanswered though a reply is known, of which other findings tell; no more than `unanswered` of them. */
export function explainedOf(path: PingPath, { summary }: Evidence): Tally {
  const { counts, src, dst } = path;
  const explained = new Tally();
  for (const tally of [counts.refused, counts.damaged, counts.away]) explained.merge(tally);
  for (const other of summary.otherAddresses)
    if (other.src === src && other.dst === dst) explained.merge(other.tally);
  return explained;
}
