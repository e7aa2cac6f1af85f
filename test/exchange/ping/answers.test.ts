/** What is an answer and what is none, by verdict and path alike, held against ping's own words and tshark. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { formatPathReport } from '../../../src/path/path-report.ts';
import { tracePath } from '../../../src/path/trace-path.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { hex } from '../../support/decoding.ts';
import { pathOf } from '../../support/path-views.ts';
import {
  BACK,
  codes,
  type Echo,
  echo,
  icmpError,
  inTun,
  inVxlan,
  judge,
  outer,
  sourceOf,
  type TimedPacket,
  udp,
  vxlanOf,
} from '../../support/pings.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const capture = (name: string) => `fixtures/answers/${name}.pcap`;
const verify = async (name: string) => verifyCapture(await openCaptureFile(capture(name)));
const trace = async (name: string) => tracePath(await openCaptureFile(capture(name)));

describe('captures', () => {
  it.each<
    [
      name: string,
      counts: [requests: number, answered: number, undelivered: number, duplicates: number],
      found: string[],
      says: RegExp,
    ]
  >([
    // ping: 64 bytes from fe80::2, and from fe80::3 and fe80::4 with (DUP!); 0% packet loss.
    [
      'group-ipv6',
      [4, 4, 0, 8],
      ['group-answers'],
      /^3 hosts answer requests from fe80::1 to ff02::1: fe80::2, fe80::3 and fe80::4;/,
    ],
    // ping -b: 2 transmitted, 2 received, +4 duplicates; then ping ff02::1, which five hosts answer.
    [
      'group-broadcast',
      [3, 3, 0, 8],
      ['group-answers', 'group-answers'],
      /^3 hosts answer requests from 172\.32\.0\.1 to 172\.32\.0\.255: 172\.32\.0\.4, 172\.32\.0\.3 and 172\.32\.0\.2;/,
    ],
    [
      'damaged-replies',
      [3, 0, 3, 0],
      ['damaged-replies', 'bad-checksum'],
      /^3 replies with a wrong IPv4 header or ICMP checksum were the only answers/,
    ],
    // Two containers behind one address, with identifier 1 each: data AAA… and BBB….
    ['same-numbers', [8, 8, 0, 0], ['duplicate-mac'], /^frames with source MAC 02:00:00:00:00:01/],
    [
      'other-data',
      [3, 3, 0, 0],
      ['other-data'],
      /^3 replies from 10\.244\.2\.7 to 10\.244\.1\.5 do not return the data of their requests/,
    ],
    // ping takes such replies, and marks them (DIFFERENT ADDRESS!); what connects its socket does not.
    [
      'other-address',
      [4, 0, 0, 0],
      ['other-address'],
      /^10\.244\.2\.7 answered instead of 10\.96\.0\.10, with 4 replies to 10\.244\.1\.5/,
    ],
    // ping: 4 packets transmitted, 0 received.
    [
      'undelivered-replies',
      [4, 0, 4, 0],
      ['outer-port-unreachable', 'undelivered-replies'],
      /^10\.0\.0\.1 answers that nothing listens on UDP 9000, the port that 10\.0\.0\.2 sends to, while its own packets come from UDP 43699: .* bind=:9000/,
    ],
    [
      'times-out-of-order',
      [6, 6, 0, 0],
      ['clock-backwards', 'truncated'],
      /^2 packets are dated before packets that precede them, by up to 145\.9 ms/,
    ],
  ])('%s', async (name, [requests, answered, undelivered, duplicates], found, says) => {
    const verdict = await verify(name);
    expect(verdict).toMatchObject({ requests, answered, undelivered, duplicates });
    expect(verdict.verdict).toBe(requests === answered ? 'pass' : 'fail');
    expect(codes(verdict)).toEqual(found);
    expect(verdict.findings[0]?.message).toMatch(says);
    const view = await trace(name);
    expect(view).toMatchObject({
      verdict: verdict.verdict,
      pings: requests,
      answered,
      repliesLost: undelivered,
      repliesAlone: 0,
    });
  });

  it('path names who answered, and why a reply is none', async () => {
    const textOf = async (name: string) => formatPathReport(await trace(name)).replace(/\s+/g, ' ');
    expect(await textOf('group-ipv6')).toMatch(/note: 3 hosts answer .* fe80::2, fe80::3 and fe80::4/);
    expect(await textOf('other-address')).toMatch(/note: 10\.244\.2\.7 answered instead of 10\.96\.0\.10/);
    expect(await textOf('damaged-replies')).toMatch(/its ICMP checksum or that of an IPv4 header is wrong/);
    expect(await textOf('undelivered-replies')).toMatch(
      /reply last seen at \S+; 10\.0\.0\.1 answers that nothing/,
    );
  });

  it('what is said of one lost ping is not said again of the next', async () => {
    const text = formatPathReport(await trace('undelivered-replies'));
    expect(text.match(/nothing listens/g)).toHaveLength(1);
    expect(text.match(/LOST, as 1/g)).toHaveLength(3);
  });

  it.skipIf(!hasTshark)('tshark finds a request for each reply of those that count', () => {
    const fields = ['-Y', 'icmp.resp_to', '-T', 'fields', '-e', 'frame.number'];
    const found = spawnSync('tshark', [
      '-r',
      capture('same-numbers'),
      '-d',
      'udp.port==8472,vxlan',
      ...fields,
    ]);
    // By numbers alone: the second container's replies are there for tshark too, and answer the first one's request.
    expect(found.stdout.toString().trim().split('\n').length).toBeLessThanOrEqual(8);
  });
});

const MS = 1e6;
const LONG = '00112233445566778899aabbccddeeff0102030405060708';
const request = (given: Echo = {}) => echo({ payload: LONG, ...given });
const reply = (given: Echo = {}) => echo({ payload: LONG, ...given, reply: true });

function inTurn(...packets: Uint8Array[]): TimedPacket[] {
  return packets.map((bytes, i) => ({ bytes, time: i * MS }));
}

/** What the verdict finds on packets, and the path view notes in the same words. */
const NOTED = [
  'other-data',
  'reply-other-mac',
  'bad-checksum',
  'vxlan-checksum-offload',
  'clock-backwards',
  'arrival-times',
];

