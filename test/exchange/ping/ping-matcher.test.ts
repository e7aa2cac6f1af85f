/** What answers what, in tables of packets by hand. */
import { describe, expect, it } from 'vitest';
import { createPingMatcher } from '../../../src/exchange/ping/ping-matcher.ts';
import { CAPACITY, MOST_WAITING } from '../../../src/exchange/ping/ping-memory.ts';
import { createTunnelTable } from '../../../src/exchange/tunnel-table.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { decodeBytes } from '../../support/decoding.ts';
import {
  BACK,
  codes,
  type Echo,
  echo,
  inIpip,
  inVxlan,
  judge,
  RAW,
  type TimedPacket,
  trackerOf,
} from '../../support/pings.ts';

const MILLISECOND = 1e6;
const SECOND = 1e9;

const request = (given: Echo = {}) => echo(given);
const reply = (given: Echo = {}) => echo({ ...given, reply: true });

/** Packets a millisecond apart. */
function inTurn(...packets: Uint8Array[]): TimedPacket[] {
  return packets.map((bytes, i) => ({ bytes, time: i * MILLISECOND }));
}

function counts({ requests, answered, unanswered, duplicates }: Verdict): number[] {
  return [requests, answered, unanswered, duplicates];
}

describe('requests, answered, unanswered, duplicates', () => {
  const v6 = { src: 'fd00:0:0:0:0:0:0:2', dst: 'fd00:0:0:1:0:0:0:2' };

  it.each<[what: string, packets: TimedPacket[], expected: number[], findings: string[]]>([
    ['a pair', inTurn(request(), reply()), [1, 1, 0, 0], []],
    ['a pair in IPv6', inTurn(request(v6), reply(v6)), [1, 1, 0, 0], []],
    ['a request alone', inTurn(request()), [1, 0, 1, 0], ['no-reply']],
    ['a reply alone', inTurn(reply()), [0, 0, 0, 0], ['no-echo-request', 'reply-without-request']],
    [
      'one of two lost',
      inTurn(request({ seq: 1 }), request({ seq: 2 }), reply({ seq: 2 })),
      [2, 1, 1, 0],
      ['lost-replies'],
    ],
    [
      'replies out of order',
      inTurn(request({ seq: 1 }), request({ seq: 2 }), reply({ seq: 2 }), reply({ seq: 1 })),
      [2, 2, 0, 0],
      [],
    ],
    ['a reply twice', inTurn(request(), reply(), reply()), [1, 1, 0, 1], ['duplicate-replies']],
    [
      'a reply three times',
      inTurn(request(), reply(), reply({ id: 77 }), reply()),
      [1, 1, 0, 2],
      ['duplicate-replies'],
    ],
    [
      'a request sent again before its answer',
      inTurn(request({ id: 1 }), request({ id: 2 }), reply()),
      [1, 1, 0, 0],
      ['repeated-requests'],
    ],
    [
      'a copy of a request, behind the answer and at once',
      inTurn(request(), reply(), request()),
      [1, 1, 0, 0],
      ['repeated-requests'],
    ],
    [
      'the same identity once more after an answer is a new request',
      inTurn(request({ id: 1 }), reply({ id: 2 }), request({ id: 3 }), reply({ id: 4 })),
      [2, 2, 0, 0],
      [],
    ],
    [
      'also where the packet is the same to the last byte, and time has passed',
      [
        { bytes: request(), time: 0 },
        { bytes: reply(), time: 1 },
        { bytes: request(), time: SECOND },
        { bytes: reply(), time: SECOND + 1 },
      ],
      [2, 2, 0, 0],
      [],
    ],
    [
      'a request without an answer, and long after it the same identity again',
      [
        { bytes: request(), time: 0 },
        { bytes: request(), time: 60 * SECOND },
        { bytes: reply(), time: 60 * SECOND + 1 },
      ],
      [2, 1, 1, 0],
      ['lost-replies'],
    ],
    [
      'another identifier, sequence number or address is another ping',
      inTurn(
        request({ ident: 1 }),
        reply({ ident: 2 }),
        request({ ident: 1, seq: 9 }),
        reply({ ident: 1, seq: 8 }),
        request({ ident: 1, seq: 10, dst: '172.16.1.3' }),
        reply({ ident: 1, seq: 10, dst: '172.16.1.4' }),
      ),
      [3, 0, 3, 0],
      ['no-reply', 'other-address', 'reply-without-request'],
    ],
    [
      'each side pings the other with the same numbers',
      inTurn(
        request({ src: '10.0.0.1', dst: '10.0.0.2' }),
        request({ src: '10.0.0.2', dst: '10.0.0.1' }),
        reply({ src: '10.0.0.1', dst: '10.0.0.2' }),
        reply({ src: '10.0.0.2', dst: '10.0.0.1' }),
      ),
      [2, 2, 0, 0],
      [],
    ],
    [
      'the reply stands before its request in the file, and came after it',
      [
        { bytes: reply(), time: 2 * MILLISECOND },
        { bytes: request(), time: MILLISECOND },
      ],
      [1, 1, 0, 0],
      [],
    ],
    [
      'a reply that came before the request answers another',
      [
        { bytes: reply(), time: MILLISECOND },
        { bytes: request(), time: 2 * MILLISECOND },
      ],
      [1, 0, 1, 0],
      ['no-reply', 'capture-began-late'],
    ],
    [
      'the clock was set back between request and reply',
      [
        { bytes: request(), time: 2 * MILLISECOND },
        { bytes: reply(), time: MILLISECOND },
      ],
      [1, 1, 0, 0],
      ['clock-backwards'],
    ],
  ])('%s', (_, packets, expected, findings) => {
    const verdict = judge(packets);
    expect(counts(verdict)).toEqual(expected);
    expect(codes(verdict)).toEqual(findings);
    expect(verdict.verdict).toBe(expected[0] !== 0 && expected[2] === 0 ? 'pass' : 'fail');
  });

  it('a sequence number that starts over is a new request, every time', () => {
    const packets: TimedPacket[] = [];
    const rounds = 1.25 * 65536;
    for (let i = 0; i < rounds; i++) {
      const ping = { seq: i % 65536, id: i & 0xffff };
      packets.push({ bytes: request(ping), time: i * 10_000 });
      // Every tenth is lost; its number comes again one round later.
      if (i % 10 !== 0) packets.push({ bytes: reply(ping), time: i * 10_000 + 5000 });
    }
    const verdict = judge(packets);
    expect(counts(verdict)).toEqual([81_920, 73_728, 8192, 0]);
    expect(verdict.rtt).toMatchObject({ min: 0.005, max: 0.005 });
  });

  it('a time limit: what comes later does not count', () => {
    const packets = [
      { bytes: request({ seq: 1 }), time: 0 },
      { bytes: reply({ seq: 1 }), time: 100 * MILLISECOND },
      { bytes: request({ seq: 2 }), time: 0 },
      { bytes: reply({ seq: 2 }), time: 100 * MILLISECOND + 1 },
    ];
    expect(counts(judge(packets))).toEqual([2, 2, 0, 0]);
    const limited = judge(packets, { timeoutMilliseconds: 100 });
    expect(counts(limited)).toEqual([2, 1, 1, 0]);
    expect(limited.findings).toMatchObject([
      { code: 'lost-replies', packets: [3] },
      { code: 'late-replies', packets: [4] },
      { code: 'clock-backwards', packets: [3] },
    ]);
    expect(limited.findings[1]?.message).toContain('100 ms');
  });
});

