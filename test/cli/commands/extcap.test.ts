/** tunnelscope's interfaces in Wireshark: asked as Wireshark asks, and through tshark and dumpcap themselves. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, tunnelscope } from '../../support/command.ts';
import { missingForNamespaces, missingForOtherUsers, NOBODY, skipNote } from '../../support/lab.ts';
import { Running } from '../../support/running.ts';

const missing = missingForNamespaces('ping', 'tshark', 'tcpdump', 'dumpcap', 'unshare', 'mkfifo');
const missingForOthers = missing ?? missingForOtherUsers();
const A = `te${process.pid}-a`;
const B = `te${process.pid}-b`;
/** Parts of a sentence end at a brace, files' names at a slash. */
const HOSTILE = 'a}{display=b';
const HOSTILE_VALUE = 'a%7D%7Bdisplay%3Db';

let folder: string;
let extcap: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-extcap-'));
  chmodSync(folder, 0o755);
  extcap = join(folder, 'extcap');
  expect(tunnelscope(['extcap', 'install', '--folder', extcap])).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The installed script, asked something. */
function ask(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(join(extcap, 'tunnelscope'), words, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('a question a call', () => {
  it('which interfaces: all that `interfaces` lists, behind a sentence about the program', () => {
    const listed = tunnelscope(['interfaces', '-T', 'json'])
      .stdout.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).interface as string)
      .filter((name) => name === 'lo' || name === 'any');
    const { status, stdout, stderr } = ask('--extcap-interfaces', '--extcap-version=4.0');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [first, ...sentences] = stdout.trimEnd().split('\n');
    expect(first).toMatch(/^extcap \{version=\d+\.\d+\.\d+\}\{help=https:[^{}]+\}\{display=tunnelscope\}$/);
    for (const one of sentences)
      expect(one).toMatch(/^interface \{value=tunnelscope:[\w.:@+%-]+\}\{display=[^{}]+\}$/);
    for (const name of listed) {
      expect(sentences.join('\n')).toContain(`interface {value=tunnelscope:${name}}{display=`);
    }
  });

  it.each([
    // Both of libpcap: pcap/dlt.h.
    ['tunnelscope:lo', 'dlt {number=1}{name=EN10MB}{display=ethernet}\n'],
    ['tunnelscope:any', 'dlt {number=276}{name=LINUX_SLL2}{display=sll2}\n'],
  ])('the link type of %s', (value, expected) => {
    expect(ask('--extcap-dlts', '--extcap-interface', value)).toEqual({
      status: 0,
      stdout: expected,
      stderr: '',
    });
  });

  it('what may be set: the script answers what the command would', () => {
    const words = ['--extcap-config', '--extcap-interface', 'tunnelscope:lo'];
    const answer = ask(...words);
    expect(answer).toEqual(tunnelscope(['extcap', ...words]));
    expect(answer.stdout.match(/\{call=[^}]+\}/g)).toEqual([
      '{call=--display-filter}',
      '{call=--snaplen}',
      '{call=--no-promiscuous}',
    ]);
  });

  it.each([
    ['', /^$/],
    ['udp port 4789', /^$/],
    ['udp prot 4789', /^"udp prot 4789" is not a valid capture filter.*syntax error.*\n$/],
    ['icmp.type == 8', /^"icmp.type == 8" is not a valid capture filter but a display filter: .*\n$/],
  ])('whether the filter “%s” is understood: silence, or a line', (filter, expected) => {
    const answer = ask('--extcap-capture-filter', filter, '--extcap-interface', 'tunnelscope:lo');
    expect(answer).toEqual({ status: 0, stdout: expect.stringMatching(expected), stderr: '' });
  });

  it.each<[words: string[], message: RegExp]>([
    [[], /received nothing to do; expected install or uninstall/],
    [['--capture'], /received nothing to do/],
    [['--extcap-interface', 'tunnelscope:lo'], /received tunnelscope:lo and no question/],
    [['--extcap-dlts', '--extcap-interface', 'eth0'], /"eth0" is not ours; expected tunnelscope:NAME/],
    [['--capture', '--extcap-interface', 'tunnelscope:lo'], /--fifo "" is not a named pipe/],
    [
      ['--capture', '--extcap-interface', 'tunnelscope:lo', '--fifo', '/etc/passwd'],
      /--fifo "\/etc\/passwd" is not a named pipe/,
    ],
    [['--frobnicate'], /--frobnicate/],
    [['remove'], /remove.*install, uninstall/],
    [['install', '--for-caller'], /--for-caller is only for captures/],
  ])('%j is refused in one line', (words, message) => {
    const { status, stdout, stderr } = tunnelscope(['extcap', ...words]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^tunnelscope: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
});

describe('install and uninstall', () => {
  let place: string;
  let script: string;
  beforeEach(() => {
    place = mkdtempSync(join(folder, 'place-'));
    script = join(place, 'tunnelscope');
  });

  it('a script that everybody may run, made again where it is there, and removed', () => {
    const inPlace = ['--folder', place];
    for (const _ of ['first', 'again']) {
      const { status, stdout } = tunnelscope(['extcap', 'install', ...inPlace]);
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: expect.stringContaining(`installed ${script}\n`),
      });
      expect(statSync(script).mode & 0o777).toBe(0o755);
    }
    expect(tunnelscope(['extcap', 'uninstall', ...inPlace]).stdout).toBe(`removed ${script}\n`);
    expect(existsSync(script)).toBe(false);
    expect(tunnelscope(['extcap', 'uninstall', ...inPlace])).toMatchObject({
      status: 0,
      stdout: `nothing to remove: there is no ${script}\n`,
    });
  });

  it('a folder that is not there is made', () => {
    const inner = join(place, 'wireshark', 'extcap');
    expect(tunnelscope(['extcap', 'install', '--folder', inner]).status).toBe(0);
    expect(readFileSync(join(inner, 'tunnelscope'), 'utf8')).toMatch(/^#!\/bin\/sh\n/);
  });

  it.each(['install', 'uninstall'])('%s leaves a program of somebody else’s alone', (action) => {
    writeFileSync(script, '#!/bin/sh\necho mine\n');
    expect(tunnelscope(['extcap', action, '--folder', place])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not made by tunnelscope'),
    });
    expect(readFileSync(script, 'utf8')).toBe('#!/bin/sh\necho mine\n');
  });

  it('--sudo: through sudo, and with the flag that sudo’s rule names', () => {
    const { stdout } = tunnelscope(['extcap', 'install', '--sudo', '--folder', place]);
    const rule = `NOPASSWD: ${process.execPath} ${COMMAND} extcap --for-caller *`;
    expect(stdout).toContain(rule);
    const stub = join(place, 'sudo');
    writeFileSync(stub, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const said = execFileSync(script, ['--capture', '--fifo', '/tmp/a b'], {
      encoding: 'utf8',
      env: { PATH: `${place}${delimiter}${process.env.PATH}` },
    });
    const own = [process.execPath, COMMAND, 'extcap', '--for-caller'];
    expect(said.trimEnd().split('\n')).toEqual(['-n', '--', ...own, '--capture', '--fifo', '/tmp/a b']);
  });

  it('where there is no Wireshark, it asks for a folder', () => {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, 'extcap', 'install'], {
      encoding: 'utf8',
      env: { PATH: place },
    });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/neither tshark nor wireshark.*--folder/),
    });
  });
});

