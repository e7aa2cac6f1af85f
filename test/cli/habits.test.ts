/** Flags that fingers know from tshark and tcpdump: each works, is without effect, or says what to use instead. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageDescription from '../../package.json' with { type: 'json' };
import { HABITS, refusal } from '../../src/cli/habits.ts';
import { COMMAND, inProcess, tunnelscope } from '../support/command.ts';
import { hasTshark, TSHARK } from '../support/tshark.ts';

const SOCAT = 'fixtures/socat.pcap';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-habits-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

describe('the table', () => {
  const ofWay = (wanted: string) =>
    HABITS.filter(({ way }) => way === wanted).map((habit) => [habit.flag, habit] as const);

  /** Of the flags of our own that refuse some of tshark's values. */
  const COMMANDS_WITH: Readonly<Record<string, string[][]>> = {
    '-T': [[]],
    '-a': [[], ['verify'], ['path']],
  };

  it.each(ofWay('instead'))('%s is refused with what to use', (flag, habit) => {
    const value = habit.value === undefined ? [] : [`${habit.value},more`];
    for (const command of COMMANDS_WITH[flag] ?? [[], ['verify'], ['path'], ['explain'], ['snapshot']]) {
      // snapshot's -o and -u are its own.
      if (command[0] === 'snapshot' && ['-o', '-u'].includes(flag)) continue;
      const { status, stdout, stderr } = tunnelscope([...command, '-r', SOCAT, flag, ...value]);
      expect(stderr).toBe(`tunnelscope: ${refusal(habit)}\n`);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    }
  });

  it.each(ofWay('ignored'))('%s changes nothing', (flag) => {
    expect(tunnelscope(['-r', SOCAT, flag])).toEqual(tunnelscope(['-r', SOCAT]));
    expect(tunnelscope(['verify', '-r', SOCAT, flag])).toEqual(tunnelscope(['verify', '-r', SOCAT]));
  });

  const TAKEN: Readonly<Record<string, readonly string[]>> = {
    '-f': ['icmp or udp'],
    '-Y': ['icmp'],
    '-d': ['udp.port==9000,tun'],
    '-c': ['2'],
    '-T': ['json'],
    '-e': ['ip.src'],
    '-E': ['header=y', '-e', 'ip.src'],
    '-t': ['ad'],
    '-V': [],
    '-v': [],
    '-x': [],
    '-X': [],
    '-A': [],
    '-D': [],
    // These want something beside them, and say so: they are known.
    '-a': ['duration:1'],
    '-F': ['pcap'],
    '-b': ['packets:2'],
    '-C': ['1'],
    '-G': ['1'],
    '-W': ['1'],
    '-P': [],
    '-s': ['96'],
    '-B': ['4'],
    '-p': [],
    '-Q': ['in'],
    '-Z': ['nobody'],
  };

  it.each(ofWay('taken').filter(([flag]) => !['-i', '-r', '-w'].includes(flag)))('%s is known', (flag) => {
    const values = TAKEN[flag];
    expect(values, 'has a row in this test').toBeDefined();
    const { stderr } = tunnelscope(['-r', SOCAT, flag, ...(values ?? [])]);
    expect(stderr).not.toContain('unknown option');
  });
});

describe.skipIf(!hasTshark).each([
  [SOCAT, 'Asia/Kathmandu', []],
  ['fixtures/vxlan-nanoseconds.pcap', 'America/St_Johns', []],
  [SOCAT, 'UTC', ['-Y', 'ip.src == 10.2.0.10']],
])('-t, of %s in %s, %j', (capture, zone, more) => {
  /** Which of tshark's columns, in their order, is which of its -t. */
  const COLUMNS = { e: '%t', a: '%At', ad: '%Yt', d: '%Tt', dd: '%Gt', r: '%Rt', u: '%Aut', ud: '%Yut' };
  const TIME = /(?:\d{4}-\d\d-\d\d )?\d[\d:]*\.\d+/g;
  const env = { ...process.env, TZ: zone };
  const run = (command: string, ...args: string[]) => {
    const options = { encoding: 'utf8', env, stdio: 'pipe' } as const;
    return execFileSync(command, [...args, '-r', capture, ...more], options)
      .trimEnd()
      .split('\n');
  };
  let theirs: (RegExpMatchArray | null)[];
  beforeAll(() => {
    const columns = Object.values(COLUMNS).map((format, i) => `"${i}","${format}"`);
    theirs = run(TSHARK, '-t', 'e', '-o', `gui.column.format:${columns.join(',')}`).map((line) =>
      line.match(TIME),
    );
  });

  it.each(Object.keys(COLUMNS).map((format, i) => [format, i] as const))('%s: as tshark', (format, i) => {
    const ours = run(process.execPath, COMMAND, '-t', format, '-T', 'line').map(
      (line) => line.match(TIME)?.[0],
    );
    expect(ours.length).toBeGreaterThan(2);
    expect(ours).toEqual(theirs.map((times) => times?.[i]));
  });
});

it.each([
  ['-tt', '-te'],
  ['-ttt', '-tdd'],
  ['-tttt', '-tad'],
  ['-ttttt', '-tr'],
])('tcpdump’s %s is %s', (tcpdumps, ours) => {
  const { status, stdout } = tunnelscope(['-r', SOCAT, tcpdumps]);
  expect(status).toBe(0);
  expect(stdout).toBe(tunnelscope(['-r', SOCAT, ours]).stdout);
});

