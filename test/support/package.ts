/** The package as npm packs it: packed once in a run of the tests, unpacked where a test wants it installed. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ANSWERS } from './remembered.ts';
import { builtTypes } from './types.ts';

const POLL_MILLISECONDS = 100;

/** @returns the archive's path */
function packedArchive(): string {
  const shared = process.env[ANSWERS] ?? mkdtempSync(join(tmpdir(), 'tunnelscope-packed-'));
  const archive = join(shared, 'package.tgz');
  const lock = join(shared, 'packing');
  while (!existsSync(archive)) {
    // Whoever makes the folder packs; other test files wait for the archive.
    if (!isMade(lock)) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MILLISECONDS);
      continue;
    }
    try {
      builtTypes();
      const args = ['pack', '--ignore-scripts', '--pack-destination', lock, '--loglevel', 'error'];
      execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'pipe'] });
      const [name = ''] = readdirSync(lock);
      renameSync(join(lock, name), archive);
    } finally {
      rmdirSync(lock);
    }
  }
  return archive;
}

function isMade(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Installs the package in a project's node_modules, as npm would, with the dependencies that are here.
 *
 * @returns the package's folder
 */
export function installPackage(project: string): string {
  const modules = join(project, 'node_modules');
  const installed = join(modules, 'tunnelscope');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', packedArchive(), '-C', installed, '--strip-components', '1']);
  // koffi looks for the machine's part beside itself.
  for (const name of ['koffi', '@koromix']) {
    const from = resolve('node_modules', name);
    if (existsSync(from)) symlinkSync(from, join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  chmodSync(join(installed, 'dist/cli.js'), 0o755);
  symlinkSync('../tunnelscope/dist/cli.js', join(modules, '.bin/tunnelscope'));
  return installed;
}
