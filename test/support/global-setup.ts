/** Builds the command before the tests that run it, where a source is newer than the last build. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export function setup(): void {
  const built = existsSync('dist/cli.js') ? statSync('dist/cli.js').mtimeMs : 0;
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) => join('src', name));
  if (['package.json', 'scripts/build.mjs', ...sources].some((path) => statSync(path).mtimeMs > built)) {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  }
}