/** What both say: requests, answered, and the verdict's codes; and what they find on the packets themselves. */
async function both(packets: readonly TimedPacket[]) {
  const verdict = judge(packets);
  const view = await pathOf(packets);
  expect([view.pings, view.answered, view.verdict]).toEqual([
    verdict.requests,
    verdict.answered,
    verdict.verdict,
  ]);
  const found = verdict.findings.filter(({ code }) => NOTED.includes(code)).map(({ message }) => message);
  expect(view.notes.filter((note) => found.includes(note)).toSorted()).toEqual(found.toSorted());
  return { counts: [verdict.requests, verdict.answered, verdict.duplicates], codes: codes(verdict), verdict };
}

describe('the data', () => {
  it.each<[what: string, packets: Uint8Array[], counts: number[], codes: string[]]>([
    [
      'each reply goes to the request that has its data',
      [
        request({ id: 1 }),
        request({ id: 2, payload: `ff${LONG}` }),
        reply({ payload: `ff${LONG}` }),
        reply(),
      ],
      [2, 2, 0],
      [],
    ],
    [
      'the first bytes are others',
      [request(), reply({ payload: `ff${LONG.slice(2)}` })],
      [1, 1, 0],
      ['other-data'],
    ],
    ['it is cut', [request(), reply({ payload: LONG.slice(0, 40) })], [1, 1, 0], ['other-data']],
    [
      'a byte behind the first sixteen',
      [request(), reply({ payload: `${LONG.slice(0, -2)}09` })],
      [1, 1, 0],
      ['other-data'],
    ],
    [
      'in IPv6',
      [
        request({ src: 'fd00:0:0:0:0:0:0:1', dst: 'fd00:0:0:0:0:0:0:2' }),
        reply({ src: 'fd00:0:0:0:0:0:0:1', dst: 'fd00:0:0:0:0:0:0:2' }),
      ],
      [1, 1, 0],
      [],
    ],
    [
      'a byte behind the first sixteen, in IPv6',
      [
        request({ src: 'fd00:0:0:0:0:0:0:1', dst: 'fd00:0:0:0:0:0:0:2' }),
        reply({ src: 'fd00:0:0:0:0:0:0:1', dst: 'fd00:0:0:0:0:0:0:2', payload: `${LONG.slice(0, -2)}09` }),
      ],
      [1, 1, 0],
      ['other-data'],
    ],
    [
      'another request’s data answers nothing twice',
      [request(), reply(), reply({ payload: `ff${LONG}` })],
      [1, 1, 0],
      ['reply-without-request'],
    ],
  ])('%s', async (_, packets, counts, found) => {
    expect(await both(inTurn(...packets))).toMatchObject({ counts, codes: found });
  });

  it('where the capture has not all of it, what there is decides', async () => {
    const cut = { ...inTurn(reply())[0], bytes: reply().subarray(0, 40), time: MS } as TimedPacket;
    expect(await both([...inTurn(request()), cut])).toMatchObject({ counts: [1, 1, 0] });
  });
});

