/** Where pings are seen, in events made by hand: each line says what came where and when, and what must be told of it. */
import { describe, expect, it } from 'vitest';
import { pathOf } from '../support/path-views.ts';
import { type Echo, echo, icmpError, inTun, inVxlan, type TimedPacket } from '../support/pings.ts';

const MS = 1e6;
const LONG = '00112233445566778899aabbccddeeff0102';

function at(point: number, milliseconds: number, bytes: Uint8Array): TimedPacket {
  return { interfaceIndex: point, time: milliseconds * MS, bytes };
}
const request = (point: number, milliseconds: number, given: Echo = {}) =>
  at(point, milliseconds, echo(given));
const reply = (point: number, milliseconds: number, given: Echo = {}) =>
  at(point, milliseconds, echo({ ...given, reply: true }));

const path = (...points: number[]) => points.map((point) => ({ point }));

describe('one clock', () => {
  const there = [request(0, 1), request(1, 2, { ttl: 63 }), request(2, 3, { ttl: 62 })];
  const back = [reply(2, 4), reply(1, 5, { ttl: 63 }), reply(0, 6, { ttl: 62 })];

  it.each([
    ['all the way and back', [...there, ...back], true, null],
    ['a request lost behind the second point', there.slice(0, 2), false, { direction: 'request', point: 1 }],
    ['no reply at all', there, false, { direction: 'request', point: 2 }],
    [
      'a reply lost behind the second point',
      [...there, ...back.slice(0, 2)],
      false,
      { direction: 'reply', point: 1 },
    ],
    [
      'lost by the capture at the second point',
      [...there, ...back].filter((p) => p.interfaceIndex !== 1),
      true,
      null,
    ],
  ])('%s', async (_, packets, answered, lastSeen) => {
    const view = await pathOf(packets);
    expect(view.rows).toMatchObject([{ answered, lastSeen, ident: 0x4567, seq: 1 }]);
    expect(view).toMatchObject({ verdict: answered ? 'pass' : 'fail', pings: 1, answered: answered ? 1 : 0 });
  });

  it('the order of the way is that of the requests, and the reply goes the other way', async () => {
    const moved = [...there, ...back].map((packet) => ({
      ...packet,
      interfaceIndex: [2, 0, 1][packet.interfaceIndex as number] as number,
    }));
    const view = await pathOf(moved);
    expect(view.ways).toMatchObject([
      {
        src: '172.16.0.2',
        dst: '172.16.1.2',
        points: [2, 0, 1].map((p) => view.points.findIndex((q) => q.name === `test${p}`)),
      },
    ]);
    const names = (list: readonly { point: number }[]) => list.map(({ point }) => view.points[point]?.name);
    expect(names(view.rows[0]?.request ?? [])).toEqual(['test2', 'test0', 'test1']);
    expect(names(view.rows[0]?.reply ?? [])).toEqual(['test1', 'test0', 'test2']);
  });

  it('times from point to point, and what changed there', async () => {
    const [row] = (await pathOf([...there, ...back])).rows;
    expect(row?.request.map(({ elapsed, changes }) => [elapsed, changes])).toEqual([
      [null, []],
      [1, ['TTL 64→63']],
      [1, ['TTL 63→62']],
    ]);
    expect(row?.reply.map(({ elapsed, changes }) => [elapsed, changes])).toEqual([
      [1, []],
      [1, ['TTL 64→63']],
      [1, ['TTL 63→62']],
    ]);
  });

  it('tunnels put on, passed and taken off; a VNI that changes', async () => {
    const bare = echo({ payload: LONG });
    const view = await pathOf([
      at(0, 1, bare),
      at(1, 2, inTun(bare, true)),
      at(2, 3, inTun(bare, true, { ttl: 63 })),
      at(3, 4, inVxlan(bare, 42)),
      at(4, 5, inVxlan(bare, 43)),
      at(5, 6, bare),
    ]);
    expect(view.rows[0]?.request.map(({ changes }) => changes)).toEqual([
      [],
      ['+tunpi 10.1.0.10 → 10.2.0.10 udp 9000 → 9000'],
      ['outer TTL 64→63'],
      ['-tunpi', '+vxlan vni 42 10.1.0.10 → 10.2.0.10 udp 4789'],
      ['VNI 42→43'],
      ['-vxlan vni 43'],
    ]);
    expect(view.tunnels.map((list) => list.map(({ kind }) => kind))).toEqual([
      [],
      ['tunpi'],
      ['vxlan'],
      ['vxlan'],
    ]);
  });
});

