/** Packets that tunnels' programs send of their own. */
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { KEEPALIVES } from './watch/keepalive-watch.ts';

export function keepalives({ keepalives: { kinds } }: Evidence): Finding[] {
  const found = [...kinds];
  if (found.length === 0) return [];
  const packets = found.flatMap(([, tally]) => tally.packets).sort((a, b) => a - b);
  const parts = found.map(([kind, { count }]) => `${count} of ${KEEPALIVES[kind]}`);
  return [
    finding(
      'keepalives',
      `tunnels' own packets, which nobody sent inside: ${parts.join(', ')}; they are neither pings nor losses`,
      packets.slice(0, 10),
    ),
  ];
}