describe('replies that are refused', () => {
  const carried = inTun(reply(), true, { src: '10.2.0.10', dst: '10.1.0.10', id: 4711 });
  const pair = [inTun(request(), true), carried];
  const quote = (type: number, code: number, length = carried.length) =>
    icmpError('10.1.0.10', type, code, carried.subarray(0, length));

  it.each<[what: string, error: Uint8Array, answered: number]>([
    ['port unreachable', quote(3, 3), 0],
    ['port unreachable, the outer headers alone', quote(3, 3, 28), 0],
    ['fragmentation needed', quote(3, 4), 0],
    ['TTL exceeded on the way', quote(11, 0), 0],
    ['not put together', quote(11, 1), 0],
    ['a parameter problem', quote(12, 0), 0],
    ['a redirect stops nothing', quote(5, 1), 1],
    [
      'an error that is damaged itself, which nobody takes',
      quote(3, 3).map((byte, at) => (at === 22 ? byte ^ 1 : byte)),
      1,
    ],
    [
      'another service’s packet between the tunnel’s ends, whose identification tells nothing',
      icmpError('10.1.0.10', 3, 3, outer({ ...BACK, id: 0 }, 17, udp(53, 41234, new Uint8Array(40)))),
      1,
    ],
    [
      'another protocol’s packet between the ends, with the reply’s identification',
      icmpError('10.1.0.10', 3, 2, outer({ ...BACK, id: 4711 }, 132, new Uint8Array(40))),
      1,
    ],
    [
      'another tunnel’s packet',
      icmpError(
        '10.1.0.10',
        3,
        3,
        inTun(reply(), true, { src: '10.2.0.10', dst: '10.1.0.10', id: 7 }).subarray(0, 28),
      ),
      1,
    ],
  ])('%s', async (_, error, answered) => {
    const { counts, verdict } = await both(inTurn(...pair, error));
    expect(counts).toEqual([1, answered, 0]);
    expect(verdict.undelivered).toBe(1 - answered);
    if (answered === 0) expect(codes(verdict)).toContain('undelivered-replies');
    expect(codes(verdict)).not.toContain('no-reply');
  });

  it('a reply that comes after one that was refused is an answer', async () => {
    const second = inTun(reply({ id: 99 }), true, { src: '10.2.0.10', dst: '10.1.0.10', id: 4712 });
    expect(await both(inTurn(...pair, quote(3, 3), second))).toMatchObject({ counts: [1, 1, 0] });
  });

  it('of a reply that came twice, one may have arrived', async () => {
    const once = await both(inTurn(...pair, carried, quote(3, 3)));
    expect(once.counts).toEqual([1, 1, 1]);
    const again = icmpError('10.1.0.10', 3, 3, carried, 0, { id: 99 });
    expect((await both(inTurn(...pair, carried, quote(3, 3), again))).counts).toEqual([1, 0, 1]);
  });

  it.each<[what: string, copy: Uint8Array]>([
    ['at one place', quote(3, 3)],
    ['behind a router', icmpError('10.1.0.10', 3, 3, carried, 0, { ttl: 63 })],
  ])('an error that is captured twice refuses once: %s', async (_, copy) => {
    expect((await both(inTurn(...pair, carried, quote(3, 3), copy))).counts).toEqual([1, 1, 1]);
  });

  it('between IPv6 ends packets have no identification: an error about a service’s packet refuses nothing', async () => {
    const there = { src: 'fd00:0:0:0:0:0:0:1', dst: 'fd00:0:0:0:0:0:0:2' };
    const back = { src: there.dst, dst: there.src };
    const answered = [inTun(request(), true, there), inTun(reply(), true, back)];
    const service = outer(back, 17, udp(53, 41234, new Uint8Array(40)));
    const error = icmpError(there.src, 1, 4, service);
    expect((await both(inTurn(...answered, error))).counts).toEqual([1, 1, 0]);
    const refused = icmpError(there.src, 1, 4, inTun(reply(), true, back));
    expect((await both(inTurn(...answered, refused))).counts).toEqual([1, 0, 0]);
  });

  it('outside any tunnel, by a router', async () => {
    const { counts, verdict } = await both(inTurn(request(), reply(), icmpError('10.9.9.9', 11, 0, reply())));
    expect(counts).toEqual([1, 0, 0]);
    expect(codes(verdict)).toEqual(['inner-ttl-exceeded', 'undelivered-replies']);
  });
});

