/** What may be expected of connections, queries and flows, and what is said of it. */
import { describe, expect, it } from 'vitest';
import type { ExchangeDemands } from '../../src/verdict/exchange-demands.ts';
import { expectEachExchange, expectExchanges } from '../../src/verdict/exchange-expectation.ts';
import { expectNoFindings, expectPings } from '../../src/verdict/ping-expectation.ts';
import { compileSpecification } from '../../src/verdict/specification.ts';
import {
  ack,
  back,
  exchangesOf,
  message,
  reset,
  segment,
  syn,
  synAck,
  there,
  timed,
} from '../support/exchanges.ts';
import { echo, ipPacket, type TimedPacket, udp } from '../support/pings.ts';

const connection = (sport: number, dport = 443, vni = 42) => [
  [sport, there(syn({ sport, dport }), vni)] as const,
  [sport + 0.5, back(synAck({ sport, dport }), vni)] as const,
  [sport + 0.7, there(ack({ sport, dport }), vni)] as const,
];
const query = [
  [0, there(message())],
  [3, back(message({ rcode: 0 }))],
] as const;
const datagram = (source: number, destination: number, isBack = false) =>
  ipPacket(
    isBack
      ? { src: '172.16.1.2', dst: '172.16.0.2', protocol: 17 }
      : { src: '172.16.0.2', dst: '172.16.1.2', protocol: 17 },
    udp(source, destination, Uint8Array.of(1, 2, 3)),
  );

function judged(packets: readonly TimedPacket[], demands: ExchangeDemands) {
  const { verdict } = exchangesOf(packets, { expectations: [expectExchanges('so', demands)] });
  const [{ met, received, packets: shown }] = verdict.expectations as [(typeof verdict.expectations)[0]];
  return { verdict, outcome: [met, received], shown };
}

