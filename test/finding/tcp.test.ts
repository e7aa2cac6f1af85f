/** What is told of connections that hang, of an MSS that does not fit, and of packets that take another way back: and what is not. */
import { describe, expect, it } from 'vitest';
import { verifyCapture } from '../../src/verdict/verify.ts';
import {
  ack,
  back,
  CLIENT,
  exchangesOf,
  SERVER,
  type Segment,
  segment,
  syn,
  synAck,
  there,
  timed,
} from '../support/exchanges.ts';
import { echo, icmpError, sourceOf } from '../support/pings.ts';

const ACK = 16;
type Packets = readonly (readonly [number, Uint8Array, number?])[];
const begin = (sport: number, mss: number): Packets => [
  [0, there(syn({ mss, sport }))],
  [1, back(synAck({ mss, sport }))],
  [2, there(ack({ sport }))],
];
const handshake = begin(40000, 1410);
const inOrder = (packets: Packets) => timed(...[...packets].sort(([a], [b]) => a - b));
const sent = (given: Segment = {}) =>
  there(segment({ seq: 1001, ack: 5001, flags: ACK, data: 1410, ...given }));
const come = (given: Segment = {}) =>
  back(
    segment({
      src: SERVER,
      dst: CLIENT,
      sport: 443,
      dport: 40000,
      seq: 5001,
      ack: 1001,
      flags: ACK,
      ...given,
    }),
  );
const stuck = (given: Segment = {}): Packets =>
  [10, 210, 610, 1410].map((time, i) => [time, sent({ id: 10 + i, ...given })]);
const alive = [700, come()] as const;
/** A ping that must not be fragmented, and its reply, both so many bytes inside. */
const ping = (bytes: number): Packets => [
  [3, there(echo({ payload: '00'.repeat(bytes - 28) }))],
  [4, back(echo({ payload: '00'.repeat(bytes - 28), reply: true }))],
];

