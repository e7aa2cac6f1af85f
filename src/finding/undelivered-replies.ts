/** Replies that were seen but did not arrive: refused on the way (undelivered-replies), or seen only farther away (replies-not-back). */
import { stopsPackets } from '../exchange/quoting-error.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { type Pair, pairsOf, repliesOf } from './reply-pairs.ts';

export function undeliveredReplies(evidence: Evidence): Finding[] {
  return pairsOf(evidence.summary.table.paths, ({ refused }) => [refused]).map((pair) =>
    refusedFinding(pair, evidence),
  );
}

export function repliesNotBack({ summary }: Evidence): Finding[] {
  return pairsOf(summary.table.paths, ({ away }) => [away]).map(awayFinding);
}

function refusedFinding(pair: Pair, { watch, tunnels }: Evidence): Finding {
  const { src, dst, replies } = pair;
  const outer = [...pair.tunnels].flatMap((id) => tunnels.tunnels(id).slice(0, 1));
  const refusals = [...watch.errors.values()].filter(
    (error) =>
      stopsPackets(error) &&
      ((error.src === dst && error.dst === src) ||
        outer.some((tunnel) => error.src === tunnel.dst && error.dst === tunnel.src)),
  );
  const who = [...new Set(refusals.map(({ from }) => from))].join(' and ');
  const were = replies.count === 1 ? 'was' : 'were';
  return finding(
    'undelivered-replies',
    `${repliesOf(pair)} ${were} seen but not delivered, according to ICMP errors${who === '' ? '' : ` from ${who}`} that quote ${replies.count === 1 ? 'it' : 'them'}: look into these errors`,
    replies.packets,
  );
}

function awayFinding(pair: Pair): Finding {
  const { replies } = pair;
  const isOne = replies.count === 1;
  return finding(
    'replies-not-back',
    `${repliesOf(pair)} ${isOne ? 'was' : 'were'} seen, but did not come back to the interface where ${isOne ? 'its request was' : 'their requests were'} first seen: tunnelscope path shows how far ${isOne ? 'it' : 'they'} came; check routes and rp_filter there`,
    replies.packets,
  );
}
