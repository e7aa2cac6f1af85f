/** UDP flows by hand, and held against tshark on a capture of a real VXLAN. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { hex } from '../../support/decoding.ts';
import { back, exchangesOf, message, there, timed } from '../../support/exchanges.ts';
import { icmpError, inVxlan, ipPacket, type TimedPacket, udp } from '../../support/pings.ts';
import { tshark } from '../../support/tshark.ts';

const DATA = Uint8Array.of(1, 2, 3);
const there6 = { src: 'fd00:0:0:0:0:0:0:2', dst: 'fd00:0:0:1:0:0:0:2' };
const ask = (sport = 40000, dport = 7000, dst = '172.16.1.2') =>
  ipPacket({ src: '172.16.0.2', dst, protocol: 17 }, udp(sport, dport, DATA));
const answer = (sport = 40000, dport = 7000) =>
  ipPacket({ src: '172.16.1.2', dst: '172.16.0.2', protocol: 17 }, udp(dport, sport, DATA));

type Counts = [begun: number, answered: number, refused: number, oneWay: number];

describe('what becomes of a flow', () => {
  it.each<[what: string, packets: readonly TimedPacket[], row: string, counts: Counts]>([
    ['answered', timed([0, there(ask())], [1, back(answer())]), 'udp 7000', [1, 1, 0, 0]],
    ['one way', timed([0, there(ask())], [1, there(ask())]), 'udp 7000', [1, 0, 0, 1]],
    ['in no tunnel', timed([0, ask()], [1, answer()]), 'udp 7000', [1, 1, 0, 0]],
    [
      'IPv6',
      timed(
        [0, ipPacket({ ...there6, protocol: 17 }, udp(40000, 7000, DATA))],
        [1, ipPacket({ src: there6.dst, dst: there6.src, protocol: 17 }, udp(7000, 40000, DATA))],
      ),
      'udp 7000',
      [1, 1, 0, 0],
    ],
    [
      'many packets',
      timed([0, ask()], [1, answer()], [2, ask()], [3, answer()], [4, ask()]),
      'udp 7000',
      [1, 1, 0, 0],
    ],
    ['two ports', timed([0, ask()], [1, answer()], [2, ask(40001)]), 'udp 7000', [2, 1, 0, 1]],
    ['again after two minutes', timed([0, ask()], [1, answer()], [130_000, ask()]), 'udp 7000', [2, 1, 0, 1]],
    ['refused', timed([0, ask()], [1, icmpError('172.16.1.2', 3, 3, ask())]), 'udp 7000', [1, 0, 1, 0]],
    [
      'an error about another flow',
      timed([0, ask()], [1, icmpError('172.16.1.2', 3, 3, ask(1))]),
      'udp 7000',
      [1, 0, 0, 1],
    ],
    [
      'at two interfaces',
      timed([0, ask()], [1, there(ask()), 1], [2, back(answer()), 1], [3, answer()]),
      'udp 7000',
      [1, 1, 0, 0],
    ],
    [
      'between two ports of which neither is a server’s',
      timed([0, ask(6000, 6000)], [1, answer(6000, 6000)]),
      'udp 6000',
      [1, 1, 0, 0],
    ],
    [
      'first seen from a server',
      timed([0, answer(40000, 123)], [1, ask(40000, 123)]),
      'udp 123',
      [0, 0, 0, 0],
    ],
  ])('%s', (_, packets, row, counts) => {
    const [only, ...rest] = exchangesOf(packets).rows;
    expect(rest).toEqual([]);
    expect([only?.row, only?.counts.slice(0, 4)]).toEqual([row, counts]);
  });

  it.each<[what: string, bytes: Uint8Array]>([
    ['multicast', ask(5000, 5000, '239.1.1.1')],
    ['broadcast', ask(68, 67, '255.255.255.255')],
    [
      'multicast DNS to one host',
      ipPacket({ src: '172.16.0.2', dst: '172.16.1.2', protocol: 17 }, udp(5353, 5353, new Uint8Array(12))),
    ],
    ['what carries a tunnel', inVxlan(hex('0000'), 42)],
  ])('is not told of %s', (_, bytes) => {
    expect(exchangesOf(timed([0, bytes])).rows).toEqual([]);
  });

  it('is told in the deepest tunnels, with the time of that place', () => {
    const [row] =
      exchangesOf(timed([0, ask()], [1, there(ask()), 1], [5, back(answer()), 1], [7, answer()])).verdict
        .exchanges ?? [];
    expect(row).toMatchObject({ tunnels: [{ kind: 'vxlan', vni: 42 }], time: { min: 4, max: 4 } });
  });

  it('says of one that was seen from the middle that it was', () => {
    const [row] = exchangesOf(timed([0, answer(40000, 123)])).verdict.exchanges ?? [];
    expect(row).toMatchObject({ begun: 0, fromMiddle: 1 });
  });

  it('is no loss: neither the verdict nor a finding is about it', () => {
    const { verdict, codes } = exchangesOf(
      timed([0, there(message())], [1, back(message({ rcode: 0 }))], [2, there(ask())]),
    );
    expect([verdict.verdict, verdict.basis, codes]).toEqual(['pass', 'exchanges', []]);
  });

  it('is bounded', () => {
    const packets = Array.from({ length: 64 }, (_, i) => [i, there(ask(1024 + i))] as const);
    expect(exchangesOf(timed(...packets), { capacity: 16 }).rows).toEqual([
      { row: 'udp 7000', counts: [64, 0, 0, 64, 0] },
    ]);
  });
});

it('as tshark sees it', async () => {
  const path = 'fixtures/exchanges/udp.pcap';
  const { exchanges = [] } = await verifyCapture(await openCaptureFile(path));
  // Innermost streams, and how many packets of each went either way.
  const lines = tshark(
    '-r',
    path,
    '-Y',
    'udp && !icmp',
    '-T',
    'fields',
    '-E',
    'occurrence=l',
    '-e',
    'udp.stream',
    '-e',
    'ip.src',
  )
    .trimEnd()
    .split('\n');
  const streams = new Map<string, Set<string>>();
  for (const line of lines) {
    const [stream = '', source = ''] = line.split('\t');
    streams.set(stream, new Set([...(streams.get(stream) ?? []), source]));
  }
  const sum = (of: 'begun' | 'answered') => exchanges.reduce((all, row) => all + row[of], 0);
  expect(sum('begun')).toBe(streams.size);
  expect(sum('answered')).toBe([...streams.values()].filter(({ size }) => size === 2).length);
});
