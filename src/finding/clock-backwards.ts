/** Times that are not in order: replies before their requests, and packets behind later ones. */
import { counted, milliseconds } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { tallied } from './tallied.ts';

export function repliesBeforeRequests({
  total,
  timesAreArrival,
}: Pick<Evidence, 'total' | 'timesAreArrival'>): Finding[] {
  return tallied(
    'clock-backwards',
    total.backwards,
    ['reply has', 'replies have'],
    timesAreArrival
      ? "a time before the request's, and no round-trip time: not all packets' times are those at which they passed"
      : "a time before the request's, and no round-trip time: the capturing machine's clock was set back",
  );
}

export function packetsOutOfOrder({ disorder: { tally, most } }: Pick<Evidence, 'disorder'>): Finding[] {
  const { count, packets } = tally;
  if (count === 0) return [];
  return [
    finding(
      'clock-backwards',
      `${counted(count, 'packet stands', 'packets stand')} behind others with a later time, by up to ${milliseconds(most)} ms: their times are not in order, so a round trip between them may be none; capture again with tcpdump, or put the file in order (reordercap)`,
      packets,
    ),
  ];
}
