/** Others answered than were asked. */
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
  const replies = `${counted(tally.count, 'reply', 'replies')} to ${src} with the numbers and the data of its ${tally.count === 1 ? 'request' : 'requests'}`;
  return isInstead
    ? `${from} answered instead of ${dst}, in ${replies}: where ${dst} is translated (NAT), the way back leaves the translation out, so route replies through it`
    : `${from} answered too, where ${dst} was asked, in ${replies}: look for packets that are copied on the way`;
}

/** Requests between these addresses that went unanswered. */
function unansweredOf(evidence: Evidence, src: string, dst: string): number {
  return evidence.summary.table.paths
    .filter((path) => path.src === src && path.dst === dst)
    .reduce((sum, { counts }) => sum + counts.unanswered.count, 0);
}
