/** Replies that came after the time limit, or later than most people wait. */
import { USUAL_WAIT_MILLISECONDS } from '../exchange/ping/settlement.ts';
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { REPLIES, tallied } from './tallied.ts';

export function lateReplies({ total: { late, slow }, timeoutMilliseconds }: Evidence): Finding[] {
  return [
    ...tallied(
      'late-replies',
      late,
      REPLIES,
      `took longer than the time limit of ${timeoutMilliseconds} ms: look for congestion, or raise the limit`,
    ),
    ...(timeoutMilliseconds === undefined
      ? tallied(
          'late-replies',
          slow,
          REPLIES,
          `took longer than ${USUAL_WAIT_MILLISECONDS} ms, but ${slow.count === 1 ? 'counts' : 'count'}, as no --timeout was given: look for congestion and slow ARP resolution`,
        )
      : []),
  ];
}
