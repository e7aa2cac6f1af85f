/** Which requests are a traceroute's, whose answers are those of routers, and which are lost where their hops run out. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { Trace } from '../../../src/exchange/ping/trace.ts';
import { formatMarkdown } from '../../../src/verdict/markdown.ts';
import { formatReport } from '../../../src/verdict/report.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { BACK, codes, echo, icmpError, inVxlan, judge, type TimedPacket } from '../../support/pings.ts';

const ROUTERS = ['172.16.0.1', '172.20.0.1', '172.20.0.2'];

/** A request of a TTL, and what comes of it: a router's word that it ran out, the answer, or nothing. */
type Probe = readonly [ttl: number, from: string | 'answered' | 'lost'];

function packetsOf(probes: readonly Probe[], ident = 7): TimedPacket[] {
  return probes.flatMap(([ttl, from], i) => {
    const request = echo({ ident, seq: i + 1, ttl });
    const time = i * 10e6;
    const there = { bytes: inVxlan(request, 42), time };
    if (from === 'lost') return [there];
    const back =
      from === 'answered'
        ? inVxlan(echo({ ident, seq: i + 1, reply: true }), 42, BACK)
        : icmpError(from, 11, 0, request);
    return [there, { bytes: back, time: time + 1e6 }];
  });
}

const to = (hop: number) => ROUTERS[hop - 1] as string;

describe('requests whose hops run out', () => {
  it.each<[what: string, probes: Probe[], expected: [requests: number, answered: number], found: string[]]>([
    [
      'mtr, to a destination two hops on',
      [
        [1, to(1)],
        [2, 'answered'],
        [1, to(1)],
        [2, 'answered'],
      ],
      [4, 4],
      ['traceroute'],
    ],
    [
      'traceroute',
      [
        [1, to(1)],
        [2, to(2)],
        [3, 'answered'],
      ],
      [3, 3],
      ['traceroute'],
    ],
    [
      'a router that says nothing',
      [
        [1, to(1)],
        [2, 'lost'],
        [3, 'answered'],
      ],
      [3, 2],
      ['lost-replies', 'traceroute'],
    ],
    [
      'a traceroute that does not arrive',
      [
        [1, to(1)],
        [2, to(2)],
        [3, 'lost'],
      ],
      [3, 0],
      ['inner-ttl-exceeded', 'inner-ttl-exceeded', 'no-reply', 'ttl-differs'],
    ],
    [
      'a loop, seen by traceroute',
      [
        [1, to(1)],
        [2, to(2)],
        [3, to(1)],
        [4, to(2)],
      ],
      [4, 0],
      ['inner-ttl-exceeded', 'inner-ttl-exceeded', 'no-reply', 'ttl-differs'],
    ],
    [
      'pings into a loop',
      [
        [64, to(1)],
        [64, to(1)],
      ],
      [2, 0],
      ['inner-ttl-exceeded', 'no-reply'],
    ],
    [
      'pings of a small TTL',
      [
        [2, to(2)],
        [2, to(2)],
      ],
      [2, 0],
      ['inner-ttl-exceeded', 'no-reply'],
    ],
    // A route that changes: the way is as long, and some pings get into a loop.
    [
      'a loop for some',
      [
        [3, 'answered'],
        [3, to(1)],
        [3, 'answered'],
      ],
      [3, 2],
      ['inner-ttl-exceeded', 'lost-replies'],
    ],
    [
      'a loop one hop on, for a while',
      [
        [64, 'answered'],
        [63, to(1)],
        [64, 'answered'],
      ],
      [3, 2],
      ['inner-ttl-exceeded', 'lost-replies', 'ttl-differs'],
    ],
    [
      'a destination that a loop hides later',
      [
        [1, to(1)],
        [2, 'answered'],
        [2, to(1)],
      ],
      [3, 1],
      ['inner-ttl-exceeded', 'lost-replies', 'ttl-differs'],
    ],
  ])('%s', (_what, probes, expected, found) => {
    const verdict = judge(packetsOf(probes));
    expect([verdict.requests, verdict.answered]).toEqual(expected);
    expect(verdict.unanswered).toBe(verdict.requests - verdict.answered);
    expect(codes(verdict).filter((code) => code !== 'capture-ended-early')).toEqual(found);
  });

  it('of a ping, beside a traceroute between the same two: lost', () => {
    const trace = packetsOf(
      [
        [1, to(1)],
        [2, 'answered'],
      ],
      7,
    );
    const ping = packetsOf([[64, to(1)]], 8);
    const verdict = judge([...trace, ...ping].map((packet, i) => ({ ...packet, time: i * 1e6 })));
    expect(verdict.paths.map(({ answered, unanswered }) => [answered, unanswered])).toEqual([
      [2, 0],
      [0, 1],
    ]);
    expect(codes(verdict)).toContain('inner-ttl-exceeded');
  });
});

