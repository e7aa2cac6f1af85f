/** What is expected of the pings: which way they go, how many are answered, and how fast. */

import { PathCounts } from '../exchange/ping/path-table.ts';
import { Tally } from '../exchange/tally.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { Severity } from '../finding/finding.ts';
import { receivedText, requireDemands } from './demands-schema.ts';
import type { Demand, Expectation, JudgedPath, JudgedPings } from './expectation.ts';
import { outcome } from './expectation.ts';
import type { PingDemands } from './ping-demands.ts';
import { demandsTunnel, OtherWays, pairTest, wayTest, wayText } from './tunnel-demands.ts';

/**
 * An expectation for {@link verifyCapture} and {@link createPingTracker} that combines all its demands.
 *
 * ```ts
 * expectPings('web to database', { tunnel: 'vxlan', vni: 42, inner: ['172.16.0.2', '172.16.1.2'], minAnswered: 4, maxRtt: 5 });
 * ```
 *
 * @param name what is expected, in your words: reports show it
 * @param demands all of them have to be met
 * @throws {RangeError} if a demand is unknown, can't be met, or contradicts another: one line
 */
export function expectPings(name: string, demands: PingDemands): Expectation {
  requireName('expectPings', name);
  const list = pingDemands(requireDemands('expectPings', demands));
  return { judge: (pings) => outcome(name, judgeAll(list, pings)) };
}

/** An expectation for each demand, named after it. The demands are those that {@link requireDemands} let pass. */
export function expectEach(demands: PingDemands): Expectation[] {
  return pingDemands(demands).map(({ name, judge }) => ({
    judge: (pings) => outcome(name, [judge(select(demands, pings))]),
  }));
}

/** Severities that an expectation can rule out. */
export const SEVERITIES = ['error', 'warning'] as const satisfies readonly Severity[];

/**
 * An expectation that there are no findings of a severity.
 *
 * @param name what is expected, in your words: reports show it
 * @param severity `error`, or `warning` for errors and warnings
 * @throws {RangeError} if the severity is neither: one line
 */
export function expectNoFindings(name: string, severity: Exclude<Severity, 'info'>): Expectation {
  requireName('expectNoFindings', name);
  if (!SEVERITIES.includes(severity)) {
    throw new RangeError(
      `expectNoFindings: received ${receivedText(severity)}; expected one of ${SEVERITIES.join(', ')}`,
    );
  }
  return { about: 'other', judge: (pings) => outcome(name, [noFindings(severity, pings)]) };
}

export function requireName(whose: string, name: unknown): void {
  if (typeof name === 'string' && name.trim() !== '') return;
  throw new RangeError(
    `${whose}: received ${receivedText(name)} for a name; expected words to show in reports`,
  );
}

export function noFindings(severity: Exclude<Severity, 'info'>, { findings }: JudgedPings): Demand {
  const bad = findings.filter(
    (found) => found.severity === 'error' || (severity === 'warning' && found.severity === 'warning'),
  );
  return {
    met: bad.length === 0,
    expected:
      severity === 'error' ? 'no finding of severity error' : 'no finding of severity error or warning',
    received: bad.length === 0 ? 'none' : [...new Set(bad.map(({ code }) => code))].join(', '),
    packets: bad.flatMap(({ packets }) => packets),
  };
}

/** Every demand on the pings, judged. */
export function judgePings(demands: PingDemands, pings: JudgedPings): Demand[] {
  return judgeAll(pingDemands(demands), pings);
}

interface NamedDemand {
  readonly name: string;
  readonly judge: (selected: Selected) => Demand;
  readonly demands: PingDemands;
}

function judgeAll(list: readonly NamedDemand[], pings: JudgedPings): Demand[] {
  return list.map(({ judge, demands }) => judge(select(demands, pings)));
}

interface Selected {
  readonly paths: readonly JudgedPath[];
  readonly total: PathCounts;
  /** What was asked for, if it is not there at all. */
  readonly missing: string | undefined;
  /** Replies with another VNI, if there are any, are intended by that network: Cilium's, OVN's. */
  readonly isVniMeant: boolean;
}

