/**
 * Runs the tests of the packed package with other versions of Node besides this one, each installed from npm's package `node` (some
 * 100 MB) under node_modules/.nodes.
 * usage: node scripts/nodes.mjs [VERSION…]     default 22 24 26
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26'];
const programs = versions.map((version) => {
  const folder = resolve('node_modules/.nodes', version);
  mkdirSync(folder, { recursive: true });
  const args = [
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefix',
    folder,
    `node@${version}`,
  ];
  const { status } = spawnSync('npm', args, { stdio: 'inherit' });
  if (status !== 0) process.exit(2);
  return resolve(folder, 'node_modules/node/bin/node');
});
const { status } = spawnSync('npx', ['vitest', 'run', 'test/package.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, TUNNELSCOPE_NODES: programs.join(':') },
});
process.exit(status ?? 1);
