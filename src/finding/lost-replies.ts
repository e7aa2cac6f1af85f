/** Requests that went unanswered, by their path: all of a pair of addresses (no-reply), or some (lost-replies). */

import type { PingPath } from '../exchange/ping/path-table.ts';
import { Tally } from '../exchange/tally.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { forgottenOf } from './reply-without-request.ts';

/** Limit on findings about one pair of addresses; the rest share one. */
const MOST_PAIRS = 32;

/** Paths that differ in their identifier alone, counted together. */
interface Route {
  readonly tunnels: readonly Tunnel[];
  readonly src: string;
  readonly dst: string;
  requests: number;
  answered: number;
  readonly unanswered: Tally;
  /** Those of them that memory no longer held, so an answer may have come. */
  readonly forgotten: Tally;
  /** Those of them that other findings explain, as a reply is known. */
  readonly explained: Tally;
}

function routesOf(evidence: Evidence): Map<string, Route[]> {
  const { summary, tunnels } = evidence;
  const pairs = new Map<string, Route[]>();
  for (const path of summary.table.paths) {
    const { tunnels: id, src, dst, counts } = path;
    const list = tunnels.tunnels(id);
    const pair = `${src} ${dst}`;
    const routes = pairs.get(pair) ?? [];
    pairs.set(pair, routes);
    let route = routes.find((known) => known.tunnels === list);
    if (route === undefined) {
      const tallies = { unanswered: new Tally(), forgotten: new Tally(), explained: new Tally() };
      route = { tunnels: list, src, dst, requests: 0, answered: 0, ...tallies };
      routes.push(route);
    }
    route.requests += counts.requests.count;
    route.answered += counts.answered;
    route.unanswered.merge(counts.unanswered);
    route.forgotten.merge(forgottenOf(counts.forgotten, summary));
    route.explained.merge(explainedOf(path, evidence));
  }
  return pairs;
}

export function lostReplies(evidence: Evidence): Finding[] {
  const found: Finding[] = [];
  const further: Route[] = [];
  for (const routes of routesOf(evidence).values()) {
    const answered = routes.reduce((sum, route) => sum + route.answered + route.forgotten.count, 0);
    const lossy = routes.filter((route) => lostOf(route) > 0);
    if (lossy.length > 0 && found.length >= MOST_PAIRS) further.push(...lossy);
    else if (answered === 0 && lossy.length > 0) found.push(noneAnswered(lossy));
    else for (const route of lossy) found.push(someLost(route));
  }
  if (further.length > 0) {
    const lost = further.reduce((sum, route) => sum + lostOf(route), 0);
    found.push(
      finding(
        'lost-replies',
        `${counted(lost, 'request')} on ${counted(further.length, 'more path', 'more paths')} went unanswered too: see the list of paths`,
        further[0]?.unanswered.packets,
      ),
    );
  }
  return found;
}

function lostOf({ unanswered, forgotten, explained }: Route): number {
  return Math.max(0, unanswered.count - forgotten.count - explained.count);
}

function noneAnswered(routes: readonly Route[]): Finding {
  const { src, dst } = routes[0] as Route;
  const requests = routes.reduce((sum, route) => sum + route.requests, 0);
  const unanswered = new Tally();
  for (const route of routes) unanswered.merge(route.unanswered);
  const tunneled = routes.filter((route) => route.tunnels.length > 0);
  const [way] = tunneled;
  const inside = tunneled.reduce((sum, route) => sum + route.requests, 0);
  const none =
    requests === 1
      ? `the request from ${src} to ${dst} was not answered`
      : `none of ${requests} requests from ${src} to ${dst} was answered`;
  const advice =
    way === undefined
      ? `no tunnel was seen around ${requests === 1 ? 'it' : 'them'}: check the route to ${dst}, and capture along the path to see how far requests get`
      : `${inside < requests ? `${inside} of them` : requests === 1 ? 'it' : 'they'} left through ${tunnelText(way.tunnels)}${tunneled.length > 1 ? ' and others' : ''}${inside < requests ? `, and ${requests - inside} outside any tunnel` : ''}: capture at its other end too, to see how far requests get and whether ${dst} answers`;
  return finding('no-reply', `${none}; ${advice}`, unanswered.packets);
}

function someLost(route: Route): Finding {
  const { tunnels, src, dst, requests, unanswered, forgotten } = route;
  const way = tunnels.length === 0 ? '' : ` through ${tunnelText(tunnels)}`;
  return finding(
    'lost-replies',
    `${lostOf(route)} of ${counted(requests, 'request')} from ${src} to ${dst}${way} went unanswered: capture at the other end too, to see in which direction they are lost`,
    unanswered.packets.filter((packet) => !forgotten.packets.includes(packet)),
  );
}

/** Requests that went unanswered although a reply is known, which other findings explain; no more than `unanswered` of them. */
function explainedOf(path: PingPath, { summary }: Evidence): Tally {
  const { counts, src, dst } = path;
  const explained = new Tally();
  for (const tally of [counts.refused, counts.damaged, counts.away]) explained.merge(tally);
  for (const other of summary.otherAddresses)
    if (other.src === src && other.dst === dst) explained.merge(other.tally);
  return explained;
}
