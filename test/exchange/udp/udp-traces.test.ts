/** Probes of traceroute over UDP: by hand, and as the programs that sent them say. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { formatReport } from '../../../src/verdict/report.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { hex } from '../../support/decoding.ts';
import { back, exchangesOf, there, timed } from '../../support/exchanges.ts';
import { icmpError, ipPacket, type TimedPacket, udp } from '../../support/pings.ts';

const [SRC, DST] = ['172.16.0.2', '172.16.1.2'];
const [SRC6, DST6] = ['fd00:0:0:0:0:0:0:2', 'fd00:0:0:1:0:0:0:2'];
const ROUTERS = ['172.16.0.1', '172.20.0.1', '172.20.0.2'];
const ROUTERS6 = ['fd00:0:0:0:0:0:0:1', 'fd01:0:0:0:0:0:0:1'];

interface Probe {
  readonly ttl: number;
  readonly id?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly isIpv6?: boolean;
}

function probe({ ttl, id = 1, sport = 40000, dport = 33434, isIpv6 = false }: Probe): Uint8Array {
  const ends = isIpv6 ? { src: SRC6, dst: DST6 } : { src: SRC, dst: DST };
  return ipPacket({ ...ends, protocol: 17, ttl, id }, udp(sport, dport, hex('40414243')));
}

const ranOut = (hop: number, of: Probe) =>
  of.isIpv6 === true
    ? icmpError(ROUTERS6[hop - 1] as string, 3, 0, probe(of))
    : icmpError(ROUTERS[hop - 1] as string, 11, 0, probe(of));
const arrived = (of: Probe) =>
  of.isIpv6 === true ? icmpError(DST6, 1, 4, probe(of)) : icmpError(DST, 3, 3, probe(of));

/** The packets one after the other, a millisecond between them. */
const inTurn = (...packets: readonly Uint8Array[]) =>
  timed(...packets.map((bytes, i) => [i, bytes] as const));

type Hop = [ttl: number, from: string | null, requests: number, answered: number];

/** The traces' hops, and the other rows of the table. */
function told(packets: readonly TimedPacket[]) {
  const { verdict, codes } = exchangesOf(packets);
  const rows = verdict.exchanges ?? [];
  const traces = rows.flatMap(({ hops }) =>
    hops === undefined
      ? []
      : [hops.map(({ ttl, from, requests, answered }): Hop => [ttl, from, requests, answered])],
  );
  const others = rows.flatMap(({ kind, port, hops }) => (hops === undefined ? [`${kind} ${port}`] : []));
  return { traces, others, codes, rows };
}

const at = (ttl: number, given: Partial<Probe> = {}): Probe => ({ ttl, ...given });

