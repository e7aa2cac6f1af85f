/**
 * Writes what V8 makes of dist/command.js when it runs, for this version of V8 and this processor, so that the command starts without
 * compiling it (src/cli/start.ts). Of functions that were not called it has no code: the usual runs are made once.
 * usage: node scripts/command-cache.mjs FOLDER      what the runs print goes to standard output
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';

const CAPTURE = 'fixtures/socat.pcap';
const RUNS = [
  ['verify', CAPTURE],
  ['-T', 'line', '-r', CAPTURE],
  ['-T', 'json', '-r', CAPTURE],
  ['-T', 'fields', '-e', 'frame.number', '-e', 'frame.time_epoch', '-e', 'ip.src', '-r', CAPTURE],
  ['--help'],
];

const folder = resolve(process.argv[2]);
const loaded = new Map();
const given = new Map();
const give = (path, values) => given.set(path, values);

function loadModule(name, path) {
  if (!loaded.has(name)) {
    const file = join(folder, `${name}.js`);
    const script = new Script(readFileSync(file, 'latin1'), { filename: file });
    const module = { exports: {} };
    loaded.set(name, { script, module });
    const has = [module.exports, createRequire(file), module, file, folder];
    script.runInThisContext()(...has, undefined, loadModule, give);
  }
  if (!given.has(path)) loaded.get(name).module.exports(path);
  return given.get(path);
}

const [execute] = loadModule('command', 'src/cli/command.ts');
for (const words of RUNS) {
  const status = await execute(words);
  if (status !== 0) throw new Error(`${words.join(' ')}: exit code ${status}`);
}
for (const [name, { script }] of loaded) {
  const file = join(folder, `${name}-${process.versions.v8}-${process.arch}.cache`);
  writeFileSync(file, script.createCachedData());
}
