/** Connections and flows whose packets pass a tunnel in one direction alone. */
import { Tally } from '../exchange/tally.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import type { Evidence } from './evidence.ts';
import {
  createBackSeen,
  type ExchangeGroup,
  exchangeGroups,
  exchangesText,
  missingPackets,
  wayText,
} from './exchange-groups.ts';
import { type Finding, finding } from './finding.ts';

/** Findings about one pair of addresses: so many of them. */
const MOST_PAIRS = 16;

export function oneWayOnly(evidence: Evidence): Finding[] {
  const isBackSeen = createBackSeen(evidence);
  const isWhole = missingPackets(evidence) === undefined;
  return exchangeGroups(evidence, 'flows')
    .flatMap((group) => [
      ...elsewhere(evidence, group),
      // Where nothing at all comes back that way, the capture may lack that direction.
      ...(isWhole && group.tunnels.length > 0 && isBackSeen(group) ? unseen(group) : []),
    ])
    .slice(0, MOST_PAIRS);
}

const ADVICE =
  "compare both sides' routes, as stateful firewalls drop such packets; nothing to do if it is intended, as with direct server return";

/** Packets back take no tunnel, or one of another kind. */
function elsewhere({ exchanges }: Evidence, group: ExchangeGroup): Finding[] {
  const { counts, tunnels } = group;
  const astray = new Tally();
  astray.merge(counts.astray);
  if (counts.tcp !== undefined) astray.merge(counts.tcp.astray);
  if (astray.count === 0) return [];
  const id = counts.astray.count > 0 ? counts.astrayTunnels : (counts.tcp?.astrayTunnels ?? 0);
  const back = exchanges?.tunnels.tunnels(id) ?? [];
  const way = (list: ExchangeGroup['tunnels']) =>
    list.length === 0 ? 'outside any tunnel' : `through ${tunnelText(list)}`;
  const its = astray.count === 1 ? 'its' : 'their';
  return [
    finding(
      'one-way-only',
      `${exchangesText(group.kind, astray.count)} from ${group.src} to ${group.dst} ${astray.count === 1 ? 'goes' : 'go'} ${way(tunnels)}, and ${its} packets back come ${way(back)}: ${ADVICE}`,
      astray.packets,
    ),
  ];
}

/** Packets back are missing, although the capture has others that come back by this tunnel. */
function unseen(group: ExchangeGroup): Finding[] {
  const { count, packets } = group.counts.tcp?.lonely ?? new Tally();
  if (count === 0) return [];
  return [
    finding(
      'one-way-only',
      `${exchangesText(group.kind, count)} ${wayText(group)} ${count === 1 ? 'goes' : 'go'} on without any packet back in this capture, although others come back through this tunnel, so ${count === 1 ? 'its' : 'their'} packets back take another path: ${ADVICE}`,
      packets,
    ),
  ];
}
