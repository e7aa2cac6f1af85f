/** What is expected of pings, held against runs by hand. */
import { describe, expect, it } from 'vitest';
import { parseAddress, parseDuration, parsePercent } from '../../src/assert/amounts.ts';
import {
  expectEach,
  expectNoFindings,
  expectPings,
  type PingDemands,
} from '../../src/assert/ping-expectation.ts';
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
    ['the tunnel', healthy, { tunnel: 'vxlan', vni: 42 }, true, '4 of 4 requests went so', []],
    ['its port', healthy, { tunnel: 'vxlan', port: 4789 }, true, '4 of 4 requests went so', []],
    [
      'another port',
      healthy,
      { port: 8472 },
      false,
      '0 of 4 requests went so, 4 through vxlan 42',
      [1, 3, 5, 7],
    ],
    [
      'another VNI',
      healthy,
      { tunnel: 'vxlan', vni: 43 },
      false,
      '0 of 4 requests went so, 4 through vxlan 42',
      [1, 3, 5, 7],
    ],
    ['its ends', healthy, { outer: ['10.1.0.10', '10.2.0.0/24'] }, true, '4 of 4 requests went so', []],
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
      '1 of 2 requests went so, 1 outside any tunnel',
      [3],
    ],
    ['no tunnel', run(bare(1)), { tunnel: 'none' }, true, '1 of 1 requests went so', []],
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
      '1 of 1 requests went so, 1 reply back by another way',
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

  it('what is no address is refused', () => {
    expect(() => expectPings('x', { inner: ['172.16.0', '172.16.1.2'] })).toThrow(/"172.16.0" is no address/);
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