describe('expectExchanges', () => {
  const two = timed(...connection(1), ...connection(2, 80));
  const refused = timed(...connection(1), [5, there(syn({ sport: 5 }))], [6, back(reset({ sport: 5 }))]);
  const lost = timed(...connection(1), [5, there(syn({ sport: 5 }))]);
  const stuck = timed(
    ...connection(1),
    ...[10, 210, 610].map(
      (time, i) =>
        [time, there(segment({ sport: 1, seq: 1001, ack: 5001, flags: 16, data: 200, id: 10 + i }))] as const,
    ),
  );
  it.each<
    [what: string, packets: readonly TimedPacket[], demands: ExchangeDemands, outcome: [boolean, string]]
  >([
    ['all of them', two, { proto: 'tcp' }, [true, '2 of 2 answered']],
    ['those to a port', two, { proto: 'tcp', port: 80 }, [true, '1 of 1 answered']],
    ['none to a port', two, { proto: 'tcp', port: 81 }, [false, 'no TCP connection to port 81']],
    [
      'through the tunnel',
      two,
      { proto: 'tcp', tunnel: 'vxlan', vni: 42, tunnelPort: 4789 },
      [true, '2 of 2 as expected; 2 of 2 answered'],
    ],
    [
      'through another one',
      timed(...connection(1), ...connection(2, 80, 43)),
      { proto: 'tcp', vni: 42 },
      [false, '1 of 2 as expected, 1 through vxlan 43 from 10.1.0.10 to 10.2.0.10'],
    ],
    [
      'outside',
      two,
      { proto: 'tcp', tunnel: 'none' },
      [false, '0 of 2 as expected, 2 through vxlan 42 from 10.1.0.10 to 10.2.0.10'],
    ],
    [
      'between its ends',
      two,
      { proto: 'tcp', outer: ['10.1.0.0/16', '10.2.0.10'] },
      [true, '2 of 2 as expected; 2 of 2 answered'],
    ],
    [
      'not back through it',
      timed([0, there(syn())], [1, synAck()], [2, there(ack())]),
      { proto: 'tcp', tunnel: 'vxlan' },
      [false, '1 of 1 as expected, 1 came back another way'],
    ],
    [
      'from one to another',
      two,
      { proto: 'tcp', inner: ['172.16.0.0/24', '172.16.1.2'] },
      [true, '2 of 2 answered'],
    ],
    [
      'the other way round',
      two,
      { proto: 'tcp', inner: ['172.16.1.2', '172.16.0.2'] },
      [false, 'no TCP connection from 172.16.1.2 to 172.16.0.2'],
    ],
    ['one refused', refused, { proto: 'tcp' }, [false, '1 of 2 answered, 1 refused']],
    ['one lost', lost, { proto: 'tcp' }, [false, '1 of 2 answered']],
    ['half may be', lost, { proto: 'tcp', maxLoss: 50 }, [true, '1 of 2 answered, 50% lost']],
    ['less may be', lost, { proto: 'tcp', maxLoss: 49 }, [false, '1 of 2 answered, 50% lost']],
    ['enough', lost, { proto: 'tcp', minAnswered: 1 }, [true, '1 of 2 answered']],
    ['not enough', lost, { proto: 'tcp', minAnswered: 2 }, [false, '1 of 2 answered']],
    ['one hangs', stuck, { proto: 'tcp' }, [false, '1 of 1 answered, 1 hanging']],
    ['fast enough', two, { proto: 'tcp', maxTime: 1 }, [true, '2 of 2 answered; at most 0.7 ms']],
    ['too slow', two, { proto: 'tcp', maxTime: 0.5 }, [false, 'at most 0.7 ms']],
    ['queries', timed(...query), { proto: 'dns', maxTime: 3 }, [true, '1 of 1 answered; at most 3 ms']],
    ['no query', two, { proto: 'dns' }, [false, 'no DNS query']],
    [
      'flows',
      timed(
        [0, there(datagram(5000, 7000))],
        [1, back(datagram(7000, 5000, true))],
        [2, there(datagram(5001, 514))],
      ),
      { proto: 'udp', port: 7000 },
      [true, '1 of 1 answered'],
    ],
    ['flows one way', timed([2, there(datagram(5001, 514))]), { proto: 'udp' }, [false, '0 of 1 answered']],
  ])('%s', (_, packets, demands, outcome) => {
    expect(judged(packets, demands).outcome).toEqual(outcome);
  });

  it('decides the verdict, and no ping is missed where none is expected', () => {
    const good = judged(two, { proto: 'tcp' }).verdict;
    expect([good.verdict, good.basis, good.findings]).toEqual(['pass', 'exchanges', []]);
    expect(judged(lost, { proto: 'tcp' }).verdict.verdict).toBe('fail');
    expect(
      judged(timed([2, there(datagram(5001, 514))]), { proto: 'udp', minAnswered: 1 }).verdict.findings,
    ).toEqual([]);
  });

  it('does not keep pings from deciding, where they are expected too', () => {
    const expectations = [expectExchanges('tcp', { proto: 'tcp' }), expectPings('pings', {})];
    const { verdict } = exchangesOf(two, { expectations });
    expect(verdict.expectations.map(({ met }) => met)).toEqual([true, false]);
    expect(verdict.findings.map(({ code }) => code)).toEqual(['no-echo-request']);
    const withPing = timed(...connection(1), [5, there(echo())], [6, back(echo({ reply: true }))]);
    expect(exchangesOf(withPing, { expectations }).verdict.verdict).toBe('pass');
  });

  it('may be combined with that nothing is found', () => {
    const expectations = [expectExchanges('tcp', { proto: 'tcp' }), expectNoFindings('none', 'warning')];
    expect(exchangesOf(two, { expectations }).verdict.verdict).toBe('pass');
    expect(exchangesOf(two, { expectations: [expectNoFindings('none', 'warning')] }).verdict.verdict).toBe(
      'fail',
    );
  });

  it('shows the packets of what is not met', () => {
    expect(judged(refused, { proto: 'tcp' }).shown).toEqual([5]);
  });

  it('has a name for each demand of flags', () => {
    const list = expectEachExchange({ proto: 'tcp', port: 443, vni: 42, maxLoss: 1, maxTime: 5 });
    const { verdict } = exchangesOf(two, { expectations: list });
    expect(verdict.expectations.map(({ name }) => name)).toEqual([
      'TCP to port 443: through a tunnel with VNI 42',
      'TCP to port 443: at most 1% lost',
      'TCP to port 443: times of at most 5 ms',
    ]);
  });

  it.each<[demands: object, says: RegExp]>([
    [{}, /^expectExchanges: proto: missing; expected tcp, dns or udp$/],
    [{ proto: 'sctp' }, /^expectExchanges: proto: received "sctp"; expected tcp, dns or udp$/],
    [{ proto: 'tcp', ports: 1 }, /ports/],
    [{ proto: 'tcp', port: 65_536 }, /port: received 65536; expected a port, a whole number from 0 to 65535/],
    [{ proto: 'tcp', tunnel: 'ipip', tunnelPort: 4789 }, /tunnelPort: tunnel ipip has none/],
    [{ proto: 'tcp', tunnel: 'none', vni: 1 }, /vni: tunnel none/],
  ])('refuses %j', (demands, says) => {
    expect(() => expectExchanges('so', demands as ExchangeDemands)).toThrow(says);
  });
});

describe('in a specification', () => {
  const spec = (text: string) => compileSpecification(text, 'pings.yaml').expectations;
  it('is a check like pings', () => {
    const text = `checks:
  - name: web
    exchanges: { proto: tcp, port: 443, tunnel: vxlan, vni: 42, tunnel-port: 4789, max-time: 5ms, max-loss: 0% }
  - name: names
    exchanges: { proto: dns, min-answered: 1 }
`;
    const { verdict } = exchangesOf(timed(...connection(1)), { expectations: spec(text) });
    expect(verdict.expectations).toMatchObject([
      { name: 'web', met: true, place: { line: 2 } },
      { name: 'names', met: false, received: 'no DNS query', place: { line: 4 } },
    ]);
    expect(verdict.basis).toBe('exchanges');
  });

  it.each([
    ['exchanges: { port: 443 }', /pings.yaml:3: checks.0.exchanges.proto: missing; expected tcp, dns or udp/],
    [
      'exchanges: { proto: tcp, max-rtt: 5ms }',
      /pings.yaml:3: unknown key "max-rtt"; expected keys: proto, port, .*max-time$/,
    ],
    [
      'exchanges: { proto: tcp, tunnel: ipip, tunnel-port: 1 }',
      /pings.yaml:3: .*tunnel-port: tunnel ipip has none/,
    ],
  ])('refuses %s', (text, says) => {
    expect(() => spec(`checks:\n  - name: web\n    ${text}\n`)).toThrow(says);
  });
});
