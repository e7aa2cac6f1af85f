/** `npm run mutate`, short: the same cases each time, over every fixture. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

function mutate(...args: string[]) {
  return spawnSync(process.execPath, ['scripts/mutate.mjs', ...args], { encoding: 'utf8' });
}

it('every fixture as it is, cut, and changed: nothing goes wrong', () => {
  const { status, stdout } = mutate('--seed', '1', '--cases', '5');
  expect(stdout).toMatch(/^\d+ files in .* nothing wrong\n$/);
  expect(status).toBe(0);
});

it('takes files of the user’s', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mutations-'));
  const file = join(folder, 'no-capture');
  writeFileSync(file, 'no capture at all');
  // A clear error is what a file that is no capture must come to.
  expect(mutate('--cases', '2', file).stdout).toMatch(/^2 files/);
  rmSync(folder, { recursive: true });
});
