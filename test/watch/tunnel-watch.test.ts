/** Pings, connections and queries counted interval by interval: held against verify, which has all of a capture at once. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import type { Tunnel } from '../../src/exchange/tunnel.ts';
import type { PacketSource } from '../../src/packet/source.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { SeriesTable } from '../../src/watch/tunnel-series.ts';
import {
  createTunnelWatch,
  type TunnelWatchOptions,
  type WatchedInterval,
} from '../../src/watch/tunnel-watch.ts';
import { labCaptures } from '../support/captures.ts';
import { ack, back, syn, synAck, there } from '../support/exchanges.ts';
import {
  BACK,
  echo,
  icmpError,
  inVxlan,
  ipPacket,
  START_SECONDS,
  sourceOf,
  type TimedPacket,
} from '../support/pings.ts';

interface Watched {
  readonly intervals: WatchedInterval[];
  readonly events: string[];
  readonly watch: ReturnType<typeof createTunnelWatch>;
}

/** All packets of a source, with the clock that they bring. */
async function watchSource(source: PacketSource, options: TunnelWatchOptions): Promise<Watched> {
  const intervals: WatchedInterval[] = [];
  const events: string[] = [];
  const watch = createTunnelWatch({
    capacity: 1024,
    ...options,
    onInterval: (interval) => intervals.push(interval),
    onPing: ({ event, seq }) => events.push(`${event} ${seq}`),
    onExchange: ({ kind, outcome }) => events.push(`${kind} ${outcome}`),
  });
  let now = Number.NEGATIVE_INFINITY;
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      if ((batch.seconds[i] as number) !== now) watch.tick((now = batch.seconds[i] as number));
      watch.packet(batch, i, source.interfaces);
    }
  }
  await source.close();
  watch.end();
  return { intervals, events, watch };
}

const watchPackets = (packets: readonly TimedPacket[], options: TunnelWatchOptions = {}) =>
  watchSource(sourceOf(packets), { horizon: 1, interval: 2, ...options });

/** Of all ways. */
function totals({ watch }: Watched) {
  const all = [...watch.series.all, watch.series.other];
  const sum = (value: (one: (typeof all)[number]) => number) =>
    all.reduce((before, one) => before + value(one), 0);
  return {
    packets: sum(({ packets }) => packets),
    requests: sum(({ pings }) => pings.requests),
    answered: sum(({ pings }) => pings.answered),
    lost: sum(({ pings }) => pings.lost),
    roundTrips: sum(({ pings }) => pings.buckets.reduce((before, count) => before + count)),
  };
}

it.each(labCaptures)('%s: intervals of a second add up to what verify says', async (path) => {
  const verdict = await verifyCapture(await openCaptureFile(path), { timeoutMilliseconds: 1000 });
  const watched = await watchSource(await openCaptureFile(path), { horizon: 1, interval: 1 });
  const { packets, requests, answered, lost, roundTrips } = totals(watched);
  expect({ packets, requests, lost: requests - answered }).toEqual({
    packets: verdict.capture.packets,
    requests: verdict.requests,
    lost,
  });
  expect(roundTrips).toBe(answered);
  // A reply that is damaged or refused was seen, and is counted so before it is known.
  expect(answered - verdict.answered).toBeGreaterThanOrEqual(0);
  expect(answered - verdict.answered).toBeLessThanOrEqual(verdict.undelivered);
});

const second = 1e9;
const request = (seq: number, time: number): TimedPacket => ({
  bytes: inVxlan(echo({ seq }), 42),
  time: time * second,
});
const reply = (seq: number, time: number): TimedPacket => ({
  bytes: inVxlan(echo({ seq, reply: true }), 42, BACK),
  time: time * second,
});
const nothing = (time: number): TimedPacket => ({
  bytes: ipPacket({ src: '192.0.2.1', dst: '192.0.2.2', protocol: 253 }, new Uint8Array(1)),
  time: time * second,
});

