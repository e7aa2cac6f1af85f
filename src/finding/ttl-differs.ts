/** Pings of one path that took routes of different length. */
import { Tally } from '../exchange/tally.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

export function ttlDiffers({ summary: { table } }: Evidence): Finding[] {
  const otherHops = new Tally();
  let hopsChange = table.rest.hopsChange;
  for (const { counts } of table.paths) {
    // A traceroute's probes differ in that on purpose.
    if (counts.isTrace) continue;
    otherHops.merge(counts.otherHops);
    hopsChange ??= counts.hopsChange;
  }
  otherHops.merge(table.rest.otherHops);
  if (hopsChange === undefined) return [];
  return [
    finding(
      'ttl-differs',
      `the ${hopsText(hopsChange)} on the same path${otherHops.count > 1 ? `, and changed ${otherHops.count} times in all` : ''}: pings took routes of different length; look for a route that changes, unless the sender varied the TTL (traceroute, ping -t)`,
      otherHops.packets,
    ),
  ];
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
