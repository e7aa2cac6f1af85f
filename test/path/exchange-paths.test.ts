/**
 * Connections and queries from point to point: by hand, and on a capture from both ends of a VXLAN (c1 - h1 - h2 - c2, each file one host's eth0),
 * beside what tshark sees in each file. There port 9 refuses, a rule in c2 drops what asks port 81, one in h2 dropped the first SYN to
 * port 8001, and nobody answers for lost.example.
 */
import { describe, expect, it } from 'vitest';
import type { PathView } from '../../src/path/path-view.ts';
import { tunnelscope } from '../support/command.ts';
import { ack, back, message, reset, syn, synAck, there, timed } from '../support/exchanges.ts';
import { pathOf } from '../support/path-views.ts';
import { echo, icmpError, type TimedPacket } from '../support/pings.ts';
import { hasTshark, tshark } from '../support/tshark.ts';

const HOSTS = ['c1', 'h1', 'h2', 'c2'] as const;
const FILES = HOSTS.map((host) => `fixtures/exchanges/points-${host}-eth0.pcap`);

const rowsOf = ({ rows, ways }: PathView) =>
  rows.map(({ way, answered, lastSeen, undelivered, request, reply }) => ({
    what: `${ways[way]?.protocol} ${ways[way]?.port}`,
    answered,
    lastSeen,
    undelivered,
    request: request.map(({ point, count }) => [point, count]),
    reply: reply.map(({ point }) => point),
  }));

