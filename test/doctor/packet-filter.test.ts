/** What nftables' rules are judged to do, beside what the kernel does with a datagram that meets them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgePacket } from '../../src/doctor/packet-filter.ts';
import { readFacts } from '../../src/host/facts/read-facts.ts';
import { missingForNamespaces, skipNote } from '../support/lab.ts';

const missing = missingForNamespaces('nft', 'bash');
const A = `tp${process.pid}-a`;
const B = `tp${process.pid}-b`;

/** Counts what comes in before all other chains, and what is left after them. */
const PROBE = `table ip probe {
  counter first {}
  counter last {}
  chain first { type filter hook prerouting priority -400; udp dport 8472 counter name first; }
  chain last { type filter hook input priority 400; udp dport 8472 counter name last; }
}`;

const input = (rules: string, policy = 'accept') =>
  `chain input { type filter hook input priority 0; policy ${policy}; ${rules} }`;

/** A datagram from 10.9.0.2 to UDP port 8472 of 10.9.0.1, coming in by e0, meets these. */
const CERTAIN: readonly string[] = [
  input(''),
  input('', 'drop'),
  input('udp dport 8472 drop'),
  input('udp dport 8472 accept', 'drop'),
  input('udp dport 4789 accept', 'drop'),
  input('udp dport { 4789, 8472 } drop'),
  input('udp dport { 4789, 6081 } drop'),
  input('udp dport 8000-9000 drop'),
  input('udp dport { 1-100, 8400-8500 } drop'),
  input('udp dport != 8472 drop'),
  input('udp dport > 8471 drop'),
  input('udp dport < 8472 drop'),
  input('udp dport <= 8472 drop'),
  input('tcp dport 8472 drop'),
  input('th dport 8472 drop'),
  input('meta l4proto udp drop'),
  input('meta l4proto { icmp, tcp } drop'),
  input('meta l4proto != udp drop'),
  input('ip protocol udp drop'),
  input('ip protocol gre drop'),
  input('ip6 nexthdr udp drop'),
  input('meta nfproto ipv6 drop'),
  input('ip saddr 10.9.0.2 drop'),
  input('ip saddr 10.9.0.0/24 drop'),
  input('ip saddr != 10.9.0.0/24 drop'),
  input('ip saddr { 10.8.0.0/16, 10.9.0.2 } drop'),
  input('ip daddr 10.9.0.2 drop'),
  input('iifname "e0" drop'),
  input('iifname "e*" drop'),
  input('iifname != "e0" drop'),
  input('iifname { "lo", "e1" } accept; drop'),
  input('oifname "e0" drop'),
  input('ct state established,related accept', 'drop'),
  input('ct state new drop'),
  input('ct state invalid drop'),
  input('ct state { new, established } accept; drop'),
  input('counter; udp dport 8472 counter drop'),
  input('udp dport 8472 reject'),
  input('log prefix "x" accept; drop'),
  `chain some { udp dport 8472 accept; }\n${input('jump some; drop')}`,
  `chain some { udp dport 8472 return; drop; }\n${input('jump some')}`,
  `chain some { udp dport 8472 return; drop; }\n${input('goto some; drop')}`,
  `chain some { return; }\n${input('goto some; accept', 'drop')}`,
  `chain inner { drop; }\nchain some { jump inner; }\n${input('udp dport 8472 jump some; accept')}`,
  `set ports { type inet_service; elements = { 8472, 4789 }; }\n${input('udp dport @ports drop')}`,
  `set ports { type inet_service; elements = { 4789 }; }\n${input('udp dport @ports drop')}`,
  `set hosts { type ipv4_addr; flags interval; elements = { 10.9.0.0/30 }; }\n${input('ip saddr @hosts drop')}`,
  // Who accepts in one chain does not save it from the next.
  `${input('accept')}\nchain later { type filter hook input priority 10; udp dport 8472 drop; }`,
  `${input('drop')}\nchain earlier { type filter hook input priority -10; accept; }`,
  'chain before { type filter hook prerouting priority -300; udp dport 8472 drop; }',
  'chain output { type filter hook output priority 0; policy drop; }',
];

/** What can't be told from rules alone: neither yes nor no may be said. */
const DOUBTFUL: readonly string[] = [
  input('udp dport 8472 limit rate 5/second drop'),
  input('meta mark 0x1 accept; drop'),
  input('udp sport 1000-2000 drop'),
  input('udp dport vmap { 8472 : drop };'),
  input('ip ttl < 3 accept; udp dport 8472 drop'),
  `chain some { drop; }\n${input('meta mark 7 jump some; accept')}`,
  `chain some { accept; }\n${input('meta mark 7 jump some; drop')}`,
];

