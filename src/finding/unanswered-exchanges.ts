/** Connections and queries that went unanswered (tcp-unanswered, dns-unanswered), or may have (answers-may-be-missing). */
import type { ExchangeKind } from '../exchange/exchange-counts.ts';
import { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import {
  captureDoubt,
  createBackSeen,
  type ExchangeGroup,
  exchangeGroups,
  exchangesText,
  portsText,
  wayText,
} from './exchange-groups.ts';
import { type Finding, finding, type Severity } from './finding.ts';
import { blackHoles } from './tcp-black-hole.ts';

/** Limit on findings about one pair of addresses; the rest share one. */
const MOST_PAIRS = 32;

export function unansweredExchanges(evidence: Evidence): Finding[] {
  return [...lostExchanges(evidence), ...doubtfulHoles(evidence), ...forgottenExchanges(evidence)];
}

/** What would be a black hole, had the capture all packets. */
function doubtfulHoles(evidence: Evidence): Finding[] {
  const doubt = captureDoubt(evidence);
  const lost = new Tally();
  if (doubt !== undefined) for (const hole of blackHoles(evidence)) lost.merge(hole.lost);
  if (lost.count === 0) return [];
  return [
    finding(
      'answers-may-be-missing',
      `full segments of ${counted(lost.count, 'connection')} were sent again and have no acknowledgment in this capture, which does not prove a loss, as ${doubt}: capture all packets, where both directions pass`,
      lost.packets,
    ),
  ];
}

function forgottenExchanges({ exchanges }: Evidence): Finding[] {
  const { count, packets } = exchanges?.total.forgotten ?? new Tally();
  if (count === 0) return [];
  const many = counted(count, 'connection or query was', 'connections and queries were');
  return [
    finding(
      'answers-may-be-missing',
      `${many} forgotten before an answer could come, as too many were open at once, and ${count === 1 ? 'counts' : 'count'} as lost, which is not proven: narrow the capture with a filter`,
      packets,
    ),
  ];
}

function lostExchanges(evidence: Evidence): Finding[] {
  const lossy = exchangeGroups(evidence).filter(({ lost }) => lost.count > 0);
  if (lossy.length === 0) return [];
  const doubt = captureDoubt(evidence);
  if (doubt !== undefined) return [mayBeMissing(lossy, doubt)];
  const isBackSeen = createBackSeen(evidence);
  const oneWay = lossy.filter((group) => !isBackSeen(group));
  const told = lossy.filter(isBackSeen);
  const found = told.slice(0, MOST_PAIRS).map(unanswered);
  const further = told.slice(MOST_PAIRS);
  for (const kind of ['tcp', 'dns'] as const) {
    const rest = further.filter((group) => group.kind === kind);
    if (rest.length === 0) continue;
    const lost = lostOf(rest, kind);
    found.push(
      unansweredFinding(
        kind,
        `${exchangesText(kind, lost.count)} between ${rest.length} more pairs of addresses went unanswered too: see the list of exchanges`,
        lost.packets,
        'error',
      ),
    );
  }
  if (oneWay.length > 0) {
    const way = oneWay.length === 1 ? ` ${wayText(oneWay[0] as ExchangeGroup)}` : '';
    found.push({ ...mayBeMissing(oneWay, 'no packet at all comes back that way', way), severity: 'warning' });
  }
  return found;
}

function lostOf(groups: readonly ExchangeGroup[], kind: ExchangeKind): Tally {
  const lost = new Tally();
  for (const group of groups) if (group.kind === kind) lost.merge(group.lost);
  return lost;
}

function mayBeMissing(groups: readonly ExchangeGroup[], doubt: string, way = ''): Finding {
  const tallies = (['tcp', 'dns'] as const).map((kind) => [kind, lostOf(groups, kind)] as const);
  const parts = tallies.flatMap(([kind, { count }]) => (count === 0 ? [] : [exchangesText(kind, count)]));
  const all = new Tally();
  for (const [, tally] of tallies) all.merge(tally);
  const have = all.count === 1 ? 'has' : 'have';
  return finding(
    'answers-may-be-missing',
    `${parts.join(' and ')}${way} ${have} no answer in this capture, which does not prove a loss, as ${doubt}: capture all packets, where both directions pass`,
    all.packets,
  );
}

function unansweredFinding(
  kind: ExchangeKind,
  message: string,
  packets: readonly number[],
  severity: Severity,
): Finding {
  return kind === 'tcp'
    ? finding('tcp-unanswered', message, packets, severity)
    : finding('dns-unanswered', message, packets, severity);
}

function unanswered(group: ExchangeGroup): Finding {
  const { kind, counts, lost, dst } = group;
  const isNone = counts.answered + counts.reset.count === 0;
  const begun = counts.begun.count;
  const [one, requests] = kind === 'tcp' ? ['connection', 'SYNs'] : ['query', 'queries'];
  const many = exchangesText(kind, begun);
  const way = `${wayText(group)}${kind === 'tcp' ? `, to ${portsText(group)},` : ''}`;
  const fact = !isNone
    ? `${lost.count} of ${many} ${way} went unanswered`
    : begun === 1
      ? `the only ${one} ${way} was not answered`
      : `none of ${many} ${way} was answered`;
  const again = counts.again.count;
  const sent =
    again === 0 ? '' : `, although ${requests} were sent again ${again === 1 ? 'once' : `${again} times`}`;
  return unansweredFinding(
    kind,
    `${fact}${sent}: capture at the other end too, to see how far ${requests} get and whether ${dst} answers; a firewall that drops packets looks like a loss`,
    lost.packets,
    isNone ? 'error' : 'warning',
  );
}