describe('a request whose hops ran out', () => {
  /** A router's word on a request of a TTL, and what the destination answers to one more hop. */
  const ranOut = (seq: number, ttl: number, time: number): TimedPacket[] => [
    { bytes: inVxlan(echo({ seq, ttl }), 42), time: time * second },
    { bytes: icmpError('172.16.0.1', 11, 0, echo({ seq, ttl })), time: (time + 0.001) * second },
  ];
  const answered = (seq: number, ttl: number, time: number): TimedPacket[] => [
    { bytes: inVxlan(echo({ seq, ttl }), 42), time: time * second },
    reply(seq, time + 0.002),
  ];

  it.each<[what: string, packets: TimedPacket[], counts: object, events: string[]]>([
    [
      'of a traceroute is answered, and no round trip',
      [...ranOut(1, 1, 0), ...answered(2, 2, 0.1), ...ranOut(3, 1, 0.2), nothing(9)],
      { requests: 3, answered: 3, lost: 0, roundTrips: 1 },
      [],
    ],
    [
      'of mtr, which goes on over several intervals',
      [
        ...[0, 1, 2, 3, 4, 5, 6].flatMap((at) => [
          ...ranOut(2 * at + 1, 1, at),
          ...answered(2 * at + 2, 2, at + 0.1),
        ]),
        nothing(9),
      ],
      { requests: 14, answered: 14, lost: 0, roundTrips: 7 },
      [],
    ],
    [
      'in a loop is lost',
      [...ranOut(1, 64, 0), ...ranOut(2, 64, 0.1), nothing(9)],
      { requests: 2, answered: 0, lost: 2, roundTrips: 0 },
      ['unanswered 1', 'unanswered 2'],
    ],
    [
      'of a traceroute that does not arrive is lost',
      [...ranOut(1, 1, 0), ...ranOut(2, 2, 0.1), nothing(9)],
      { requests: 2, answered: 0, lost: 2, roundTrips: 0 },
      ['unanswered 1', 'unanswered 2'],
    ],
  ])('%s', async (_what, packets, counts, events) => {
    const watched = await watchPackets(packets);
    expect(totals(watched)).toMatchObject(counts);
    expect(watched.events).toEqual(events);
    expect(watched.intervals.some(({ findings }) => findings.some(({ code }) => code === 'no-reply'))).toBe(
      events.length > 0,
    );
  });

  it.each(['traceroute-vxlan', 'traceroute-lost', 'mtr-vxlan', 'traceroute-udp-53'])(
    '%s: as verify says',
    async (name) => {
      const path = `fixtures/tunnels/${name}.pcap`;
      const { requests, answered } = await verifyCapture(await openCaptureFile(path));
      const watched = await watchSource(await openCaptureFile(path), { horizon: 1, interval: 2 });
      expect(totals(watched)).toMatchObject({ requests, answered, lost: requests - answered });
      expect(watched.events.filter((event) => event.startsWith('dns'))).toEqual([]);
    },
  );
});

describe('at the border of two intervals', () => {
  it('a ping whose reply comes in the next is counted once, where it was sent', async () => {
    const watched = await watchPackets([
      request(1, 0),
      reply(1, 0.1),
      request(2, 1.95),
      reply(2, 2.05),
      nothing(9),
    ]);
    expect(totals(watched)).toMatchObject({ requests: 2, answered: 2, lost: 0 });
    expect(watched.intervals[0]).toMatchObject({ pings: { requests: 2, answered: 2 }, packets: 3 });
    expect(watched.intervals[1]).toMatchObject({ pings: { requests: 0 }, packets: 1 });
    expect(watched.intervals[1]?.findings.map(({ code }) => code)).not.toContain('reply-without-request');
  });

  it('a request that was sent before it and is seen again behind it is the same', async () => {
    const copy = { ...request(1, 2.01), bytes: inVxlan(echo({ seq: 1, ttl: 63 }), 42) };
    const watched = await watchPackets([nothing(0), request(1, 1.99), copy, reply(1, 2.2), nothing(9)]);
    expect(totals(watched)).toMatchObject({ requests: 1, answered: 1 });
  });

  it('a finding is of the interval in which it was seen', async () => {
    const error = { bytes: icmpError('10.2.0.10', 3, 3, inVxlan(echo({ seq: 1 }), 42)), time: 6 * second };
    const packets = [nothing(0), nothing(4), request(1, 5.9), error, nothing(8), nothing(12), nothing(20)];
    const { watch, intervals } = await watchPackets(packets, { interval: 4 });
    expect(watch.findings.get('outer-port-unreachable')).toBe(1);
    const where = intervals.flatMap(({ findings }, i) =>
      findings.some(({ code }) => code === 'outer-port-unreachable') ? [i] : [],
    );
    expect(where).toEqual([1]);
  });
});

describe('when a ping is lost', () => {
  it('without a reply for the horizon; what comes later is late, and stays lost', async () => {
    const watched = await watchPackets([
      request(1, 0),
      request(2, 0.1),
      reply(2, 0.9),
      reply(1, 1.5),
      nothing(9),
    ]);
    expect(watched.watch.series.all[0]?.pings).toMatchObject({ requests: 2, answered: 1, lost: 1, late: 1 });
    expect(watched.events.sort()).toEqual(['late 1', 'unanswered 1']);
  });

  it('with a reply that an ICMP error stops', async () => {
    const error = {
      bytes: inVxlan(icmpError('172.16.0.2', 3, 1, echo({ seq: 1, reply: true })), 42),
      time: 0.2 * second,
    };
    const watched = await watchPackets([request(1, 0), reply(1, 0.1), error, nothing(9)]);
    expect(watched.watch.series.all[0]?.pings).toMatchObject({
      requests: 1,
      answered: 1,
      lost: 1,
      undelivered: 1,
    });
    expect(watched.events).toEqual(['undelivered 1']);
  });

  it('is known when nothing more comes, too', async () => {
    const watched = await watchPackets([request(1, 0)]);
    expect(totals(watched)).toMatchObject({ requests: 1, lost: 1 });
  });
});

