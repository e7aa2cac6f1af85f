/** What runs on the other side, with stand-ins for what it starts: nothing that it is told is ever read by a shell. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCRIPT_LINE, SCRIPT_WORDS, scriptInput } from '../../../src/capture/remote/capture-script.ts';
import { Running } from '../../support/running.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-script-'));
  for (const [name, text] of Object.entries({
    // Tells its arguments, each ended by a zero.
    tcpdump: 'printf "%s\\\\0" tcpdump "$@"',
    nsenter: 'printf "%s\\\\0" nsenter "$@"',
    sudo: 'exit 1',
  })) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the script as something would, in a folder where a file that should not be made would be seen; its end is not asked for. */
async function start(words: readonly string[], input: string) {
  const program = new Running(words, { PATH: `${folder}:/usr/bin:/bin` }, 'pipe', folder);
  program.child.stdin?.on('error', () => undefined);
  program.child.stdin?.write(input);
  if (input === '') program.child.stdin?.end();
  const status = await program.end();
  return { status, stderr: program.stderr, arguments: program.stdout.split('\0').slice(0, -1) };
}

const TCPDUMP = ['tcpdump', '-n', '-U', '-w', '-', '--time-stamp-precision=nano'];
const HOSTILE = [
  'eth0; touch made',
  '$(touch made)',
  '`touch made`',
  "' ; touch made ; '",
  '"; touch made; "',
  '\\',
  '!!',
  '*',
  '-w/tmp/x',
];

describe('the script', () => {
  // What a login shell may be; ssh hands the line to it, kubectl the words to nobody.
  const shells = ['sh', 'bash', 'dash', 'zsh', 'fish', 'csh', 'tcsh', 'busybox'].filter(
    (shell) => spawnSync('which', [shell]).status === 0,
  );

  it.each([
    ...shells.map(
      (shell) =>
        [
          shell === 'busybox' ? 'busybox sh' : shell,
          [...shell.split(' '), ...(shell === 'busybox' ? ['sh'] : []), '-c', SCRIPT_LINE],
        ] as const,
    ),
    ['no shell', SCRIPT_WORDS] as const,
  ])('%s: the same arguments', async (_, words) => {
    const input = scriptInput({
      device: 'eth0',
      filter: "udp port 4789 and ether[0] & 1 = 0 and 'x'",
      snapLength: 96,
    });
    expect(await start(words, input)).toMatchObject({
      status: 0,
      arguments: [...TCPDUMP, '-i', 'eth0', '-s', '96', '--', "udp port 4789 and ether[0] & 1 = 0 and 'x'"],
    });
  });

  it.each(HOSTILE)('a filter and a name like %j are arguments, and nothing else', async (text) => {
    expect((await start(SCRIPT_WORDS, scriptInput({ device: 'eth0', filter: text }))).arguments).toEqual([
      ...[...TCPDUMP, '-i', 'eth0', '-s', '0', '--', text],
    ]);
    expect((await start(SCRIPT_WORDS, scriptInput({ device: text, filter: '' }))).arguments).toEqual([
      ...[...TCPDUMP, '-i', text, '-s', '0'],
    ]);
    expect(readdirSync(folder).sort()).toEqual(['nsenter', 'sudo', 'tcpdump']);
  });

  it('a filter of several lines is one line', async () => {
    expect(
      (await start(SCRIPT_WORDS, scriptInput({ device: 'lo', filter: 'icmp\nor\nudp' }))).arguments.at(-1),
    ).toBe('icmp or udp');
  });

  it.each([
    ['4711x:eth0', undefined, 'no such network namespace: 4711x'],
    ['self:eth0', ['nsenter', '--net=/proc/self/ns/net', ...TCPDUMP, '-i', 'eth0'], ''],
    ['/proc/self/ns/net:eth0', ['nsenter', '--net=/proc/self/ns/net', ...TCPDUMP, '-i', 'eth0'], ''],
    ['nflog:5', [...TCPDUMP, '-i', 'nflog:5'], ''],
    ['self:nflog:5', ['nsenter', '--net=/proc/self/ns/net', ...TCPDUMP, '-i', 'nflog:5'], ''],
  ])('%s', async (device, expected, fault) => {
    const result = await start(SCRIPT_WORDS, scriptInput({ device, filter: '' }));
    expect(result.stderr).toContain(fault);
    if (expected === undefined) expect(result).toMatchObject({ status: 1, arguments: [] });
    else expect(result.arguments).toEqual([...expected, '-s', '0']);
  });

  it('-p and -B', async () => {
    const input = scriptInput({ device: 'eth0', filter: '', promiscuous: false, bufferSize: 4 << 20 });
    expect((await start(SCRIPT_WORDS, input)).arguments.slice(TCPDUMP.length)).toEqual([
      ...['-i', 'eth0', '-s', '0', '-B', '4096', '-p'],
    ]);
  });

  it('tunnelscope where it is installed', async () => {
    const path = join(folder, 'tunnelscope');
    writeFileSync(path, readFileSync(join(folder, 'tcpdump'), 'utf8').replace('tcpdump', 'tunnelscope'));
    chmodSync(path, 0o755);
    try {
      expect((await start(SCRIPT_WORDS, scriptInput({ device: 'h1:eth0', filter: '-x' }))).arguments).toEqual(
        [...['tunnelscope', '-q', '-w', '-', '-F', 'pcapng', '-i', 'h1:eth0', '-s', '0', '-f', '-x']],
      );
    } finally {
      rmSync(path);
    }
  });

  it('nobody asks: it ends', async () => {
    expect(await start(SCRIPT_WORDS, '')).toMatchObject({ status: 0, arguments: [] });
  });
});
