/** All that is found, put together. */
import { errorFindings, packetInformationFindings } from './error-findings.ts';
import { counted, type Evidence, type Finding, type FindingCode, finding, type Severity } from './finding.ts';
import { pathFindings } from './path-findings.ts';
import type { PathCounts, Tally } from './path-table.ts';

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
    ...pathFindings(evidence),
    ...totalFindings(evidence, total),
    ...captureFindings(evidence, total),
  ];
  return found.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function requestFindings({ summary, packets }: Evidence): Finding[] {
  if (summary.table.paths.length > 0) return [];
  return [
    finding(
      'no-echo-request',
      'error',
      packets === 0
        ? 'the capture has no packets: check interface and filter, and ping while it runs'
        : `none of ${counted(packets, 'packet')} is an echo request: ping while capturing; for a tunnel that is not recognised, say what it carries with -d udp.port==PORT,tun (or raw, eth, vxlan)`,
    ),
  ];
}

function totalFindings({ summary, timeoutMilliseconds }: Evidence, total: PathCounts): Finding[] {
  const found: Finding[] = [];
  const add = (
    code: FindingCode,
    severity: Severity,
    { count, packets }: Tally,
    [one, many]: readonly [string, string],
    message: string,
  ) => {
    if (count > 0) found.push(finding(code, severity, `${counted(count, one, many)} ${message}`, packets));
  };
  const replies = ['reply', 'replies'] as const;
  add(
    'late-replies',
    'warning',
    total.late,
    replies,
    `came after more than ${timeoutMilliseconds} ms: look for congestion, or raise the time limit`,
  );
  add(
    'reply-outside-tunnel',
    'warning',
    total.outside,
    replies,
    'came back outside the tunnel: check the route back on the other side',
  );
  add(
    'other-vni',
    'warning',
    total.otherVni,
    replies,
    'came back with another VNI: give both ends of the tunnel the same one',
  );
  add(
    'other-tunnel',
    'warning',
    total.otherTunnel,
    replies,
    'came back by another tunnel than the request took: compare routes and tunnels of both sides',
  );
  add(
    'clock-backwards',
    'warning',
    total.backwards,
    ['reply has', 'replies have'],
    "a time before the request's, and no round-trip time: the capturing machine's clock was set back",
  );
  add(
    'repeated-requests',
    'info',
    total.repeated,
    ['request', 'requests'],
    'came once more at the same place: sent again, or copied by the network',
  );
  add(
    'duplicate-replies',
    'warning',
    total.duplicates,
    replies,
    'came once more: look for a loop, or two hosts with one address',
  );
  add(
    'reply-without-request',
    'warning',
    summary.orphans,
    ['reply has', 'replies have'],
    'no request in this capture: it began too late, or sees one direction only',
  );
  const { paths, rest } = summary.table;
  if (rest.requests.count > 0) {
    found.push(
      finding(
        'too-many-paths',
        'info',
        `${counted(rest.requests.count, 'request')} on further paths than the ${paths.length} listed count in the totals alone: narrow the capture with a filter`,
      ),
    );
  }
  return found;
}

function captureFindings(
  { watch, fragments, dropped, packets, timesAreArrival }: Evidence,
  total: PathCounts,
): Finding[] {
  const found: Finding[] = [];
  for (const { protocol, place, tally } of watch.badChecksums.values()) {
    const header = place === 'only' ? protocol.short : `${place} ${protocol.short}`;
    found.push(
      finding(
        'bad-checksum',
        'error',
        `the ${header} checksum is wrong in ${counted(tally.count, 'packet')}, and receivers drop such packets: look for faulty checksum offload (ethtool -K DEVICE tx off) or damage on the way`,
        tally.packets,
      ),
    );
  }
  if (dropped !== undefined && dropped > 0) {
    found.push(
      finding(
        'packets-dropped',
        'warning',
        `the capture itself dropped ${counted(dropped, 'packet')}: pings that look lost may not be; narrow it with a filter`,
      ),
    );
  }
  if (timesAreArrival && total.answered > 0) {
    found.push(
      finding(
        'arrival-times',
        'info',
        'packets bear the time at which they arrived here, several at once when they waited, so round-trip times may read far too short: for exact ones, capture with tcpdump -w and verify the file',
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
        'warning',
        `${share(malformed)} malformed, with fields that contradict each other: look at them with -V`,
        malformed.packets,
      ),
    );
  }
  if (truncated.count > 0) {
    found.push(
      finding(
        'truncated',
        'info',
        `${share(truncated)} cut short by the capture, so that checksums can't be checked: capture with a larger -s`,
        truncated.packets,
      ),
    );
  }
  const { incomplete, overlapping, cut } = fragments;
  if (incomplete.count > 0) {
    found.push(
      finding(
        'fragments',
        'warning',
        `of ${counted(incomplete.count, 'fragmented packet')} not all fragments are here, and what ${incomplete.count === 1 ? 'it carries does' : 'they carry does'} not count: look for loss and for firewalls that drop fragments, or lower the inner MTU so that none are needed`,
        incomplete.packets,
      ),
    );
  }
  if (cut.count > 0) {
    found.push(
      finding(
        'fragments',
        'info',
        `${counted(cut.count, 'fragment')} cut short by the capture can't be put together, and a ping counts by its first: capture with a larger -s`,
        cut.packets,
      ),
    );
  }
  if (overlapping.count > 0) {
    found.push(
      finding(
        'overlapping-fragments',
        'warning',
        `${counted(overlapping.count, 'fragment')} overlapping or contradicting others, as no sender makes them: receivers drop such packets, so look for who sends them`,
        overlapping.packets,
      ),
    );
  }
  return found;
}
