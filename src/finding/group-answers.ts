/** Who answers requests to a group (multicast, broadcast). */
import type { GroupMembers } from '../exchange/ping/group-requests.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** Members of a group that are named; the others are only counted. */
const MOST_NAMED = 8;

export function groupAnswers({ summary }: Evidence): Finding[] {
  return summary.groups.flatMap((group) =>
    group.members.length < 2 ? [] : finding('group-answers', groupText(group)),
  );
}

export function groupText({ src, dst, members }: GroupMembers): string {
  const named = members.slice(0, MOST_NAMED);
  if (members.length > named.length) named.push(`${members.length - named.length} more`);
  const last = named.pop();
  return `${members.length} hosts answer requests from ${src} to ${dst}: ${named.join(', ')} and ${last}; the first answer to a request counts, and the others are duplicates, as in ping`;
}
