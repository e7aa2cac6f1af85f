/** What is expected of connections, queries and flows: which way they go, how many are answered, and how fast. */
import { ExchangeCounts, type ExchangeKind } from '../exchange/exchange-counts.ts';
import { Tally } from '../exchange/tally.ts';
import type { ExchangeDemands } from './exchange-demands.ts';
import { requireExchangeDemands } from './exchange-demands-schema.ts';
import {
  type Demand,
  type Expectation,
  type JudgedExchange,
  type JudgedPings,
  outcome,
} from './expectation.ts';
import { requireName } from './ping-expectation.ts';
import {
  demandsTunnel,
  OtherWays,
  pairTest,
  type TunnelDemands,
  wayTest,
  wayText,
} from './tunnel-demands.ts';

/**
 * An expectation for {@link verifyCapture} and {@link createPingTracker} on TCP connections, DNS queries or UDP flows.
 *
 * ```ts
 * expectExchanges('web', { proto: 'tcp', port: 443, tunnel: 'vxlan', vni: 42, maxTime: 50 });
 * ```
 *
 * @param name what is expected, in your words: reports show it
 * @param demands all of them have to be met
 * @throws {RangeError} if a demand is unknown, can't be met, or contradicts another: one line
 */
export function expectExchanges(name: string, demands: ExchangeDemands): Expectation {
  requireName('expectExchanges', name);
  const checked = requireExchangeDemands('expectExchanges', demands);
  return { about: 'exchanges', judge: (judged) => outcome(name, judgeExchanges(checked, judged)) };
}

/** An expectation for each demand, named after it. The demands are those that {@link requireExchangeDemands} let pass. */
export function expectEachExchange(demands: ExchangeDemands): Expectation[] {
  return exchangeDemands(demands).map(({ name, judge }) => ({
    about: 'exchanges',
    judge: (judged) => outcome(`${whichText(demands)}: ${name}`, [judge(select(demands, judged))]),
  }));
}

/** Every demand on them, judged. */
export function judgeExchanges(demands: ExchangeDemands, judged: JudgedPings): Demand[] {
  const selected = select(demands, judged);
  return exchangeDemands(demands).map(({ judge }) => judge(selected));
}

interface Selected {
  readonly rows: readonly JudgedExchange[];
  readonly total: ExchangeCounts;
  /** TCP connections that hang: their oldest segment was sent again and again, or never arrived. */
  readonly hanging: Tally;
  /** What was asked for, if it is not there at all. */
  readonly missing: string | undefined;
}

const NAMES: Readonly<
  Record<ExchangeKind, { readonly name: string; readonly one: string; readonly many: string }>
> = {
  tcp: { name: 'TCP', one: 'TCP connection', many: 'TCP connections' },
  dns: { name: 'DNS', one: 'DNS query', many: 'DNS queries' },
  udp: { name: 'UDP', one: 'UDP flow', many: 'UDP flows' },
};

/** "TCP to port 443 from 172.16.0.2 to 172.16.1.2". */
function whichText(demands: ExchangeDemands): string {
  return `${NAMES[demands.proto].name}${limitText(demands)}`;
}

function limitText({ port, inner }: ExchangeDemands): string {
  return `${port === undefined ? '' : ` to port ${port}`}${inner === undefined ? '' : ` from ${inner[0]} to ${inner[1]}`}`;
}

function select(demands: ExchangeDemands, { exchanges }: JudgedPings): Selected {
  const { proto, port, inner } = demands;
  const isInner = inner === undefined ? undefined : pairTest(inner);
  const rows = exchanges.filter(
    (row) =>
      // Of those past the most rows neither port nor addresses are known.
      (row.kind === undefined ? proto !== 'udp' : row.kind === proto) &&
      (port === undefined || row.port === port) &&
      (isInner === undefined || (row.inner !== undefined && isInner(row.inner.src, row.inner.dst))),
  );
  const total = new ExchangeCounts();
  const hanging = new Tally();
  for (const { counts } of rows) {
    total.merge(counts);
    for (const side of counts.tcp === undefined ? [] : [counts.tcp.there, counts.tcp.back]) {
      for (const tally of side.stuck.values()) hanging.merge(tally);
      hanging.merge(side.holes);
    }
  }
  const missing = total.begun.count === 0 ? `no ${NAMES[proto].one}${limitText(demands)}` : undefined;
  return { rows, total, hanging, missing };
}

