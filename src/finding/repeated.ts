/** Requests and replies that came more than once (repeated-requests, duplicate-replies). */
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { tallied } from './tallied.ts';

export function repeatedRequests({ total }: Evidence): Finding[] {
  return tallied(
    'repeated-requests',
    total.repeated,
    ['repeated request was', 'repeated requests were'],
    'seen at the same point: sent again, or copied by the network',
  );
}

export function duplicateReplies({ total }: Evidence): Finding[] {
  return tallied(
    'duplicate-replies',
    total.strayDuplicates(),
    ['duplicate reply', 'duplicate replies'],
    'came: look for a loop, or two hosts with one address',
  );
}
