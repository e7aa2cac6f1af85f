/** What becomes of connections and queries, told one by one as it happens. */
import { expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import type { ExchangeEvent } from '../../src/exchange/exchange-events.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import {
  ack,
  back,
  CLIENT,
  exchangesOf,
  message,
  reset,
  SERVER,
  syn,
  synAck,
  there,
  timed,
} from '../support/exchanges.ts';
import { icmpError, type TimedPacket } from '../support/pings.ts';
import { tshark } from '../support/tshark.ts';

const v6 = { src: 'fd00:0:0:0:0:0:0:2', dst: 'fd00:0:0:1:0:0:0:2' };

function eventsOf(packets: readonly TimedPacket[], capacity?: number): ExchangeEvent[] {
  const events: ExchangeEvent[] = [];
  exchangesOf(packets, {
    onExchange: (event) => events.push(event),
    ...(capacity !== undefined && { capacity }),
  });
  return events;
}

/** The kind, what became of it, the packet that says so, the request's, and the time in ms. */
type Told = readonly [
  kind: string,
  outcome: string,
  number: number,
  request: number,
  elapsed?: number | null,
];

it.each<[what: string, packets: readonly TimedPacket[], told: readonly Told[]]>([
  ['SYN, SYN-ACK, ACK', timed([0, syn()], [1, synAck()], [2, ack()]), [['tcp', 'answered', 2, 1, 1]]],
  [
    'an answer that comes twice',
    timed([0, syn()], [1, synAck()], [50, synAck()]),
    [['tcp', 'answered', 2, 1, 1]],
  ],
  ['an answer that later packets prove', timed([0, syn()], [3, ack()]), [['tcp', 'answered', 2, 1, 3]]],
  ['the answer in front', timed([0, synAck()], [0, syn()]), [['tcp', 'answered', 1, 2, null]]],
  ['RST', timed([0, syn()], [1, reset()]), [['tcp', 'refused', 2, 1]]],
  [
    'an ICMP error',
    timed([0, syn()], [1, icmpError('172.16.1.1', 3, 13, syn())]),
    [['tcp', 'refused', 2, 1]],
  ],
  [
    'sent again in vain: told once',
    timed([0, syn()], [1000, syn()], [3000, syn()], [7000, syn()]),
    [['tcp', 'unanswered', 1, 1]],
  ],
  [
    'answered late',
    timed([0, syn()], [3000, syn()], [3002, synAck()]),
    [
      ['tcp', 'unanswered', 1, 1],
      ['tcp', 'answered', 3, 1, 2],
    ],
  ],
  [
    'refused, and then answered',
    timed([0, syn()], [1, reset()], [1000, syn()], [1001, synAck()]),
    [
      ['tcp', 'refused', 2, 1],
      ['tcp', 'answered', 4, 1, 1],
    ],
  ],
  [
    'a damaged answer is none',
    timed([0, there(syn())], [1, back(synAck({ checksum: 1 }))]),
    [['tcp', 'unanswered', 1, 1]],
  ],
  ['a connection from the middle', timed([0, ack()]), []],
  [
    'queries, one of them answered',
    timed([0, message()], [1, message({ id: 8 })], [4, message({ id: 8, rcode: 3 })]),
    [
      ['dns', 'answered', 3, 2, 3],
      ['dns', 'unanswered', 1, 1],
    ],
  ],
])('%s', (_, packets, told) => {
  expect(
    eventsOf(packets).map(({ kind, outcome, number, request, elapsed }) =>
      elapsed === undefined ? [kind, outcome, number, request] : [kind, outcome, number, request, elapsed],
    ),
  ).toEqual(told);
});

it('has addresses, ports and tunnels in the direction of whoever asks', () => {
  const inner = { src: CLIENT, dst: SERVER };
  const [connection, query, other] = eventsOf(
    timed(
      [0, there(syn())],
      [1, back(synAck())],
      [2, message()],
      [3, message({ rcode: 2 })],
      [4, syn(v6)],
      [5, synAck(v6)],
    ),
  );
  expect(connection).toMatchObject({ event: 'exchange', inner, srcport: 40000, port: 443 });
  expect(connection.tunnels).toMatchObject([{ kind: 'vxlan', vni: 42, src: '10.1.0.10', dst: '10.2.0.10' }]);
  expect(query).toMatchObject({ inner, srcport: 50000, port: 53, ident: 7, rcode: 'SERVFAIL', tunnels: [] });
  expect(other?.inner).toEqual({ src: 'fd00::2', dst: 'fd00:0:0:1::2' });
});

it('tells of each that leaves memory before it could be answered', () => {
  const many = Array.from({ length: 100 }, (_, i) => [i, syn({ sport: 40000 + i })] as const);
  const events = eventsOf(timed(...many), 8);
  expect(events.map(({ outcome }) => outcome)).toEqual(Array(100).fill('unanswered'));
  expect(events.map(({ srcport }) => srcport)).toEqual(many.map((_, i) => 40000 + i));
});

it.each(['exchanges/vxlan', 'exchanges/points-h1-eth0', 'findings/only-ping-works'])(
  '%s: the last word on each is what the table counts, and times are those of tshark',
  async (name) => {
    const path = `fixtures/${name}.pcap`;
    const last = new Map<string, ExchangeEvent>();
    const { exchanges = [] } = await verifyCapture(await openCaptureFile(path), {
      onExchange: (event) => last.set(`${event.kind} ${event.request}`, event),
    });
    const sum = (kind: string, key: 'answered' | 'refused') =>
      exchanges.reduce((total, row) => total + (row.kind === kind ? row[key] : 0), 0);
    const told = (kind: string, outcome: string) =>
      [...last.values()].filter((event) => event.kind === kind && event.outcome === outcome).length;
    for (const kind of ['tcp', 'dns']) {
      expect(told(kind, 'answered')).toBe(sum(kind, 'answered'));
      expect(told(kind, 'refused')).toBe(sum(kind, 'refused'));
    }
    const theirs = tshark(
      '-r',
      path,
      '-Y',
      'dns.time',
      '-T',
      'fields',
      '-e',
      'frame.number',
      '-e',
      'dns.time',
    );
    const ours = [...last.values()]
      .filter(({ kind, outcome }) => kind === 'dns' && outcome === 'answered')
      .map(({ number, elapsed }) => `${number}\t${((elapsed ?? 0) / 1e3).toFixed(9)}`);
    expect(ours).toEqual(theirs.split('\n').filter((line) => line !== ''));
  },
);