describe('tcp-black-hole', () => {
  it.each<[what: string, packets: Packets, codes: string[], says?: RegExp]>([
    [
      'full segments, and the other end is there',
      [...handshake, ...stuck(), alive],
      ['error tcp-black-hole'],
      /^1 connection from 172\.16\.0\.2 to 172\.16\.1\.2 through vxlan 42 from 10\.1\.0\.10 to 10\.2\.0\.10 hangs: packets of 1450 bytes \(1500 with the tunnel's headers\) are sent again and never acknowledged, while the handshake was \(MSS announced: 1410 by 172\.16\.0\.2, 1410 by 172\.16\.1\.2\); a link on the path probably has an MTU below 1500: find it with ping -M do -s, set the inner devices' MTU below 1450, to leave/,
    ],
    [
      'nothing of the other end since',
      [...handshake, ...stuck()],
      ['warning tcp-black-hole'],
      /; nothing was heard from the other end since, so it may be gone, or else a link/,
    ],
    [
      'of the other end what came behind is acknowledged selectively',
      [
        ...handshake,
        [9, sent({ id: 9 })],
        [10, sent({ seq: 2411, data: 500, id: 10 })],
        [11, come({ sack: [2411, 2911] })],
        ...stuck({ seq: 1001 }).slice(1),
      ],
      ['error tcp-black-hole'],
      /, while packets of up to 540 bytes were /,
    ],
    [
      'two connections at once',
      [...handshake, ...stuck(), ...begin(40001, 1410), ...stuck({ sport: 40001 })],
      ['error tcp-black-hole'],
      /^2 connections from/,
    ],
    [
      'longer than Ethernet takes with the headers',
      [...begin(40000, 1460), ...stuck({ data: 1460 }), alive],
      ['error tcp-black-hole'],
      /a link on the path has an MTU of 1500, as most have: set the inner devices' MTU to 1450, to leave room for 50 bytes of tunnel headers, or clamp the MSS to 1410, and let ICMP/,
    ],
    ['a ping of that length was answered', [...handshake, ...ping(1450), ...stuck(), alive], []],
    [
      'a shorter ping was',
      [...handshake, ...ping(1400), ...stuck(), alive],
      ['error tcp-black-hole'],
      /below 1450 \(1400 fits\).* below 1410 \(1360 fits\)/,
    ],
    ['short segments alone: no matter of length', [...handshake, ...stuck({ data: 300 }), alive], []],
    [
      'as long ones were acknowledged before',
      [...handshake, [5, sent()], [6, come({ ack: 2411 })], ...stuck({ seq: 2411 }), alive],
      [],
    ],
    [
      'as long ones were acknowledged in another connection',
      [
        ...handshake,
        ...stuck(),
        alive,
        ...begin(40001, 1410),
        [5, sent({ sport: 40001 })],
        [6, come({ dport: 40001, ack: 2411 })],
      ],
      [],
    ],
    [
      'wrong checksums: these are why',
      [...handshake, ...stuck({ checksum: 0x1234 }), alive],
      ['error inner-checksum-bad'],
    ],
    ['it went on at last', [...handshake, ...stuck(), [2000, come({ ack: 2411 })]], []],
    [
      'it went on in shorter segments',
      [...handshake, ...stuck(), [2000, sent({ data: 1000, id: 20 })], [2001, come({ ack: 2001 })]],
      ['warning tcp-black-hole'],
      /went on only after the sender switched to shorter segments: packets of 1450 bytes/,
    ],
  ])('%s', (_, packets, codes, says) => {
    const found = exchangesOf(inOrder(packets));
    expect(found.codes).toEqual(codes);
    if (says !== undefined) expect(found.verdict.findings[0]?.message).toMatch(says);
  });

  it('names the MTU that is known', () => {
    const packets = inOrder([...handshake, ...stuck(), alive]);
    const { findings } = exchangesOf(packets, { mtu: { bytes: 1400, source: 'as --mtu says' } }).verdict;
    expect(findings.map(({ code }) => code)).toEqual(['tcp-black-hole']);
    expect(findings[0]?.message).toMatch(
      /has an MTU of 1400, as --mtu says: set the inner devices' MTU to 1350,.* MSS to 1310,/,
    );
  });

  it('is doubt alone where the capture dropped packets', async () => {
    const { findings } = await verifyCapture(sourceOf(inOrder([...handshake, ...stuck(), alive]), 3));
    expect(findings.map(({ code }) => code)).toContain('answers-may-be-missing');
    expect(findings.map(({ code }) => code)).not.toContain('tcp-black-hole');
  });
});

describe('mss-too-large', () => {
  const outer = (mtu: number) => [5, icmpError('10.1.0.1', 3, 4, there(syn()), mtu)] as const;
  const inner = (mtu: number) => [5, there(icmpError('172.16.0.1', 3, 4, syn(), mtu))] as const;
  const none = undefined;
  it.each<[what: string, packets: Packets, mtu: number | undefined, says: RegExp | undefined]>([
    ['it fits exactly', handshake, 1500, none],
    [
      'it does not',
      handshake,
      1499,
      /have 1500 bytes \(1410 \+ 40 \+ 50 .*MTU is 1499, as --mtu says: nothing was lost yet; set the inner devices' MTU to 1449, or clamp the MSS to 1409$/,
    ],
    ['nobody knows', handshake, none, none],
    ['an error about the tunnel', [...handshake, outer(1400)], none, /MTU is 1400, as 10\.1\.0\.1 says: /],
    [
      'an error in the tunnel',
      [...handshake, inner(1400)],
      none,
      /MTU is 1450, as 172\.16\.0\.1 says: .* MTU to 1400, .* MSS to 1360$/,
    ],
    [
      'the smaller of both ends counts',
      [
        [0, there(syn({ mss: 1410 }))],
        [1, back(synAck({ mss: 1300 }))],
        [2, there(ack())],
      ],
      1400,
      none,
    ],
    [
      'one end alone is seen',
      [
        [0, there(syn({ mss: 1410 }))],
        [2, there(ack())],
      ],
      1400,
      /^172\.16\.0\.2 announces an MSS of 1410 bytes through/,
    ],
    [
      'in no tunnel',
      [
        [0, syn({ mss: 1460 })],
        [1, synAck({ mss: 1460 })],
        [2, ack()],
      ],
      1400,
      none,
    ],
    ['lost already', [...handshake, ...stuck(), alive], 1400, none],
  ])('%s', (_, packets, mtu, says) => {
    const known = mtu === undefined ? {} : { mtu: { bytes: mtu, source: 'as --mtu says' } };
    const { findings } = exchangesOf(inOrder(packets), known).verdict;
    const told = findings.filter(({ code }) => code === 'mss-too-large').map(({ message }) => message);
    expect(told).toEqual(says === undefined ? [] : [expect.stringMatching(says)]);
  });
});

describe('one-way-only', () => {
  const more = [5, there(segment({ seq: 1001, ack: 5101, flags: ACK }))] as const;
  const others = begin(40001, 1410);
  it.each<[what: string, packets: Packets, says: RegExp | undefined]>([
    [
      'back outside the tunnel',
      [
        [0, there(syn())],
        [1, synAck()],
        [2, there(ack())],
      ],
      /^1 connection from 172\.16\.0\.2 to 172\.16\.1\.2 goes through vxlan 42 .*, and its packets back come outside any tunnel: /,
    ],
    [
      'there outside the tunnel',
      [
        [0, syn()],
        [1, back(synAck())],
        [2, ack()],
      ],
      /goes outside any tunnel, and its packets back come through vxlan 42 from 10\.2/,
    ],
    [
      'back in another VNI, which may be meant',
      [
        [0, there(syn())],
        [1, back(synAck(), 43)],
        [2, there(ack())],
      ],
      undefined,
    ],
    [
      'back the same way, and outside it at another interface',
      [
        [0, there(syn())],
        [1, back(synAck())],
        [2, synAck(), 1],
        [3, there(ack())],
      ],
      undefined,
    ],
    [
      'not one packet back, and others come back',
      [[0, there(syn())], [2, there(ack())], more, ...others],
      /goes on without any packet back in this capture, although others come back through this tunnel/,
    ],
    [
      'not one packet back at all: the capture may have one direction',
      [[0, there(syn())], [2, there(ack())], more],
      undefined,
    ],
    [
      'nothing is acknowledged that is not here',
      [[0, there(syn())], [2, there(ack())], ...others],
      undefined,
    ],
  ])('%s', (_, packets, says) => {
    const { findings } = exchangesOf(inOrder(packets)).verdict;
    const told = findings.filter(({ code }) => code === 'one-way-only').map(({ message }) => message);
    expect(told).toEqual(says === undefined ? [] : [expect.stringMatching(says)]);
  });
});
