/**
 * Makes a single executable of the command, with Node, koffi and the labs inside (Node's single executable applications), and writes the licences
 * of its contents next to it. Node and koffi come from npm, for the given processor.
 * usage: node scripts/executable.mjs [x64|arm64]      into dist-executable/; default: this machine's processor
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.mjs';
import { fetchPackage } from './fetch-package.mjs';
import { licenses } from './licenses.mjs';

/** The first release line that makes executables without further tools, and of ES modules. */
const NODE = '26';
/** What the package has of data: package.json, "files". */
const DATA = ['lab', 'fixtures/lessons'];
const OUTPUT = 'dist-executable';

const [processor = process.arch] = process.argv.slice(2);
if (!['x64', 'arm64'].includes(processor)) {
  console.error('usage: node scripts/executable.mjs [x64|arm64]');
  process.exit(2);
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

const koffiVersion = JSON.parse(readFileSync('node_modules/koffi/package.json', 'utf8')).version;
const node = await fetchPackage(`node-linux-${processor}@${NODE}`);
const builder = join(await fetchPackage(`node-linux-${process.arch}@${NODE}`), 'bin/node');
const koffi = await fetchPackage(`@koromix/koffi-linux-${processor}@${koffiVersion}`);

const work = mkdtempSync(join(tmpdir(), 'tunnelscope-executable-'));
try {
  const main = join(work, 'main.mjs');
  const { metafile } = await build({
    ...bundleOptions,
    entryPoints: ['src/cli/main.ts'],
    outfile: main,
    metafile: true,
  });
  const files = DATA.flatMap(filesIn).map((path) => [path, readFileSync(path, 'base64')]);
  writeFileSync(join(work, 'files.json'), JSON.stringify(Object.fromEntries(files)));
  mkdirSync(OUTPUT, { recursive: true });
  const output = resolve(OUTPUT, `tunnelscope-linux-${processor}`);
  const base = join(work, 'node');
  copyFileSync(join(node, 'bin/node'), base);
  // A fifth of it is names for a debugger. Of another processor's, binutils-aarch64-linux-gnu can take them away.
  const { status } = spawnSync(`${processor === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu-strip`, [base]);
  if (status !== 0)
    console.error('executable: there is no strip for this processor; the executable is larger');
  const configuration = {
    main,
    mainFormat: 'module',
    executable: base,
    output,
    assets: {
      'files.json': join(work, 'files.json'),
      'koffi.node': join(koffi, `linux_${processor}/koffi.node`),
    },
    disableExperimentalSEAWarning: true,
    // SIGUSR1 is ours from the first moment: docs/privileges.md.
    execArgv: ['--disable-sigusr1'],
  };
  writeFileSync(join(work, 'sea.json'), JSON.stringify(configuration));
  execFileSync(builder, ['--build-sea', join(work, 'sea.json')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const inside = [
    [`Node.js`, join(node, 'LICENSE')],
    [`koffi ${koffiVersion}`, 'node_modules/koffi/LICENSE.txt'],
  ].map(([name, path]) => `--- ${name}\n\n${readFileSync(path, 'utf8').trim()}\n`);
  writeFileSync(join(OUTPUT, 'THIRD-PARTY-LICENSES.txt'), [licenses(metafile), ...inside].join('\n'));
  console.log(output);
} finally {
  rmSync(work, { recursive: true });
}
