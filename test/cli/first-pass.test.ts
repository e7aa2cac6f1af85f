/** Fields that only later packets tell, as a user asks for them: beside `tshark -2`, which reads a file twice, too. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMAND, tunnelscope } from '../support/command.ts';
import { hasTshark, TUNNELS, tshark } from '../support/tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'look-ahead-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES: readonly string[] = ['resp_in', 'resp_to', 'resptime', 'no_resp'].flatMap((key) => [
  `icmp.${key}`,
  `icmpv6.${key}`,
]);
const FIELDS = ['frame.number', ...NAMES, 'frame.time_delta_displayed'].flatMap((name) => ['-e', name]);
const CAPTURES: readonly string[] = [
  'fixtures/vxlan.pcap',
  'fixtures/socat.pcap',
  // Requests without answers, and errors that quote requests.
  'fixtures/half.pcap',
  // Replies to nobody, IPv6, and multicast.
  'fixtures/route.pcap',
  'fixtures/generated/neighbours.pcap',
  'fixtures/ipip.pcap',
  'fixtures/vxlan-fragmented.pcap',
];

/** `tunnelscope -T fields` of a file. */
const ours = (...args: string[]) => {
  const { status, stdout, stderr } = tunnelscope([...args, '-T', 'fields', ...FIELDS]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
};
/** The first `frame.time_delta_displayed` is nothing to tshark 4.6. */
const alike = (lines: string) => lines.replace(/^(.*\t)0?\.?0*$/gm, '$1');

describe.skipIf(!hasTshark)('beside tshark -2 (skipped where tshark is missing)', () => {
  it.each(CAPTURES)('-T fields of %s', (path) => {
    const theirs = tshark('-2', '-r', path, ...TUNNELS, '-T', 'fields', ...FIELDS);
    expect(alike(ours('-r', path))).toBe(alike(theirs));
  });

  it.each([
    ['fixtures/vxlan.pcap', 'icmp.resp_in'],
    ['fixtures/vxlan.pcap', 'icmp.resp_in > 4'],
    ['fixtures/vxlan.pcap', 'icmp.resp_to && icmp.resptime < 0.0745'],
    ['fixtures/half.pcap', 'icmp.no_resp'],
    ['fixtures/half.pcap', '!icmp.no_resp'],
    ['fixtures/socat.pcap', 'icmp.resp_to == 3 or icmp.resp_in == 8'],
    ['fixtures/socat.pcap', 'frame.time_delta_displayed > 0.1'],
    ['fixtures/socat.pcap', 'icmp.type == 8 && frame.time_delta_displayed > 0.2'],
  ])('%s -Y %s: what passes, and what of it is printed', (path, expression) => {
    const theirs = tshark('-2', '-r', path, ...TUNNELS, '-Y', expression, '-T', 'fields', ...FIELDS);
    expect(alike(ours('-r', path, '-Y', expression))).toBe(alike(theirs));
  });
});

it('-w has the packets that -Y lets pass in the second pass', () => {
  const path = join(folder, 'requests.pcapng');
  const { status } = tunnelscope(['-r', 'fixtures/half.pcap', '-Y', 'icmp.no_resp', '-w', path]);
  expect(status).toBe(0);
  expect(tunnelscope(['-r', path, '-T', 'fields', '-e', 'icmp.seq']).stdout).toBe('1\n2\n3\n4\n');
});

it('-c N ends both passes: the answer to the last request has not been read', () => {
  expect(
    tunnelscope([
      '-r',
      'fixtures/socat.pcap',
      '-c',
      '3',
      '-Y',
      'icmp.no_resp',
      '-T',
      'fields',
      '-e',
      'frame.number',
    ]).stdout,
  ).toBe('3\n');
});

describe('what can’t be known', () => {
  it('of a stream: one line, and replies all the same', () => {
    const { status, stdout, stderr } = tunnelscope(
      ['-r', '-', '-Y', 'icmp.resp_in or icmp.resp_to', '-T', 'fields', '-e', 'icmp.resp_to'],
      readFileSync('fixtures/socat.pcap'),
    );
    expect([status, stdout]).toEqual([0, '1\n3\n5\n7\n']);
    expect(stderr).toMatch(/^tunnelscope: icmp\.resp_in: known only from later packets; [^\n]*read twice\n$/);
  });

  it.each<[command: string, status: number]>([
    ['verify', 1],
    ['path', 1],
    ['snapshot', 0],
    ['explain', 2],
  ])('%s of a stream: the same line, and nothing passes', (command, status) => {
    const args = [command, '-r', '-', '-Y', 'icmp.no_resp'];
    const result = tunnelscope(args, readFileSync('fixtures/half.pcap'));
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(
      /^tunnelscope: icmp\.no_resp: known only from later packets; [^\n]*read twice\n/,
    );
  });
});

describe('all commands read a file twice', () => {
  const UNANSWERED = ['-r', 'fixtures/half.pcap', '-Y', 'icmp.no_resp'];

  it('verify has the requests without answers alone', () => {
    const { status, stdout, stderr } = tunnelscope(['verify', ...UNANSWERED, '-T', 'json']);
    expect([status, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({ capture: { packets: 4 }, requests: 4, answered: 0 });
  });

  it('verify of several files: each by what its own packets tell', () => {
    const files = ['fixtures/socat.pcap', 'fixtures/vxlan.pcap'];
    const { status, stderr } = tunnelscope(['verify', ...files, '-Y', 'icmp.resp_in or icmp.resp_to']);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('path of several files side by side', () => {
    const files = ['fixtures/path-4-h1-eth0.pcap', 'fixtures/path-7-h2-eth0.pcap'];
    const { status, stdout, stderr } = tunnelscope(['path', ...files, '-Y', '!icmp.no_resp', '-T', 'json']);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).pings).toBe(
      JSON.parse(tunnelscope(['path', ...files, '-T', 'json']).stdout).pings,
    );
  });

  it('snapshot, and explain', () => {
    const { stdout } = tunnelscope(['snapshot', ...UNANSWERED]);
    expect(stdout.match(/^# packet|^packet/gim)).toHaveLength(4);
    expect(tunnelscope(['explain', ...UNANSWERED]).stdout).toMatch(/Packet 1 of half\.pcap/);
  });

  it('a check of a specification asks about every packet, whichever it is about', () => {
    const path = join(folder, 'checks.yaml');
    writeFileSync(
      path,
      `checks:
  - { name: none without an answer, assert: count(icmp.no_resp) == 4 }
  - { name: the second connection, packet: tcp.stream == 1, fields: { tcp.stream: 1 } }
`,
    );
    const half = tunnelscope(['verify', '-r', 'fixtures/half.pcap', '--spec', path, '-T', 'json']);
    const [first] = JSON.parse(half.stdout).expectations;
    expect(first).toMatchObject({ met: true });
    const tcp = tunnelscope(['verify', '-r', 'fixtures/exchanges/vxlan.pcap', '--spec', path, '-T', 'json']);
    expect(JSON.parse(tcp.stdout).expectations[1]).toMatchObject({ met: true });
  });
});

describe('protocols that are not decoded', () => {
  it.each([
    ['!tls', 8, 'tls is not decoded: no packet matches it'],
    ['igmp', 0, 'igmp is not decoded: no packet matches it'],
    ['icmp && !(tls.handshake.type == 1 || quic)', 8, 'tls, quic are not decoded: no packet matches them'],
    ['ip.proto == igmp', 0, ''],
  ])('%s: %i packets and one warning', (expression, packets, warning) => {
    const { status, stdout, stderr } = tunnelscope(['-r', 'fixtures/socat.pcap', '-Y', expression]);
    expect([status, stdout.split('\n').length - 1]).toEqual([0, packets]);
    expect(stderr).toBe(warning === '' ? '' : `tunnelscope: display filter: ${warning}\n`);
  });

  it('verify, which opens the filter for each file, warns once', () => {
    const args = ['verify', 'fixtures/socat.pcap', 'fixtures/vxlan.pcap', '-Y', '!ospf'];
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      0,
      'tunnelscope: display filter: ospf is not decoded: no packet matches it\n',
    ]);
  });
});
