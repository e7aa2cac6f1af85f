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
const RUNS = [['verify', CAPTURE], ['-T', 'line', '-r', CAPTURE], ['--help']];

const folder = resolve(process.argv[2]);
const file = join(folder, 'command.js');
const script = new Script(readFileSync(file, 'latin1'), { filename: 'command.js' });
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(file), module, file, folder);
for (const words of RUNS) {
  const status = await module.exports.execute(words);
  if (status !== 0) throw new Error(`${words.join(' ')}: exit code ${status}`);
}
writeFileSync(
  join(folder, `command-${process.versions.v8}-${process.arch}.cache`),
  script.createCachedData(),
);
