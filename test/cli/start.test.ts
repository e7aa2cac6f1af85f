/** How the command starts: with V8's cached data where it fits, without it where not, and with no module of Node's that it does not use. */
import { isAscii } from 'node:buffer';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';

const SOCAT = resolve('fixtures/socat.pcap');
const DIST = dirname(COMMAND);
const SCRIPTS = ['command', 'packets', 'formats', 'choice', 'verdict', 'paths', 'screen', 'others'];
const VERIFY = ['command', 'packets', 'verdict'];
const PARTS = ['cli.js', 'package.json', ...SCRIPTS.map((name) => `${name}.js`)];

const cacheOf = (name: string) => `${name}-${process.versions.v8}-${process.arch}.cache`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-start-'));
  copyTo(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function copyTo(place: string): void {
  mkdirSync(place, { recursive: true });
  for (const name of PARTS) cpSync(join(DIST, name), join(place, name));
}

function verify(command: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'verify', SOCAT], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Whether V8 refuses what lies beside a script. */
function isRefused(place: string, name: string): boolean {
  const code = `
    const { readFileSync } = require('node:fs');
    const { Script } = require('node:vm');
    const [script, cache] = process.argv.slice(1);
    const { cachedDataRejected } = new Script(readFileSync(script, 'latin1'), { cachedData: readFileSync(cache) });
    console.log(cachedDataRejected);`;
  const words = ['-e', code, join(place, `${name}.js`), join(place, cacheOf(name))];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as boolean;
}

it.each(SCRIPTS)('the script %s, which is read as Latin-1, is all ASCII', (name) => {
  expect(isAscii(readFileSync(join(DIST, `${name}.js`)))).toBe(true);
});

it.each(VERIFY)('V8 takes the cached data of the build: %s', (name) => {
  expect(isRefused(DIST, name)).toBe(false);
});

it('a package that another V8 has built keeps what this one compiled', () => {
  const installed = join(folder, 'node_modules/tunnelscope/dist');
  copyTo(installed);
  const before = process.umask(0o077);
  const first = verify(join(installed, 'cli.js'));
  process.umask(before);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  // Of the scripts that a verdict needs, and of no others.
  const caches = VERIFY.map(cacheOf);
  expect(readdirSync(installed).sort()).toEqual([...PARTS, ...caches].sort());
  for (const name of VERIFY) {
    expect(isRefused(installed, name)).toBe(false);
    // Of all who may run it, and not only of who did first.
    expect(statSync(join(installed, cacheOf(name))).mode).toBe(statSync(join(installed, `${name}.js`)).mode);
  }
  const [one = '', ...others] = caches.map((name) => join(installed, name));
  const read = () => others.map((path) => readFileSync(path, 'latin1'));
  const [kept, keptOthers] = [readFileSync(one), read()];
  // What V8 refuses is made again, and the rest stays.
  writeFileSync(one, kept.subarray(0, kept.length >> 1));
  expect(verify(join(installed, 'cli.js'))).toEqual(first);
  expect(isRefused(installed, 'command')).toBe(false);
  expect(read()).toEqual(keptOthers);
});

it('says the same without cached data, with such as V8 refuses, and with what can’t be read', () => {
  const expected = verify(COMMAND);
  expect(expected).toMatchObject({ status: 0, stderr: '' });
  expect(verify(join(folder, 'cli.js'))).toEqual(expected);
  expect(readdirSync(folder).filter((name) => name.endsWith('.cache'))).toEqual([]);
  const caches = VERIFY.map((name) => join(folder, cacheOf(name)));
  for (const path of caches) writeFileSync(path, 'of another kind');
  expect(verify(join(folder, 'cli.js'))).toEqual(expected);
  for (const path of caches) {
    rmSync(path);
    mkdirSync(path);
  }
  expect(verify(join(folder, 'cli.js'))).toEqual(expected);
});

it.each([
  ['a verdict', VERIFY, ['verify', '-r', SOCAT]],
  ['lines', ['command', 'packets'], ['-T', 'line', '-r', SOCAT]],
  ['help', ['command'], ['--help']],
])('%s into a file reads the scripts %j and loads neither streams nor sockets', (_, scripts, words) => {
  const code = `
    const fs = require('node:fs');
    const { readFileSync } = fs;
    const read = [];
    fs.readFileSync = (path, ...options) => {
      const [, name] = /([a-z]+)\\.js$/.exec(path) ?? [];
      if (options[0] === 'latin1') read.push(name);
      return readFileSync(path, ...options);
    };
    process.on('exit', () => {
      const loaded = process.moduleLoadList.filter((name) => /NativeModule (net|tty|zlib|stream|child_process|fs\\/promises)$/.test(name));
      fs.writeSync(2, JSON.stringify({ read: read.sort(), loaded }));
    });
    require(process.argv[1]);`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', code, COMMAND, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  expect(status).toBe(0);
  expect(JSON.parse(stderr)).toEqual({ read: scripts, loaded: [] });
});
