/**
 * Runs the tests of the packed package with this and other versions of Node, each installed from npm's package `node` (some
 * 100 MB) under node_modules/.nodes, and with vitest 4 and 5.
 * usage: node scripts/nodes.mjs [VERSION…]     default: 22 24 26
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26'];
const programs = versions.map((version) =>
  join(install(version, `node@${version}`), 'node_modules/node/bin/node'),
);
const vitest = install('vitest-5', 'vitest@5');

/** @returns the folder whose node_modules have it */
function install(name, specification) {
  const folder = resolve('node_modules/.nodes', name);
  mkdirSync(folder, { recursive: true });
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const { status } = spawnSync('npm', ['install', ...options, specification], { stdio: 'inherit' });
  if (status !== 0) process.exit(2);
  return folder;
}
const { status } = spawnSync('npx', ['vitest', 'run', 'test/package.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, TUNNELSCOPE_NODES: programs.join(':'), TUNNELSCOPE_VITESTS: vitest },
});
process.exit(status ?? 1);