describe('tunnels', () => {
  const there = { src: '10.1.0.10', dst: '10.2.0.10' };

  it('VXLAN’s source port is drawn anew for each packet, and splits nothing', () => {
    const packets = [1, 2, 3].flatMap((seq) => [
      inVxlan(request({ seq }), 42, {}, 40000 + seq),
      inVxlan(reply({ seq }), 42, BACK, 50000 + seq),
    ]);
    const verdict = judge(inTurn(...packets));
    expect(verdict).toMatchObject({ verdict: 'pass', requests: 3, answered: 3, findings: [] });
    expect(verdict.paths).toMatchObject([{ requests: 3 }]);
    expect(verdict.paths[0]?.tunnels).toEqual([
      { kind: 'vxlan', by: 'port', ...there, dstport: 4789, vni: 42 },
    ]);
  });

  it('tunnels in a tunnel, outermost first', () => {
    const ends = { src: '192.168.0.1', dst: '192.168.0.2' };
    const back = { src: '192.168.0.2', dst: '192.168.0.1' };
    const verdict = judge(
      inTurn(inIpip(inVxlan(request(), 7, ends)), inIpip(inVxlan(reply(), 7, back), BACK)),
    );
    expect(verdict).toMatchObject({ verdict: 'pass', findings: [] });
    expect(verdict.paths[0]?.tunnels).toMatchObject([
      { kind: 'ipip', ...there },
      { kind: 'vxlan', ...ends, vni: 7 },
    ]);
  });

  it.each<[what: string, packets: Uint8Array[], findings: string[]]>([
    ['a reply outside the tunnel', [inVxlan(request(), 42), reply()], ['reply-outside-tunnel']],
    ['a reply in another network', [inVxlan(request(), 42), inVxlan(reply(), 43, BACK)], ['other-vni']],
    ['a reply in another kind of tunnel', [inVxlan(request(), 42), inIpip(reply(), BACK)], ['other-tunnel']],
    [
      'a reply from another host’s end',
      [inVxlan(request(), 42), inVxlan(reply(), 42, { ...BACK, src: '10.3.0.10' })],
      ['asymmetric-outer-path'],
    ],
    ['a request outside, its reply inside', [request(), inIpip(reply(), BACK)], ['other-tunnel']],
  ])('%s is an answer, and a finding', (_, packets, findings) => {
    const verdict = judge(inTurn(...packets));
    expect(counts(verdict)).toEqual([1, 1, 0, 0]);
    expect(codes(verdict)).toEqual(findings);
    expect(verdict.findings[0]).toMatchObject({ severity: 'warning', packets: [2] });
  });

  it('two tenants ping with the same addresses and numbers at the same time', () => {
    const one = { id: 100, payload: '01' };
    const two = { id: 200, payload: '02' };
    const verdict = judge(
      inTurn(
        inVxlan(request(one), 1),
        inVxlan(request(two), 2),
        inVxlan(reply(one), 1, BACK),
        inVxlan(reply(two), 2, BACK),
      ),
    );
    expect(verdict).toMatchObject({ requests: 2, answered: 2, duplicates: 0, findings: [] });
    expect(verdict.paths.map(({ tunnels, answered }) => [tunnels[0]?.vni, answered])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it('what an ICMP error quotes is no ping', () => {
    const quoted = Uint8Array.from([3, 1, 0, 0, 0, 0, 0, 0, ...request()]);
    const error = Uint8Array.from([...request().subarray(0, 20), ...quoted]);
    error[3] = error.length;
    expect(judge(inTurn(error)).requests).toBe(0);
  });
});

describe('one packet at several places', () => {
  const at = (interfaceIndex: number, time: number, bytes: Uint8Array): TimedPacket => ({
    bytes,
    time,
    interfaceIndex,
  });
  // A request on its way out through the sender's host, and its reply on its way back.
  const out = [
    at(0, 10, request()),
    at(1, 11, request()),
    at(2, 12, request({ ttl: 63 })),
    at(3, 15, inVxlan(request({ ttl: 63 }), 42)),
  ];
  const back = [
    at(3, 40, inVxlan(reply({ ttl: 63 }), 42, BACK)),
    at(2, 41, reply({ ttl: 63 })),
    at(1, 44, reply({ ttl: 62 })),
    at(0, 45, reply({ ttl: 62 })),
  ];

  it.each<[what: string, packets: TimedPacket[]]>([
    ['at the sender: the tunnel comes last, and first on the way back', [...out, ...back]],
    [
      'at the receiver: the tunnel comes first, and last on the way back',
      [...[...out].reverse(), ...[...back].reverse()].map((packet, i) => ({
        ...packet,
        time: [15, 20, 21, 22, 30, 31, 32, 40][i] as number,
      })),
    ],
  ])('counts once, in its tunnel, with the tunnel’s times (%s)', (_, packets) => {
    const verdict = judge(packets);
    expect(verdict).toMatchObject({ requests: 1, answered: 1, duplicates: 0, findings: [] });
    expect(verdict.paths).toMatchObject([{ tunnels: [{ kind: 'vxlan', vni: 42 }] }]);
    expect(verdict.rtt).toMatchObject({ min: 25 / 1e6, max: 25 / 1e6 });
  });

  it('a duplicate that is seen everywhere counts once', () => {
    const later = back.map((packet) => ({ ...packet, time: packet.time + 100 }));
    expect(judge([...out, ...back, ...later])).toMatchObject({ requests: 1, answered: 1, duplicates: 1 });
  });

  it('a router’s one arm: the same packet with one hop less is no duplicate', () => {
    const packets = [request({ ttl: 64 }), request({ ttl: 63 }), reply({ ttl: 64 }), reply({ ttl: 63 })];
    expect(judge(inTurn(...packets))).toMatchObject({
      requests: 1,
      answered: 1,
      duplicates: 0,
      findings: [],
    });
  });

  it('a cooked capture that can’t tell interfaces claims no duplicates', () => {
    // LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, protocol.
    const cooked = (bytes: Uint8Array, time: number): TimedPacket => ({
      bytes: Uint8Array.from([0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, ...bytes]),
      time,
      linkType: 113,
    });
    const packets = [request(), request(), reply(), reply()].map((bytes, i) => cooked(bytes, i));
    expect(judge(packets)).toMatchObject({ requests: 1, answered: 1, duplicates: 0, findings: [] });
  });
});

describe('pings to a group, which many answer', () => {
  it.each<[what: string, group: string, hosts: string[]]>([
    ['multicast', '224.0.0.1', ['172.16.0.9', '172.16.0.10']],
    ['multicast in IPv6', 'ff02:0:0:0:0:0:0:1', ['fe80:0:0:0:0:0:0:9', 'fe80:0:0:0:0:0:0:a']],
    ['broadcast', '255.255.255.255', ['172.16.0.9', '172.16.0.10']],
    ['a network’s broadcast', '172.16.255.255', ['172.16.0.9', '172.16.0.10']],
  ])('%s: the first answer counts, and those of others are duplicates, as for ping', (_, group, hosts) => {
    const src = group.includes(':') ? 'fe80:0:0:0:0:0:0:1' : '172.16.0.2';
    const packets = [1, 2].flatMap((seq) => [
      request({ src, dst: group, seq }),
      ...hosts.map((dst) => reply({ src, dst, seq })),
    ]);
    const verdict = judge(inTurn(...packets));
    expect(counts(verdict)).toEqual([2, 2, 0, 2]);
    expect(codes(verdict)).toEqual(['group-answers']);
    expect(verdict.findings[0]?.message).toMatch(
      /^2 hosts answer requests from \S+ to \S+: \S+9 and \S+(10|a); /,
    );
    expect(verdict.paths).toHaveLength(1);
  });

  it('nobody answers', () => {
    const verdict = judge(inTurn(request({ dst: '224.0.0.1' })));
    expect(counts(verdict)).toEqual([1, 0, 1, 0]);
    expect(codes(verdict)).toEqual(['no-reply']);
  });

  it('a reply to another’s number answers nothing', () => {
    const verdict = judge(
      inTurn(request({ dst: '224.0.0.1', ident: 1 }), reply({ dst: '172.16.0.9', ident: 2 })),
    );
    expect(counts(verdict)).toEqual([1, 0, 1, 0]);
    expect(codes(verdict)).toEqual(['no-reply', 'reply-without-request']);
  });
});

describe('NAT on the outer header', () => {
  const inside = { src: '10.1.0.10', dst: '203.0.113.5' };
  const outside = { src: '198.51.100.1', dst: '203.0.113.5' };
  const back = ({ src, dst }: { src: string; dst: string }) => ({ src: dst, dst: src });

  it.each<[what: string, ends: { src: string; dst: string }]>([
    ['seen inside', inside],
    ['seen outside', outside],
  ])('%s', (_, ends) => {
    const verdict = judge(inTurn(inVxlan(request(), 42, ends), inVxlan(reply(), 42, back(ends), 12345)));
    expect(counts(verdict)).toEqual([1, 1, 0, 0]);
    expect(codes(verdict)).toEqual([]);
  });

  it('seen on both sides of the router that does it: one ping, by either way', () => {
    const packets = [
      { bytes: inVxlan(request(), 42, inside), time: 0, interfaceIndex: 0 },
      { bytes: inVxlan(request(), 42, { ...outside, ttl: 63 }), time: 10, interfaceIndex: 1 },
      { bytes: inVxlan(reply(), 42, back(outside)), time: 90, interfaceIndex: 1 },
      { bytes: inVxlan(reply(), 42, { ...back(inside), ttl: 63 }), time: 100, interfaceIndex: 0 },
    ];
    const verdict = judge(packets);
    expect(counts(verdict)).toEqual([1, 1, 0, 0]);
    expect(codes(verdict)).toEqual([]);
    expect(verdict.rtt?.max).toBe(100 / 1e6);
  });
});

describe('replies with a wrong IPv4 header checksum', () => {
  /** The header checksum at `start`, another one than is right. */
  function spoiled(packet: Uint8Array, start: number): Uint8Array {
    const view = new DataView(packet.buffer, packet.byteOffset);
    view.setUint16(start + 10, view.getUint16(start + 10) ^ 0x0101);
    return packet;
  }
  const inTunnel = () => inVxlan(reply(), 42, BACK);
  const INNER = 20 + 8 + 8 + 14;

  it.each([
    ['inside', INNER],
    ['outside', 0],
  ])('%s the tunnel: seen, and no success', (_, start) => {
    const verdict = judge(inTurn(inVxlan(request(), 42), spoiled(inTunnel(), start)));
    expect(verdict).toMatchObject({ verdict: 'fail', requests: 1, answered: 0, undelivered: 1 });
    expect(verdict.findings[0]).toMatchObject({ code: 'damaged-replies', severity: 'error', packets: [2] });
  });

  it('a right one beside it, or one that the sender leaves to its card, is an answer', () => {
    const right = [inVxlan(request(), 42), spoiled(inTunnel(), INNER), inTunnel()];
    expect(judge(inTurn(...right)).verdict).toBe('pass');
    const left = inTunnel();
    left.fill(0, 10, 12);
    expect(judge(inTurn(inVxlan(request(), 42), left)).verdict).toBe('pass');
  });
});

describe('bounded memory', () => {
  function feed(capacity: number, packets: readonly Uint8Array[]) {
    const matcher = createPingMatcher(createTunnelTable(), { capacity });
    for (const [i, bytes] of packets.entries()) {
      const { view, stack } = decodeBytes(bytes, { linkType: RAW });
      matcher.packet(view, stack, i + 1, 0, i, 0);
    }
    return matcher;
  }
  const requests = (count: number) => Array.from({ length: count }, (_, seq) => request({ seq }));

  const replies = (count: number) => Array.from({ length: count }, (_, seq) => reply({ seq }));

  it('as many requests wait as there is room for, in and beside the ring', () => {
    const [path] = feed(4, [...requests(20), ...replies(20).reverse()]).summary(0, 0, 0).table.paths;
    expect(path?.counts).toMatchObject({ requests: { count: 20 }, answered: 20, forgotten: { count: 0 } });
  });

  it('behind that the oldest is forgotten, and said to be', () => {
    const matcher = feed(4, [...requests(22), ...replies(22).reverse()]);
    expect(matcher.totals()).toMatchObject({ requests: 22, answered: 20 });
    const { table, orphans } = matcher.summary(0, 0, 0);
    const [path] = table.paths;
    expect(path?.counts.requests.count).toBe(22);
    expect(path?.counts.unanswered.packets).toEqual([1, 2]);
    expect(path?.counts.forgotten.packets).toEqual([1, 2]);
    expect(orphans.count).toBe(2);
  });

  it('a ping that waits is not pushed out by those that are answered', () => {
    const fast = Array.from({ length: 100 }, (_, seq) => [request({ seq }), reply({ seq })]).flat();
    const slow = { ident: 9, src: '172.16.0.9' };
    const { table, orphans } = feed(4, [request(slow), ...fast, reply(slow)]).summary(0, 0, 0);
    expect(orphans.count).toBe(0);
    expect(table.paths.map(({ counts }) => [counts.requests.count, counts.answered])).toEqual([
      [100, 100],
      [1, 1],
    ]);
  });

  it('more outstanding than memory holds: no loss is claimed', () => {
    const count = MOST_WAITING + 1000;
    // The payload makes up for the numbers, so that the checksum stays right.
    const numbered = (template: Uint8Array, i: number) => {
      const bytes = template.slice();
      const view = new DataView(bytes.buffer);
      for (const [at, value] of [i >>> 16, i & 0xffff].entries()) {
        view.setUint16(24 + at * 2, value);
        view.setUint16(28 + at * 2, 0xffff - value);
      }
      return bytes;
    };
    const given = { ident: 0, seq: 0, payload: 'ffffffff' };
    const [there, back] = [request(given), reply(given)];
    const all = Array.from({ length: count }, (_, i) => i);
    const packets = [
      ...all.map((i) => ({ bytes: numbered(there, i), time: i * 1000 })),
      ...all.map((i) => ({ bytes: numbered(back, i), time: (count + i) * 1000 })),
    ];
    const verdict = judge(packets);
    expect(verdict).toMatchObject({ verdict: 'fail', requests: count });
    expect(codes(verdict)).toContain('pings-forgotten');
    for (const code of ['no-reply', 'lost-replies', 'reply-without-request'])
      expect(codes(verdict)).not.toContain(code);
    // None of them is answered: that is what it says.
    expect(codes(judge(packets.slice(0, count)))).toContain('no-reply');
  });

  it('a run of pings goes on after the memory is full', () => {
    const packets = Array.from({ length: 100 }, (_, seq) => [request({ seq }), reply({ seq })]).flat();
    const { table, orphans } = feed(4, packets).summary(0, 0, 0);
    expect(orphans.count).toBe(0);
    expect(table.paths).toMatchObject([{ counts: { requests: { count: 100 }, answered: 100 } }]);
  });

  it.each([0, 1, 3, 2 * CAPACITY])('a capacity of %i is refused', (capacity) => {
    expect(() => feed(capacity, [])).toThrow(/expected a power of two/);
  });

  it('ten thousand requests that look the same take no longer than others', () => {
    const same = Array.from({ length: 40_000 }, (_, i) => request({ seq: 1, id: i & 0xffff }));
    const packets = same.map((bytes, i) => ({ bytes, time: i * 2 * SECOND }));
    const begin = process.cpuUsage();
    expect(judge(packets)).toMatchObject({ requests: 40_000, unanswered: 40_000 });
    // Looking at each of them for each other would be a billion steps.
    expect(process.cpuUsage(begin).user).toBeLessThan(4e6);
  });

  it('more paths than are listed count in the totals', () => {
    const packets = Array.from({ length: 1500 }, (_, ident) => request({ ident }));
    const verdict = judge(inTurn(...packets));
    expect(verdict).toMatchObject({ requests: 1500, unanswered: 1500 });
    expect(verdict.paths).toHaveLength(1024);
    expect(codes(verdict)).toContain('too-many-paths');
  });

  it('more tunnels than are told apart: pings still match', () => {
    const packets = Array.from({ length: 5000 }, (_, i) => {
      const far = `10.${i >> 8}.${i & 255}.1`;
      return [
        inIpip(request({ seq: i }), { dst: far }),
        inIpip(reply({ seq: i }), { src: far, dst: '10.1.0.10' }),
      ];
    }).flat();
    const verdict = judge(inTurn(...packets));
    expect(verdict).toMatchObject({ requests: 5000, answered: 5000 });
    expect(codes(verdict)).toEqual(['too-many-paths']);
  });
});

describe('a state asked for on the way', () => {
  const packets = [
    { bytes: request({ seq: 1 }), time: 0 },
    { bytes: request({ seq: 2 }), time: 3 * SECOND },
    { bytes: reply({ seq: 2 }), time: 3 * SECOND + 250_000 },
    { bytes: request({ seq: 3 }), time: 3.5 * SECOND },
  ];

  it('tells what waits from what is lost', () => {
    expect(trackerOf(packets).snapshot()).toEqual({
      packets: 4,
      requests: 3,
      answered: 1,
      unanswered: 1,
      waiting: 1,
      duplicates: 0,
      lastRoundTrip: 0.25,
    });
    expect(trackerOf(packets, { timeoutMilliseconds: 100 }).snapshot()).toMatchObject({
      waiting: 1,
      unanswered: 1,
    });
    expect(trackerOf(packets.slice(0, 1)).snapshot()).toMatchObject({ waiting: 1, lastRoundTrip: null });
  });

  it('leaves the counts alone: a verdict may be asked for many times', () => {
    const tracker = trackerOf(packets);
    const first = tracker.verdict(undefined);
    expect(first).toMatchObject({ requests: 3, answered: 1, unanswered: 2 });
    expect(tracker.verdict(undefined)).toEqual(first);
    const { view, stack } = decodeBytes(reply({ seq: 3 }), { linkType: RAW });
    tracker.packet(view, stack, 5, 1_763_828_597, 600_000_000, 0);
    expect(tracker.verdict(undefined)).toMatchObject({ requests: 3, answered: 2, unanswered: 1 });
  });
});