describe('what a packet is said to be, in the verdict and in the path view', () => {
  const badUdp = (packet: Uint8Array) => packet.with(20 + 6, 0xde).with(20 + 7, 0xad);
  const inTunnel = (packet: Uint8Array, ends = {}) => inVxlan(packet, 42, ends);
  const at = (time: number, bytes: Uint8Array): TimedPacket => ({ time: time * MS, bytes });

  it.each<[what: string, packets: readonly TimedPacket[], code: string, says: RegExp]>([
    [
      'the outer UDP checksum',
      inTurn(inTunnel(request()), badUdp(inTunnel(reply(), BACK))),
      'vxlan-checksum-offload',
      /^the outer UDP checksum is wrong in 1 VXLAN packet, /,
    ],
    [
      'an ICMP checksum',
      inTurn(request().with(22, 1), reply()),
      'bad-checksum',
      /^the ICMP checksum is wrong in 1 packet,/,
    ],
    [
      'other data, by the checksums',
      inTurn(request(), reply({ payload: `${LONG.slice(0, -2)}09` })),
      'other-data',
      /^1 reply from 172\.16\.1\.2 to 172\.16\.0\.2 does not return/,
    ],
    [
      'a reply with an earlier time',
      [at(10, request()), at(5, reply())],
      'clock-backwards',
      /^1 reply is dated before the request, /,
    ],
    [
      'packets behind later ones',
      [at(100, request()), at(101, reply()), at(50, request({ seq: 2 })), at(51, reply({ seq: 2 }))],
      'clock-backwards',
      /^2 packets are dated before packets that precede them, by up to 51/,
    ],
  ])('%s', async (_, packets, code, says) => {
    const { verdict } = await both(packets);
    const found = verdict.findings.filter((one) => one.code === code);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(says);
    expect((await pathOf(packets)).notes).toContain(found[0]?.message);
  });

  it('times of arrival', async () => {
    const packets = inTurn(request(), reply());
    const source = () => Object.assign(sourceOf(packets), { timesAreArrival: true });
    const { findings } = await verifyCapture(source());
    const { notes } = await tracePath(source());
    expect(findings.map(({ code }) => code)).toEqual(['arrival-times']);
    expect(notes).toEqual(findings.map(({ message }) => message));
  });

  it('several clocks: a reply that seems earlier by another one is none of these', async () => {
    const packets: TimedPacket[] = [
      { ...at(5000, request()), interfaceIndex: 0 },
      { ...at(1, reply()), interfaceIndex: 1 },
    ];
    const { notes } = await pathOf(packets, [0, 1]);
    expect(notes.filter((note) => /dated before/.test(note))).toEqual([]);
  });
});

