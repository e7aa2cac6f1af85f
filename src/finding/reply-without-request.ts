/** Replies whose requests are not here: never captured (reply-without-request), forgotten (pings-forgotten), or sent before the capture began (capture-began-late). */
import { MOST_WAITING } from '../exchange/ping/ping-memory.ts';
import type { PingCounts } from '../exchange/ping/settlement.ts';
import { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { tallied } from './tallied.ts';

/** Requests that were forgotten, and to which answers may be among the replies without a request. */
export function forgottenOf(forgotten: Tally, { orphans }: PingCounts): Tally {
  return orphans.count > 0 ? forgotten : new Tally();
}

export function replyWithoutRequest({ summary, total }: Evidence): Finding[] {
  // Without any request, a capture of one direction is likelier than one that began late.
  const isLateBegin = total.requests.count > 0;
  const without = new Tally();
  without.merge(summary.orphans);
  if (!isLateBegin) without.merge(summary.early);
  const forgotten = forgottenOf(total.forgotten, summary);
  return [
    ...tallied(
      'reply-without-request',
      forgotten.count === 0 ? without : new Tally(),
      ['reply has', 'replies have'],
      'no request in this capture: capture where both directions pass',
    ),
    ...tallied(
      'pings-forgotten',
      forgotten,
      ['ping was', 'pings were'],
      `forgotten before an answer could come, and ${counted(summary.orphans.count, 'reply', 'replies')} may be theirs: more than ${MOST_WAITING} were waiting at once, so the loss is not proven; narrow the capture with a filter`,
    ),
    ...(isLateBegin
      ? tallied(
          'capture-began-late',
          summary.early,
          ['reply at the start has', 'replies at the start have'],
          'no request in this capture, which began in the middle of a run: not counted',
        )
      : []),
  ];
}
