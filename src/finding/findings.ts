/**
 * All findings, in the order in which they are told: one line a finding or family. Each lies in the file that it is imported from, which bears
 * its code's name or its family's; what they are made from is in evidence.ts, what is noted packet by packet in watch/, and what
 * each means in finding-codes.ts.
 */
import { badChecksum, damagedReplies } from './bad-checksum.ts';
import {
  arrivalTimes,
  captureBrokenOff,
  captureEndedEarly,
  linkTypeNotDecoded,
  malformed,
  packetsDropped,
  tooManyPaths,
  truncated,
} from './capture-limits.ts';
import { packetsOutOfOrder, repliesBeforeRequests } from './clock-backwards.ts';
import { encryptedTunnels } from './encrypted-tunnel.ts';
import type { Evidence } from './evidence.ts';
import type { Finding, Severity } from './finding.ts';
import { fragments } from './fragments.ts';
import { groupAnswers } from './group-answers.ts';
import { icmpErrors } from './icmp-errors.ts';
import { innerChecksumBad } from './inner-checksum-bad.ts';
import { keepalives } from './keepalives.ts';
import { kernelCounters } from './kernel-counters.ts';
import { kernelDropped } from './kernel-dropped.ts';
import { lateReplies } from './late-replies.ts';
import { lostReplies } from './lost-replies.ts';
import { mssTooLarge } from './mss-too-large.ts';
import { mtuBlackHole } from './mtu-black-hole.ts';
import { arpUnanswered, duplicateAddress, duplicateMac } from './neighbors.ts';
import { noEchoRequest } from './no-echo-request.ts';
import { oneWayOnly } from './one-way-only.ts';
import { onlyPingWorks } from './only-ping-works.ts';
import { otherAddress } from './other-address.ts';
import { otherData } from './other-data.ts';
import { otherVni } from './other-vni.ts';
import { asymmetricOuterPath, otherTunnel, replyOutsideTunnel } from './other-way-back.ts';
import { refusedExchanges } from './refused-exchanges.ts';
import { duplicateReplies, repeatedRequests } from './repeated.ts';
import { replyOtherMac } from './reply-other-mac.ts';
import { replyWithoutRequest } from './reply-without-request.ts';
import { requestOutsideTunnel } from './request-outside-tunnel.ts';
import { tcpBlackHole } from './tcp-black-hole.ts';
import { traceroute } from './traceroute.ts';
import { ttlDiffers } from './ttl-differs.ts';
import { tunPacketInformation } from './tun-packet-information.ts';
import { unansweredExchanges } from './unanswered-exchanges.ts';
import { repliesNotBack, undeliveredReplies } from './undelivered-replies.ts';
import { vxlanFlags } from './vxlan-flags.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** Of one severity, the first to be told come first. */
const IN_ORDER: readonly ((evidence: Evidence) => readonly Finding[])[] = [
  // Why nothing went through.
  noEchoRequest,
  encryptedTunnels,
  kernelDropped,
  icmpErrors,
  tunPacketInformation,
  mtuBlackHole,
  lostReplies,
  requestOutsideTunnel,
  // What else went through, or did not.
  onlyPingWorks,
  innerChecksumBad,
  tcpBlackHole,
  unansweredExchanges,
  refusedExchanges,
  mssTooLarge,
  oneWayOnly,
  // Replies that are no answer, or not the one that was asked for.
  undeliveredReplies,
  repliesNotBack,
  otherData,
  replyOtherMac,
  otherAddress,
  groupAnswers,
  // The overlay's network.
  vxlanFlags,
  arpUnanswered,
  duplicateAddress,
  duplicateMac,
  // When and by which way replies came.
  otherVni,
  lateReplies,
  replyOutsideTunnel,
  otherTunnel,
  repliesBeforeRequests,
  repeatedRequests,
  duplicateReplies,
  asymmetricOuterPath,
  replyWithoutRequest,
  ttlDiffers,
  traceroute,
  keepalives,
  // The capture.
  captureEndedEarly,
  tooManyPaths,
  damagedReplies,
  badChecksum,
  kernelCounters,
  packetsDropped,
  captureBrokenOff,
  packetsOutOfOrder,
  arrivalTimes,
  linkTypeNotDecoded,
  malformed,
  truncated,
  fragments,
];

/** All findings, errors first. */
export function findings(evidence: Evidence): Finding[] {
  return IN_ORDER.flatMap((find) => find(evidence)).sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
}
