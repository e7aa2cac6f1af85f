/**
 * Writes what V8 makes of the command's scripts when they run, for this version of V8 and this processor, so that the command starts without
 * compiling it (src/cli/start.ts). Of functions that were not called it has no code: the usual runs are made once.
 * usage: node scripts/command-cache.mjs FOLDER      what the runs print goes to standard output
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

const CAPTURE = 'fixtures/socat.pcap';
const POINTS = 'fixtures/socat-points.pcapng';

const folder = resolve(process.argv[2]);
const written = join(folder, 'written.pcap');
const RUNS = [
  ['verify', CAPTURE],
  ['-T', 'line', '-r', CAPTURE],
  ['-T', 'json', '-r', CAPTURE],
  ['-T', 'fields', '-e', 'frame.number', '-e', 'frame.time_epoch', '-e', 'ip.src', '-r', CAPTURE],
  ['-r', CAPTURE, '-w', written, '-Y', 'icmp.type == 8 and ip.src#2 == 172.16.0.2'],
  ['path', POINTS],
  ['--help'],
];
const importModule = (name) => import(pathToFileURL(join(folder, name)).href);
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
    script.runInThisContext()(...has, importModule, loadModule, give);
  }
  if (!given.has(path)) loaded.get(name).module.exports(path);
  return given.get(path);
}

const [execute] = loadModule('command', 'src/cli/command.ts');
for (const words of RUNS) {
  const status = await execute(words);
  if (status !== 0) throw new Error(`${words.join(' ')}: exit code ${status}`);
}
rmSync(written);
// What compiles filters need not be installed here.
loadModule('choice', 'src/capture/filter/filter.ts');
// Nor is there a terminal.
const [packagesLoaded] = loadModule('screen', 'src/cli/commands/show/screen-packages.ts');
await packagesLoaded;
loadModule('screen', 'src/tui/run-tui.ts');
for (const [name, { script }] of loaded) {
  const file = join(folder, `${name}-${process.versions.v8}-${process.arch}.cache`);
  writeFileSync(file, script.createCachedData());
}