describe('by hand', () => {
  const handshake = timed(
    [1, syn()],
    [2, there(syn()), 1],
    [3, back(synAck()), 1],
    [4, synAck()],
    [5, ack()],
  );
  const answered = { answered: true, lastSeen: null, undelivered: null };
  const lost = (direction: 'request' | 'reply', point: number) => ({
    ...{ answered: false, lastSeen: { direction, point }, undelivered: null },
  });
  it.each<[what: string, packets: TimedPacket[], rows: object[]]>([
    [
      'a handshake',
      handshake,
      [
        {
          ...answered,
          request: [
            [0, 1],
            [1, 1],
          ],
          reply: [1, 0],
        },
      ],
    ],
    [
      'a SYN that is sent again, and goes on the second time',
      timed([0, syn()], [1001, syn()], [1002, there(syn()), 1], [1003, back(synAck()), 1], [1004, synAck()]),
      [
        {
          ...answered,
          request: [
            [0, 2],
            [1, 1],
          ],
          reply: [1, 0],
        },
      ],
    ],
    [
      'SYNs that nobody answers',
      timed([0, syn()], [0.1, there(syn()), 1], [1000, syn()], [3000, syn()]),
      [
        {
          ...lost('request', 1),
          request: [
            [0, 3],
            [1, 1],
          ],
          reply: [],
        },
      ],
    ],
    [
      'a SYN-ACK that does not come back',
      timed([0, syn()], [1, there(syn()), 1], [2, back(synAck()), 1]),
      [{ ...lost('reply', 1), undelivered: 'not back', reply: [1] }],
    ],
    [
      'a RST answers',
      timed([0, syn()], [1, there(syn()), 1], [2, back(reset()), 1], [3, reset()]),
      [{ ...lost('reply', 0), undelivered: 'refused', reply: [1, 0] }],
    ],
    [
      'a RST behind the SYN-ACK breaks off what was answered',
      timed([0, syn()], [1, synAck()], [2, ack()], [3, reset()]),
      [{ ...answered, reply: [0] }],
    ],
    [
      'a SYN-ACK whose checksum is wrong, in a tunnel',
      timed([0, there(syn())], [1, back(synAck({ checksum: 0x1234 }))]),
      [{ ...lost('reply', 0), undelivered: 'damaged', reply: [0] }],
    ],
    [
      'the ACK shows that there was an answer, which the capture lacks',
      timed([0, syn()], [5, ack()]),
      [{ ...answered, request: [[0, 1]], reply: [] }],
    ],
    ['a SYN-ACK alone', timed([0, synAck()]), [{ ...answered, answered: false, request: [], reply: [0] }]],
    [
      'another connection between the same ports, later',
      [...handshake, ...timed([900_000, syn({ seq: 77 })])],
      [answered, { ...lost('request', 0), request: [[0, 1]] }],
    ],
    [
      'a query and its answer, and one with another question',
      timed([0, message()], [1, message({ rcode: 0 })], [2, message({ name: 'b.example' })]),
      [
        { ...answered, what: 'dns 53', request: [[0, 1]], reply: [0] },
        { ...lost('request', 0), what: 'dns 53' },
      ],
    ],
    [
      'a query that is sent again',
      timed([0, message()], [5000, message()]),
      [{ ...lost('request', 0), request: [[0, 2]], reply: [] }],
    ],
  ])('%s', async (_what, packets, rows) => {
    const view = await pathOf(packets, undefined, ['tcp', 'dns']);
    expect(rowsOf(view)).toMatchObject(rows);
    expect(rowsOf(view)).toHaveLength(rows.length);
  });

  it('an ICMP error that quotes a SYN, or a query', async () => {
    const [quotedSyn, quotedQuery] = [syn(), message()];
    const view = await pathOf(
      timed(
        [0, quotedSyn],
        [1, icmpError('172.16.1.2', 3, 13, quotedSyn)],
        [2, quotedQuery],
        [3, icmpError('172.16.1.2', 3, 3, quotedQuery)],
      ),
      undefined,
      ['tcp', 'dns'],
    );
    expect(view.rows.map(({ error }) => error)).toEqual([0, 1]);
    expect(view.errors.map(({ packet, pings }) => [packet, pings])).toEqual([
      [2, 1],
      [4, 1],
    ]);
  });

  it('what is sent again counts with the time at which it went on', async () => {
    const packets = timed(
      [0, syn()],
      [1000, syn()],
      [1001, syn(), 1],
      [3000, syn()],
      [7000, syn()],
      [7002, syn(), 1],
    );
    const { rows } = await pathOf(packets, undefined, ['tcp']);
    expect(rows[0]?.request.map(({ packet, elapsed }) => [packet, elapsed])).toEqual([
      [2, null],
      [3, 1],
    ]);
  });

  it('pings alone where nothing is said; what is not followed is not there', async () => {
    const packets = [...handshake, ...timed([6, echo()], [7, echo({ reply: true })], [8, message()])];
    const protocols = async (...of: Parameters<typeof pathOf>[2] & object) =>
      (await pathOf(packets, undefined, of.length === 0 ? undefined : of)).ways.map(
        ({ protocol }) => protocol,
      );
    expect(await protocols()).toEqual(['icmp']);
    expect(await protocols('dns')).toEqual(['dns']);
    expect((await protocols('icmp', 'tcp', 'dns')).toSorted()).toEqual(['dns', 'icmp', 'tcp']);
  });

  it('addresses and ports in any order, and IPv6', async () => {
    const given = { src: '2001:db8:0:0:0:0:0:9', dst: '2001:db8:0:0:0:0:0:1', sport: 80, dport: 40000 };
    const { ways, rows } = await pathOf(timed([0, syn(given)], [1, synAck(given)]), undefined, ['tcp']);
    expect(ways).toMatchObject([
      { protocol: 'tcp', port: 40000, src: '2001:db8::9', dst: '2001:db8::1', answered: 1 },
    ]);
    expect(rows).toMatchObject([{ srcport: 80, seq: 1000, ident: 0 }]);
  });
});

