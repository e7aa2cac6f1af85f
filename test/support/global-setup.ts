/** Before all tests: the command is built where a source is newer than the last build, and what they share has its place. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANSWERS } from './remembered.ts';

/** @returns what is done after all tests */
export function setup(): () => void {
  // Under sudo the command would become the user who called it, and could not write where the tests want it to.
  for (const name of ['SUDO_UID', 'SUDO_GID', 'SUDO_USER', 'SUDO_COMMAND']) delete process.env[name];
  // Large arrays go back to the system as soon as they are collected. Kept, they make every process that a test starts
  // slower: fork(2) copies the tables of all pages there are.
  process.env.MALLOC_MMAP_THRESHOLD_ ??= '131072';
  const answers = mkdtempSync(join(tmpdir(), 'tunnelscope-answers-'));
  process.env[ANSWERS] = answers;
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) => join('src', name));
  const shared = ['package.json', 'scripts/build.mjs', ...sources];
  build('dist/cli.js', ['scripts/build.mjs'], shared);
  build(
    'dist-thread/command-thread.js',
    ['scripts/build.mjs', 'thread'],
    [...shared, 'test/support/command-thread.ts'],
  );
  return () => rmSync(answers, { recursive: true, force: true });
}

function build(target: string, words: readonly string[], from: readonly string[]): void {
  const built = existsSync(target) ? statSync(target).mtimeMs : 0;
  if (from.some((path) => statSync(path).mtimeMs > built)) {
    execFileSync(process.execPath, words, { stdio: 'inherit' });
  }
}
