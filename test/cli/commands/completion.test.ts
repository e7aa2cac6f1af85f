/** What Tab gives: asked as the scripts ask, and in the shells themselves where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lessonNames } from '../../../src/lab/lesson/lesson.ts';
import { networkNames } from '../../../src/lab/network/network.ts';
import { COMMAND, tunnelscope } from '../../support/command.ts';

/** The words that the last may become, with `:files` where files may stand there too. */
function complete(...words: readonly string[]): string[] {
  const { status, stdout, stderr } = tunnelscope(['complete', '--', ...words]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\t.*/, ''));
}

it.each([
  ['a command', ['ver'], ['verify', ':files']],
  ['a capture file', ['pings'], [':files']],
  ['a flag', ['--disp'], ['--display-filter']],
  ['a command’s own flag', ['verify', '--jun'], ['--junit']],
  ['a choice', ['-T', 'j'], ['json']],
  ['a choice behind =', ['--format=j'], ['--format=json']],
  ['a choice of a command', ['verify', '-T', 'ta'], ['table', 'tap']],
  ['a flag’s file', ['-r', 'pi'], [':files']],
  ['a bundled capture', ['@fra'], ['@fragments', ':files']],
  ['a bundled capture of a command', ['verify', '@po'], ['@points', ':files']],
  ['a bundled capture, by -r', ['-r', '@ip'], ['@ipip', ':files']],
  ['a format of times', ['-t', 'a'], ['a', 'ad']],
  ['a number, of which nothing is known', ['-c', ''], ['']],
  ['a filter’s field', ['-Y', 'icmp.se'], ['icmp.seq', 'icmp.seq_le']],
  ['a side of the tunnel', ['-Y', 'inn'], ['inner.']],
  ['a field of an inner header', ['-Y', 'inner.icmp.ide'], ['inner.icmp.ident', 'inner.icmp.ident_le']],
  ['a printed field', ['-T', 'fields', '-e', 'vxlan.vn'], ['vxlan.vni']],
  ['the end of a capture', ['-a', ''], ['duration:', 'packets:']],
  ['a lab’s command', ['lab', 'wa'], ['watch']],
  ['a lab’s flag', ['lab', 'up', '--dr'], ['--dry-run']],
  ['a network', ['lab', 'up', 'gen'], ['geneve', 'geneve-ovs', ':files']],
  ['a lesson', ['lab', 'lesson', 'enve'], ['envelope']],
  ['a shell', ['completion', 'z'], ['zsh']],
  ['no flag behind --', ['verify', '--', '--jun'], [':files']],
])('%s', (_, words, expected) => {
  expect(complete(...words)).toEqual(expected);
});

it('all networks and lessons', () => {
  expect(complete('lab', 'up', '')).toEqual([...networkNames(), ':files']);
  expect(complete('lab', 'lesson', '')).toEqual(lessonNames());
});

it.skipIf(networkInterfaces().lo === undefined)('interfaces', () => {
  const { stdout } = tunnelscope(['complete', '--', '-i', '']);
  expect(stdout).toMatch(/^lo\t.*loopback/m);
  expect(stdout).toMatch(/^any\t/m);
});

it('a shell that is not known is an error', () => {
  expect(tunnelscope(['completion', 'tcsh'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^tunnelscope: [^\n]*bash, zsh, fish[^\n]*\n$/),
  });
});

const isThere = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

describe('in a shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  const files = join(folder, 'files');
  const env = { ...process.env, HOME: folder, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const run = (shell: string, ...args: readonly string[]) =>
    execFileSync(shell, args, { cwd: files, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  beforeAll(() => {
    mkdirSync(files);
    writeFileSync(join(files, 'pings one.pcap'), '');
    const command = join(folder, 'tunnelscope');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`);
    chmodSync(command, 0o755);
    for (const shell of ['bash', 'zsh', 'fish']) {
      writeFileSync(join(folder, `script.${shell}`), tunnelscope(['completion', shell]).stdout);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const LINES: readonly (readonly [line: string, found: string])[] = [
    ['tunnelscope lab lesson enve', 'envelope'],
    ['tunnelscope -Y icmp.typ', 'icmp.type'],
    ['tunnelscope -r pin', 'pings one.pcap'],
    // What is typed is not run.
    ['tunnelscope -r $(touch\tmade) -T js', 'json'],
  ];

  it.skipIf(!isThere('bash')).each(LINES)('bash: %s', (line, found) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const script = `source ../script.bash
      compopt() { :; }
      COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}
      _tunnelscope tunnelscope
      printf '%s\\n' "\${COMPREPLY[@]}"; ls`;
    expect(run('bash', '--norc', '-c', script)).toBe(`${found}\npings one.pcap\n`);
  });

  // As bash breaks them: at @ and =.
  it.skipIf(!isThere('bash')).each([
    ['tunnelscope|verify|@|po', '@points'],
    ['tunnelscope|verify|--format=js', 'json'],
  ])('bash: %s', (line, found) => {
    const words = line.split('|');
    const script = `source ../script.bash
      COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}
      _tunnelscope tunnelscope
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(run('bash', '--norc', '-ic', script)).toBe(`${found}\n`);
  });

  it.skipIf(!isThere('fish')).each(LINES)('fish: %s', (line, found) => {
    const script = `source ../script.fish; complete -C ${JSON.stringify(line).replaceAll('$', '\\$')}; ls`;
    const [first = '', ...others] = run('fish', '--no-config', '-c', script).split('\n');
    expect([first.replace(/\t.*/, '').replaceAll('\\', ''), ...others]).toEqual([
      found,
      'pings one.pcap',
      '',
    ]);
  });

  it.skipIf(!isThere('zsh')).each(LINES)('zsh: %s', (line, found) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const script = `compdef() { : }
      source ../script.zsh
      _describe() { print -rl -- \${whole%%:*} }
      _files() { print -r -- *(N) }
      words=(${words.join(' ')}) CURRENT=${words.length}
      _tunnelscope; ls`;
    expect(run('zsh', '-f', '-c', script).trimStart()).toBe(`${found}\npings one.pcap\n`);
  });
});
