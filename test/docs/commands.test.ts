/** README and docs: every command that needs nothing from elsewhere is run as written, from a fresh install of the package. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, isShown, linksOf } from '../support/doc-blocks.ts';
import { installPackage } from '../support/package.ts';

/** What a command needs that a fresh install does not have; commands are skipped by the first that matches. */
const NEEDS: readonly (readonly [RegExp, string])[] = [
  [/\bsudo\b/, 'root'],
  [/\bkubectl\b/, 'a cluster'],
  [/\bdocker\b/, 'Docker'],
  [/^npm (?:run|exec)\b|\bvitest\b|^scripts\/|^node dist\//, 'a checkout'],
  [/\bnp[mx]\b/, 'npm’s registry'],
  [/^man /, 'the Debian package'],
  [/ completion (?:zsh|fish)\b/, 'another shell'],
  [/^tunnelscope lab lesson \S/, 'somebody who answers'],
  [/ --from |\bssh:\/\/|\bssh /, 'other hosts'],
  [/^kill /, 'a job of the shell'],
  [/^tunnelscope sql /, 'DuckDB'],
  [/^tunnelscope lab results /, 'a class'],
  [/ node\.pcap\b/, 'a capture of a node'],
  [/^spark-sql /, 'Spark'],
];

const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map((page) => ({ page, commands: commandsOf(readFileSync(page, 'utf8')) }));

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-docs-'));
let installed = '';
beforeAll(() => {
  installed = installPackage(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, page: string): { status: number | null; printed: string } {
  // The commands of a page follow one another: one writes a file, the next reads it.
  const project = join(folder, page);
  mkdirSync(project, { recursive: true });
  const path = [join(folder, 'node_modules/.bin'), dirname(process.execPath), process.env.PATH];
  const { status, stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${command}`], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: path.join(delimiter), HOME: project, LC_ALL: 'C.UTF-8' },
  });
  return { status, printed: stdout };
}

describe.each(PAGES.filter(({ commands }) => commands.length > 0))('$page', ({ page, commands }) => {
  for (const { command, output } of commands) {
    const [, need] = NEEDS.find(([pattern]) => pattern.test(command)) ?? [];
    const title = need === undefined ? command : `${command} (needs ${need})`;
    it.skipIf(need !== undefined)(title, () => {
      const { status, printed } = run(command, page);
      // A verdict of loss is an answer too: 1.
      expect([0, 1], printed).toContain(status);
      if (output !== undefined && !isShown(output, printed)) expect(printed).toBe(output.join('\n'));
    });
  }
});

it.each(PAGES)('$page: its pictures and links are in the package', ({ page }) => {
  const files = linksOf(readFileSync(page, 'utf8'))
    .filter((target) => !/^(?:https?:|#)/.test(target))
    .map((target) => join(dirname(page), target.replace(/#.*/, '')));
  expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
});

it('README has commands to run, and to skip', () => {
  const [readme] = PAGES;
  const isSkipped = ({ command }: { command: string }) => NEEDS.some(([pattern]) => pattern.test(command));
  const skipped = readme?.commands.filter(isSkipped) ?? [];
  expect(readme?.commands.length).toBeGreaterThanOrEqual(skipped.length + 4);
  expect(skipped.map(({ command }) => command.split(' ')[0]).sort()).toEqual([
    'kubectl',
    'npm',
    'scripts/demo.sh',
    'scripts/test.sh',
    'sudo',
    'sudo',
    'tunnelscope',
  ]);
});