interface NamedDemand {
  readonly name: string;
  readonly judge: (selected: Selected) => Demand;
}

function exchangeDemands(demands: ExchangeDemands): NamedDemand[] {
  const {
    proto,
    tunnel,
    vni,
    key,
    session,
    teid,
    tunnelPort: port,
    outer,
    minAnswered,
    maxLoss,
    maxTime,
  } = demands;
  const { one, many } = NAMES[proto];
  const list: NamedDemand[] = [];
  const add = (name: string, expected: string, judge: (selected: Selected) => Omit<Demand, 'expected'>) => {
    list.push({
      name,
      judge: (selected) =>
        selected.missing === undefined
          ? { expected, ...judge(selected) }
          : { expected, received: selected.missing, met: false },
    });
  };
  const way: TunnelDemands = { tunnel, vni, key, session, teid, port, outer };
  if (demandsTunnel(way)) {
    const words = wayText(way);
    add(words, `all ${many}${limitText(demands)} ${words}, in both directions`, (selected) =>
      judgeWay(selected, way),
    );
  }
  if (minAnswered !== undefined) {
    const expected = `at least ${minAnswered} ${minAnswered === 1 ? one : many}${limitText(demands)} answered`;
    add(`at least ${minAnswered} answered`, expected, (selected) => ({
      met: selected.total.answered >= minAnswered,
      received: answeredText(selected),
      packets: lostOf(selected).packets,
    }));
  }
  if (maxLoss !== undefined || minAnswered === undefined) {
    const most = maxLoss ?? 0;
    const name = most === 0 ? 'every one answered' : `at most ${most}% lost`;
    const expected =
      most === 0
        ? `every ${one}${limitText(demands)} answered${proto === 'tcp' ? ', and none hanging' : ''}`
        : `at most ${most}% of ${many}${limitText(demands)} lost`;
    add(name, expected, (selected) => {
      const { count, packets } = lostOf(selected);
      const loss = (count / selected.total.begun.count) * 100;
      const share = most === 0 ? '' : `, ${Number(loss.toFixed(3))}% lost`;
      return { met: loss <= most, received: `${answeredText(selected)}${share}`, packets };
    });
  }
  if (maxTime !== undefined) {
    const expected = `times of at most ${maxTime} ms`;
    add(expected, `${many}${limitText(demands)}: ${expected}`, ({ total }) => {
      const times = total.times.summary();
      if (times === null) return { met: false, received: 'none measured' };
      return { met: times.max <= maxTime, received: `at most ${times.max} ms` };
    });
  }
  return list;
}

/** What was not answered, and what was and hangs. */
function lostOf({ total, hanging }: Selected): Tally {
  const lost = new Tally();
  for (const tally of [total.unanswered, total.reset, total.stopped, hanging]) lost.merge(tally);
  return lost;
}

function answeredText({ total, hanging }: Selected): string {
  const parts = [`${total.answered} of ${total.begun.count} answered`];
  if (total.refused > 0) parts.push(`${total.refused} refused`);
  if (hanging.count > 0) parts.push(`${hanging.count} hanging`);
  return parts.join(', ');
}

function judgeWay({ rows, total }: Selected, demands: TunnelDemands): Omit<Demand, 'expected'> {
  const isWay = wayTest(demands);
  const astray = new Tally();
  const ways = new OtherWays();
  for (const { tunnels, counts } of rows) {
    if (counts.begun.count === 0 || (tunnels !== undefined && isWay(tunnels))) continue;
    astray.merge(counts.begun);
    ways.add(tunnels, counts.begun.count);
  }
  const back = new Tally();
  back.merge(total.astray);
  if (total.tcp !== undefined) back.merge(total.tcp.astray);
  const begun = total.begun.count;
  const parts = [`${begun - astray.count} of ${begun} as expected`, ...ways.texts()];
  if (back.count > 0) parts.push(`${back.count} came back another way`);
  return {
    met: astray.count === 0 && back.count === 0,
    received: parts.join(', '),
    packets: [...astray.packets, ...back.packets],
  };
}
