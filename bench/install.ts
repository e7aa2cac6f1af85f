/**
 * What an installation brings: packages and MiB of the packed package in an empty folder, and the first result of `npx` with it
 * from an empty cache, beside npx of a small well-known command in the same rounds. Asks the registry: times are also the network's.
 * usage: node scripts/bench.mjs install      after npm run build
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median, printTable } from './support.ts';

const ROUNDS = 5;
const MEBIBYTE = 1 << 20;

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-install-'));

/** Runs npm's command in an empty folder, with an empty cache; answers the folder. */
function run(name: string, command: 'npm' | 'npx', ...args: readonly string[]): string {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }');
  const env = { ...process.env, npm_config_cache: join(cwd, 'cache') };
  execFileSync(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  return cwd;
}

function bytesOf(path: string): number {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(path, name)))
    .reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}

try {
  execFileSync('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], {
    stdio: 'ignore',
  });
  const [tarball] = readdirSync(folder).map((name) => join(folder, name)) as [string];
  const modules = join(run('installed', 'npm', 'install', '--loglevel=error', tarball), 'node_modules');
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  const names = Object.keys(lock.packages).map((path) => path.replace(/^node_modules\//, ''));
  console.log(
    `${names.length} packages, ${(bytesOf(modules) / MEBIBYTE).toFixed(1)} MiB: ${names.join(', ')}\n`,
  );

  const capture = resolve('fixtures/vxlan.pcap');
  const peers: Record<string, readonly string[]> = {
    semver: ['--yes', 'semver', '1.2.3'],
    tunnelscope: ['--yes', '--package', tarball, '--', 'tunnelscope', 'verify', capture],
  };
  const times = Object.keys(peers).map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [name, args]] of Object.entries(peers).entries()) {
      const begin = performance.now();
      run(`${name}-${round}`, 'npx', ...args);
      times[index]?.push(performance.now() - begin);
    }
  }
  const [first = 0] = times.map(median);
  const rows = Object.keys(peers).map((name, index) => {
    const middle = median(times[index] as number[]);
    return [`npx ${name}`, middle.toFixed(0), (middle / first).toFixed(2)];
  });
  printTable(['empty cache', 'median ms', 'times'], rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