describe('replies that are damaged', () => {
  const six = { src: 'fd00:0:0:0:0:0:0:1', dst: 'fd00:0:0:0:0:0:0:2' };
  const spoilt = (packet: Uint8Array, at: number) => packet.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const ICMP = 20;
  const FRAME = 20 + 8 + 8 + 14;

  // Of ICMP: ping on Linux says 0 received, on a raw socket with (BAD CHECKSUM!) beside it.
  it.each<[what: string, request: Uint8Array, reply: Uint8Array, answered: number, codes: string[]]>([
    ['the ICMP checksum', request(), spoilt(reply(), ICMP + 2), 0, ['damaged-replies', 'bad-checksum']],
    ['the data, for which it stands', request(), spoilt(reply(), 40), 0, ['damaged-replies', 'bad-checksum']],
    ['the ICMPv6 checksum', request(six), spoilt(reply(six), 42), 0, ['damaged-replies', 'bad-checksum']],
    [
      'in a tunnel',
      inVxlan(request(), 42),
      spoilt(inVxlan(reply(), 42, BACK), FRAME + ICMP + 2),
      0,
      ['damaged-replies', 'bad-checksum'],
    ],
    [
      'ICMPv6 in a tunnel',
      outer({}, 41, request(six)),
      spoilt(outer(BACK, 41, reply(six)), 20 + 42),
      0,
      ['damaged-replies', 'bad-checksum'],
    ],
    ['the ICMP checksum of the request alone', spoilt(request(), ICMP + 2), reply(), 1, ['bad-checksum']],
  ])('%s', async (_, asked, answer, answered, found) => {
    const all = await both(inTurn(asked, answer));
    expect(all).toMatchObject({ counts: [1, answered, 0], codes: found });
    expect(all.verdict.undelivered).toBe(1 - answered);
  });

  it('a right one behind it is an answer', async () => {
    const packets = inTurn(request(), spoilt(reply(), ICMP + 2), reply({ id: 99 }));
    expect(await both(packets)).toMatchObject({ counts: [1, 1, 0] });
  });
});

describe('the hardware address that a reply goes to', () => {
  const [HOST, OTHER, FAR, ROUTER] = ['020000000001', '020000000007', '020000000002', '0200000000fe'];
  const framed = (to: string, from: string, packet: Uint8Array) =>
    Uint8Array.from([...hex(`${to} ${from} 0800`), ...packet]);
  const wire = (...packets: Uint8Array[]): TimedPacket[] =>
    inTurn(...packets).map((packet) => ({ ...packet, linkType: 1 }));
  const asked = framed(FAR, HOST, request());
  const carried = (to: string, from: string, packet: Uint8Array, ends = {}, vni = 42, port = 4789) =>
    vxlanOf(framed(to, from, packet), vni, ends, 50000, port);

  it.each<[what: string, packets: readonly TimedPacket[], codes: string[]]>([
    ['the requester’s', wire(asked, framed(HOST, FAR, reply())), []],
    // A neighbour entry made false on purpose: ping said 0 received.
    ['another', wire(asked, framed(OTHER, FAR, reply())), ['reply-other-mac']],
    [
      'another, in VXLAN',
      inTurn(carried(FAR, HOST, request()), carried(OTHER, FAR, reply(), BACK)),
      ['reply-other-mac'],
    ],
    [
      'another around VXLAN, where nothing is said of the outer frames',
      wire(
        framed(ROUTER, HOST, carried(FAR, HOST, request())),
        framed(OTHER, ROUTER, carried(HOST, FAR, reply(), BACK)),
      ),
      [],
    ],
    [
      'another router’s than the request came by',
      wire(framed(FAR, ROUTER, request({ ttl: 63 })), framed(OTHER, FAR, reply())),
      [],
    ],
    [
      'a router’s first, and then the requester’s, as on a mirrored port',
      wire(asked, framed(ROUTER, FAR, reply()), framed(HOST, ROUTER, reply({ ttl: 63 }))),
      [],
    ],
    [
      'another, on another interface',
      [
        ...wire(asked),
        ...wire(framed(OTHER, FAR, reply())).map((packet) => ({ ...packet, time: MS, interfaceIndex: 1 })),
        ...wire(framed(HOST, FAR, reply())).map((packet) => ({ ...packet, time: 2 * MS })),
      ],
      [],
    ],
    [
      'Cilium’s: the sender’s host has given it',
      inTurn(carried(FAR, HOST, request(), {}, 4321, 8472), carried(OTHER, FAR, reply(), BACK, 4321, 8472)),
      [],
    ],
    ['made up, the same in all frames', wire(asked, framed(FAR, HOST, reply())), []],
    ['no frames', inTurn(request(), reply()), []],
  ])('%s', async (_, packets, found) => {
    expect(await both(packets)).toMatchObject({ counts: [1, 1, 0], codes: found });
  });
});

