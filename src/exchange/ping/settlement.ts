/** What became of a request, counted on its path once it is known for good, or as far as it is known. */

import { Tally } from '../tally.ts';
import { RELATION } from '../tunnel-relation.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import type { GroupMembers } from './group-requests.ts';
import type { OtherAddress } from './other-addresses.ts';
import { type PathCounts, PathTable, storedAddress } from './path-table.ts';
import type { PingEntries } from './ping-entries.ts';
import { ENTRY, FLAG, MOMENT, NOTE } from './ping-layout.ts';
import { isToldElsewhere, OUTCOME, outcomeOf } from './ping-rules.ts';
import { MOST_HOPS, Trace } from './trace.ts';

/**
 * Where no time limit is given: so long a request counts as waiting, and not yet as unanswered; a reply that takes longer
 * counts, as it does for ping itself, and is a finding.
 */
export const USUAL_WAIT_MILLISECONDS = 1000;

/** Everything counted. */
export class PingCounts {
  table = new PathTable();
  /** Replies whose request the capture does not have. */
  readonly orphans = new Tally();
  /** Those of them from before the first request. */
  readonly early = new Tally();
  /** Who answered requests to groups. */
  groups: readonly GroupMembers[] = [];
  /** Replies from others than were asked. */
  otherAddresses: readonly OtherAddress[] = [];

  clone(): PingCounts {
    const copy = new PingCounts();
    copy.table = this.table.clone();
    copy.orphans.merge(this.orphans);
    copy.early.merge(this.early);
    return copy;
  }
}

/**
 * Counts an entry.
 *
 * @param firstRequest the earliest request's time, in ns
 * @param since a request without a reply waits for it where it was sent then or later, in ns
 * @param isForgotten whether it leaves before its reply could come
 */
export type Settle = (
  entry: number,
  counts: PingCounts,
  firstRequest: number,
  since: number,
  isForgotten?: boolean,
) => void;

