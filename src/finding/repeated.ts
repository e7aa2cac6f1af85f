/** Requests and replies that came more than once (repeated-requests, duplicate-replies). */
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { REPLIES, tallied } from './tallied.ts';

export function repeatedRequests({ total }: Evidence): Finding[] {
  return tallied(
    'repeated-requests',
    total.repeated,
    ['request', 'requests'],
    'came once more at the same place: sent again, or copied by the network',
  );
}

export function duplicateReplies({ total }: Evidence): Finding[] {
  return tallied(
    'duplicate-replies',
    total.strayDuplicates(),
    REPLIES,
    'came once more: look for a loop, or two hosts with one address',
  );
}
