/** Bundles and runs test/mutations/main.ts (described there). usage: npm run mutate -- [--seed N] [--seconds N | --cases N] [FILE…] */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const outdir = resolve('.cache/mutate');
await build({
  entryPoints: ['test/mutations/main.ts', 'test/mutations/worker.ts'],
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: ['cap', 'koffi'],
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [resolve(outdir, 'main.mjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