/** @param keepsCourses whether it counts how each path's pings went over time */
export function createSettlement(
  { words, moments, capacity }: PingEntries,
  { relation, isOtherPort, isOtherKey, depth }: TunnelTable,
  routers: readonly string[],
  keepsCourses: boolean,
): Settle {
  const { STRIDE, FLAGS, SOURCE, IDENTITY, REQUEST_TUNNELS, REPLY_TUNNELS, NOTES, HOPS } = ENTRY;
  const { REPEATED, DUPLICATES, REPLY_PRINT, DESTINATION } = ENTRY;
  const { OTHER_DATA, OTHER_SUM, DAMAGED, REFUSED, AWAY, GROUP, OTHER_HARDWARE, EXPIRED } = NOTE;
  const { answered: ANSWERED, undelivered: UNDELIVERED } = OUTCOME;
  const { STRIDE: MOMENTS, REQUEST_TIME, REPLY_TIME, REQUEST_NUMBER, REPLY_NUMBER } = MOMENT;
  const { STATE, PENDING, ORPHAN, IPV6, LATE, REQUEST_COUNT_SHIFT, SIZE_SHIFT } = FLAG;
  const SAME = RELATION.same;
  const SLOW = USUAL_WAIT_MILLISECONDS * 1e6;
  const FEW_HOPS = MOST_HOPS;

  /** Of a request with few hops left: who answered, and after what time. */
  function traceProbe(counts: PathCounts, entry: number, outcome: number): void {
    const word = entry * STRIDE;
    const double = entry * MOMENTS;
    const isAnswered = outcome === ANSWERED;
    const isExpired = !isAnswered && (words[word + NOTES] & EXPIRED) !== 0;
    let from: string | undefined;
    if (isExpired) from = routers[words[word + REPLY_PRINT]];
    else if (isAnswered) from = storedAddress(words, word + DESTINATION, (words[word + FLAGS] & IPV6) !== 0);
    const elapsed = moments[double + REPLY_TIME] - moments[double + REQUEST_TIME];
    counts.trace ??= new Trace();
    counts.trace.add(words[word + HOPS] & 0xff, from, elapsed, isExpired);
  }

  return (entry, { table, orphans, early }, firstRequest, since, isForgotten = false) => {
    const word = entry * STRIDE;
    const double = entry * MOMENTS;
    const flags = words[word + FLAGS];
    const state = flags & STATE;
    const replyNumber = moments[double + REPLY_NUMBER];
    const notes = words[word + NOTES];
    if (state === ORPHAN) {
      if (isToldElsewhere(notes)) return;
      const tally = moments[double + REPLY_TIME] < firstRequest ? early : orphans;
      tally.add(replyNumber, 1 + words[word + DUPLICATES]);
      return;
    }
    const there = words[word + REQUEST_TUNNELS];
    const ident = words[word + IDENTITY] >>> 16;
    const counts = table.find(there, ident, (flags & IPV6) !== 0, words, word + SOURCE);
    const requestNumber = moments[double + REQUEST_NUMBER];
    counts.requests.add(requestNumber);
    // Between tunnels' ends a packet is seen once; outside, which interface comes first may change from ping to ping.
    const hops = words[word + HOPS];
    // Those put away are settled behind later ones: a change that they show may be long over.
    const isOnce = entry < capacity && (depth(there) > 0 || ((flags >> REQUEST_COUNT_SHIFT) & 15) <= 1);
    if (isOnce && counts.requestHops !== (hops & 0xffff))
      counts.noteHops(false, hops & 0xffff, requestNumber);
    // A tally that is touched for nothing is one more piece of memory to read.
    if (words[word + DUPLICATES] !== 0) {
      counts.duplicates.add(replyNumber, words[word + DUPLICATES]);
      if ((notes & GROUP) !== 0) counts.groupDuplicates.add(replyNumber, words[word + DUPLICATES]);
    }
    if (words[word + REPEATED] !== 0) counts.repeated.add(requestNumber, words[word + REPEATED]);
    const size = flags >>> SIZE_SHIFT;
    const outcome = outcomeOf(flags, notes, true);
    if (size > 0 && !isForgotten)
      counts.sizes.add(size, state !== PENDING || outcome === UNDELIVERED, requestNumber);
    const hopsLeft = hops & 0xff;
    if (hopsLeft <= FEW_HOPS) traceProbe(counts, entry, outcome);
    if (outcome !== ANSWERED && (notes & EXPIRED) !== 0) {
      counts.addExpired(requestNumber, moments[double + REQUEST_TIME]);
      return;
    }
    if (outcome !== ANSWERED) {
      counts.unanswered.add(requestNumber);
      if ((notes & REFUSED) !== 0) counts.refused.add(replyNumber);
      else if ((notes & DAMAGED) !== 0) counts.damaged.add(replyNumber);
      else if ((notes & AWAY) !== 0) counts.away.add(replyNumber);
      else if (moments[double + REQUEST_TIME] >= since) counts.waiting++;
      if (isForgotten) counts.forgotten.add(requestNumber);
      if (keepsCourses) counts.course.add(moments[double + REQUEST_TIME], -1);
      if ((flags & LATE) !== 0) counts.late.add(replyNumber);
      return;
    }
    counts.answered++;
    if (hopsLeft < counts.leastHops) counts.leastHops = hopsLeft;
    if ((notes & OTHER_DATA) !== 0) counts.otherData.add(replyNumber);
    else if ((notes & OTHER_SUM) !== 0) counts.otherSum.add(replyNumber);
    if ((notes & OTHER_HARDWARE) !== 0) counts.otherHardware.add(replyNumber);
    if (isOnce && counts.replyHops !== hops >>> 16) counts.noteHops(true, hops >>> 16, replyNumber);
    const elapsed = moments[double + REPLY_TIME] - moments[double + REQUEST_TIME];
    if (elapsed >= 0) {
      counts.times.add(elapsed);
      if (keepsCourses) counts.course.add(moments[double + REQUEST_TIME], elapsed);
      if (elapsed > SLOW) counts.slow.add(replyNumber);
    } else {
      counts.backwards.add(replyNumber);
    }
    const back = relation(there, words[word + REPLY_TUNNELS]);
    if (isOtherPort(there, words[word + REPLY_TUNNELS])) counts.otherPort.add(replyNumber);
    if (isOtherKey(there, words[word + REPLY_TUNNELS])) counts.otherKey.add(replyNumber);
    if (back === SAME) return;
    if (back === RELATION.outside) counts.outside.add(replyNumber);
    else if (back === RELATION.otherVni) counts.otherVni.add(replyNumber);
    else if (back === RELATION.otherEnds) counts.otherEnds.add(replyNumber);
    else counts.otherTunnel.add(replyNumber);
  };
}
