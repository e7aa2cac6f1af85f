/** All that is found, put together. */
import { linkTypeInWords } from '../decode/link-type-words.ts';
import type { PathCounts } from '../exchange/ping/path-table.ts';
import { MOST_WAITING } from '../exchange/ping/ping-memory.ts';
import { USUAL_WAIT_MILLISECONDS } from '../exchange/ping/settlement.ts';
import { Tally } from '../exchange/tally.ts';
import { counted, milliseconds } from '../text/words.ts';
import { answerFindings } from './answer-findings.ts';
import { errorFindings, packetInformationFindings } from './error-findings.ts';
import { type Evidence, type Finding, type FindingCode, finding, type Severity } from './finding.ts';
import { mtuFindings } from './mtu-findings.ts';
import { networkFindings } from './network-findings.ts';
import { forgottenOf, pathFindings } from './path-findings.ts';
import { unreadReasons } from './unread-watch.ts';
import { vniFindings } from './vni-findings.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/**
 * All findings, errors first.
 *
 * @param total the counts of all paths together
 */
export function findings(evidence: Evidence, total: PathCounts): Finding[] {
  const found = [
    ...requestFindings(evidence),
    ...errorFindings(evidence),
    ...packetInformationFindings(evidence),
    ...mtuFindings(evidence),
    ...pathFindings(evidence),
    ...answerFindings(evidence),
    ...networkFindings(evidence),
    ...vniFindings(evidence),
    ...totalFindings(evidence, total),
    ...captureFindings(evidence, total),
  ];
  return found.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function requestFindings({
  summary,
  packets,
  watch,
  neighbors,
  unread,
  fragments,
  whyEmpty,
}: Evidence): Finding[] {
  // What is in VXLAN headers that receivers drop may well be echo requests: another finding says so.
  if (summary.table.paths.length > 0 || watch.vxlanFlags.count > 0) return [];
  if (packets === 0) {
    return [
      finding(
        'no-echo-request',
        whyEmpty ?? 'the capture has no packets: check interface and filter, and ping while it runs',
      ),
    ];
  }
  const replies = summary.orphans.count + summary.early.count;
  const [question] = neighbors.unanswered();
  let advice =
    'ping while capturing; for a tunnel that is not recognised, say what it carries with -d udp.port==PORT,tun (or raw, eth, vxlan)';
  if (replies > 0) {
    advice = `but ${replies === 1 ? '1 is a reply' : `${replies} are replies`}: capture where both directions pass`;
  } else if (question !== undefined) {
    advice = `and none may have been sent, as ARP for ${question.address} is not answered: look into that first`;
  }
  const [likely] = watch.likelyTunnels();
  if (replies === 0 && likely !== undefined) {
    const { port, name, title, tally } = likely;
    return [
      finding(
        'no-echo-request',
        `${counted(tally.count, 'payload')} to UDP port ${port} ${tally.count === 1 ? 'looks' : 'look'} like ${title}, which their bytes don't prove, so no echo request is seen in them: -d udp.port==${port},${name} reads them`,
        tally.packets,
      ),
    ];
  }
  const none = packets === 1 ? 'the only packet is not' : `none of ${packets} packets is`;
  const reasons = replies > 0 || question !== undefined ? [] : unreadReasons(unread, fragments);
  const [first] = reasons;
  if (first !== undefined) {
    const why = `${reasons.map(({ text }) => text).join(', ')}: ${first.advice}`;
    const isMost = reasons.reduce((sum, { count }) => sum + count, 0) * 2 >= packets;
    return [
      finding(
        'no-echo-request',
        isMost
          ? `${none} an echo request that can be read: ${why}`
          : `${none} an echo request: ping while capturing; besides, ${why}`,
      ),
    ];
  }
  return [finding('no-echo-request', `${none} an echo request${replies > 0 ? ', ' : ': '}${advice}`)];
}

function totalFindings(
  { summary, timeoutMilliseconds, waiting, timesAreArrival, isRunning }: Evidence,
  total: PathCounts,
): Finding[] {
  const found: Finding[] = [];
  const add = (
    code: FindingCode,
    { count, packets }: Tally,
    [one, many]: readonly [string, string],
    message: string,
  ) => {
    if (count > 0) found.push(finding(code, `${counted(count, one, many)} ${message}`, packets));
  };
  const replies = ['reply', 'replies'] as const;
  add(
    'late-replies',
    total.late,
    replies,
    `came after more than ${timeoutMilliseconds} ms: look for congestion, or raise the time limit`,
  );
  if (timeoutMilliseconds === undefined) {
    add(
      'late-replies',
      total.slow,
      replies,
      `came after more than ${USUAL_WAIT_MILLISECONDS} ms, and ${total.slow.count === 1 ? 'counts' : 'count'}, as no --timeout is given: look for congestion, and for ARP that takes its time`,
    );
  }
  add(
    'reply-outside-tunnel',
    total.outside,
    replies,
    'came back outside the tunnel: check the route back on the other side',
  );
  add(
    'other-tunnel',
    total.otherTunnel,
    replies,
    'came back by another tunnel than the request took: compare routes and tunnels of both sides',
  );
  add(
    'clock-backwards',
    total.backwards,
    ['reply has', 'replies have'],
    timesAreArrival
      ? "a time before the request's, and no round-trip time: not all packets' times are those at which they passed"
      : "a time before the request's, and no round-trip time: the capturing machine's clock was set back",
  );
  add(
    'repeated-requests',
    total.repeated,
    ['request', 'requests'],
    'came once more at the same place: sent again, or copied by the network',
  );
  add(
    'duplicate-replies',
    total.strayDuplicates(),
    replies,
    'came once more: look for a loop, or two hosts with one address',
  );
  add(
    'asymmetric-outer-path',
    total.otherEnds,
    replies,
    "came back by a tunnel between other hosts than the request's: compare both sides' routes and forwarding entries, and mind stateful firewalls",
  );
  // Without any request, a capture that sees one direction only says more than one that began late.
  const isLateBegin = total.requests.count > 0;
  const without = new Tally();
  without.merge(summary.orphans);
  if (!isLateBegin) without.merge(summary.early);
  const forgotten = forgottenOf(total.forgotten, summary);
  add(
    'reply-without-request',
    forgotten.count === 0 ? without : new Tally(),
    ['reply has', 'replies have'],
    'no request in this capture: capture where both directions pass',
  );
  add(
    'pings-forgotten',
    forgotten,
    ['ping was', 'pings were'],
    `forgotten before an answer could come, and ${counted(summary.orphans.count, 'reply', 'replies')} may be theirs: more than ${MOST_WAITING} were waiting at a time, so that loss is not proven; narrow the capture with a filter`,
  );
  if (isLateBegin) {
    add(
      'capture-began-late',
      summary.early,
      ['reply at the start has', 'replies at the start have'],
      'no request in this capture, which began in the middle of a run: they count for nothing',
    );
  }
  const { hopsChange, otherHops } = total;
  if (hopsChange !== undefined) {
    found.push(
      finding(
        'ttl-differs',
        `the ${hopsText(hopsChange)} on the same path${otherHops.count > 1 ? `, and changed ${otherHops.count} times in all` : ''}: pings took routes of different length, so look for one that changes, unless the sender changed it (traceroute, ping -t)`,
        otherHops.packets,
      ),
    );
  }
  const longest = total.times.summary()?.max ?? 0;
  const isEnd = longest > 0 && !isRunning;
  const { count: open, packets: openRequests } = isEnd ? waiting(longest * 1e6 - 1) : new Tally();
  if (open > 0) {
    found.push(
      finding(
        'capture-ended-early',
        `the capture ended ${open === 1 ? 'before 1 request had' : `before ${open} requests had`} waited as long as the slowest reply took (${longest} ms), so whether ${open === 1 ? 'it was' : 'they were'} answered is not known: capture a second longer than pings run`,
        openRequests,
      ),
    );
  }
  const { paths, rest } = summary.table;
  if (rest.requests.count > 0) {
    found.push(
      finding(
        'too-many-paths',
        `${counted(rest.requests.count, 'request')} on further paths than the ${paths.length} listed count in the totals alone: narrow the capture with a filter`,
      ),
    );
  }
  return found;
}

/** "inner TTL changed from 62 to 61". */
function hopsText([before, after]: readonly [number, number]): string {
  const [inner, outer] = [0, 8].map((shift) => [(before >> shift) & 255, (after >> shift) & 255]) as [
    [number, number],
    [number, number],
  ];
  const isInner = inner[0] !== inner[1];
  const [from, to] = isInner ? inner : outer;
  const which =
    before >> 8 === (before & 255) && after >> 8 === (after & 255) ? '' : isInner ? 'inner ' : 'outer ';
  return `${which}TTL changed from ${from} to ${to}`;
}

function captureFindings(
  { watch, fragments, unread, disorder, dropped, brokenOff, packets, timesAreArrival }: Evidence,
  total: PathCounts,
): Finding[] {
  const found: Finding[] = [];
  const { damaged } = total;
  if (damaged.count > 0) {
    const many = damaged.count > 1;
    found.push(
      finding(
        'damaged-replies',
        `${counted(damaged.count, 'reply', 'replies')} with a wrong IPv4 header checksum ${many ? 'are the only answers to their requests' : 'is the only answer to its request'}, and receivers drop ${many ? 'them' : 'it'}: ping itself gets none`,
        damaged.packets,
      ),
    );
  }
  for (const { protocol, place, isVxlan, tally } of watch.badChecksums.values()) {
    if (isVxlan) {
      found.push(
        finding(
          'vxlan-checksum-offload',
          `the outer UDP checksum of ${counted(tally.count, 'VXLAN packet')} is wrong, as faulty offload leaves it, on Flannel's device above all, and receivers drop them: ethtool -K flannel.1 tx-checksum-ip-generic off (or your VXLAN device's name)`,
          tally.packets,
        ),
      );
      continue;
    }
    const header = place === 'only' ? protocol.short : `${place} ${protocol.short}`;
    found.push(
      finding(
        'bad-checksum',
        `the ${header} checksum is wrong in ${counted(tally.count, 'packet')}, and ${protocol.name === 'icmp' ? 'receivers may' : 'receivers'} drop such packets: look for faulty checksum offload (ethtool -K DEVICE tx off) or damage on the way`,
        tally.packets,
      ),
    );
  }
  if (dropped !== undefined && dropped > 0) {
    found.push(
      finding(
        'packets-dropped',
        `the capture itself dropped ${counted(dropped, 'packet')}: pings that look lost may not be; narrow it with a filter`,
      ),
    );
  }
  if (brokenOff !== undefined) {
    found.push(
      finding(
        'capture-broken-off',
        `the capture ${brokenOff}: pings behind that are not in this verdict, so capture again, or copy the file again once its capture has ended`,
      ),
    );
  }
  if (disorder.tally.count > 0) {
    const { count, packets: numbers } = disorder.tally;
    found.push(
      finding(
        'clock-backwards',
        `${counted(count, 'packet stands', 'packets stand')} behind others with a later time, by up to ${milliseconds(disorder.most)} ms: their times are not in order, so a round trip between them may be none; capture again with tcpdump, or put the file in order (reordercap)`,
        numbers,
      ),
    );
  }
  if (timesAreArrival && total.answered > 0) {
    found.push(
      finding(
        'arrival-times',
        'packets bear the time at which they arrived here, several at once when they waited, so round-trip times may read far too short, or too long: for exact ones, capture on the interface itself with tcpdump -w and verify the file',
      ),
    );
  }
  for (const [linkType, { count, packets: numbers }] of total.requests.count === 0 ? [] : unread.linkTypes) {
    found.push(
      finding(
        'link-type-not-decoded',
        `${counted(count, 'packet has', 'packets have')} link type ${linkTypeInWords(linkType)}, which is not decoded: pings in ${count === 1 ? 'it' : 'them'} are not in this verdict`,
        numbers,
      ),
    );
  }
  const { malformed, truncated } = watch;
  const share = ({ count }: Tally) =>
    count === 1 ? `1 of ${counted(packets, 'packet')} is` : `${count} of ${packets} packets are`;
  if (malformed.count > 0) {
    found.push(
      finding(
        'malformed',
        `${share(malformed)} malformed, with fields that contradict each other: look at them with -V`,
        malformed.packets,
      ),
    );
  }
  if (truncated.count > 0) {
    found.push(
      finding(
        'truncated',
        `${share(truncated)} cut short by the capture, so that checksums can't be checked${unread.cut.count > 0 && total.requests.count > 0 ? `, and ${unread.cut.count} before what ${unread.cut.count === 1 ? 'it carries' : 'they carry'} is known, so that pings in there are not in this verdict` : ''}: capture with a larger -s`,
        truncated.packets,
      ),
    );
  }
  const { incomplete, overlapping, cut } = fragments;
  if (incomplete.count > 0) {
    found.push(
      finding(
        'fragments',
        `of ${counted(incomplete.count, 'fragmented packet')} not all fragments are here; an echo request counts by its first one all the same, a reply does not: look for loss and for firewalls that drop fragments, or lower the inner MTU so that none are needed`,
        incomplete.packets,
      ),
    );
  }
  if (cut.count > 0) {
    found.push(
      finding(
        'fragments',
        `${counted(cut.count, 'fragment')} cut short by the capture can't be put together, and a ping counts by its first: capture with a larger -s`,
        cut.packets,
        'info',
      ),
    );
  }
  if (overlapping.count > 0) {
    found.push(
      finding(
        'overlapping-fragments',
        `${counted(overlapping.count, 'fragment')} overlapping or contradicting others, as no sender makes them: receivers drop such packets, so look for who sends them`,
        overlapping.packets,
      ),
    );
  }
  return found;
}