describe('which packets are the same ping', () => {
  it.each<[string, TimedPacket[], number, number[]]>([
    [
      'another TTL, identification and tunnel',
      [request(0, 1), at(1, 2, inVxlan(echo({ id: 77, ttl: 9 }), 1))],
      1,
      [1, 1],
    ],
    ['another sequence number', [request(0, 1), request(1, 2, { seq: 2 })], 2, [1, 1]],
    ['another identifier', [request(0, 1), request(1, 2, { ident: 1 })], 2, [1, 1]],
    ['another source', [request(0, 1), request(1, 2, { src: '172.16.0.3' })], 2, [1, 1]],
    ['other data', [request(0, 1, { payload: LONG }), request(1, 2, { payload: `ff${LONG}` })], 2, [1, 1]],
    ['a copy at one point', [request(0, 1), request(0, 2), request(1, 2)], 1, [2, 1]],
    ['the same numbers again, 3 s later', [request(0, 1), request(0, 3001)], 2, [1, 1]],
    ['the same numbers elsewhere, 40 s later', [request(0, 1), request(1, 40_001)], 2, [1, 1]],
  ])('%s', async (_, packets, pings, counts) => {
    const view = await pathOf(packets);
    expect(view.pings).toBe(pings);
    expect(view.rows.flatMap((row) => row.request.map(({ count }) => count))).toEqual(counts);
  });

  it('numbers that start over: each round is matched with its own', async () => {
    const round = (from: number) => [
      request(0, from),
      request(1, from + 1),
      reply(1, from + 2),
      reply(0, from + 3),
    ];
    const view = await pathOf([...round(0), ...round(5000), ...round(10_000)]);
    expect(view).toMatchObject({ verdict: 'pass', pings: 3, answered: 3 });
    for (const row of view.rows) {
      expect(row.request).toMatchObject(path(0, 1));
      expect(row.reply).toMatchObject(path(1, 0));
    }
  });

  it('a packet that comes again with a lower TTL says both', async () => {
    const view = await pathOf([request(0, 1), request(1, 2, { ttl: 63 }), request(1, 3, { ttl: 61 })]);
    expect(view.rows[0]?.request[1]).toMatchObject({ count: 2, ttl: 63, lastTtl: 61 });
  });

  it('a reply whose request nobody saw is told, and no ping', async () => {
    expect(await pathOf([reply(0, 1), reply(1, 2)])).toMatchObject({
      pings: 0,
      repliesAlone: 1,
      verdict: 'fail',
    });
  });

  it('pings in both directions are two ways, each with its own order', async () => {
    const across = { src: '172.16.1.2', dst: '172.16.0.2' };
    const view = await pathOf([
      ...[request(0, 1), request(1, 2), reply(1, 3), reply(0, 4)],
      ...[request(1, 11, across), request(0, 12, across), reply(0, 13, across), reply(1, 14, across)],
    ]);
    expect(view.ways.map(({ points }) => points)).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(view).toMatchObject({ verdict: 'pass', answered: 2 });
  });

  it('IPv6', async () => {
    const given = { src: 'fd00:0:0:0:0:0:0:1', dst: 'fd00:0:0:0:0:0:0:2' };
    const packets = [request(0, 1, given), request(1, 2, given), reply(1, 3, given), reply(0, 4, given)];
    expect(await pathOf(packets)).toMatchObject({
      verdict: 'pass',
      ways: [{ src: 'fd00::1', dst: 'fd00::2' }],
    });
  });
});