describe('probes whose hops run out', () => {
  const [one, two, three] = [1, 2, 3].map((ttl) => at(ttl, { dport: 33433 + ttl, id: ttl })) as [
    Probe,
    Probe,
    Probe,
  ];
  const [same1, same2, same3] = [1, 2, 3].map((ttl) => at(ttl, { id: 100 + ttl })) as [Probe, Probe, Probe];
  const [noId1, noId2, noId3] = [1, 2, 3].map((ttl) => at(ttl, { id: 0 })) as [Probe, Probe, Probe];
  const [six1, six2] = [1, 2].map((ttl) => at(ttl, { isIpv6: true })) as [Probe, Probe];

  it.each<[what: string, packets: readonly TimedPacket[], hops: Hop[]]>([
    [
      'to a port each',
      inTurn(probe(one), ranOut(1, one), probe(two), ranOut(2, two), probe(three), arrived(three)),
      [
        [1, '172.16.0.1', 1, 1],
        [2, '172.20.0.1', 1, 1],
        [3, DST, 1, 1],
      ],
    ],
    [
      'all at once, answered in another order',
      inTurn(probe(one), probe(two), probe(three), arrived(three), ranOut(2, two), ranOut(1, one)),
      [
        [1, '172.16.0.1', 1, 1],
        [2, '172.20.0.1', 1, 1],
        [3, DST, 1, 1],
      ],
    ],
    [
      'between the same ports, told apart by their identification',
      inTurn(probe(same1), probe(same2), probe(same3), ranOut(1, same1), arrived(same3)),
      [
        [1, '172.16.0.1', 1, 1],
        [2, null, 1, 0],
        [3, DST, 1, 1],
      ],
    ],
    [
      'between the same ports, without identification: one after the other',
      inTurn(probe(noId1), ranOut(1, noId1), probe(noId2), ranOut(2, noId2), probe(noId3), arrived(noId3)),
      [
        [1, '172.16.0.1', 1, 1],
        [2, '172.20.0.1', 1, 1],
        [3, DST, 1, 1],
      ],
    ],
    [
      'IPv6',
      inTurn(probe(six1), ranOut(1, six1), probe(six2), arrived(six2)),
      [
        [1, 'fd00::1', 1, 1],
        [2, 'fd00:0:0:1::2', 1, 1],
      ],
    ],
    [
      'in a tunnel',
      inTurn(there(probe(one)), back(ranOut(1, one)), there(probe(two)), back(arrived(two))),
      [
        [1, '172.16.0.1', 1, 1],
        [2, DST, 1, 1],
      ],
    ],
    [
      'at several places: each once, by how it was seen first',
      timed(
        [0, probe(one), 0],
        [1, ranOut(1, one), 0],
        [2, probe(two), 0],
        [3, there(probe({ ...two, ttl: 1 })), 1],
        [4, back(ranOut(2, two)), 1],
        [5, ranOut(2, two), 0],
        [6, probe(three), 0],
        [7, arrived(three), 0],
      ),
      [
        [1, '172.16.0.1', 1, 1],
        [2, '172.20.0.1', 1, 1],
        [3, DST, 1, 1],
      ],
    ],
    [
      'a router that can’t reach the destination',
      inTurn(probe(one), ranOut(1, one), probe(two), icmpError('172.20.0.1', 3, 1, probe(two))),
      [
        [1, '172.16.0.1', 1, 1],
        [2, '172.20.0.1', 1, 1],
      ],
    ],
    [
      'a destination that answers in UDP',
      inTurn(
        probe(one),
        ranOut(1, one),
        probe(two),
        ipPacket({ src: DST, dst: SRC, protocol: 17 }, udp(33435, 40000, hex('00'))),
      ),
      [
        [1, '172.16.0.1', 1, 1],
        [2, DST, 1, 1],
      ],
    ],
    [
      'a destination next door, which is told further probes too',
      inTurn(probe(one), arrived(one), probe(two), arrived(two)),
      [[1, DST, 2, 2]],
    ],
  ])('%s', (_what, packets, hops) => {
    const { traces, others } = told(packets);
    expect([traces, others]).toEqual([[hops], []]);
  });

  it('have the times of the place where they were seen first, and the deepest tunnels', () => {
    const { rows } = told(
      timed(
        [0, probe(one), 0],
        [1, ranOut(1, one), 0],
        [10, probe(two), 0],
        [11, there(probe({ ...two, ttl: 1 })), 1],
        [13, back(ranOut(2, two)), 1],
        [16, ranOut(2, two), 0],
      ),
    );
    expect(rows).toMatchObject([
      { tunnels: [{ kind: 'vxlan' }], hops: [{ rtt: { min: 1 } }, { rtt: { min: 6, max: 6 } }] },
    ]);
  });

  it('are told beside what else goes between the same two', () => {
    const flow = ipPacket({ src: SRC, dst: DST, protocol: 17 }, udp(40000, 7000, hex('00')));
    const { traces, others } = told(inTurn(probe(one), ranOut(1, one), flow, probe(two), arrived(two), flow));
    expect([traces.length, others]).toEqual([1, ['udp 7000']]);
  });
});

describe('is no trace', () => {
  const few = at(5);
  it.each<[what: string, packets: readonly TimedPacket[], others: string[]]>([
    ['a flow with few hops left', inTurn(probe(few), probe(few)), ['udp 33434']],
    ['one that runs out', inTurn(probe(few), ranOut(1, few), probe(few), ranOut(1, few)), ['udp 33434']],
    [
      'a flow in a loop, seen again and again',
      inTurn(
        ...[64, 40, 32, 30, 28, 4, 2].map((ttl) => probe(at(ttl))),
        ranOut(1, at(2)),
        ...[64, 29, 1].map((ttl) => probe(at(ttl, { id: 2 }))),
      ),
      ['udp 33434'],
    ],
    [
      'an error with a wrong checksum',
      inTurn(
        probe(at(1)),
        (() => {
          const damaged = ranOut(1, at(1));
          damaged[22] = (damaged[22] as number) ^ 1;
          return damaged;
        })(),
        probe(at(2, { dport: 33435 })),
      ),
      ['udp 33434', 'udp 33435'],
    ],
  ])('%s', (_what, packets, others) => {
    const found = told(packets);
    expect([found.traces, found.others]).toEqual([[], others]);
  });
});

