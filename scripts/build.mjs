/**
 * Bundles the command and the library into dist/: the library as ES modules in dist/library/, the command as a few scripts with V8's
 * cached data, and dist/cli.js, which runs those. What its second thread runs shares the library's code.
 * usage: node scripts/build.mjs            into dist/
 *        node scripts/build.mjs thread     the command for the tests' thread, into dist-thread/
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions, commandOptions } from './bundle-options.mjs';
import { buildScripts, SCRIPTS } from './command-scripts.mjs';
import { licenses } from './licenses.mjs';
import { screenDefines, screenEntry } from './screen-packages.mjs';

const target = process.argv[2] === 'thread' ? 'dist-thread' : 'dist';

/** ES modules that share what they have in common. */
function buildModules(entryPoints, outdir) {
  return build({
    ...bundleOptions,
    metafile: true,
    entryPoints,
    outdir,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
}

/** The format of the `.js` files in a folder. */
const writeFormat = (folder, type) => writeFileSync(join(folder, 'package.json'), `{ "type": "${type}" }\n`);

/**
 * Leaves a script in ASCII: it is read as Latin-1 (src/cli/start.ts), and esbuild leaves other characters in regular expressions and tagged
 * templates as they are. In both, as in strings, an escape is the same; String.raw would tell the difference.
 * And it gives all modules one name: V8 makes a shape for each object that has a key of its own, and there are hundreds.
 */
function settle(path) {
  const text = readFileSync(path, 'utf8');
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(text))
    throw new Error(`${path}: String.raw has characters that are not ASCII`);
  const settled = text
    .replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/__esm\(\{"[^"]+"\(\)\{/g, '__esm({module(){');
  writeFileSync(path, settled);
}

// Built aside and then put in place, so that a command that runs meanwhile finds one whole build or the other.
const outdir = mkdtempSync('dist-');
try {
  if (target === 'dist-thread') {
    await buildModules({ 'command-thread': 'test/support/command-thread.ts' }, outdir);
  } else {
    const library = join(outdir, 'library');
    const modules = await buildModules(
      {
        index: 'src/index.ts',
        matchers: 'src/library/matchers/matchers.ts',
        vitest: 'src/library/matchers/vitest.ts',
        'print-thread': 'src/cli/commands/show/print-thread.ts',
      },
      library,
    );
    writeFormat(library, 'module');
    await build({ ...commandOptions, entryPoints: ['src/cli/start.ts'], outfile: join(outdir, 'cli.js') });
    const command = await buildScripts(outdir);
    for (const name of SCRIPTS) settle(join(outdir, `${name}.js`));
    const compareThread = await build({
      ...commandOptions,
      metafile: true,
      entryPoints: ['src/cli/commands/verify/compare-thread.ts'],
      outfile: join(outdir, 'compare-thread.js'),
    });
    const screen = await build({
      ...bundleOptions,
      metafile: true,
      define: { ...bundleOptions.define, ...screenDefines },
      stdin: screenEntry,
      outfile: join(outdir, 'screen.mjs'),
    });
    writeFormat(outdir, 'commonjs');
    chmodSync(join(outdir, 'cli.js'), 0o755);
    execFileSync(process.execPath, ['scripts/command-cache.mjs', outdir], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const outputs = [modules, command, compareThread, screen].flatMap(({ metafile }) =>
      Object.values(metafile.outputs),
    );
    writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licenses({ outputs }));
  }
  chmodSync(outdir, 0o755);
  const old = `${outdir}-old`;
  if (existsSync(target)) renameSync(target, old);
  renameSync(outdir, target);
  rmSync(old, { recursive: true, force: true });
} catch (error) {
  rmSync(outdir, { recursive: true, force: true });
  throw error;
}
