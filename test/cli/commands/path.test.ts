/** `tunnelscope path` as a user runs it, on recorded captures; times and TTLs against tshark. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { PathView } from '../../../src/path/path-view.ts';
import { tunnelscope } from '../../support/command.ts';
import { TUNNELS, tshark } from '../../support/tshark.ts';
import { ATTACK, hostileCapture } from '../../tui/support/hostile.ts';

/** One run of four pings, recorded at ten points of one machine, in the order of the way. */
const files = readdirSync('fixtures')
  .filter((name) => name.startsWith('path-'))
  .sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1]))
  .map((name) => `fixtures/${name}`);
const reading = files.flatMap((file) => ['-r', file]);
const names = files.map((file) => file.replace(/^.*\/|\.pcap$/g, ''));

const folder = mkdtempSync(join(tmpdir(), 'path-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Per packet of a file: number, time, innermost TTL, sequence number, ICMP type, as tshark tells them. */
function sightings(file: string) {
  const fields = ['frame.number', 'frame.time_epoch', 'ip.ttl', 'icmp.seq', 'icmp.type'];
  return tshark('-r', file, ...TUNNELS, '-T', 'fields', ...fields.flatMap((name) => ['-e', name]))
    .trim()
    .split('\n')
    .map((line) => {
      const [number, time, ttl = '', seq, type] = line.split('\t');
      return { number: Number(number), time, ttl: Number(ttl.split(',').at(-1)), seq: Number(seq), type };
    });
}

describe('ten files of one clock', () => {
  const { status, stdout } = tunnelscope(['path', ...reading, '--one-clock', '-T', 'json']);
  const view = JSON.parse(stdout) as PathView;

  it('four pings at ten points, there and back, in the order of the way', () => {
    expect(status).toBe(0);
    expect(view).toMatchObject({ verdict: 'pass', pings: 4, answered: 4, notes: [] });
    expect(view.ways[0]?.points.map((point) => view.points[point]?.name)).toEqual(names);
    for (const row of view.rows) {
      expect(row.request.map(({ point }) => view.points[point]?.name)).toEqual(names);
      expect(row.reply.map(({ point }) => view.points[point]?.name)).toEqual(names.toReversed());
    }
  });

  it('each sighting is the packet that tshark finds in that file, with its time and TTL', () => {
    for (const [i, file] of files.entries()) {
      const ours = view.rows.flatMap(({ seq, request, reply }) =>
        [request, reply].flatMap((list, direction) =>
          list
            .filter(({ point }) => view.points[point]?.name === names[i])
            .map(({ packet, time, ttl }) => ({
              number: packet,
              time,
              ttl,
              seq,
              type: direction === 0 ? '8' : '0',
            })),
        ),
      );
      expect(ours.sort((a, b) => a.number - b.number)).toEqual(sightings(file));
    }
  });

  it('as text: a row of ten columns for each ping and direction, in 80 columns', () => {
    const { stdout: text } = tunnelscope(['path', ...reading, '--one-clock']);
    const rows = text.split('\n').filter((line) => /^\d [→←] /.test(line));
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      '1 →',
      '1 ←',
      '2 →',
      '2 ←',
      '3 →',
      '3 ←',
      '4 →',
      '4 ←',
    ]);
    for (const row of rows) expect(row.replace(/ {2}[\d.]+ ms$/, '').match(/\d+(?= |$)/g)).toHaveLength(11);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toMatch(/path-4-h1-eth0 +\? +→ \+tunpi 10\.1\.0\.10 → 10\.2\.0\.10 udp 9000 → 9000/);
    expect(text).toMatch(/^PASS {2}4 of 4 pings answered, at 10 points$/m);
  });

  it.each([60, 80, 120, 200])('fits %i columns', (width) => {
    const { stdout: text } = tunnelscope(['path', ...reading, '--one-clock', '--width', String(width)]);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    expect(text).toMatch(/^PASS/m);
  });
});

describe('one file with ten interfaces, as mergecap makes it', () => {
  const merged = join(folder, 'merged.pcapng');
  execFileSync('mergecap', ['-I', 'none', '-w', merged, ...files]);

  it.each([[['path', '-r', merged]], [['-r', merged, '-T', 'path']], [[merged, '-T', 'path']]])(
    '%j',
    (args) => {
      const { status, stdout, stderr } = tunnelscope(args);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^PASS {2}4 of 4 pings answered, at 10 points$/m);
      expect(status).toBe(0);
    },
  );
});