describe('connections', () => {
  const at = (bytes: Uint8Array, time: number): TimedPacket => ({ bytes, time: time * second });

  it('a SYN that is sent again and answered then has not failed', async () => {
    const options = { horizon: 5, interval: 5 };
    const watched = await watchPackets(
      [
        at(there(syn()), 0),
        at(there(syn({ id: 2 })), 1.1),
        at(back(synAck()), 1.2),
        at(there(ack()), 1.3),
        nothing(30),
      ],
      options,
    );
    expect(watched.watch.series.all[0]?.exchanges.tcp).toEqual({ answered: 1, refused: 0, unanswered: 0 });
    expect(watched.events).toEqual([]);
  });

  it('one that nobody answers has, once, after the horizon', async () => {
    const watched = await watchPackets([at(there(syn()), 0), nothing(30)], { horizon: 5, interval: 5 });
    expect(watched.watch.series.all[0]?.exchanges.tcp).toEqual({ answered: 0, refused: 0, unanswered: 1 });
    expect(watched.events).toEqual(['tcp unanswered']);
  });
});

describe('endlessly', () => {
  it('of more requests than are remembered, each is counted', async () => {
    const flood = Array.from({ length: 500 }, (_, i) => request(i, i * 1e-4));
    const answers = Array.from({ length: 20 }, (_, i) => reply(480 + i, 0.06 + i * 1e-4));
    const watched = await watchPackets([...flood, ...answers, nothing(9)], { capacity: 16 });
    expect(totals(watched)).toMatchObject({ requests: 500, answered: 20, lost: 480 });
  });

  it('ways past the most are counted together, and nothing is lost', async () => {
    const packets = Array.from({ length: 50 }, (_, i): TimedPacket[] => [
      { bytes: inVxlan(echo({ seq: i }), i), time: i * 1e8 },
      { bytes: inVxlan(echo({ seq: i, reply: true }), i, BACK), time: i * 1e8 + 1e6 },
    ]).flat();
    const watched = await watchPackets(packets, { series: new SeriesTable(7) });
    expect(totals(watched)).toMatchObject({ packets: 100, requests: 50, answered: 50 });
    expect(watched.watch.series.all).toHaveLength(7);
    expect(watched.watch.series.other).toMatchObject({ labels: 'tunnel="other",vni="",src="",dst=""' });
  });

  it('more tunnels than a tracker knows are told apart, as those of other intervals are forgotten', async () => {
    const most = 4500;
    const packets = Array.from(
      { length: most },
      (_, i): TimedPacket => ({ bytes: inVxlan(echo({ seq: i }), i), time: i * 1e6 }),
    );
    const watched = await watchPackets(packets, { series: new SeriesTable(5000) });
    expect(watched.watch.series.all).toHaveLength(most);
    expect(watched.watch.series.other.packets).toBe(0);
  });

  it.each([
    ['forward by a year', 365 * 86_400],
    ['back by a day', -86_400],
  ])('a clock that jumps %s ends an interval, and counting goes on', async (_, jump) => {
    const watched = await watchPackets([
      request(1, 0),
      reply(1, 0.1),
      request(2, jump),
      reply(2, jump + 0.1),
    ]);
    expect(totals(watched)).toMatchObject({ requests: 2, answered: 2 });
    expect(watched.intervals.length).toBeLessThan(4);
  });
});

it.each<[name: string, tunnel: Partial<Tunnel>[], labels: string]>([
  ['none', [], 'tunnel="none",vni="",src="",dst=""'],
  ['a VNI', [{ kind: 'vxlan', vni: 42, src: 'a', dst: 'b' }], 'tunnel="vxlan",vni="42",src="a",dst="b"'],
  ['a key', [{ kind: 'gre', key: 0, src: 'a', dst: 'b' }], 'tunnel="gre",vni="",key="0",src="a",dst="b"'],
  [
    'a session',
    [{ kind: 'l2tp', session: 7, src: 'a', dst: 'b' }],
    'tunnel="l2tp",vni="",session="7",src="a",dst="b"',
  ],
  [
    'an endpoint of GTP',
    [{ kind: 'gtp', teid: 7, src: 'a', dst: 'b' }],
    'tunnel="gtp",vni="",src="a",dst="b"',
  ],
  [
    'nested ones',
    [
      { kind: 'ipip', src: 'a', dst: 'b' },
      { kind: 'vxlan', vni: 1, src: 'c', dst: 'd' },
    ],
    'tunnel="ipip/vxlan",vni="1",src="a",dst="b"',
  ],
])('labels of a tunnel with %s', (_, tunnels, labels) => {
  expect(new SeriesTable().of(tunnels as Tunnel[]).labels).toBe(labels);
});

it('the interval’s times are the capture’s', async () => {
  const { intervals } = await watchPackets([request(1, 0), nothing(2), nothing(4)]);
  expect(intervals.map(({ begin, end }) => [begin - START_SECONDS, end - START_SECONDS])).toEqual([
    [0, 2],
    [2, 4],
    [4, 4],
  ]);
});
