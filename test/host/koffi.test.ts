/** The built command in a folder without packages: what koffi is for says so in one line, and all else works. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';
import { withoutNodesCalls } from '../support/preloads.ts';

const folder = mkdtempSync(join(tmpdir(), 'koffi-'));
const capture = resolve('fixtures/socat.pcap');

function run(...words: readonly string[]) {
  return runNode([], words);
}

function runNode(options: readonly string[], words: readonly string[]) {
  const given = [...options, join(folder, 'dist/cli.js'), ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
  return { status, lines: stdout.split('\n').length - 1, stderr };
}

beforeAll(() => {
  cpSync(dirname(COMMAND), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A package of that name, whose module is this. */
function install(source: string): void {
  const path = join(folder, 'node_modules/koffi');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), '{ "main": "index.cjs" }');
  writeFileSync(join(path, 'index.cjs'), source);
}

describe.each([
  ['that is not there', undefined, 'which is not installed; run: npm install koffi'],
  [
    'that does not run',
    'throw new Error("wrong ELF class\\nat all")',
    'which does not run here: wrong ELF class',
  ],
  ['that lacks a part', 'require("koffi-part")', "which does not run here: Cannot find module 'koffi-part'"],
])('koffi %s', (_, source, reason) => {
  beforeAll(() => {
    if (source !== undefined) install(source);
  });

  it('files are read without it', () => {
    expect(run('-r', capture, '-T', 'line')).toEqual({ status: 0, lines: 8, stderr: '' });
  });

  it.skipIf(process.getuid?.() !== 0)('root is given up with Node’s own calls', () => {
    expect(run('-r', capture, '-T', 'line', '--user', '54321:54321')).toEqual({
      status: 0,
      lines: 8,
      stderr: '',
    });
  });

  it.skipIf(process.getuid?.() !== 0)('or where Node has disabled them, not at all', () => {
    const words = ['-r', capture, '-T', 'line', '--user', '54321:54321'];
    expect(runNode(['--import', withoutNodesCalls], words)).toEqual({
      status: 2,
      lines: 0,
      stderr: expect.stringMatching(
        /^tunnelscope: can't become user 54321, .* run: npm install koffi, [^\n]*\n$/,
      ),
    });
  });

  it('a filter needs it', () => {
    expect(run('-r', capture, '-T', 'line', 'icmp')).toEqual({
      status: 2,
      lines: 0,
      stderr: `tunnelscope: filters need the package koffi, ${reason}\n`,
    });
  });

  it.skipIf(process.platform !== 'linux')('so does doctor, which takes what other hosts said', () => {
    expect(run('doctor')).toEqual({
      status: 2,
      lines: 0,
      stderr: `tunnelscope: the ring and other namespaces need the package koffi, ${reason}\n`,
    });
    const report = join(folder, 'report.json');
    writeFileSync(report, '{"facts":{"host":"a","kernel":"6.1.0","namespaces":[],"unseen":[]}}');
    expect(run('doctor', '--from', report)).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(process.platform !== 'linux')('so does the ring, and nothing else', () => {
    expect(run('--engine', 'ring', '-i', 'lo', '-T', 'line')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        new RegExp(
          `^tunnelscope: the ring and other namespaces need the package koffi, ${reason}; leave --engine ring out[^\\n]*\\n$`,
        ),
      ),
    });
  });
});