describe('groups', () => {
  const ALL = 'ffffffffffff';
  /** A frame to a hardware address, in VXLAN or on a link of its own. */
  const inFrame = (packet: Uint8Array, to: string, tag = '') =>
    Uint8Array.from([...hex(`${to} 02000000000${to.endsWith('1') ? 9 : 1} ${tag} 0800`), ...packet]);
  const subnet = { src: '10.244.1.5', dst: '10.244.1.127' };
  const member = (last: number) => reply({ src: subnet.src, dst: `10.244.1.${last}` });
  const wire = (...packets: Uint8Array[]): TimedPacket[] =>
    inTurn(...packets).map((packet) => ({ ...packet, linkType: 1 }));
  /** Linux cooked capture, version 2, of a packet that came with this packet type: 0 to us, 1 to all, 4 sent by us. */
  const cooked = (type: number, ...packets: Uint8Array[]): TimedPacket[] =>
    inTurn(...packets).map((packet, i) => ({
      ...packet,
      linkType: 276,
      bytes: Uint8Array.from([
        ...hex(`0800 0000 00000002 0001 0${i === 0 ? type : 0} 06 020000000001 0000`),
        ...packet.bytes,
      ]),
    }));
  const answers = [member(9), member(3)];
  const framed = answers.map((packet) => inFrame(packet, '020000000001'));

  it.each<[what: string, packets: readonly TimedPacket[], counts: number[], codes: string[]]>([
    [
      'a broadcast address that does not end in 255, by its frame',
      wire(inFrame(request(subnet), ALL), ...framed),
      [1, 1, 1],
      ['group-answers'],
    ],
    ['in a VLAN', wire(inFrame(request(subnet), ALL, '8100 0007'), ...framed), [1, 1, 1], ['group-answers']],
    [
      'in VXLAN',
      inTurn(
        vxlanOf(inFrame(request(subnet), ALL), 42),
        ...framed.map((packet) => vxlanOf(packet, 42, BACK)),
      ),
      [1, 1, 1],
      ['group-answers'],
    ],
    ['as Linux says', cooked(1, request(subnet), ...answers), [1, 1, 1], ['group-answers']],
    [
      'a frame to one host',
      wire(inFrame(request(subnet), '020000000002'), ...framed),
      [1, 0, 0],
      ['other-address', 'other-address'],
    ],
    [
      'a frame to a cluster’s hardware address',
      wire(inFrame(request(subnet), '03bf0af4017f'), ...framed),
      [1, 0, 0],
      ['other-address', 'other-address'],
    ],
    [
      'a VXLAN frame to one host, in an outer frame to all',
      wire(
        inFrame(vxlanOf(inFrame(request(subnet), '020000000002'), 42), ALL),
        ...framed.map((packet) => inFrame(vxlanOf(packet, 42, BACK), '020000000001')),
      ),
      [1, 0, 0],
      ['other-address', 'other-address'],
    ],
  ])('%s', async (_, packets, counts, found) => {
    expect(await both(packets)).toMatchObject({ counts, codes: found });
  });

  it('a request that shows it only where it is seen again', async () => {
    const [asked, ...others] = [inFrame(request(subnet), ALL), ...framed].map((bytes, i) => ({
      bytes,
      time: (i + 1) * MS,
      linkType: 1,
      interfaceIndex: 1,
    })) as [TimedPacket, ...TimedPacket[]];
    const back = answers.map((bytes, i) => ({ bytes, time: (i + 5) * MS }));
    const all = await both([...inTurn(request(subnet)), asked, ...others, ...back]);
    expect(all).toMatchObject({ counts: [1, 1, 1] });
    expect(all.codes).toContain('group-answers');
  });
});