describe('the hops', () => {
  it('of two traces together: as many routers at one distance as of one, and none of their answers is lost', () => {
    const [one, other] = [new Trace(), new Trace()];
    for (let i = 0; i < 20; i++) (i < 10 ? one : other).add(1, `10.0.0.${i}`, 1e6, true);
    other.add(1, undefined, Number.NaN, false);
    one.merge(other);
    const hops = one.hops();
    expect(hops.map(({ from }) => from)).toEqual([
      ...Array.from({ length: 8 }, (_, i) => `10.0.0.${i}`),
      undefined,
      undefined,
    ]);
    expect(hops.slice(8).map(({ requests, answered }) => [requests, answered])).toEqual([
      [12, 12],
      [1, 0],
    ]);
  });

  it('are told of a loop too, in which routers take turns', () => {
    const [path] = judge(
      packetsOf([
        [1, to(1)],
        [2, to(2)],
        [3, to(1)],
        [4, 'lost'],
      ]),
    ).paths;
    expect(path?.hops?.map(({ ttl, from, answered }) => [ttl, from, answered])).toEqual([
      [1, to(1), 1],
      [2, to(2), 1],
      [3, to(1), 1],
      [4, null, 0],
    ]);
  });

  it('of traceroute, which sends sixteen probes at once: past the destination all are its answers', async () => {
    // traceroute 2.1.2 said: 1 172.16.0.2, 2 172.18.0.2.
    const verdict = await verifyCapture(await openCaptureFile('fixtures/tunnels/traceroute-vxlan.pcap'));
    expect(verdict.paths[0]?.hops).toMatchObject([
      { ttl: 1, from: '172.16.0.2', requests: 2, answered: 2 },
      { ttl: 2, from: '172.18.0.2', requests: 16, answered: 16 },
    ]);
    expect(verdict.verdict).toBe('pass');
  });

  it('of traceroute into a network where nobody answers: told, and lost', async () => {
    // traceroute said: 1 172.16.0.2, then stars up to 6.
    const verdict = await verifyCapture(await openCaptureFile('fixtures/tunnels/traceroute-lost.pcap'));
    expect([verdict.requests, verdict.answered]).toEqual([6, 0]);
    expect(
      formatReport(verdict)
        .split('\n')
        .filter((line) => line.startsWith('  hop ')),
    ).toEqual([
      '  hop 1  172.16.0.2                       1        1     0  0.033/0.033/0.033',
      '  hop 2-6  *                              5        0     5  -',
    ]);
  });

  it('are not told of pings', () => {
    for (const ttl of [64, 2]) expect(judge(packetsOf([[ttl, to(1)]])).paths[0]).not.toHaveProperty('hops');
    expect(judge(packetsOf([[2, 'answered']])).paths[0]).not.toHaveProperty('hops');
  });

  it('of mtr through VXLAN: no loss, as mtr said, and round trips of the capture’s times', async () => {
    const verdict = await verifyCapture(await openCaptureFile('fixtures/tunnels/mtr-vxlan.pcap'));
    expect(verdict.paths[0]?.hops).toMatchObject([
      { ttl: 1, from: '172.16.0.2', requests: 4, answered: 4 },
      { ttl: 2, from: '172.17.0.2', requests: 5, answered: 5 },
    ]);
    expect(formatReport(verdict)).toBe(`\
path                               requests answered  lost  rtt min/avg/max ms
172.16.0.1 → 172.17.0.2 id 4277           9        9     0  0.070/0.096/0.122
  vxlan vni 42 10.0.0.1 → 10.0.0.2 udp 4789
  hop 1  172.16.0.2                       4        4     0  0.071/0.085/0.097
  hop 2  172.17.0.2                       5        5     0  0.070/0.096/0.122

info     traceroute (packets 1, 7, 11, 15)
         4 requests from 172.16.0.1 to 172.17.0.2 ran out of hops at 172.16.0.2,
         as traceroute and mtr send them: the routers' answers count, and are
         listed as hops

PASS  9 of 9 requests answered, rtt 0.070/0.096/0.122 ms
`);
    expect(formatMarkdown([{ capture: 'mtr', verdict }])).toContain(
      '| hop 1: 172.16.0.2 |  | 4 | 4 | 0 | 0.071/0.085/0.097 |',
    );
  });
});
