/** What is expected of pings, held against runs by hand. */
import { describe, expect, it } from 'vitest';
import { parseAddress, parseDuration, parsePercent } from '../../src/verdict/amounts.ts';
import type { PingDemands } from '../../src/verdict/ping-demands.ts';
import { expectEach, expectNoFindings, expectPings } from '../../src/verdict/ping-expectation.ts';
import { BACK, echo, inIpip, inVxlan, judge, type TimedPacket } from '../support/pings.ts';

const MILLISECOND = 1e6;

/** Pings 10 ms apart; each reply takes 1 ms. */
function run(...pings: [request: Uint8Array, reply?: Uint8Array][]): TimedPacket[] {
  return pings.flatMap(([request, reply], i) => {
    const time = i * 10 * MILLISECOND;
    const sent = { bytes: request, time };
    return reply === undefined ? [sent] : [sent, { bytes: reply, time: time + MILLISECOND }];
  });
}

const vxlan = (seq: number, vni = 42, back = vni): [Uint8Array, Uint8Array] => [
  inVxlan(echo({ seq }), vni),
  inVxlan(echo({ seq, reply: true }), back, BACK),
];
const lost = (seq: number): [Uint8Array] => [inVxlan(echo({ seq }), 42)];
const bare = (seq: number, dst = '172.16.1.2'): [Uint8Array, Uint8Array] => [
  echo({ seq, dst }),
  echo({ seq, dst, reply: true }),
];

/** The outer UDP destination port, given another number. */
function onPort(port: number, packet: Uint8Array): Uint8Array {
  new DataView(packet.buffer, packet.byteOffset).setUint16(22, port);
  return packet;
}

const healthy = run(vxlan(1), vxlan(2), vxlan(3), vxlan(4));
const halfLost = run(vxlan(1), vxlan(2), lost(3), lost(4));
const astray = run(vxlan(1), bare(2));

describe('demands, one by one', () => {
  it.each<
    [
      what: string,
      packets: TimedPacket[],
      demands: PingDemands,
      met: boolean,
      received: string,
      shown: number[],
    ]
  >([
    ['the tunnel', healthy, { tunnel: 'vxlan', vni: 42 }, true, '4 of 4 requests as expected', []],
    ['its port', healthy, { tunnel: 'vxlan', port: 4789 }, true, '4 of 4 requests as expected', []],
    [
      'another port',
      healthy,
      { port: 8472 },
      false,
      '0 of 4 requests as expected, 4 through vxlan 42',
      [1, 3, 5, 7],
    ],
    [
      'its port on the way there alone',
      run([inVxlan(echo(), 42), onPort(8472, inVxlan(echo({ reply: true }), 42, BACK))]),
      { tunnel: 'vxlan', port: 4789 },
      false,
      '1 of 1 requests as expected, 1 reply came back on another UDP port',
      [2],
    ],
    [
      'one port on the way there alone, where no port is demanded',
      run([inVxlan(echo(), 42), onPort(8472, inVxlan(echo({ reply: true }), 42, BACK))]),
      { tunnel: 'vxlan' },
      true,
      '1 of 1 requests as expected',
      [],
    ],
    [
      'a server that answers from its port to the one a client drew',
      run([inVxlan(echo(), 42), onPort(50000, inVxlan(echo({ reply: true }), 42, BACK, 4789))]),
      { port: 4789 },
      true,
      '1 of 1 requests as expected',
      [],
    ],
    [
      'another VNI',
      healthy,
      { tunnel: 'vxlan', vni: 43 },
      false,
      '0 of 4 requests as expected, 4 through vxlan 42',
      [1, 3, 5, 7],
    ],
    ['its ends', healthy, { outer: ['10.1.0.10', '10.2.0.0/24'] }, true, '4 of 4 requests as expected', []],
    [
      'its ends the other way round',
      healthy,
      { outer: ['10.2.0.10', '10.1.0.10'] },
      false,
      '0 of 4',
      [1, 3, 5, 7],
    ],
    [
      'some pings outside it',
      astray,
      { tunnel: 'vxlan' },
      false,
      '1 of 2 requests as expected, 1 outside any tunnel',
      [3],
    ],
    ['no tunnel', run(bare(1)), { tunnel: 'none' }, true, '1 of 1 requests as expected', []],
    ['no tunnel where there is one', healthy, { tunnel: 'none' }, false, '0 of 4', [1, 3, 5, 7]],
    [
      'an inner tunnel of two',
      run([inIpip(inVxlan(echo(), 42)), inIpip(inVxlan(echo({ reply: true }), 42, BACK), BACK)]),
      { tunnel: 'vxlan', vni: 42 },
      true,
      '1 of 1',
      [],
    ],
    [
      'replies back by another way',
      run(vxlan(1, 42, 43)),
      { tunnel: 'vxlan' },
      false,
      '1 of 1 requests as expected, 1 reply came back another way',
      [2],
    ],
    ['enough answers', halfLost, { minAnswered: 2 }, true, '2 of 4 answered', [5, 6]],
    ['too few answers', halfLost, { minAnswered: 3 }, false, '2 of 4 answered', [5, 6]],
    ['no loss', healthy, { maxLoss: 0 }, true, '4 of 4 answered', []],
    ['loss within the limit', halfLost, { maxLoss: 50 }, true, '2 of 4 answered, 50% lost', [5, 6]],
    ['loss past it', halfLost, { maxLoss: 49.9 }, false, '2 of 4 answered, 50% lost', [5, 6]],
    ['every request, where nothing else is said', halfLost, {}, false, '2 of 4 answered', [5, 6]],
  ])('%s', (_, packets, demands, met, received, shown) => {
    const [first] = judge(packets, { expectations: expectEach(demands) }).expectations;
    expect(first).toMatchObject({ met, packets: shown });
    expect(first?.received.startsWith(received)).toBe(true);
    expect(first?.message).toBe(`expected ${first?.expected}; received ${first?.received}`);
  });

  it.each<[limit: number, met: boolean]>([
    [1, true],
    [0.999, false],
  ])('round-trip times of 1 ms against a limit of %s ms: %s', (maxRtt, met) => {
    const verdict = judge(healthy, { expectations: expectEach({ maxRtt }) });
    expect(verdict.expectations[1]).toMatchObject({ met, received: 'at most 1 ms' });
    expect(verdict.verdict).toBe(met ? 'pass' : 'fail');
  });

  it('a reply from before its request has no time, and is not within the limit', () => {
    const backwards = run(vxlan(1), vxlan(2)).map((packet, i) => (i === 3 ? { ...packet, time: 0 } : packet));
    const [, rtt] = judge(backwards, { expectations: expectEach({ maxRtt: 5 }) }).expectations;
    expect(rtt).toMatchObject({ met: false, received: 'at most 1 ms, and 1 not measured', packets: [4] });
  });

  it('times of pings that no reply came to are no times within the limit', () => {
    const [rtt] = judge(run(lost(1)), {
      expectations: expectEach({ minAnswered: 1, maxRtt: 5 }),
    }).expectations.slice(1);
    expect(rtt).toMatchObject({ met: false, received: 'none measured' });
  });
});