describe('ICMP errors', () => {
  const tunneled = inTun(echo(), true, { id: 4711 });
  it.each([
    ['quotes all of it', tunneled.length],
    ['quotes the outer headers alone', 28],
  ])('of a tunnel’s end that is not there: %s', async (_, length) => {
    const refusal = icmpError('10.2.0.10', 3, 3, tunneled.subarray(0, length));
    const view = await pathOf([request(0, 1), at(1, 2, tunneled), at(1, 3, refusal)]);
    expect(view.rows).toMatchObject([{ error: 0, lastSeen: { direction: 'request', point: 1 } }]);
    expect(view.errors).toMatchObject([{ code: 'outer-port-unreachable', point: 1, packet: 3, pings: 1 }]);
  });

  it('about a tunnel that no ping took explains none', async () => {
    const other = inTun(echo({ seq: 9 }), true, { src: '10.9.0.1', dst: '10.9.0.2' });
    const view = await pathOf([
      ...[request(0, 1), at(1, 2, tunneled)],
      at(1, 3, icmpError('10.9.0.2', 3, 3, other.subarray(0, 28))),
    ]);
    expect(view.rows).toMatchObject([{ error: null }]);
    expect(view.errors).toEqual([]);
  });

  it('that the TTL ran out on the way explains the ping that it quotes', async () => {
    const ttl = icmpError('10.0.0.1', 11, 0, echo({ seq: 2 }));
    const view = await pathOf([request(0, 1), request(0, 2, { seq: 2 }), at(0, 3, ttl)]);
    expect(view.rows.map(({ seq, error }) => [seq, error])).toEqual([
      [1, null],
      [2, 0],
    ]);
  });
});

describe('two clocks', () => {
  /** A ping at points 0 and 1 of the first clock and 2 and 3 of the second, which is 5 s ahead; 1 ms from point to point. */
  const AHEAD = 5000;
  const ping = (from: number, seq: number, extra = 0) => [
    ...[request(0, from, { seq }), request(1, from + 1, { seq })],
    ...[request(2, from + 2 + extra + AHEAD, { seq }), request(3, from + 3 + extra + AHEAD, { seq })],
    ...[reply(3, from + 4 + extra + AHEAD, { seq }), reply(2, from + 5 + extra + AHEAD, { seq })],
    ...[reply(1, from + 6 + extra, { seq }), reply(0, from + 7 + extra, { seq })],
  ];
  const CLOCKS = [0, 0, 1, 1];

  it('their offset is the middle of what request and reply allow, and the rest its uncertainty', async () => {
    // Between clocks the request of the second ping took 7 ms, and each reply 1 ms: the least of both count.
    const view = await pathOf([...ping(0, 1), ...ping(1000, 2, 6)], CLOCKS);
    expect(view.clocks).toEqual([
      { name: 'host0', ahead: 0, uncertainty: 0 },
      { name: 'host1', ahead: AHEAD, uncertainty: 1 },
    ]);
    expect(view.ways[0]?.points).toEqual([0, 1, 2, 3]);
    expect(view.rows[0]?.request.map(({ elapsed, uncertainty }) => [elapsed, uncertainty])).toEqual([
      [null, 0],
      [1, 0],
      [1, 1],
      [1, 0],
    ]);
    expect(view.notes).toEqual([
      expect.stringMatching(/host1: 5000\.000 ms ahead of .* ± 1\.000 ms, estimated/),
    ]);
  });

  it('without a reply, nothing is said of times between them; the TTL gives the order', async () => {
    const packets = [request(1, 10, { ttl: 63 }), request(0, 90, { ttl: 64 })];
    const view = await pathOf(packets, [0, 1]);
    expect(view.ways[0]?.points.map((point) => view.points[point]?.name)).toEqual([
      'host0:test0',
      'host1:test1',
    ]);
    expect(view.rows[0]?.request[1]).toMatchObject({ elapsed: null });
    expect(view.clocks[1]).toMatchObject({ ahead: null, uncertainty: null });
    expect(view.notes[0]).toContain("can't be compared");
  });
});