describe('other addresses', () => {
  const service = { dst: '10.96.0.10' };
  it.each<[what: string, packets: Uint8Array[], counts: number[], codes: string[]]>([
    ['instead', [request(service), reply()], [1, 0, 0], ['other-address']],
    ['beside the right one', [request(service), reply(service), reply()], [1, 1, 0], ['other-address']],
    [
      'with other data it is nobody’s',
      [request(service), reply({ payload: `ff${LONG}` })],
      [1, 0, 0],
      ['no-reply', 'reply-without-request'],
    ],
    [
      'with another number, too',
      [request(service), reply({ seq: 9 })],
      [1, 0, 0],
      ['no-reply', 'reply-without-request'],
    ],
  ])('%s', async (_, packets, counts, found) => {
    expect(await both(inTurn(...packets))).toMatchObject({ counts, codes: found });
  });
});

describe('replies that do not come back', () => {
  const at = (interfaceIndex: number, time: number, bytes: Uint8Array): TimedPacket => ({
    interfaceIndex,
    time: time * MS,
    bytes,
  });
  const there = [at(0, 0, request()), at(1, 1, inVxlan(request(), 42))];
  const back = at(1, 2, inVxlan(reply(), 42, { src: '10.2.0.10', dst: '10.1.0.10' }));

  it('to where the request was seen first', async () => {
    const lost = await both([...there, back]);
    expect(lost).toMatchObject({ counts: [1, 0, 0], codes: ['replies-not-back'] });
    expect(await both([...there, back, at(0, 3, reply())])).toMatchObject({ counts: [1, 1, 0], codes: [] });
  });

  it.each<[what: string, vni: number, replyVni: number, answered: number]>([
    ['Cilium’s identities: its programs pass the host’s end of the veth by', 4321, 5432, 1],
    ['two containers of one identity', 4321, 4321, 1],
    ['Flannel’s VNI on the same port', 1, 1, 0],
  ])('%s', async (_, vni, replyVni, answered) => {
    const packets = [
      at(0, 0, request()),
      at(1, 1, inVxlan(request(), vni, {}, 50000, 8472)),
      at(1, 2, inVxlan(reply(), replyVni, BACK, 50000, 8472)),
    ];
    expect((await both(packets)).counts).toEqual([1, answered, 0]);
    // Another's reply was seen there: this point is no one that replies pass by.
    const other = [
      at(0, 3, request({ seq: 2 })),
      at(1, 4, inVxlan(request({ seq: 2 }), vni, {}, 50000, 8472)),
    ];
    const seen = [
      at(1, 5, inVxlan(reply({ seq: 2 }), replyVni, BACK, 50000, 8472)),
      at(0, 6, reply({ seq: 2 })),
    ];
    expect((await both([...packets, ...other, ...seen])).counts).toEqual([2, 1, 0]);
  });

  it('where the request itself was seen there only once: other pings tell which point is farther', async () => {
    const late = [at(0, 1000, request({ seq: 2 })), at(1, 1002, inVxlan(reply({ seq: 2 }), 42))];
    expect((await both(late)).counts).toEqual([1, 1, 0]);
    expect((await both([...there, back, at(0, 3, reply()), ...late])).counts).toEqual([2, 1, 0]);
  });
});