it('as many routers at one distance as are told apart, and the others together', () => {
  const probes = Array.from({ length: 20 }, (_, i) => at(1, { dport: 33434 + i, id: 1 + i }));
  const packets = probes.flatMap((each, i) => [
    probe(each),
    icmpError(`172.30.0.${i + 1}`, 11, 0, probe(each)),
  ]);
  const last = at(2, { dport: 34000, id: 99 });
  const [hops = []] = told(inTurn(...packets, probe(last), arrived(last))).traces;
  expect(hops).toHaveLength(10);
  expect(hops.slice(8)).toEqual([
    [1, null, 12, 12],
    [2, DST, 1, 1],
  ]);
});

it('a flood of probes between the same ports, more than are remembered, is counted whole', () => {
  const packets = Array.from({ length: 5000 }, (_, i) => probe(at(1 + (i % 30), { id: 1 + i })));
  const close = at(1, { id: 6000 });
  const { traces } = told(inTurn(...packets, probe(close), ranOut(1, close)));
  expect(traces[0]?.reduce((sum, [, , requests]) => sum + requests, 0)).toBe(5001);
});

describe('a real one', () => {
  const FOUR = (n: number) => (['10.9.1.2', '10.9.2.2', '10.9.3.2', '10.9.4.2'] as const)[n - 1] as string;
  const SIX = (n: number) => `fd09:${n}::2`;
  // As fixtures/tunnels/README.md says what the programs said; probes beyond that wait for nothing once the destination has answered.
  it.each<[file: string, ports: string, hops: Hop[]]>([
    [
      'traceroute-udp',
      '33434-33449',
      [1, 2, 3].map((n): Hop => [n, FOUR(n), 3, 3]).concat([[4, FOUR(4), 7, 6]]),
    ],
    [
      'traceroute-udp-ipv6',
      '33434-33449',
      [1, 2, 3].map((n): Hop => [n, SIX(n), 3, 3]).concat([[4, SIX(4), 7, 6]]),
    ],
    ['traceroute-udp-53', '53', [1, 2, 3].map((n): Hop => [n, FOUR(n), 3, 1]).concat([[4, FOUR(4), 7, 1]])],
    [
      'traceroute-udp-vxlan',
      '33434-33449',
      [
        [1, '172.16.1.2', 2, 2],
        [2, '172.16.3.1', 14, 6],
      ],
    ],
    ['tracepath', '44444-44447', [1, 2, 3, 4].map((n): Hop => [n, FOUR(n), 1, 1])],
    ['mtr-udp', '33000-33012', [1, 2, 3].map((n): Hop => [n, FOUR(n), 3, 3]).concat([[4, FOUR(4), 4, 3]])],
  ])('%s', async (file, ports, hops) => {
    const verdict = await verifyCapture(await openCaptureFile(`fixtures/tunnels/${file}.pcap`));
    const [row, ...others] = verdict.exchanges ?? [];
    expect(others).toEqual([]);
    expect(verdict.encrypted).toBeUndefined();
    expect(row?.hops?.map(({ ttl, from, requests, answered }) => [ttl, from, requests, answered])).toEqual(
      hops,
    );
    expect(formatReport(verdict)).toContain(`udp ${ports} `);
    const codes = verdict.findings.map(({ code }) => code).filter((code) => code !== 'malformed');
    expect(codes).toEqual(['no-echo-request', 'traceroute']);
  });

  it('through VXLAN, in the report', async () => {
    const verdict = await verifyCapture(await openCaptureFile('fixtures/tunnels/traceroute-udp-vxlan.pcap'));
    expect(formatReport(verdict).split('\n').slice(0, 5)).toEqual([
      'exchanges                      begun answered refused lost again  min/avg/max ms',
      'udp 33434-33449                   16        8       -    8     -  0.020/0.023/0.033',
      '  172.16.1.1 → 172.16.3.1',
      '  vxlan vni 42 10.9.1.1 → 10.9.3.2 udp 4789',
      '  hop 1  172.16.1.2                2        2       -    0     -  0.020/0.051/0.082',
    ]);
  });
});
