#!/usr/bin/env node
/**
 * Runs the command out of a few scripts (scripts/command-scripts.mjs), each loaded where it is needed, with what V8 made of it when it was
 * built (its cached data, scripts/command-cache.mjs): compiling takes more than half of a short run's time. Where V8 is another one, it
 * compiles, and an installed package keeps what it made for the next run: beside the script, where only those can write whom the
 * script itself is trusted to.
 */
// Takes the signal over before the script is so much as read, which has it too, with whom to tell.
import './status-signal.ts';
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Script } from 'node:vm';
import { isVersionAsked } from './version.ts';

// This is bundled as CommonJS, which has it.
declare const require: NodeJS.Require;

const STANDARD_OUTPUT = 1;
const isInstalled = import.meta.dirname.includes(`${sep}node_modules${sep}`);

/** Runs a module of a script, which others may ask for. */
type RunModule = (path: string) => void;
const loaded = new Map<string, RunModule>();
/** By module: the values of its exports, in the order that asker and giver were built with. */
const given = new Map<string, readonly unknown[]>();

/** What a module exports that is in the script of this name. */
function loadModule(name: string, path: string): readonly unknown[] {
  let runModule = loaded.get(name);
  if (runModule === undefined) {
    runModule = loadScript(name);
    loaded.set(name, runModule);
  }
  if (!given.has(path)) runModule(path);
  return given.get(path) as readonly unknown[];
}

const give = (path: string, values: readonly unknown[]) => void given.set(path, values);

function loadScript(name: string): RunModule {
  const script = join(import.meta.dirname, `${name}.js`);
  const cache = join(import.meta.dirname, `${name}-${process.versions.v8}-${process.arch}.cache`);
  const cachedData = readCache(cache);
  // A function of what a CommonJS module has, and of import(), which scripts lack. It is all ASCII (scripts/build.mjs): Latin-1 takes half the memory.
  const compiled = new Script(readFileSync(script, 'latin1'), { filename: script, cachedData });
  // Rejected: a damaged one, or one that was made with other flags of V8.
  if ((cachedData === undefined || compiled.cachedDataRejected) && isInstalled)
    process.once('exit', () => keep(compiled, script, cache));
  const module = { exports: (() => undefined) as RunModule };
  const importModule = (name: string) => import(name);
  const run = compiled.runInThisContext();
  run(module.exports, require, module, script, import.meta.dirname, importModule, loadModule, give);
  return module.exports;
}

/** @returns undefined where there is none, or none that may be read */
function readCache(cache: string): Buffer | undefined {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

function keep(compiled: Script, script: string, cache: string): void {
  const made = `${cache}.${process.pid}`;
  try {
    // Whoever reads it meanwhile finds it whole or not at all.
    writeFileSync(made, '', { flag: 'wx' });
    // Whoever may read the script may read this, whatever root's umask is.
    chmodSync(made, statSync(script).mode & 0o666);
    writeFileSync(made, compiled.createCachedData());
    renameSync(made, cache);
  } catch {
    // It is not ours to write there, or the disk is full: then each run compiles.
    rmSync(made, { force: true });
  }
}

/** @returns false where that can't be done: what is to be said then, the command knows */
function writeVersion(): boolean {
  try {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
    return writeSync(STANDARD_OUTPUT, `${version}\n`) > 0;
  } catch {
    return false;
  }
}

const words = process.argv.slice(2);
if (!isVersionAsked(words) || !writeVersion()) {
  const [execute] = loadModule('command', 'src/cli/command.ts') as [typeof import('./command.ts').execute];
  void execute(words).then((status) => {
    process.exitCode = status;
  });
}
