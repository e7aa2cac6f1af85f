/** The package's declarations, made where they are older than the sources: several tests want them, and tsc takes its time. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The one that users have by now. */
export const TSC = resolve('node_modules/typescript/bin/tsc');
/** The one that the package is made with, in a fifth of the time. */
export const NATIVE_TSC = resolve('node_modules/typescript-native/bin/tsc');
const TYPES = 'dist/library/types';

/** @returns the folder that has them */
export function builtTypes(): string {
  const made = join(TYPES, 'index.d.ts');
  const time = existsSync(made) ? statSync(made).mtimeMs : 0;
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) => join('src', name));
  if (sources.some((path) => statSync(path).mtimeMs > time)) {
    // Made aside: another test may be reading those that are there.
    const folder = mkdtempSync('dist-types-');
    execFileSync(process.execPath, [
      NATIVE_TSC,
      '-p',
      'tsconfig.build.json',
      '--outDir',
      join(folder, 'new'),
    ]);
    if (existsSync(TYPES)) renameSync(TYPES, join(folder, 'old'));
    renameSync(join(folder, 'new'), TYPES);
    rmSync(folder, { recursive: true });
  }
  return resolve(TYPES);
}
