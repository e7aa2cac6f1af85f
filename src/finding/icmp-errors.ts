/** ICMP errors about tunnels and about pings: which of the two each is about. Their words are in outer-errors.ts and inner-errors.ts. */
import { type QuotingError, reasonOf } from '../exchange/quoting-error.ts';
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { innerFinding } from './inner-errors.ts';
import { outerFinding } from './outer-errors.ts';
import { tunnelsTo } from './quoted-packet.ts';

type KnownTunnels = Pick<Evidence, 'tunnels' | 'isTunnelPort'>;

export function icmpErrors(evidence: Evidence): Finding[] {
  return [...evidence.watch.errors.values()].flatMap((error) =>
    isTraced(error, evidence) ? [] : (errorFinding(error, evidence) ?? []),
  );
}

/** Whether it is the answer that probes were sent for: of all pings between these two whose hops ran out, none was another. */
function isTraced(error: QuotingError, { summary }: Evidence): boolean {
  if (!error.isEchoRequest || reasonOf(error) !== 'ttl') return false;
  const expired = summary.table.paths.filter(
    ({ src, dst, counts }) => src === error.src && dst === error.dst && counts.expired.count > 0,
  );
  return expired.length > 0 && expired.every(({ counts }) => counts.isTrace);
}

/** What an ICMP error means for a tunnel or a ping; undefined if it stops neither. */
export function errorFinding(error: QuotingError, known: KnownTunnels): Finding | undefined {
  const reason = reasonOf(error);
  if (reason === undefined) return undefined;
  if (isAboutTunnel(error, known)) return outerFinding(error, reason, known.tunnels);
  return error.isEchoRequest || error.isEchoReply ? innerFinding(error, reason) : undefined;
}

/** Whether the quoted header is the outer one of a tunnel that was seen, or plainly of any. */
function isAboutTunnel(error: QuotingError, { tunnels, isTunnelPort }: KnownTunnels): boolean {
  if (error.isTunnel || (error.port >= 0 && isTunnelPort(error.port))) return true;
  return tunnelsTo(error, tunnels).length > 0;
}
