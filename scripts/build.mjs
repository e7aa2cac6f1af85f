/**
 * Bundles the command and the library into dist/. The command is one small entry that loads what it is asked for: the
 * terminal UI, with Ink and React, is a chunk of its own, so that everything else starts at Node's own speed.
 * usage: node scripts/build.mjs            into dist/
 *        node scripts/build.mjs thread     the command for the tests' thread, into dist-thread/
 */
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { licenses } from './licenses.mjs';

/**
 * Ink looks for React's developer tools, and for files of its own package, where the environment says DEV=true: a variable
 * that our users may have for purposes of theirs.
 */
const inkWithoutDeveloperTools = {
  name: 'ink-without-developer-tools',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]ink[\\/]build[\\/]utils\.js$/ }, () => ({
      contents: 'export const isDev = () => false;',
    }));
  },
};

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Native, optional, and found at run time or not; vitest is whoever's tests use the matchers.
  external: ['cap', 'koffi', 'react-devtools-core', 'vitest'],
  define: { 'process.env.NODE_ENV': '"production"' },
  // Bundled CommonJS packages ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  // Names stay (errors and profiles are read by people), and so do constants: V8 folds a const of a closure, which the
  // minifier would turn into a let.
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [inkWithoutDeveloperTools],
};

const targets = {
  dist: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    matchers: 'src/library/matchers/matchers.ts',
    vitest: 'src/library/matchers/vitest.ts',
  },
  'dist-thread': { 'command-thread': 'test/support/command-thread.ts' },
};
const target = process.argv[2] === 'thread' ? 'dist-thread' : 'dist';

// Built aside and then put in place, so that a command that runs meanwhile finds one whole build or the other.
const outdir = mkdtempSync('dist-');
try {
  const { metafile } = await build({
    ...shared,
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
