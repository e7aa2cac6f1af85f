/** What a verdict has to say besides numbers: each finding names a fact, the packets that show it, and what to do. */
import type { PacketWatch, QuotingError } from './packet-watch.ts';
import { type PathCounts, type PingPath, Tally } from './path-table.ts';
import type { PingSummary } from './ping-matcher.ts';
import type { Tunnel, TunnelTable } from './tunnel-table.ts';

export type FindingCode =
  | 'no-echo-request'
  | 'outer-port-unreachable'
  | 'outer-unreachable'
  | 'outer-fragmentation-needed'
  | 'outer-ttl-exceeded'
  | 'inner-unreachable'
  | 'tun-packet-information-mismatch'
  | 'no-reply'
  | 'lost-replies'
  | 'late-replies'
  | 'request-outside-tunnel'
  | 'reply-outside-tunnel'
  | 'other-vni'
  | 'other-tunnel'
  | 'reply-without-request'
  | 'duplicate-replies'
  | 'repeated-requests'
  | 'bad-checksum'
  | 'clock-backwards'
  | 'packets-dropped'
  | 'malformed'
  | 'truncated'
  | 'fragments'
  | 'too-many-paths';

/** An `error` explains why pings fail, a `warning` wants a look, `info` limits what the verdict can know. */
export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  /** Stable: scripts may rely on it. */
  readonly code: FindingCode;
  readonly severity: Severity;
  /** One line: the fact, and what to do. */
  readonly message: string;
  /** Numbers of the first packets that show it, ten at most. */
  readonly packets: readonly number[];
}

/** What findings are made from. */
export interface Evidence {
  readonly summary: PingSummary;
  readonly watch: PacketWatch;
  readonly tunnels: TunnelTable;
  /** Whether a UDP port is known to carry a tunnel. */
  readonly isTunnelPort: (port: number) => boolean;
  readonly packets: number;
  /** By the capture; undefined where it can't tell. */
  readonly dropped: number | undefined;
  readonly timeoutMilliseconds: number | undefined;
}

/** Findings that are about one pair of addresses: so many of them, and the rest in one. */
const MOST_PAIRS = 32;
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
    ...captureFindings(evidence),
  ];
  return found.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function finding(
  code: FindingCode,
  severity: Severity,
  message: string,
  packets: readonly number[] = [],
): Finding {
  return { code, severity, message, packets };
}

/** "1 packet", "2 packets". */
export function counted(count: number, what: string, many = `${what}s`): string {
  return `${count} ${count === 1 ? what : many}`;
}