describe('which pings are meant', () => {
  const mixed = run(vxlan(1), bare(7, '10.9.9.9'));

  it('those between the inner addresses', () => {
    const inner = ['172.16.0.2', '172.16.1.0/24'] as const;
    expect(judge(mixed, { expectations: [expectPings('x', { tunnel: 'vxlan', inner })] }).verdict).toBe(
      'pass',
    );
    expect(judge(mixed, { expectations: [expectPings('x', { tunnel: 'vxlan' })] }).verdict).toBe('fail');
  });

  it('none at all is never met, whatever is demanded', () => {
    const inner = ['172.16.0.2', '172.16.9.9'] as const;
    for (const demands of [{}, { tunnel: 'none' }, { maxLoss: 100 }, { maxRtt: 1000 }]) {
      const { expectations } = judge(mixed, { expectations: expectEach({ ...demands, inner }) });
      for (const expectation of expectations) {
        expect(expectation).toMatchObject({
          met: false,
          received: 'no echo request from 172.16.0.2 to 172.16.9.9',
        });
      }
    }
  });
});

describe('the verdict', () => {
  it('is what the expectations say, also against what it would be without them', () => {
    expect(judge(halfLost).verdict).toBe('fail');
    expect(judge(halfLost, { expectations: expectEach({ minAnswered: 2 }) }).verdict).toBe('pass');
    expect(judge(healthy, { expectations: expectEach({ minAnswered: 5 }) }).verdict).toBe('fail');
  });

  it('an expectation with several demands says those that are not met', () => {
    const demands = { tunnel: 'vxlan', vni: 42, minAnswered: 3 };
    const [one] = judge(halfLost, { expectations: [expectPings('web to db', demands)] }).expectations;
    expect(one).toEqual({
      name: 'web to db',
      met: false,
      expected: 'at least 3 answered',
      received: '2 of 4 answered',
      message: 'expected at least 3 answered; received 2 of 4 answered',
      packets: [5, 6],
    });
  });

  it.each([
    ['error', 'pass'],
    ['warning', 'fail'],
  ] as const)('lost replies are a warning: no findings of %s: %s', (severity, word) => {
    const verdict = judge(halfLost, { expectations: [expectNoFindings('clean', severity)] });
    expect(verdict.verdict).toBe(word);
    if (word === 'fail')
      expect(verdict.expectations[0]).toMatchObject({ received: 'lost-replies', packets: [5, 6] });
  });
});

