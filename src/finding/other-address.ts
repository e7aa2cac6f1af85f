/** Replies from another address than the one that was pinged. */
import type { OtherAddress } from '../exchange/ping/other-addresses.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

export function otherAddress(evidence: Evidence): Finding[] {
  return evidence.summary.otherAddresses.map((other) => {
    const isInstead = unansweredOf(evidence, other.src, other.dst) > 0;
    const severity = isInstead ? 'error' : 'warning';
    return finding('other-address', otherAddressText(other, isInstead), other.tally.packets, severity);
  });
}

/** @param isInstead whether requests to the address that was asked went unanswered */
export function otherAddressText({ src, dst, from, tally }: OtherAddress, isInstead: boolean): string {
  const replies = `${counted(tally.count, 'reply', 'replies')} to ${src} with the identifier, sequence number and data of its ${tally.count === 1 ? 'request' : 'requests'}`;
  return isInstead
    ? `${from} answered instead of ${dst}, with ${replies}: if ${dst} is translated (NAT), the way back bypasses the translation; route replies through it`
    : `${from} answered as well as ${dst}, with ${replies}: look for packets that are copied on the path`;
}

/** Requests between these addresses that went unanswered. */
function unansweredOf(evidence: Evidence, src: string, dst: string): number {
  return evidence.summary.table.paths
    .filter((path) => path.src === src && path.dst === dst)
    .reduce((sum, { counts }) => sum + counts.unanswered.count, 0);
}
