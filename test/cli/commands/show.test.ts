import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, tunnelscope } from '../../support/command.ts';
import { tshark } from '../../support/tshark.ts';

const SOCAT = 'fixtures/socat.pcap';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-packets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('in a pipe, packets are lines', () => {
  const plain = () => tunnelscope(['-r', SOCAT, '-T', 'line']);

  it('one a packet', () => {
    const { status, stdout, stderr } = plain();
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toHaveLength(8);
  });

  it.each<[why: string, args: string[]]>([
    ['by itself', ['-r', SOCAT]],
    ['a first argument that is a capture file', [SOCAT]],
    ['-n is accepted', ['-n', '-r', SOCAT]],
    ['a filter that lets all pass', ['-r', SOCAT, 'udp', 'port', '9000']],
  ])('%s: the same', (_why, args) => {
    expect(tunnelscope(args).stdout).toBe(plain().stdout);
  });

  it.each<[why: string, bytes: () => Buffer]>([
    ['pcap', () => readFileSync(SOCAT)],
    ['gzip', () => gzipSync(readFileSync(SOCAT))],
  ])('%s on standard input: the same', (_why, bytes) => {
    expect(tunnelscope(['-r', '-'], bytes()).stdout).toBe(plain().stdout);
  });

  it('-c N prints the first N', () => {
    const { stdout, status } = tunnelscope(['-r', SOCAT, '-c', '3']);
    expect(status).toBe(0);
    expect(stdout).toBe(`${plain().stdout.split('\n').slice(0, 3).join('\n')}\n`);
  });

  it('a filter narrows as tcpdump’s does', () => {
    const filter = 'src host 10.1.0.10';
    const theirs = execFileSync('tcpdump', ['-nn', '-r', SOCAT, filter], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ours = tunnelscope(['-r', SOCAT, filter]).stdout;
    expect(ours.trimEnd().split('\n')).toHaveLength(theirs.trimEnd().split('\n').length);
  });
});

it('a file that breaks off gives all whole packets, one warning with the byte offset, and ends with 0', () => {
  const whole = readFileSync(SOCAT);
  const cut = join(folder, 'cut.pcap');
  // The file header, three records of 16 + 130 bytes, and half of the fourth.
  const offset = 24 + 3 * 146;
  writeFileSync(cut, whole.subarray(0, offset + 60));
  const { status, stdout, stderr } = tunnelscope([cut]);
  expect(stdout).toBe(tunnelscope([SOCAT, '-c', '3']).stdout);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(new RegExp(`${offset}|${offset + 60}`));
  expect(status).toBe(0);
});

it('standard output closed early ends quietly', () => {
  // More than a pipe holds, so that the writer meets the closed end.
  const many = join(folder, 'many.pcap');
  const whole = readFileSync(SOCAT);
  writeFileSync(many, Buffer.concat([whole, ...Array.from({ length: 2000 }, () => whole.subarray(24))]));
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-c', `set -o pipefail; ${process.execPath} ${COMMAND} -r ${many} -T json | head -n 1`],
    { encoding: 'utf8' },
  );
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('-x prints the bytes that tshark prints', () => {
  const theirs = execFileSync('tshark', ['-r', SOCAT, '-c', '1', '-x'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const digits = (text: string) =>
    text
      .split('\n')
      .flatMap(
        (line) =>
          /^\s*(?:0x)?[0-9a-f]{4}:?\s+((?:[0-9a-f]{2,4} ?)+)/.exec(line)?.[1]?.replaceAll(' ', '') ?? [],
      )
      .join('');
  const ours = tunnelscope(['-r', SOCAT, '-c', '1', '-x']).stdout;
  expect(digits(ours)).toBe(digits(theirs));
  expect(digits(ours)).toHaveLength(260);
});

it('-d forces a tunnel, and says so', () => {
  const { stdout } = tunnelscope(['-r', SOCAT, '-c', '1', '-T', 'json', '-d', 'udp.port==9000,tun']);
  expect(JSON.parse(stdout).layers[3]).toMatchObject({ protocol: 'tunpi', level: 1, by: 'user' });
});

describe('-Y', () => {
  const plain = () => tunnelscope(['-r', SOCAT]).stdout.split('\n');

  it('prints the packets that match, with the numbers and times that they have among all', () => {
    const { stdout, stderr, status } = tunnelscope([
      '-r',
      SOCAT,
      '-Y',
      'ip.src#2 == 172.16.0.2 && icmp.type == 8',
    ]);
    expect(stdout).toBe(`${[0, 2, 4, 6].map((line) => plain()[line]).join('\n')}\n`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('-c counts the packets that are read, as with tshark', () => {
    const count = ['-r', SOCAT, '-c', '4', '-Y', 'frame.number > 2'];
    const theirs = tshark(...count);
    const { stdout } = tunnelscope(count);
    expect(stdout.trimEnd().split('\n')).toHaveLength(theirs.trimEnd().split('\n').length);
    expect(stdout).toBe(`${plain().slice(2, 4).join('\n')}\n`);
  });

  it('a long name and -T fields', () => {
    const { stdout } = tunnelscope([
      '-r',
      SOCAT,
      '--display-filter',
      'inner.icmp.seq == 2',
      '-e',
      'frame.number',
    ]);
    expect(stdout).toBe('3\n4\n');
  });

  it('what is not understood is one line, and 2', () => {
    const { stdout, stderr, status } = tunnelscope(['-r', SOCAT, '-Y', 'ip.scr == 10.1.0.10']);
    expect(stderr).toBe(
      'tunnelscope: display filter: "ip.scr" (character 1) is not a field or protocol; did you mean ip.src?\n',
    );
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

it('verify gives its verdict on what stands before damage, and then says what is wrong', () => {
  const damaged = join(folder, 'damaged.pcap');
  const bytes = Buffer.from(readFileSync(SOCAT));
  // The third record claims four gibibytes.
  bytes.writeUInt32LE(0xffffffff, 24 + 2 * 146 + 8);
  writeFileSync(damaged, bytes);
  const { status, stdout, stderr } = tunnelscope(['verify', '-r', damaged, '-T', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass', requests: 1, answered: 1 });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});