describe('from both ends of a VXLAN', () => {
  const run = (...args: string[]) => {
    const { stdout, status } = tunnelscope(['path', ...FILES, '-T', 'json', ...args]);
    return { status, view: JSON.parse(stdout) as PathView };
  };
  const { view, status } = run('--of', 'icmp,tcp,dns');
  const pointOf = (host: string) => view.points.findIndex(({ name }) => name === `points-${host}-eth0`);
  const order = HOSTS.map(pointOf);
  const at = (port: number) =>
    view.rows.find(({ way }) => view.ways[way]?.port === port) as PathView['rows'][0];

  it('each was followed to where it came, in the order of the way', () => {
    expect(status).toBe(1);
    expect(view.ways.map(({ protocol, port, pings, answered }) => [protocol, port, pings, answered])).toEqual(
      [
        ['icmp', null, 2, 2],
        ['tcp', 8000, 1, 1],
        ['tcp', 9, 1, 0],
        ['tcp', 8001, 1, 1],
        ['tcp', 81, 1, 0],
        ['dns', 53, 2, 1],
      ],
    );
    for (const { points } of view.ways) expect(points).toEqual(order);
    expect(at(9)).toMatchObject({
      lastSeen: { direction: 'reply', point: pointOf('c1') },
      undelivered: 'refused',
    });
    expect(at(81)).toMatchObject({ lastSeen: { direction: 'request', point: pointOf('c2') }, reply: [] });
  });

  it('what changes: into the tunnel at h1, and out of it at c2', () => {
    const changes = at(8000).request.map((sighting) => sighting.changes.join());
    expect(changes).toEqual(['', '+vxlan vni 42 10.1.0.10 → 10.1.0.20 udp 4789', '', '-vxlan vni 42']);
  });

  it('times from point to point, also of what was sent again: none is a second long', () => {
    for (const oneClock of [[], ['--one-clock']]) {
      for (const { request, reply } of run('--of', 'tcp,dns', ...oneClock).view.rows) {
        for (const { elapsed } of [...request, ...reply]) expect(Math.abs(elapsed ?? 0)).toBeLessThan(50);
      }
    }
  });

  it('--of icmp is what is followed where nothing is said', () => {
    expect(run('--of', 'icmp').view).toEqual(run().view);
    expect(run().view.ways.map(({ protocol }) => protocol)).toEqual(['icmp']);
  });

  it.skipIf(!hasTshark)('as often and first in the packet that tshark sees in each file', () => {
    for (const [i, file] of FILES.entries()) {
      const point = order[i] as number;
      const words = ['frame.number', 'tcp.srcport', 'tcp.dstport', 'tcp.flags.syn', 'tcp.flags.reset'];
      const segments = tshark(
        '-r',
        file,
        '-Y',
        'tcp',
        '-T',
        'fields',
        ...words.flatMap((word) => ['-e', word]),
      )
        .trim()
        .split('\n')
        .map((line) => line.split('\t').map(Number));
      for (const port of [8000, 9, 8001, 81]) {
        const syns = segments.filter(([, , to, syn]) => to === port && syn === 1).map(([number]) => number);
        const request = at(port).request.find((sighting) => sighting.point === point);
        expect([port, point, request?.count]).toEqual([port, point, syns.length]);
        expect(syns).toContain(request?.packet);
        const answers = segments.filter(
          ([, from, , syn, reset]) => from === port && (syn === 1 || reset === 1),
        );
        const reply = at(port).reply.find((sighting) => sighting.point === point);
        expect([port, point, reply?.packet]).toEqual([port, point, answers[0]?.[0]]);
      }
    }
  });

  it('as text', () => {
    const { stdout } = tunnelscope(['path', ...FILES, '--one-clock', '--of', 'tcp,dns', '--width', '120']);
    expect(stdout).toContain('172.16.0.2 → 172.16.0.3 tcp 8001: 1 connection, 1 answered');
    expect(stdout).toContain(
      'answer last seen at points-c1-eth0; the other end refuses the connection (RST)',
    );
    expect(stdout).toMatch(/^port +points-c1-eth0/m);
    expect(stdout).toMatch(
      /^FAIL {2}2 of 4 connections, 1 of 2 queries answered: 1 answer last seen at points-c1-eth0, 1 SYN last seen at/m,
    );
  });

  it.each([
    ['udp', 'udp is not followed'],
    ['icmp,', 'a name is missing'],
  ])('--of %s', (of, words) => {
    const { status: code, stderr } = tunnelscope(['path', ...FILES, '--of', of]);
    expect([code, stderr.split('\n').length]).toEqual([2, 2]);
    expect(stderr).toContain(words);
    expect(stderr).toContain('expected icmp, tcp, dns');
  });
});
