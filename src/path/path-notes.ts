/** What limits a path view, in words. */
import { badChecksum } from '../finding/bad-checksum.ts';
import { arrivalTimes } from '../finding/capture-limits.ts';
import { packetsOutOfOrder, repliesBeforeRequests } from '../finding/clock-backwards.ts';
import type { Finding } from '../finding/finding.ts';
import { groupText } from '../finding/group-answers.ts';
import { otherAddressText } from '../finding/other-address.ts';
import { otherData } from '../finding/other-data.ts';
import { replyOtherMac } from '../finding/reply-other-mac.ts';
import { counted } from '../text/words.ts';
import type { Clocks } from './drift.ts';
import type { PathEvidence } from './path-evidence.ts';
import type { PathPing, PathWay } from './path-view.ts';
import type { Point } from './points.ts';

export function notesOf(
  evidence: PathEvidence,
  views: readonly PathWay[],
  points: readonly Point[],
  { bounds, drift }: Clocks,
  names: readonly string[],
  rows: readonly PathPing[],
  isEndUnknown: boolean,
): string[] {
  const { furtherWay, elsewhere, unread, ways, summary, damaged } = evidence;
  const isOfPings = evidence.of.every((followed) => followed === 'icmp');
  const [what, many] = isOfPings ? ['ping', 'pings'] : ['exchange', 'exchanges'];
  const notes: string[] = [];
  const reference = names[bounds.reference];
  for (const [clock, name] of names.entries()) {
    if (clock === bounds.reference || !points.some((point) => point.clock === clock)) continue;
    const known = bounds.offset(clock);
    if (known === undefined) {
      notes.push(
        `the clocks of ${name} and ${reference} can't be compared: no ${what} was seen in both with its reply; times between them are not shown`,
      );
      continue;
    }
    const { offset, uncertainty } = known;
    const ahead = offset < 0 ? 'behind' : 'ahead of';
    const speed = drift(clock);
    const drifted =
      speed === undefined
        ? ''
        : ` at the end; the clocks drifted apart meanwhile, by ${Math.abs(speed).toFixed(Math.abs(speed) < 10 ? 1 : 0)} millionths of the time on the average, and times are put right ping by ping`;
    notes.push(
      `clock of ${name}: ${(Math.abs(offset) / 1e6).toFixed(3)} ms ${ahead} that of ${reference}, ± ${(Math.abs(uncertainty) / 1e6).toFixed(3)} ms, estimated from requests and replies${drifted}`,
    );
  }
  for (const other of summary.otherAddresses) {
    const isInstead = views.some(
      ({ src, dst, pings, answered }) => src === other.src && dst === other.dst && answered < pings,
    );
    notes.push(otherAddressText(other, isInstead));
  }
  for (const group of summary.groups) if (group.members.length > 1) notes.push(groupText(group));
  for (const { message } of verdictFindings(evidence, points)) notes.push(message);
  for (const { count, packets } of damaged) {
    if (count === 0) continue;
    const are = count === 1 ? 'its receiver drops it' : 'their receivers drop them';
    notes.push(
      `${counted(count, 'packet')} in tunnels with a wrong TCP or UDP checksum (packets ${packets.join(', ')}${count > packets.length ? ', …' : ''}): ${are}, unless a card was still to put it right`,
    );
  }
  if (furtherWay !== undefined) {
    const { pings, answered } = views.at(-1) as PathWay;
    notes.push(
      `more than ${ways.length} pairs of addresses: ${counted(pings, what)} between others, ${answered} answered, count only in the totals`,
    );
  }
  if (elsewhere > 0) {
    notes.push(
      `${counted(elsewhere, 'packet')} of ${many} seen at more than the ${points.length} points that are listed; name fewer interfaces`,
    );
  }
  for (const { kind, text, advice } of unread) {
    // Beside pings that were read, what else is encrypted may be anything.
    if (kind === 'encrypted' && ways.length > 0) continue;
    notes.push(`${text}, so ${many} in there are missing here: ${advice}`);
  }
  const uncounted = [...ways, ...(furtherWay === undefined ? [] : [furtherWay])].reduce(
    (sum, way) => sum + way.uncounted,
    0,
  );
  const open = rows.filter(({ endedAfter }) => endedAfter !== undefined).length;
  if (open > 0)
    notes.push(
      `the capture ended while ${counted(open, `${what} was`, `${many} were`)} under way: whether ${open === 1 ? 'it was' : 'they were'} answered is not known; keep capturing for a second after the last one`,
    );
  if (isEndUnknown)
    notes.push(
      `nothing was captured after the last ${what} was seen last, and when the capture ended is not known: it may have been under way`,
    );
  if (uncounted > 0) notes.push(`${counted(uncounted, what)} took paths too many to list`);
  return notes;
}

/** What the verdict finds on the packets themselves: the same facts, by the same code. */
function verdictFindings(evidence: PathEvidence, points: readonly Point[]): Finding[] {
  const isOneClock = points.every(({ clock }) => clock === points[0]?.clock);
  return [
    ...otherData(evidence),
    ...replyOtherMac(evidence),
    ...badChecksum(evidence),
    // Between clocks, the view says itself what times tell.
    ...(isOneClock ? repliesBeforeRequests(evidence) : []),
    ...packetsOutOfOrder(evidence),
    ...arrivalTimes(evidence),
  ];
}
