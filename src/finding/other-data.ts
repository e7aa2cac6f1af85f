/** Replies that do not return their request's data. */
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { type Pair, pairsOf, repliesOf } from './reply-pairs.ts';

export function otherData({ summary, watch }: Pick<Evidence, 'summary' | 'watch'>): Finding[] {
  // Where checksums are wrong, they tell nothing about the data.
  const hasBadSums = [...watch.badChecksums.values()].some(({ protocol }) =>
    protocol.name.startsWith('icmp'),
  );
  return pairsOf(summary.table.paths, (counts) =>
    hasBadSums ? [counts.otherData] : [counts.otherData, counts.otherSum],
  ).map(otherDataFinding);
}

function otherDataFinding(pair: Pair): Finding {
  const { replies } = pair;
  const isOne = replies.count === 1;
  return finding(
    'other-data',
    `${repliesOf(pair)} ${isOne ? 'does' : 'do'} not return the data of ${isOne ? 'its request' : 'their requests'}, which RFC 792 and RFC 4443 require: look for what changes or truncates packets on the path and recomputes their checksums`,
    replies.packets,
  );
}
