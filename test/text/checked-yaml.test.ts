/** Files that people write, at their limits. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-yaml-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const block = (levels: number) => Array.from({ length: levels }, (_, i) => `${' '.repeat(i)}a:\n`).join('');
const checks = (count: number) =>
  `checks:\n${Array.from({ length: count }, (_, i) => `- {name: c${i}, pings: {}}\n`).join('')}`;
const TOO_DEEP = 'more than 64 lists and maps nested in each other; expected fewer';

const FILES: readonly (readonly [what: string, text: string, message: string])[] = [
  ['20,000 levels in brackets', deep(20_000), TOO_DEEP],
  ['65 levels in brackets', deep(65), TOO_DEEP],
  ['300 levels of indentation', block(300), TOO_DEEP],
  ['10,001 checks', checks(10_001), 'more than 10000 checks; expected fewer in one file'],
  ['200,000 checks', checks(200_000), 'longer than 1 MiB; expected a shorter file'],
];

describe.each(FILES)('%s', (what, text, message) => {
  const file = join(folder, `${what}.yaml`);
  writeFileSync(file, text);

  it.each([
    ['specification', (name: string) => ['verify', 'fixtures/socat.pcap', '--spec', name]],
    ['network', (name: string) => ['lab', 'up', '--dry-run', name]],
  ] as const)('as a %s is refused in one line, in little memory', (kind, words) => {
    if (kind === 'network' && what === '10,001 checks') return;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=192', COMMAND, ...words(file)],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

it('a device without end is not read to its end', () => {
  const words = [COMMAND, 'verify', 'fixtures/socat.pcap', '--spec', '/dev/zero'];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'tunnelscope: --spec /dev/zero: longer than 1 MiB; expected a shorter file\n',
  });
});
