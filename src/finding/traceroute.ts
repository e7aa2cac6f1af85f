/** Pings that were sent to find the routers on the way. */
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** The most routers that are named of one path, and paths that are told. */
const MOST_NAMED = 8;
const MOST_PATHS = 32;

export function traceroute({ summary }: Evidence): Finding[] {
  return summary.table.paths
    .filter(({ counts }) => counts.isTrace)
    .slice(0, MOST_PATHS)
    .map(({ src, dst, counts: { expired, trace } }) => {
      const routers = [...new Set((trace?.hops() ?? []).flatMap(({ from }) => from ?? []))].filter(
        (from) => from !== dst,
      );
      const named = routers.slice(0, MOST_NAMED).join(', ');
      const further = routers.length > MOST_NAMED ? ` and ${routers.length - MOST_NAMED} more` : '';
      return finding(
        'traceroute',
        `${counted(expired.count, 'request')} from ${src} to ${dst} ran out of hops at ${named}${further}, as traceroute and mtr send them: the routers' answers count, and are listed as hops`,
        expired.packets,
      );
    });
}