it.each<[string[], string[]]>([
  [['-f', 'icmp or udp src port 9000'], ['icmp or udp src port 9000']],
  [['-v'], ['-V']],
  [['-vvv'], ['-V']],
  [['-A'], ['-x']],
  [['-X'], ['-x']],
  [['-XX'], ['-x']],
  [['-nnvvl'], ['-V']],
  [
    ['-T', 'text'],
    ['-T', 'line'],
  ],
  [
    ['-a', 'packets:2'],
    ['-c', '2'],
  ],
  [
    ['-a', 'packets:2', '-Y', 'ip.src == 10.2.0.10'],
    ['-c', '2', '-Y', 'ip.src == 10.2.0.10'],
  ],
])('%j is the same as %j', (flags, ours) => {
  const { status, stdout } = tunnelscope(['-r', SOCAT, ...flags]);
  expect(status).toBe(0);
  expect(stdout).toBe(tunnelscope(['-r', SOCAT, ...ours]).stdout);
});

it('-v alone is the version', () => {
  expect(inProcess(['-v'])).toEqual({ status: 0, stdout: `${packageDescription.version}\n`, stderr: '' });
});

it('-v with -w prints no packets', () => {
  expect(tunnelscope(['-r', SOCAT, '-v', '-w', at('v.pcap')])).toEqual({ status: 0, stdout: '', stderr: '' });
});

it.each([
  ['pcap', 'one.pcapng'],
  ['pcapng', 'two.pcap'],
])('-F %s says what %s is', (format, name) => {
  expect(tunnelscope(['-r', SOCAT, '-F', format, '-w', at(name)]).status).toBe(0);
  const start = readFileSync(at(name)).readUInt32LE(0);
  expect(start).toBe(format === 'pcap' ? 0xa1b2c3d4 : 0x0a0d0d0a);
});

it('-C and -W split as tcpdump does, and keep the last', () => {
  const small = readFileSync(SOCAT);
  const records = Array.from({ length: 2500 }, () => small.subarray(24));
  writeFileSync(at('big.pcap'), Buffer.concat([small.subarray(0, 24), ...records]));
  const count = (name: string) =>
    spawnSync('tcpdump', ['-r', at(name), '--count'], { encoding: 'utf8' }).stdout.trim();
  execFileSync('tcpdump', ['-r', at('big.pcap'), '-w', at('theirs.pcap'), '-C', '1', '-Z', 'root'], {
    stdio: 'ignore',
  });
  const theirs = readdirSync(folder)
    .filter((name) => name.startsWith('theirs'))
    .sort();
  expect(theirs.length).toBeGreaterThan(2);
  expect(tunnelscope(['-r', at('big.pcap'), '-w', at('ours.pcap'), '-C', '1']).status).toBe(0);
  const ours = readdirSync(folder)
    .filter((name) => name.startsWith('ours'))
    .sort();
  expect(ours.map(count)).toEqual(theirs.map(count));
  expect(tunnelscope(['-r', at('big.pcap'), '-w', at('kept.pcap'), '-C', '1', '-W', '1']).status).toBe(0);
  const kept = readdirSync(folder).filter((name) => name.startsWith('kept'));
  expect(kept.map(count)).toEqual(theirs.slice(-1).map(count));
});

it('-G is -b duration:', () => {
  const parts = (flags: string[], stem: string) => {
    expect(tunnelscope(['-r', SOCAT, '-w', at(`${stem}.pcap`), ...flags]).status).toBe(0);
    return readdirSync(folder)
      .filter((name) => name.startsWith(`${stem}_`))
      .map((name) => name.replace(/^.*?_(\d+)_.*$/, '$1'));
  };
  expect(parts(['-G', '1'], 'g')).toEqual(parts(['-b', 'duration:1'], 'b'));
});

it.each<[string[], RegExp]>([
  [['-i', '-'], /-i - is not an interface; to read packets from standard input, use -r -/],
  [['-r', SOCAT, '-e', '-n'], /-e "-n" is not a field name; .*tcpdump’s -e.*-V/],
  [['-r', SOCAT, '-t', 'x'], /-t "x" is not understood; expected one of a, ad, /],
  [['-r', SOCAT, '-f', 'icmp', 'udp'], /given twice, as -f "icmp" and as "udp"/],
  [['-r', SOCAT, '-Q', 'in'], /-Q is for live capture/],
  [['-i', 'lo', '-Q', 'in', '--engine', 'cap'], /-Q .*--engine cap can’t; use one of them/],
  [['-i', 'lo', '-Q', 'up'], /up.*in, out, inout/],
  [['-r', SOCAT, '-F', 'pcap'], /-F pcap .*use it with -w FILE/],
  [
    ['-r', SOCAT, '-w', 'x.pcap', '-G', '5', '-W', '2'],
    /-W keeps the last files of -C; .*-a duration:SECONDS/,
  ],
  [['-r', SOCAT, '-w', 'x-%H.pcap', '-G', '5'], /x-%H\.pcap: files are numbered and dated automatically/],
  [['-r', SOCAT, '-C', 'profile'], /-C "profile" is not understood; expected a whole number/],
  [['-r', SOCAT, '-C', '1'], /-C starts one file after another; use it with -w FILE/],
  [['-r', SOCAT, '-G', '1'], /-G starts one file after another; use it with -w FILE/],
  [
    ['-i', 'lo', '-a', 'packets:0'],
    /-a packets: "0" is not understood; expected a whole number of at least 1/,
  ],
  [['-i', 'lo', '-a', 'bytes:5'], /-a "bytes:5" is not understood; expected duration:SECONDS or packets:N/],
  [['-r', SOCAT, '-a', 'packets:2', '-a', 'duration:1'], /-a duration: ends a live capture/],
  [
    ['-r', SOCAT, '-T', 'xml'],
    /-T "xml" is not understood; expected one of line, tree, fields, json, tui, path/,
  ],
])('%j is refused in one line', (words, message) => {
  const { status, stdout, stderr } = inProcess(words);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});