describe('what is not understood, or can’t be met, is refused in one line', () => {
  it.each<[demands: unknown, message: string]>([
    [{ minAnswerd: 4 }, 'unknown key "minAnswerd"; did you mean minAnswered?'],
    [{ 'max-loss': 0 }, 'unknown key "max-loss"; did you mean maxLoss?'],
    [
      { loss: 4 },
      'unknown key "loss"; expected keys: tunnel, vni, key, session, teid, port, outer, inner, minAnswered, maxLoss, maxRtt',
    ],
    [undefined, 'missing; expected what is demanded of the pings'],
    ['vxlan', 'received "vxlan"; expected what is demanded of the pings'],
    [{ tunnel: 'vxlam' }, 'tunnel: received "vxlam"; expected a kind of tunnel (tunpi, eth, vxlan,'],
    [{ vni: 2 ** 24 }, 'vni: received 16777216; expected a VNI, a whole number from 0 to 16777215'],
    [{ vni: -1 }, 'vni: received -1; expected'],
    [{ vni: '42' }, 'vni: received "42"; expected'],
    [{ port: 65536 }, 'port: received 65536; expected a UDP port, a whole number from 0 to 65535'],
    [{ inner: ['172.16.0', '172.16.1.2'] }, 'inner.0: received "172.16.0"; expected an address or a network'],
    [{ outer: '10.1.0.10' }, 'outer: received "10.1.0.10"; expected a source and a destination'],
    [
      { inner: ['fd00::1', '10.0.0.1'] },
      'inner: received ["fd00::1","10.0.0.1"]; expected two addresses of one IP',
    ],
    [{ minAnswered: 0 }, 'minAnswered: received 0; expected a number of pings, a whole number of at least 1'],
    [{ minAnswered: 1.5 }, 'minAnswered: received 1.5; expected'],
    [{ maxLoss: 101 }, 'maxLoss: received 101; expected percent, a number from 0 to 100'],
    [{ maxLoss: Number.NaN }, 'maxLoss: received NaN; expected'],
    [{ maxRtt: 0 }, 'maxRtt: received 0; expected milliseconds, a number above 0'],
    [{ maxRtt: Number.POSITIVE_INFINITY }, 'maxRtt: received Infinity; expected'],
    [
      { tunnel: 'none', vni: 42 },
      "vni: tunnel none can't have one; expected it without vni, key, session, teid, port and outer",
    ],
    [{ tunnel: 'none', outer: ['10.0.0.1', '10.0.0.2'] }, "outer: tunnel none can't have one"],
    [
      { tunnel: 'ipip', vni: 42 },
      'vni: tunnel ipip has none; expected it without vni, or another tunnel: vxlan, geneve, vxlan_gpe',
    ],
    [
      { tunnel: '6in4', port: 4789 },
      'port: tunnel 6in4 has none; expected it without port, or another tunnel: ',
    ],
  ])('%j', (demands, message) => {
    let said = '';
    try {
      expectPings('x', demands as PingDemands);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      said = (error as Error).message;
    }
    expect(said.startsWith(`expectPings: ${message}`), said).toBe(true);
    expect(said).not.toContain('\n');
  });

  it('also names and severities', () => {
    expect(() => expectPings(' ', {})).toThrow('expectPings: received " " for a name; expected words');
    expect(() => expectPings({} as string, {})).toThrow('received {} for a name');
    expect(() => expectNoFindings('x', 'info' as 'error')).toThrow(
      'expectNoFindings: received "info"; expected one of error, warning',
    );
  });
});

describe('amounts', () => {
  it.each([
    ['5ms', 5],
    ['0.5s', 500],
    ['250us', 0.25],
    ['5', undefined],
    ['-1s', undefined],
    ['5 ms', undefined],
  ])('a duration: %s is %s ms', (text, value) => expect(parseDuration(text)).toBe(value));

  it.each([
    ['0%', 0],
    ['2.5%', 2.5],
    ['100%', 100],
    ['101%', undefined],
    ['5', undefined],
  ])('a share: %s is %s', (text, value) => expect(parsePercent(text)).toBe(value));

  it.each([
    ['172.16.0.2', '172.16.0.2', true],
    ['172.16.0.0/16', '172.16.200.1', true],
    ['172.16.0.0/16', '172.17.0.1', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['fd00:0:0::2', 'fd00::2', true],
    ['fd00::/64', 'fd00::1:2', true],
    ['::ffff:1.2.3.4', '1.2.3.4', false],
  ])('an address: %s holds %s: %s', (pattern, address, holds) =>
    expect(parseAddress(pattern)?.(address)).toBe(holds),
  );

  it.each(['', '172.16.0', '172.16.0.2/33', 'fd00::/129', 'host', '1.2.3.4/x'])('%j is none', (text) =>
    expect(parseAddress(text)).toBeUndefined(),
  );
});