describe.skipIf(missing !== undefined)(`nftables’ rules${skipNote(missing)}`, () => {
  const nft = (text: string) => execFileSync('ip', ['netns', 'exec', A, 'nft', '-f', '-'], { input: text });
  const counters = () => {
    const words = ['netns', 'exec', A, 'nft', '-j', 'list', 'counters'];
    const { nftables } = JSON.parse(execFileSync('ip', words, { encoding: 'utf8' }));
    const found = (nftables as { counter?: { name: string; packets: number } }[]).flatMap(
      ({ counter }) => counter ?? [],
    );
    return Object.fromEntries(found.map(({ name, packets }) => [name, packets]));
  };

  beforeAll(() => {
    for (const name of [A, B]) execFileSync('ip', ['netns', 'add', name]);
    execFileSync('ip', ['-n', A, 'link', 'add', 'e0', 'type', 'veth', 'peer', 'name', 'e0', 'netns', B]);
    for (const [name, address] of [
      [A, '10.9.0.1/24'],
      [B, '10.9.0.2/24'],
    ] as const)
      execFileSync('ip', ['-n', name, '-batch', '-'], {
        input: `addr add ${address} dev e0\nlink set e0 up\n`,
      });
  });
  afterAll(() => {
    for (const name of [A, B]) spawnSync('ip', ['netns', 'del', name]);
  });

  /** What the kernel does, and what is said of it. */
  function meet(rules: string) {
    // A rule ends with a line, or a semicolon.
    const ended = rules.replace(/(?<=[^;{} ]) }$/gm, '; }');
    nft(`flush ruleset\n${PROBE}\ntable inet t {\n${ended}\n}\n`);
    const [facts] = readFacts((name) => name === A).namespaces;
    if (facts === undefined) throw new Error('no facts');
    const packet = { from: '10.9.0.2', to: '10.9.0.1', protocol: 17, port: 8472, iif: 'e0', oif: undefined };
    const verdicts = ['prerouting', 'input'].map((hook) => judgePacket(facts.firewall, hook, packet).verdict);
    const said = verdicts.includes('drop') ? 'drop' : verdicts.includes('maybe') ? 'maybe' : 'pass';
    spawnSync('ip', ['netns', 'exec', B, 'bash', '-c', 'echo x > /dev/udp/10.9.0.1/8472']);
    let seen = counters();
    while (seen.first === 0) seen = counters();
    return { said, done: counters().last > 0 ? 'pass' : 'drop' };
  }

  it.each(CERTAIN)('%s', (rules) => {
    const { said, done } = meet(rules);
    expect(said).toBe(done);
  });

  it.each(DOUBTFUL)('in doubt: %s', (rules) => {
    expect(meet(rules).said).toBe('maybe');
  });
});

describe('rules of iptables-nft 1.8.9, as nft 1.0.6 prints them', () => {
  const chain = {
    family: 'ip',
    table: 'filter',
    name: 'INPUT',
    handle: 1,
    type: 'filter',
    hook: 'input',
    prio: 0,
  };
  const match = (name: string) => ({ xt: { type: 'match', name } });
  const target = (name: string) => ({ xt: { type: 'target', name } });
  const counter = { counter: { packets: 0, bytes: 0 } };
  const udp = { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 'udp' } };
  const port = { match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right: 8472 } };
  it.each([
    // iptables -p udp --dport 8472 -m comment --comment hi -j DROP
    ['drop', 'accept', [[port, match('comment'), counter, { drop: null }]]],
    // -p udp -m multiport --dports 4789,8472 -j REJECT, or -j ACCEPT before a policy that drops
    ['maybe', 'accept', [[udp, match('multiport'), counter, target('REJECT')]]],
    ['maybe', 'drop', [[udp, match('multiport'), counter, { accept: null }]]],
    ['maybe', 'accept', [[udp, counter, target('REJECT')]]],
    // -m addrtype --dst-type LOCAL -j DROP does not make the rule behind it doubtful
    [
      'drop',
      'accept',
      [
        [match('addrtype'), counter, { drop: null }],
        [port, counter, { drop: null }],
      ],
    ],
    ['pass', 'accept', [[udp, counter, target('MARK')]]],
    ['drop', 'drop', [[udp, match('comment'), counter, target('LOG')]]],
  ] as const)('%s, policy %s: %j', (verdict, policy, rules) => {
    const ruleset = [
      { chain: { ...chain, policy } },
      ...rules.map((expr, i) => ({
        rule: { family: 'ip', table: 'filter', chain: 'INPUT', handle: i + 2, expr },
      })),
    ];
    const packet = { from: '10.9.0.2', to: '10.9.0.1', protocol: 17, port: 8472, iif: 'e0', oif: undefined };
    expect(judgePacket({ state: 'read', ruleset }, 'input', packet).verdict).toBe(verdict);
  });
});

it('rules that nobody could read are doubt; without any, all passes', () => {
  const packet = { from: undefined, to: '10.9.0.1', protocol: 17, port: 8472, iif: 'e0', oif: undefined };
  expect(judgePacket({ state: 'unknown', why: 'nft is missing' }, 'input', packet).verdict).toBe('maybe');
  expect(judgePacket({ state: 'none' }, 'input', packet).verdict).toBe('pass');
});
