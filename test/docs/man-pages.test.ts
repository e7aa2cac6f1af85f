import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { manPages } from '../../scripts/man-pages.ts';
import { inProcess } from '../support/command.ts';

const pages = manPages();
const hasMan = spawnSync('man', ['--version']).status === 0;

/** As `man` shows it, in one line. */
function shown(page: string) {
  const words = ['--warnings', '-E', 'UTF-8', '-l', '-'];
  const env = { ...process.env, MANWIDTH: '200', LC_ALL: 'C.UTF-8' };
  const { stdout, stderr } = spawnSync('man', words, { input: page, env, encoding: 'utf8' });
  return { text: stdout.replaceAll(/\s+/g, ' '), stderr };
}

it('each command that --help lists has a page', () => {
  const [, behind = ''] = inProcess(['--help']).stdout.split('\nCommands:\n');
  const [list = ''] = behind.split('\n\n');
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help');
  expect([...pages.keys()]).toEqual(['tunnelscope.1', ...commands.map((name) => `tunnelscope-${name}.1`)]);
});

it.skipIf(!hasMan).each([...pages])('%s: man has no complaint, and shows what --help does', (name, page) => {
  const { text, stderr } = shown(page);
  expect(stderr).toBe('');
  const words = name.replace('.1', '').split('-').slice(1);
  const flags = inProcess([...words, '--help']).stdout.match(/(?<= )--[a-z-]+/g) ?? [];
  expect(flags.length).toBeGreaterThan(0);
  expect(flags.filter((flag) => !text.includes(flag))).toEqual([]);
});