describe('two hosts with clocks of their own', () => {
  it('one is set forward by 90 s: the estimate says so, within its uncertainty', () => {
    const shifted = join(folder, 'h2.pcap');
    execFileSync('editcap', ['-t', '90', files[6] as string, shifted]);
    const { status, stdout } = tunnelscope(['path', '-r', files[3] as string, '-r', shifted, '-T', 'json']);
    const [, clock] = (JSON.parse(stdout) as PathView).clocks;
    expect(clock?.name).toBe('h2');
    expect(Math.abs((clock?.ahead as number) - 90_000)).toBeLessThanOrEqual(clock?.uncertainty as number);
    expect(clock?.uncertainty).toBeLessThan(1);
    expect(status).toBe(0);
  });
});

describe('exit codes and words', () => {
  it.each<[string, string[], number, RegExp]>([
    [
      'not answered',
      ['-r', 'fixtures/half.pcap'],
      1,
      /^FAIL {2}0 of 4 pings answered: 4 requests last seen at half$/m,
    ],
    [
      'the error that explains it',
      ['-r', 'fixtures/half.pcap'],
      1,
      /10\.2\.0\.10 answers that nothing listens on UDP 9000/,
    ],
    ['-Y', ['-r', 'fixtures/socat.pcap', '-Y', 'icmp.seq == 2'], 0, /^PASS {2}1 of 1 ping answered/m],
    ['a filter', ['-r', 'fixtures/route.pcap', 'icmp[0] == 8'], 1, /^FAIL {2}0 of 4 pings/m],
    ['no ping at all', ['-r', 'fixtures/route.pcap', 'tcp'], 1, /^FAIL {2}no ping seen/m],
    [
      'nothing of what is followed',
      ['-r', 'fixtures/route.pcap', '--of', 'tcp,dns'],
      1,
      /^FAIL {2}no connection and no query seen at 1 point$/m,
    ],
    [
      'devices of any',
      ['-r', 'fixtures/vxlan-any-sll2.pcap'],
      0,
      /^PASS {2}3 of 3 pings answered, at 4 points/m,
    ],
    ['fragments', ['-r', 'fixtures/vxlan-fragmented.pcap'], 0, /^PASS {2}2 of 2 pings answered/m],
  ])('%s', (_, args, code, said) => {
    const { status, stdout } = tunnelscope(['path', ...args]);
    expect(stdout.replace(/\n {4,}/g, ' ')).toMatch(said);
    expect(status).toBe(code);
  });

  it.each([
    ['no such file', ['-r', files[0] as string, '-r', 'fixtures/none.pcap']],
    ['files and interfaces', ['-r', files[0] as string, '-r', files[1] as string, '-i', 'lo']],
    ['standard input twice', ['-r', '-', '-r', '-']],
    ['a bad display filter', ['-r', files[0] as string, '-Y', 'ip.src ==']],
  ])('%s: 2, and one line', (_, args) => {
    const { status, stdout, stderr } = tunnelscope(['path', ...args]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^tunnelscope: [^\n]+\n$/);
  });
});

it('an interface whose name is an attack on the terminal is shown escaped, and is itself in JSON', () => {
  const file = join(folder, 'hostile.pcapng');
  writeFileSync(file, hostileCapture());
  for (const width of ['60', '200']) {
    const { stdout } = tunnelscope(['path', '-r', file, '--width', width]);
    expect(stdout).toContain('\\x1b]2;owned\\x07\\x1b[2J');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  const { points } = JSON.parse(tunnelscope(['path', '-r', file, '-T', 'json']).stdout) as PathView;
  expect(points[0]?.name).toContain(ATTACK);
});

it('--topology of a file draws the hosts and devices that it shows, not this machine’s', () => {
  const svg = join(folder, 'x.svg');
  const { status } = tunnelscope(['path', 'fixtures/path/far-end-missing.pcapng', '--topology', svg]);
  const text = readFileSync(svg, 'utf8');
  expect(status).toBe(1);
  const titles = [...text.matchAll(/class="h">([^<]*)</g)].map(([, title]) => title);
  expect(titles).toEqual(['pic1-h1-ns1', 'pic1-h1', 'pic1-rt', 'pic1-h2']);
  expect(text).toContain('eth0 ✕</text>');
  expect(text).toContain('>tunpi 10.1.0.10 → 10.2.0.10 udp 9000 → 9000</text>');
});