/** "tunpi from 10.1.0.10 to 10.2.0.10", outermost first. */
export function tunnelText(tunnels: readonly Tunnel[]): string {
  return tunnels
    .map(({ kind, vni, src, dst }) => {
      const named = vni === undefined ? kind : `${kind} ${vni}`;
      return src === undefined ? named : `${named} from ${src} to ${dst}`;
    })
    .join(', in it ');
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

/** What an ICMP or ICMPv6 error says, or undefined where it is none that stops a packet. */
type Reason = 'port' | 'protocol' | 'mtu' | 'ttl' | 'the host' | 'the network' | 'forbidden';

const ICMP_REASONS: Readonly<Record<number, Reason>> = {
  0: 'the network',
  1: 'the host',
  2: 'protocol',
  3: 'port',
  4: 'mtu',
  6: 'the network',
  7: 'the host',
  9: 'forbidden',
  10: 'forbidden',
  11: 'the network',
  12: 'the host',
  13: 'forbidden',
};
const ICMPV6_REASONS: Readonly<Record<number, Reason>> = {
  0: 'the network',
  1: 'forbidden',
  3: 'the host',
  4: 'port',
  6: 'forbidden',
};

function reasonOf(error: QuotingError): Reason | undefined {
  if (error.isIpv6) {
    if (error.type === 1) return ICMPV6_REASONS[error.code];
    if (error.type === 2) return 'mtu';
    return error.type === 3 ? 'ttl' : undefined;
  }
  if (error.type === 3) return ICMP_REASONS[error.code];
  return error.type === 11 ? 'ttl' : undefined;
}

function errorFindings(evidence: Evidence): Finding[] {
  const found: Finding[] = [];
  for (const error of evidence.watch.errors.values()) {
    const reason = reasonOf(error);
    if (reason === undefined) continue;
    if (isAboutTunnel(error, evidence)) found.push(outerFinding(error, reason));
    else if (error.isEchoRequest) found.push(innerFinding(error, reason));
  }
  return found;
}

/** Whether the quoted header is the outer one of a tunnel that was seen, or plainly of any. */
function isAboutTunnel(error: QuotingError, { tunnels, isTunnelPort }: Evidence): boolean {
  if (error.isTunnel || (error.port >= 0 && isTunnelPort(error.port))) return true;
  return tunnelsTo(error, tunnels).length > 0;
}

/** The combinations whose outermost tunnel runs where the quoted packet went. */
function tunnelsTo(error: QuotingError, tunnels: TunnelTable): number[] {
  const ids: number[] = [];
  for (let id = 1; id < tunnels.size; id++) {
    const outer = tunnels.tunnels(id)[0] as Tunnel;
    if (outer.src === error.src && outer.dst === error.dst && (outer.dstport ?? -1) === error.port)
      ids.push(id);
  }
  return ids;
}

function outerFinding(error: QuotingError, reason: Reason): Finding {
  const { from, src, dst, port, mtu, tally } = error;
  const { packets } = tally;
  switch (reason) {
    case 'port':
      return finding(
        'outer-port-unreachable',
        'error',
        `${from} answers that nothing listens on UDP ${port}: start the tunnel's other end`,
        packets,
      );
    case 'protocol':
      return finding(
        'outer-unreachable',
        'error',
        `${from} answers that it does not take the tunnel's IP protocol: set up the tunnel's other end on ${dst}`,
        packets,
      );
    case 'mtu':
      return finding(
        'outer-fragmentation-needed',
        'error',
        `${from} can't pass on packets to ${dst} larger than ${mtu} bytes: lower the tunnel's MTU so that inner packet and outer headers fit`,
        packets,
      );
    case 'ttl':
      return finding(
        'outer-ttl-exceeded',
        'error',
        `at ${from} the outer TTL ran out on the way from ${src} to ${dst}: raise the tunnel's TTL, and look for a routing loop`,
        packets,
      );
    case 'forbidden':
      return finding(
        'outer-unreachable',
        'error',
        `${from} forbids the tunnel's packets from ${src} to ${dst}: allow ${port < 0 ? 'them' : `UDP ${port}`} in its firewall`,
        packets,
      );
    default:
      return finding(
        'outer-unreachable',
        'error',
        `${from} can't reach ${reason} of the tunnel's other end ${dst}: check the route from there and whether ${dst} is up`,
        packets,
      );
  }
}

function innerFinding(error: QuotingError, reason: Reason): Finding {
  const { from, src, dst, mtu, tally } = error;
  const why =
    reason === 'ttl'
      ? 'the TTL ran out: look for a routing loop'
      : reason === 'mtu'
        ? `only ${mtu} bytes fit: send smaller packets`
        : reason === 'forbidden'
          ? 'its firewall forbids it: allow echo requests'
          : 'it knows no way there: check its routes, and whether the address is up';
  return finding(
    'inner-unreachable',
    'error',
    `${from} can't pass on the echo request from ${src} to ${dst}: ${why}`,
    tally.packets,
  );
}

/**
 * TUN packet information on one side only. Proven where both directions were seen; likely where the other end took a packet
 * with it, closed its port upon that, and never sent one: a TUN device without packet information refuses to be written it,
 * and socat ends.
 */
function packetInformationFindings({ tunnels, watch }: Evidence): Finding[] {
  const found: Finding[] = [];
  for (let id = 1; id < tunnels.size; id++) {
    const [there] = tunnels.tunnels(id) as [Tunnel];
    if (there.kind !== 'tunpi') continue;
    const isBack = ({ src, dst }: Tunnel) => src === there.dst && dst === there.src;
    let answersInKind = false;
    let answersRaw = false;
    for (let other = 1; other < tunnels.size; other++) {
      const [back] = tunnels.tunnels(other) as [Tunnel];
      if (!isBack(back)) continue;
      if (back.kind === 'tunpi') answersInKind = true;
      else if (back.kind === 'raw') answersRaw = true;
    }
    if (answersRaw && !answersInKind) {
      found.push(
        finding(
          'tun-packet-information-mismatch',
          'error',
          `${there.src} sends TUN packet information and ${there.dst} does not: give both ends of the tunnel the same setting (iff-no-pi on both, or on neither)`,
        ),
      );
      continue;
    }
    if (answersInKind) continue;
    const refusal = [...watch.errors.values()].find(
      (error) => reasonOf(error) === 'port' && tunnelsTo(error, tunnels).includes(id),
    );
    if (refusal === undefined || refusal.identification === tunnels.firstIdentification(id)) continue;
    found.push(
      finding(
        'tun-packet-information-mismatch',
        'warning',
        `${there.dst} took TUN packet information from ${there.src}, then closed UDP ${there.dstport} and never sent any, as socat does on a TUN device without it: give both ends of the tunnel the same setting (iff-no-pi on both, or on neither)`,
        refusal.tally.packets,
      ),
    );
  }
  return found;
}

/** Paths that differ in their identifier alone, counted together. */
interface Route {
  readonly tunnels: readonly Tunnel[];
  readonly src: string;
  readonly dst: string;
  requests: number;
  answered: number;
  readonly unanswered: Tally;
}

function routesOf(paths: readonly PingPath[], tunnels: TunnelTable): Map<string, Route[]> {
  const pairs = new Map<string, Route[]>();
  for (const { tunnels: id, src, dst, counts } of paths) {
    const list = tunnels.tunnels(id);
    const pair = `${src} ${dst}`;
    const routes = pairs.get(pair) ?? [];
    pairs.set(pair, routes);
    let route = routes.find((known) => known.tunnels === list);
    if (route === undefined) {
      route = { tunnels: list, src, dst, requests: 0, answered: 0, unanswered: new Tally() };
      routes.push(route);
    }
    route.requests += counts.requests.count;
    route.answered += counts.answered;
    route.unanswered.merge(counts.unanswered);
  }
  return pairs;
}

function pathFindings(evidence: Evidence): Finding[] {
  const { summary, tunnels } = evidence;
  const found: Finding[] = [];
  const further: Route[] = [];
  for (const routes of routesOf(summary.table.paths, tunnels).values()) {
    const answered = routes.reduce((sum, route) => sum + route.answered, 0);
    const lossy = routes.filter((route) => route.answered < route.requests);
    if (lossy.length > 0 && found.length >= MOST_PAIRS) further.push(...lossy);
    else if (answered === 0) found.push(noReply(routes));
    else for (const route of lossy) found.push(lostReplies(route));
  }
  if (further.length > 0) {
    const lost = further.reduce((sum, route) => sum + route.unanswered.count, 0);
    found.push(
      finding(
        'lost-replies',
        'warning',
        `${counted(lost, 'request')} on ${counted(further.length, 'further path')} went unanswered too: see the list of paths`,
        further[0]?.unanswered.packets,
      ),
    );
  }
  found.push(...requestsOutside(evidence));
  return found;
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

function noReply(routes: readonly Route[]): Finding {
  const { src, dst } = routes[0] as Route;
  const requests = routes.reduce((sum, route) => sum + route.requests, 0);
  const unanswered = new Tally();
  for (const route of routes) unanswered.merge(route.unanswered);
  const tunneled = routes.filter((route) => route.tunnels.length > 0);
  const [way] = tunneled;
  const none =
    requests === 1
      ? `the request from ${src} to ${dst} was not answered`
      : `none of ${requests} requests from ${src} to ${dst} was answered`;
  const advice =
    way === undefined
      ? `no tunnel was seen around ${requests === 1 ? 'it' : 'them'}: check the route to ${dst}, and capture on the way to see how far requests come`
      : `${requests === 1 ? 'it' : 'they'} left by ${tunnelText(way.tunnels)}${tunneled.length > 1 ? ' and others' : ''}: capture at that end too, to see how far requests come and whether ${dst} answers`;
  return finding('no-reply', 'error', `${none}; ${advice}`, unanswered.packets);
}

function lostReplies({ tunnels, src, dst, requests, answered, unanswered }: Route): Finding {
  const way = tunnels.length === 0 ? '' : ` by ${tunnelText(tunnels)}`;
  return finding(
    'lost-replies',
    'warning',
    `${requests - answered} of ${counted(requests, 'request')} from ${src} to ${dst}${way} went unanswered: capture at the other end too, to see which way they are lost`,
    unanswered.packets,
  );
}

/** Requests of one run of ping, of which some went through a tunnel and some did not. */
function requestsOutside({ summary, tunnels }: Evidence): Finding[] {
  const tunneled = new Map<string, PingPath>();
  const runOf = ({ src, dst, ident }: PingPath) => `${src} ${dst} ${ident}`;
  for (const path of summary.table.paths)
    if (tunnels.depth(path.tunnels) > 0) tunneled.set(runOf(path), path);
  const found: Finding[] = [];
  for (const path of summary.table.paths) {
    const inside = tunneled.get(runOf(path));
    if (tunnels.depth(path.tunnels) > 0 || inside === undefined) continue;
    const { count, packets } = path.counts.requests;
    found.push(
      finding(
        'request-outside-tunnel',
        'warning',
        `${counted(count, 'request')} from ${path.src} to ${path.dst} left outside the tunnel that others took (${tunnelText(tunnels.tunnels(inside.tunnels))}): check that the tunnel stays up, and the route into it`,
        packets,
      ),
    );
  }
  return found.slice(0, MOST_PAIRS);
}

function captureFindings({ watch, dropped, packets }: Evidence): Finding[] {
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
  const { malformed, truncated, fragments } = watch;
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
  if (fragments.count > 0) {
    found.push(
      finding(
        'fragments',
        'info',
        `${share(fragments)} fragmented: a ping counts by its first fragment, and whether the others arrived is not checked`,
        fragments.packets,
      ),
    );
  }
  return found;
}
