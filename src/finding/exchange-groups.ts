/** Connections and queries as findings look at them: between the same addresses by the same tunnels, whatever their ports. */
import { ExchangeCounts, type ExchangeKind } from '../exchange/exchange-counts.ts';
import { Tally } from '../exchange/tally.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { RELATION, relationOf } from '../exchange/tunnel-relation.ts';
import { NO_TUNNEL } from '../exchange/tunnel-table.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';

export interface ExchangeGroup {
  readonly kind: ExchangeKind;
  /** Number of the tunnels, and the tunnels themselves. */
  readonly id: number;
  readonly tunnels: readonly Tunnel[];
  readonly src: string;
  readonly dst: string;
  readonly ports: number[];
  readonly counts: ExchangeCounts;
  /** Those that had the time to be answered, and were not. */
  readonly lost: Tally;
}

/** Ports that are named in a sentence. */
const MOST_PORTS = 4;

/** @param also `flows`: UDP flows too, of which none is lost */
export function exchangeGroups({ exchanges }: Evidence, also?: 'flows'): ExchangeGroup[] {
  const groups = new Map<string, ExchangeGroup>();
  const rows = [
    ...(exchanges?.table.rows ?? []),
    ...(also === undefined ? [] : (exchanges?.flows.rows ?? [])),
  ];
  for (const { kind, tunnels: id, src, dst, port, counts } of rows) {
    const key = `${kind} ${id} ${src} ${dst}`;
    let group = groups.get(key);
    if (group === undefined) {
      const tunnels = exchanges?.tunnels.tunnels(id) ?? [];
      group = { kind, id, tunnels, src, dst, ports: [], counts: new ExchangeCounts(), lost: new Tally() };
      groups.set(key, group);
    }
    const lost = lostOf(counts);
    if (lost.count > 0) group.ports.push(port);
    group.lost.merge(lost);
    group.counts.merge(counts);
  }
  return [...groups.values()];
}

function lostOf({ unanswered, waiting, forgotten }: ExchangeCounts): Tally {
  const lost = new Tally();
  lost.count = unanswered.count - waiting.count - forgotten.count;
  const spared = new Set([...waiting.packets, ...forgotten.packets]);
  lost.packets.push(...unanswered.packets.filter((packet) => !spared.has(packet)));
  return lost;
}

/** Why nothing can be said of what seems unanswered in the whole capture; undefined where nothing speaks against it. */
export function captureDoubt(evidence: Evidence): string | undefined {
  const missing = missingPackets(evidence);
  if (missing !== undefined) return missing;
  const proven = evidence.exchanges?.total.proven.count ?? 0;
  if (proven === 0) return undefined;
  return `${counted(proven, 'connection')} went on although the capture has no SYN-ACK, so it holds only one direction`;
}

/** What is said where the capture itself lost packets, or too much of them; undefined where it did not. */
export function missingPackets({ dropped = 0, unread }: Evidence): string | undefined {
  if (dropped > 0) return `the capture itself dropped ${counted(dropped, 'packet')}`;
  const cut = unread.cut.count;
  return cut === 0
    ? undefined
    : `${counted(cut, 'packet is', 'packets are')} cut too short to tell what ${cut === 1 ? 'it carries' : 'they carry'}`;
}

/** Whether a packet is seen that came back the same way, so that the capture has that direction. */
export function createBackSeen({ exchanges, tunnels, summary }: Evidence): (group: ExchangeGroup) => boolean {
  const known = new Map<number, boolean>();
  const all: (readonly Tunnel[])[] = [];
  for (const table of [tunnels, exchanges?.tunnels])
    for (let id = 1; id < (table?.size ?? 0); id++) all.push(table?.tunnels(id) ?? []);
  const isAnsweredOutside =
    (exchanges?.table.rows ?? []).some(
      ({ tunnels: id, counts }) => id === NO_TUNNEL && counts.answered + counts.reset.count > 0,
    ) || summary.table.paths.some(({ tunnels: id, counts }) => id === NO_TUNNEL && counts.answered > 0);

  return ({ id, tunnels: there }) => {
    let isSeen = known.get(id);
    if (isSeen === undefined) {
      isSeen =
        id === NO_TUNNEL ? isAnsweredOutside : all.some((back) => relationOf(there, back) === RELATION.same);
      known.set(id, isSeen);
    }
    return isSeen;
  };
}

export function exchangesText(kind: ExchangeKind, count: number): string {
  if (kind === 'udp') return counted(count, 'UDP flow');
  return kind === 'tcp' ? counted(count, 'connection') : counted(count, 'query', 'queries');
}

/** "from 172.16.0.2 to 172.16.1.2 through vxlan 42 from 10.1.0.10 to 10.2.0.10". */
export function wayText({ src, dst, tunnels }: ExchangeGroup): string {
  return `from ${src} to ${dst}${tunnels.length === 0 ? '' : ` through ${tunnelText(tunnels)}`}`;
}

/** "port 443", of those that went unanswered. */
export function portsText({ ports }: ExchangeGroup): string {
  const more = ports.length > MOST_PORTS ? ` and ${ports.length - MOST_PORTS} others` : '';
  return `${ports.length === 1 ? 'port' : 'ports'} ${ports.slice(0, MOST_PORTS).join(', ')}${more}`;
}