function select({ inner }: PingDemands, { paths, findings }: JudgedPings): Selected {
  const isInner = inner === undefined ? undefined : pairTest(inner);
  const chosen = paths.filter(
    (path) => isInner === undefined || (path.inner !== undefined && isInner(path.inner.src, path.inner.dst)),
  );
  const total = new PathCounts();
  for (const { counts } of chosen) total.merge(counts);
  const between = inner === undefined ? '' : ` from ${inner[0]} to ${inner[1]}`;
  const missing = total.requests.count === 0 ? `no echo request${between}` : undefined;
  const isVniMeant = !findings.some(({ code, severity }) => code === 'other-vni' && severity === 'warning');
  return { paths: chosen, total, missing, isVniMeant };
}

function pingDemands(demands: PingDemands): NamedDemand[] {
  const { minAnswered, maxLoss, maxRtt } = demands;
  const list: NamedDemand[] = [];
  const add = (name: string, judge: (selected: Selected) => Omit<Demand, 'expected'>, expected: string) => {
    list.push({
      name,
      demands,
      judge: (selected) =>
        selected.missing === undefined
          ? { expected, ...judge(selected) }
          : { expected, received: selected.missing, met: false },
    });
  };
  if (demandsTunnel(demands)) {
    const words = wayText(demands);
    const isWay = wayTest(demands);
    add(words, (selected) => judgeWay(selected, isWay, demands), `all pings ${words}, in both directions`);
  }
  if (minAnswered !== undefined) {
    add(
      `at least ${minAnswered} answered`,
      ({ total }) => ({
        met: total.answered >= minAnswered,
        received: answeredText(total),
        packets: total.unanswered.packets,
      }),
      `at least ${minAnswered} answered`,
    );
  }
  if (maxLoss !== undefined || minAnswered === undefined) {
    const most = maxLoss ?? 0;
    const expected = most === 0 ? 'every request answered' : `at most ${most}% lost`;
    add(
      expected,
      ({ total }) => {
        const { count, packets } = total.unanswered;
        const loss = (count / total.requests.count) * 100;
        const share = most === 0 ? '' : `, ${Number(loss.toFixed(3))}% lost`;
        return { met: loss <= most, received: `${answeredText(total)}${share}`, packets };
      },
      expected,
    );
  }
  if (maxRtt !== undefined) {
    const expected = `round-trip times of at most ${maxRtt} ms`;
    add(
      expected,
      ({ total }) => {
        const rtt = total.times.summary();
        if (rtt === null) return { met: false, received: 'none measured' };
        const { count, packets } = total.backwards;
        if (count === 0) return { met: rtt.max <= maxRtt, received: `at most ${rtt.max} ms` };
        return { met: false, received: `at most ${rtt.max} ms, and ${count} not measured`, packets };
      },
      expected,
    );
  }
  return list;
}

function answeredText({ answered, requests }: PathCounts): string {
  return `${answered} of ${requests.count} answered`;
}

/** Requests that went the expected way, and replies that came back the same way. */
function judgeWay(
  { paths, total, isVniMeant }: Selected,
  isWay: (tunnels: readonly Tunnel[]) => boolean,
  { vni, key, port }: PingDemands,
): Omit<Demand, 'expected'> {
  const astray = new Tally();
  const ways = new OtherWays();
  for (const { tunnels, counts } of paths) {
    const { requests } = counts;
    if (requests.count === 0 || (tunnels !== undefined && isWay(tunnels))) continue;
    astray.merge(requests);
    ways.add(tunnels, requests.count);
  }
  const requests = total.requests.count;
  const parts = [`${requests - astray.count} of ${requests} requests as expected`, ...ways.texts()];
  const back = new Tally();
  for (const tally of [total.outside, total.otherTunnel, total.otherEnds]) back.merge(tally);
  if (vni !== undefined || !isVniMeant) back.merge(total.otherVni);
  const otherKey = key !== undefined ? total.otherKey : new Tally();
  const replies = (count: number) => `${count} ${count === 1 ? 'reply' : 'replies'}`;
  if (back.count > 0) parts.push(`${replies(back.count)} came back another way`);
  if (otherKey.count > 0) parts.push(`${replies(otherKey.count)} came back with another key`);
  const elsewhere = port !== undefined ? total.otherPort : new Tally();
  if (elsewhere.count > 0) parts.push(`${replies(elsewhere.count)} came back on another UDP port`);
  return {
    met: astray.count === 0 && back.count === 0 && otherKey.count === 0 && elsewhere.count === 0,
    received: parts.join(', '),
    packets: [...astray.packets, ...back.packets, ...otherKey.packets, ...elsewhere.packets],
  };
}
