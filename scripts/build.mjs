/**
 * Bundles the command and the library into dist/. The command is one small entry that loads what it is asked for: the
 * terminal UI, with Ink and React, is a chunk of its own, so that everything else starts at Node's own speed.
 * usage: node scripts/build.mjs            into dist/
 *        node scripts/build.mjs thread     the command for the tests' thread, into dist-thread/
 */
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.mjs';
import { licenses } from './licenses.mjs';

const targets = {
  dist: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    matchers: 'src/library/matchers/matchers.ts',
    vitest: 'src/library/matchers/vitest.ts',
    'print-thread': 'src/cli/commands/show/print-thread.ts',
  },
  'dist-thread': { 'command-thread': 'test/support/command-thread.ts' },
};
const target = process.argv[2] === 'thread' ? 'dist-thread' : 'dist';

// Built aside and then put in place, so that a command that runs meanwhile finds one whole build or the other.
const outdir = mkdtempSync('dist-');
try {
  const { metafile } = await build({
    ...bundleOptions,
    metafile: true,
    entryPoints: targets[target],
    outdir,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
  writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licenses(metafile));
  chmodSync(outdir, 0o755);
  const old = `${outdir}-old`;
  if (existsSync(target)) renameSync(target, old);
  renameSync(outdir, target);
  rmSync(old, { recursive: true, force: true });
} catch (error) {
  rmSync(outdir, { recursive: true, force: true });
  throw error;
}
