/** Times that are out of order: replies dated before their requests, and packets dated before those that precede them. */
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
    ['reply is', 'replies are'],
    timesAreArrival
      ? 'dated before the request, so there is no round-trip time: not every packet carries the time at which it passed'
      : "dated before the request, so there is no round-trip time: the capturing machine's clock was set back",
  );
}

export function packetsOutOfOrder({ disorder: { tally, most } }: Pick<Evidence, 'disorder'>): Finding[] {
  const { count, packets } = tally;
  if (count === 0) return [];
  return [
    finding(
      'clock-backwards',
      `${counted(count, 'packet is', 'packets are')} dated before packets that precede ${count === 1 ? 'it' : 'them'}, by up to ${milliseconds(most)} ms: round-trip times may be missing or wrong; capture again with tcpdump, or sort the file with reordercap`,
      packets,
    ),
  ];
}
