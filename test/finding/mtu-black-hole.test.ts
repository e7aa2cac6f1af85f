/** Requests that are too long for a link on the way, told from those that are lost by chance. */
import { describe, expect, it } from 'vitest';
import { patched } from '../support/build.ts';
import { BACK, echo, icmpError, inVxlan, judge, type TimedPacket } from '../support/pings.ts';

const LONG = '61'.repeat(1372);
const LONGER = '61'.repeat(1472);

interface Run {
  readonly count: number;
  readonly payload?: string;
  readonly lost?: boolean;
}

/** Pings through VXLAN 42, or as `carried` says. */
function pings(
  runs: readonly Run[],
  carried: (inner: Uint8Array, isReply: boolean) => Uint8Array = (inner, isReply) =>
    inVxlan(inner, 42, isReply ? BACK : {}),
  addresses = {},
): Uint8Array[] {
  let seq = 0;
  return runs.flatMap(({ count, payload, lost = false }) =>
    Array.from({ length: count }, () => {
      const ping = { seq: seq++, ...addresses, ...(payload !== undefined && { payload }) };
      const request = carried(echo(ping), false);
      return lost ? [request] : [request, carried(echo({ ...ping, reply: true }), true)];
    }).flat(),
  );
}

const blackHoles = (packets: readonly Uint8Array[]) =>
  judge(packets.map((bytes, i): TimedPacket => ({ bytes, time: i * 1e6 }))).findings.filter(
    ({ code }) => code === 'mtu-black-hole',
  );

const short = { count: 3 };
const long = { count: 3, payload: LONG, lost: true };

describe('the longer ones are lost, and the shorter ones are not', () => {
  it.each<[what: string, packets: Uint8Array[], says: RegExp | undefined]>([
    [
      'in a tunnel, with its headers counted',
      pings([short, long]),
      /^all 3 requests .* of 1400 bytes \(1450 with the tunnel's headers\) .* while 3 of 3 of up to 32 bytes were answered; .* an MTU below 1450: .* room for 50 bytes of tunnel headers/,
    ],
    [
      'of several lengths',
      pings([short, long, { ...long, payload: LONGER }]),
      /^all 6 requests .* of 1400 bytes or more \(1450/,
    ],
    [
      'outside any tunnel',
      pings([short, long], (inner) => inner),
      /of 1400 bytes that must not .* an MTU below 1400: .* room for tunnels on the path/,
    ],
    [
      'in IPv6, which no router fragments',
      pings([short, long], (inner) => inner, {
        src: 'fd00:0:0:0:0:0:0:2',
        dst: 'fd00:0:0:1:0:0:0:2',
      }),
      /of 1420 bytes that must not/,
    ],
    [
      'four are a few more than chance explains',
      pings([{ count: 4 }, { ...long, count: 2 }]),
      /^both requests/,
    ],
    ['one may be chance', pings([{ count: 4 }, { ...long, count: 1 }]), undefined],
    [
      'and so may three, where shorter ones are lost too',
      pings([short, { ...short, lost: true }, long]),
      undefined,
    ],
    [
      'no: one of the long ones was answered',
      pings([short, long, { ...long, count: 1, lost: false }]),
      undefined,
    ],
    ['no: a longer one was answered', pings([short, long, { count: 1, payload: LONGER }]), undefined],
    [
      'no: routers may cut them into fragments',
      pings([short, long], (inner, isReply) => patched(inVxlan(inner, 42, isReply ? BACK : {}), 6, '0000')),
      undefined,
    ],
    [
      'no: an ICMP error says it',
      [
        ...pings([short, long]),
        icmpError('10.1.0.1', 3, 4, inVxlan(echo({ payload: LONG }), 42).subarray(0, 28), 1400),
      ],
      undefined,
    ],
  ])('%s', (_, packets, says) => {
    const found = blackHoles(packets);
    if (says === undefined) expect(found).toEqual([]);
    else expect(found).toMatchObject([{ severity: 'error', message: expect.stringMatching(says) }]);
  });

  it('which packets show it: the lost ones', () => {
    // Three pairs, then three requests.
    expect(blackHoles(pings([short, long]))[0]?.packets).toEqual([7, 8, 9]);
  });

  it('the tunnel swallows what does not fit, seen before it alone', () => {
    const packets = pings([short, long], (inner, isReply) =>
      inner.length > 1000 ? inner : inVxlan(inner, 42, isReply ? BACK : {}),
    );
    expect(blackHoles(packets)[0]?.message).toMatch(/of 1400 bytes \(1450 with the tunnel's headers\)/);
  });
});

describe('none is answered, whatever its length', () => {
  it.each<[what: string, payload: string, says: RegExp | undefined]>([
    [
      'over 1500 bytes',
      LONGER,
      /^all 3 requests .* \(1550 with .* an MTU of 1450, or make sure that every link/,
    ],
    ['below', LONG, undefined],
  ])('%s', (_, payload, says) => {
    const found = blackHoles(pings([{ ...long, payload }]));
    if (says === undefined) expect(found).toEqual([]);
    else expect(found).toMatchObject([{ severity: 'warning', message: expect.stringMatching(says) }]);
  });
});

it('hundreds of lengths: the first of them are told apart, and nothing is claimed of the others', () => {
  const packets = Array.from({ length: 600 }, (_, seq) => {
    const payload = '61'.repeat(seq);
    return [inVxlan(echo({ seq, payload }), 42), inVxlan(echo({ seq, payload, reply: true }), 42, BACK)];
  }).flat();
  expect(blackHoles(packets)).toEqual([]);
});
