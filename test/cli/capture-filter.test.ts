/** Filters in libpcap's language that see no tunneled ping, and those that are of the other language. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tunnelscope } from '../support/command.ts';

const CILIUM = 'fixtures/designs/cilium-identity-vni.pcap';
const NONE = '0 of 8 packets passed the filter icmp, which sees outer headers only: -Y icmp looks inside';
const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-filter-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a filter that lets nothing pass', () => {
  it.skipIf(!hasTcpdump)('lets nothing pass in tcpdump either', () => {
    expect(execFileSync('tcpdump', ['-nr', CILIUM, 'icmp'], { encoding: 'utf8', stdio: 'pipe' })).toBe('');
  });

  it.each<[what: string, args: string[], status: number]>([
    ['lines', ['-r', CILIUM, 'icmp'], 0],
    ['JSON', ['-r', CILIUM, '-T', 'json', 'icmp'], 0],
    ['path', ['path', CILIUM, 'icmp'], 1],
    ['snapshot', ['snapshot', CILIUM, 'icmp'], 0],
  ])('%s: one line on standard error', (_, args, status) => {
    expect(tunnelscope(args)).toMatchObject({ stderr: `tunnelscope: ${NONE}\n`, status });
  });

  it('-w: the same, and a capture without packets', () => {
    const file = join(folder, 'none.pcap');
    expect(tunnelscope(['-r', CILIUM, '-w', file, 'icmp'])).toMatchObject({
      stderr: `tunnelscope: ${NONE}\n`,
      status: 0,
    });
    expect(readFileSync(file)).toHaveLength(24);
  });

  it('explain: is the reason why there is nothing to explain', () => {
    expect(tunnelscope(['explain', CILIUM, 'icmp'])).toMatchObject({
      stderr: `tunnelscope: cilium-identity-vni.pcap: ${NONE}\n`,
      status: 2,
    });
  });

  it.each([
    ['not udp', '!udp'],
    ['!udp', '!udp'],
    ['not (udp or tcp)', '!(udp || tcp)'],
    ['icmp and not udp', 'icmp && !udp'],
    ['ip and (!udp)', 'ip && !udp'],
    ['not ether proto 0x0800', '!ip'],
  ])(
    '%s: the other language looks for it at every level and finds none either, so it is no advice',
    (filter, display) => {
      expect(tunnelscope(['-r', CILIUM, '-Y', display]).stdout).toBe('');
      expect(tunnelscope(['-r', CILIUM, filter]).stderr).toBe(
        `tunnelscope: 0 of 8 packets passed the filter ${filter}, which sees outer headers only\n`,
      );
    },
  );

  it('!= negates no more than itself', () => {
    expect(tunnelscope(['-r', CILIUM, 'ip[9] != 17']).stderr).toMatch(
      /outer headers only: .* looks inside\n$/,
    );
  });

  it('verify: is the finding', () => {
    const { stdout, stderr, status } = tunnelscope(['verify', CILIUM, '-T', 'json', 'icmp']);
    expect(JSON.parse(stdout).findings).toMatchObject([{ code: 'no-echo-request', message: NONE }]);
    expect([stderr, status]).toEqual(['', 1]);
  });

  it('verify: so is a display filter that nothing matches', () => {
    const { stdout } = tunnelscope(['verify', CILIUM, '-T', 'json', '-Y', 'icmp.type == 9']);
    expect(JSON.parse(stdout).findings[0].message).toBe(
      'none of 8 packets matches -Y icmp.type == 9: leave the filter out to see all packets',
    );
  });

  it('nothing is said where some packets pass, and where the other language finds them', () => {
    expect(tunnelscope(['-r', CILIUM, 'udp port 8472']).stderr).toBe('');
    const inside = tunnelscope(['-r', CILIUM, '-Y', 'icmp']);
    expect([inside.stdout.trimEnd().split('\n').length, inside.stderr]).toEqual([8, '']);
  });

  it('what has no words in the other language', () => {
    const { stderr } = tunnelscope(['-r', CILIUM, 'ether host 02:00:00:00:00:09']);
    expect(stderr).toMatch(/outer headers only: a display filter \(-Y\) looks inside\n$/);
  });
});

it.each([
  ['icmp.type==8', "'icmp.type==8'"],
  ['vxlan', 'vxlan'],
  ['ip.src == 10.0.0.1 && icmp', "'ip.src == 10.0.0.1 && icmp'"],
])('%s is a display filter, and recognised', (filter, word) => {
  const { stderr, status } = tunnelscope(['-r', CILIUM, filter]);
  expect(stderr).toBe(
    `tunnelscope: "${filter}" is not a valid capture filter but a display filter: use -Y ${word}\n`,
  );
  expect(status).toBe(2);
});

it('path reads files that its first words name, and takes the words behind them as a filter', () => {
  const files = ['fixtures/path-1-c1-eth0.pcap', 'fixtures/path-10-c2-eth0.pcap'];
  const { stdout, status } = tunnelscope(['path', ...files, 'icmp']);
  expect(stdout).toMatch(/^PASS {2}4 of 4 pings answered, at 2 points$/m);
  expect(status).toBe(0);
  const options = tunnelscope(['path', '-r', files[0] as string, '-r', files[1] as string, 'icmp']);
  expect(options.stdout).toBe(stdout);
});
