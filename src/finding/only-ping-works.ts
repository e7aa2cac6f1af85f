/** Pings get through a tunnel, and nothing else does. */
import { Tally } from '../exchange/tally.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import type { Evidence } from './evidence.ts';
import { captureDoubt, type ExchangeGroup, exchangeGroups, exchangesText } from './exchange-groups.ts';
import { type Finding, finding } from './finding.ts';

export function onlyPingWorks(evidence: Evidence): Finding[] {
  if (evidence.exchanges === undefined || captureDoubt(evidence) !== undefined) return [];
  const alive = new Map<string, Set<string>>();
  for (const { tunnels: id, src, dst, counts } of evidence.summary.table.paths) {
    if (counts.answered === 0) continue;
    const key = keyOf(evidence.tunnels.tunnels(id));
    alive.set(key, (alive.get(key) ?? new Set()).add(src).add(dst));
  }
  const byTunnel = new Map<string, ExchangeGroup[]>();
  const isFlowAnswered = new Set<string>();
  for (const group of exchangeGroups(evidence, 'flows')) {
    if (group.tunnels.length === 0) continue;
    const key = keyOf(group.tunnels);
    if (group.kind === 'udp') {
      if (group.counts.answered > 0) isFlowAnswered.add(key);
      continue;
    }
    byTunnel.set(key, [...(byTunnel.get(key) ?? []), group]);
  }
  return [...byTunnel].flatMap(([key, groups]) => {
    // A host of which no ping tells that it is there may be gone, and answers nobody then.
    const asked = groups.filter(({ dst }) => alive.get(key)?.has(dst));
    const lost = new Tally();
    for (const group of asked) lost.merge(group.lost);
    // What was seen from the middle went on, and so got through.
    const isThrough =
      isFlowAnswered.has(key) ||
      groups.some(({ counts }) => counts.answered + counts.reset.count + counts.middle.count > 0);
    if (lost.count === 0 || isThrough) return [];
    const parts = (['tcp', 'dns'] as const).flatMap((kind) => {
      const count = asked.reduce((sum, group) => sum + (group.kind === kind ? group.lost.count : 0), 0);
      return count === 0 ? [] : [exchangesText(kind, count)];
    });
    const ids = new Set(groups.map(({ id }) => id));
    const bad = [...(evidence.exchanges?.checksums ?? [])].some(
      ([id, counts]) => ids.has(id) && counts.bad.count > 0,
    );
    const why = bad
      ? 'their checksums are wrong (see inner-checksum-bad)'
      : 'look for a firewall or network policy that allows only ICMP, and capture at the other end to see whether they arrive';
    return [
      finding(
        'only-ping-works',
        `pings through ${tunnelText(groups[0]?.tunnels ?? [])} were answered, but ${parts.join(' and ')} through it ${lost.count === 1 ? 'was' : 'were'} not: ${why}`,
        lost.packets,
      ),
    ];
  });
}

/** The same for both directions of a tunnel. */
function keyOf(tunnels: readonly Tunnel[]): string {
  return tunnels
    .map(({ kind, vni, src = '', dst = '' }) => [kind, vni, ...[src, dst].sort()].join(' '))
    .join(', ');
}
