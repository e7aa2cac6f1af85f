#!/usr/bin/env node
/**
 * Runs the command out of one script, with what V8 made of it when it was built (its cached data, scripts/command-cache.mjs): compiling
 * takes more than half of a short run's time. Where V8 is another one, it compiles as ever.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';

// This is bundled as CommonJS, which has it.
declare const require: NodeJS.Require;

const script = join(import.meta.dirname, 'command.js');
const cache = join(import.meta.dirname, `command-${process.versions.v8}-${process.arch}.cache`);

// A function of what a CommonJS module has. It is all ASCII, which takes half the memory as Latin-1.
const compiled = new Script(readFileSync(script, 'latin1'), {
  filename: script,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  ...(existsSync(cache) && { cachedData: readFileSync(cache) }),
});
const module = { exports: {} as typeof import('./command.ts') };
compiled.runInThisContext()(module.exports, require, module, script, import.meta.dirname);

void module.exports.execute(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
