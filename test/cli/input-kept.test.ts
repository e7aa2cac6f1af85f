/** No command writes onto what it reads, by whatever name: the capture or the checks would be gone. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, tunnelscope } from '../support/command.ts';

const CAPTURE = 'fixtures/vxlan.pcap';
const CHECKS = 'test/verdict/pings.yaml';

/** With a file, and no pipe, for standard input. */
function tunnelscopeFrom(path: string, words: readonly string[]) {
  const input = openSync(path, 'r');
  try {
    return spawnSync(process.execPath, [COMMAND, ...words], {
      encoding: 'utf8',
      stdio: [input, 'pipe', 'pipe'],
    });
  } finally {
    closeSync(input);
  }
}

describe('what is read is left as it is, and one line says so', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tunnelscope-kept-'));
    copyFileSync(CAPTURE, join(folder, 'c.pcap'));
    copyFileSync(CHECKS, join(folder, 'q.yaml'));
    symlinkSync('c.pcap', join(folder, 'symbolic.pcap'));
    linkSync(join(folder, 'c.pcap'), join(folder, 'hard.pcap'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each<[flag: string, args: string]>([
    ['--junit', 'verify -r {}/c.pcap --junit {}/c.pcap'],
    ['--junit', 'verify {}/c.pcap --junit={}/symbolic.pcap'],
    ['--junit', 'verify -r {}/symbolic.pcap --junit {}/c.pcap'],
    ['--junit', `verify -r ${CAPTURE} -r {}/c.pcap --junit {}/hard.pcap`],
    ['--junit', 'verify -r {}/c.pcap --spec {}/q.yaml --junit {}/q.yaml'],
    ['--junit', 'verify -r - --junit {}/c.pcap'],
    ['-o', 'snapshot -r {}/c.pcap -o {}/c.pcap'],
    ['-o', 'snapshot {}/c.pcap -o {}/symbolic.pcap'],
    ['--check', 'snapshot {}/c.pcap --check {}/symbolic.pcap --update'],
    ['--html', 'explain -r {}/c.pcap --html {}/hard.pcap'],
    ['--svg', 'explain {}/c.pcap --svg {}/c.pcap'],
    ['-w', '-r {}/c.pcap -c 1 -w {}/c.pcap'],
    ['-w', '{}/symbolic.pcap -w {}/c.pcap'],
  ])('%s: %s', (flag, args) => {
    const names = readdirSync(folder);
    const words = args.split(' ').map((word) => word.replace('{}', folder));
    const { status, stdout, stderr } = args.includes('-r - ')
      ? tunnelscopeFrom(join(folder, 'c.pcap'), words)
      : tunnelscope(words);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^tunnelscope: .*(is the same file as the input .*|is also the input); write to another name\n$/,
    );
    expect(stderr).toContain(`tunnelscope: ${flag} ${folder}`);
    expect(status).toBe(2);
    expect(readFileSync(join(folder, 'c.pcap'))).toEqual(readFileSync(CAPTURE));
    expect(readFileSync(join(folder, 'q.yaml'))).toEqual(readFileSync(CHECKS));
    expect(readdirSync(folder)).toEqual(names);
  });

  it('also where the words are wrong in another way, which a report would tell of', () => {
    for (const read of [['-r', `${folder}/c.pcap`], [`-r${folder}/c.pcap`], [`--read=${folder}/c.pcap`]]) {
      const { status } = tunnelscope(['verify', ...read, '--max-rtt', '5', '--junit', `${folder}/c.pcap`]);
      expect(status).toBe(2);
      expect(readFileSync(join(folder, 'c.pcap'))).toEqual(readFileSync(CAPTURE));
    }
  });
});

it.each([
  ['two pages', ['--html', '-', '--svg', '-'], '--html - and --svg - both write to standard output'],
  [
    'one file twice',
    ['--html', 'x', '--junit', './x'],
    '--html x and --junit ./x both write to the same file',
  ],
])('nothing is written onto what is written: %s', (_, flags, expected) => {
  const { status, stdout, stderr } = tunnelscope(['verify', CAPTURE, ...flags]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(`tunnelscope: ${expected}; expected another name for one of them\n`);
});

it('a picture and what -T prints are not mixed', () => {
  const { status, stdout, stderr } = tunnelscope(['path', CAPTURE, '--svg', '-', '-T', 'json']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(
    'tunnelscope: --svg - and -T json both write to standard output; expected a file for --svg\n',
  );
});

it('the folder of lessons is no file', () => {
  const { status, stderr } = tunnelscope(['lab', 'lesson', '--html-all', CAPTURE]);
  expect(status).toBe(2);
  expect(stderr).toBe(
    `tunnelscope: ${CAPTURE}/en: can't be made a folder: a file is in place of a folder there; choose another place\n`,
  );
});
