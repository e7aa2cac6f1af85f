/** Pings that were sent to find the routers on the way. */
import type { Hop } from '../exchange/ping/trace.ts';
import type { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** The most routers that are named of one path, and paths that are told. */
const MOST_NAMED = 8;
const MOST_PATHS = 32;

export function traceroute({ summary, exchanges }: Evidence): Finding[] {
  const pings = summary.table.paths
    .filter(({ counts }) => counts.isTrace)
    .slice(0, MOST_PATHS)
    .map(({ src, dst, counts: { expired, trace } }) =>
      tracerouteFinding('request', src, dst, expired, trace?.hops() ?? []),
    );
  const probes = (exchanges?.traces ?? [])
    .filter(({ expired }) => expired.count > 0)
    .slice(0, MOST_PATHS)
    .map(({ src, dst, expired, trace }) =>
      tracerouteFinding('UDP datagram', src, dst, expired, trace.hops()),
    );
  return [...pings, ...probes];
}

function tracerouteFinding(
  what: string,
  src: string,
  dst: string,
  expired: Tally,
  hops: readonly Hop[],
): Finding {
  const routers = [...new Set(hops.flatMap(({ from }) => from ?? []))].filter((from) => from !== dst);
  const named = routers.slice(0, MOST_NAMED).join(', ');
  const further = routers.length > MOST_NAMED ? ` and ${routers.length - MOST_NAMED} more` : '';
  return finding(
    'traceroute',
    `${counted(expired.count, what)} from ${src} to ${dst} ran out of hops at ${named}${further}, as traceroute and mtr send them: the routers' answers count, and are listed as hops`,
    expired.packets,
  );
}