describe.skipIf(missing !== undefined)(`captures${skipNote(missing)}`, () => {
  const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'ignore' });
  let pings: Running;
  let fifos = 0;

  beforeAll(() => {
    for (const name of [A, B]) ip('netns', 'add', name);
    ip('-n', A, 'link', 'add', HOSTILE, 'type', 'veth', 'peer', 'name', 'e0', 'netns', B);
    ip('-n', A, 'addr', 'add', '10.88.0.1/24', 'dev', HOSTILE);
    ip('-n', B, 'addr', 'add', '10.88.0.2/24', 'dev', 'e0');
    for (const [name, device] of [
      [A, HOSTILE],
      [B, 'e0'],
      [B, 'lo'],
    ] as const)
      ip('-n', name, 'link', 'set', device, 'up');
    pings = new Running(['ip', 'netns', 'exec', A, 'ping', '-n', '-i', '0.05', '10.88.0.2']);
  });
  afterAll(async () => {
    await pings?.end('SIGKILL');
    for (const name of [A, B]) ip('netns', 'del', name);
  });

  /** tshark with our script in its folder: that of this machine, in a mount namespace, as root's tshark looks nowhere else. */
  function tshark(...words: readonly string[]): Running {
    const folders = spawnSync('tshark', ['-G', 'folders'], { encoding: 'utf8' }).stdout;
    const [, place = ''] = /^(?:Global )?Extcap path:\s*(.+)$/m.exec(folders) ?? [];
    const mounted = 'mount --bind "$0" "$1" && shift && exec "$@"';
    return new Running(['unshare', '--mount', 'sh', '-c', mounted, extcap, place, 'tshark', ...words]);
  }

  function makeFifo(): string {
    const path = join(folder, `fifo-${fifos++}`);
    execFileSync('mkfifo', [path]);
    return path;
  }

  const capture = (fifo: string, value: string, ...words: string[]) =>
    new Running([
      join(extcap, 'tunnelscope'),
      '--capture',
      '--extcap-interface',
      value,
      '--fifo',
      fifo,
      ...words,
    ]);

  it('tshark lists them, names with signs of the protocol too', async () => {
    const list = tshark('-D');
    expect(await list.end()).toBe(0);
    expect(list.stdout).toMatch(
      new RegExp(`^\\d+\\. tunnelscope:${A}:${HOSTILE_VALUE} \\(.*10\\.88\\.0\\.1/24`, 'm'),
    );
    expect(list.stdout).toMatch(new RegExp(`^\\d+\\. tunnelscope:${B}:e0 \\(.*10\\.88\\.0\\.2/24`, 'm'));
  });

  it('tshark captures on both ends of a pair at once, with a capture filter and interfaces’ names', async () => {
    const ends = [`tunnelscope:${A}:${HOSTILE_VALUE}`, `tunnelscope:${B}:e0`].flatMap((value) => [
      '-i',
      value,
      '-f',
      'icmp',
    ]);
    const fields = ['frame.interface_name', 'ip.src', 'icmp.type'].flatMap((name) => ['-e', name]);
    const expected = [`${A}:${HOSTILE}`, `${B}:e0`].flatMap((name) => [
      `${name}\t10.88.0.1\t8`,
      `${name}\t10.88.0.2\t0`,
    ]);
    const run = tshark('-l', ...ends, '-T', 'fields', ...fields);
    await run.until(({ stdout }) => expected.every((line) => stdout.includes(`${line}\n`)));
    expect(await run.end('SIGTERM')).toBe(0);
    expect(run.stderr).not.toMatch(/extcap pipe/);
    expect(new Set(run.stdout.trimEnd().split('\n'))).toEqual(new Set(expected));
  });

  it('tshark hands on what its settings say: a display filter, a length', async () => {
    const of = `extcap.tunnelscope_${B.replace(/\W/g, '_')}_e0`;
    const settings = ['-o', `${of}.displayfilter:icmp.type == 0`, '-o', `${of}.snaplen:50`];
    const fields = ['-T', 'fields', '-e', 'icmp.type', '-e', 'frame.cap_len', '-e', 'frame.len'];
    const run = tshark(...settings, '-i', `tunnelscope:${B}:e0`, '-c', '3', ...fields);
    expect(await run.end()).toBe(0);
    expect(run.stdout).toBe('0\t50\t98\n'.repeat(3));
  });

  it('tshark says why there is no capture', async () => {
    const run = tshark('-i', `tunnelscope:${B}:e0`, '-f', 'udp bogus');
    expect(await run.end()).not.toBe(0);
    expect(run.stderr).toMatch(
      /Error by extcap pipe: tunnelscope: "udp bogus" is not a valid capture filter/,
    );
  });

  it('dumpcap reads the pipe, and closes it: the end, and no error', async () => {
    const fifo = makeFifo();
    const file = join(folder, 'dumpcap.pcapng');
    const run = capture(fifo, `tunnelscope:${B}:e0`, '--extcap-capture-filter', 'icmp[0] == 8');
    execFileSync('dumpcap', ['-q', '-i', fifo, '-c', '5', '-w', file], { stdio: 'ignore' });
    expect(await run.end()).toBe(0);
    expect(run).toMatchObject({ stdout: '', stderr: '' });
    const fields = ['-T', 'fields', '-e', 'icmp.type', '-e', 'icmp.seq'];
    const sequence = execFileSync('tshark', ['-r', file, ...fields], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const numbers = sequence
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t').map(Number));
    const [, first = 0] = numbers[0] ?? [];
    expect(numbers).toEqual([0, 1, 2, 3, 4].map((n) => [8, first + n]));
  });

  it('a reader that goes away while nothing comes ends it too', async () => {
    const fifo = makeFifo();
    const run = capture(fifo, `tunnelscope:${B}:lo`);
    // The section's header is 76 bytes long or more; then there is silence.
    expect(execFileSync('head', ['-c', '4', fifo]).toString('hex')).toBe('0a0d0d0a');
    expect(await run.end()).toBe(0);
    expect(run.stderr).toBe('');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with a whole file', async (signal) => {
    const fifo = makeFifo();
    const reader = new Running(['tcpdump', '-l', '-n', '-r', fifo]);
    const run = capture(fifo, `tunnelscope:${B}:e0`);
    await reader.until(({ stdout }) => stdout.split('\n').length > 4);
    expect(await run.end(signal)).toBe(0);
    expect(run.stderr).toBe('');
    expect(await reader.end()).toBe(0);
    expect(reader.stderr).not.toMatch(/truncated|tcpdump:/);
  });

  it('root becomes whoever made the pipe', async () => {
    const fifo = makeFifo();
    chownSync(fifo, 65534, 65534);
    const run = capture(fifo, `tunnelscope:${B}:e0`);
    const reader = new Running(['tcpdump', '-l', '-n', '-r', fifo]);
    await reader.until(({ stdout }) => stdout.includes('ICMP'));
    const status = readFileSync(`/proc/${run.child.pid}/status`, 'utf8');
    expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/)).toEqual(Array(4).fill('65534'));
    expect(/^CapEff:\s+(.*)$/m.exec(status)?.[1]).toBe('0'.repeat(16));
    expect(await run.end('SIGTERM')).toBe(0);
    await reader.end();
  });

  it('where root may not open the pipe first, its reader has the end all the same', async () => {
    const fifo = makeFifo();
    chownSync(fifo, 65534, 65534);
    const run = capture(fifo, `tunnelscope:${B}:nosuch`);
    expect(readFileSync(fifo, 'utf8')).toBe('');
    expect(await run.end()).toBe(2);
    expect(run.stderr).toMatch(/^tunnelscope: [^\n]*nosuch[^\n]*\n$/);
  });

  it.skipIf(missingForOthers !== undefined)(
    `whoever may not capture is told by tshark${skipNote(missingForOthers)}`,
    async () => {
      const home = join(folder, 'home');
      mkdirSync(home);
      const environment = { ...process.env, WIRESHARK_EXTCAP_DIR: extcap, HOME: home };
      const run = new Running([...NOBODY, 'tshark', '-i', 'tunnelscope:lo', '-c', '1'], environment);
      expect(await run.end()).not.toBe(0);
      expect(run.stderr).toMatch(
        /Error by extcap pipe: tunnelscope: no permission to capture on lo; run with sudo/,
      );
    },
  );
});
