/** How the command starts: with V8's cached data where it fits, without it where not, and with no module of Node's that it does not use. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';

const SOCAT = resolve('fixtures/socat.pcap');
const DIST = dirname(COMMAND);
const CACHE = readdirSync(DIST).find((name) => name.endsWith('.cache')) as string;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-start-'));
  for (const name of ['cli.js', 'command.js', 'package.json']) cpSync(join(DIST, name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function verify(command: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'verify', SOCAT], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it('V8 takes the cached data of the build', () => {
  const code = `
    const { readFileSync } = require('node:fs');
    const { Script } = require('node:vm');
    const [script, cache] = process.argv.slice(1);
    const { cachedDataRejected } = new Script(readFileSync(script, 'latin1'), { cachedData: readFileSync(cache) });
    console.log(cachedDataRejected);`;
  const words = ['-e', code, join(DIST, 'command.js'), join(DIST, CACHE)];
  expect(execFileSync(process.execPath, words, { encoding: 'utf8' })).toBe('false\n');
});

it('says the same without cached data, and with such as V8 refuses', () => {
  const expected = verify(COMMAND);
  expect(expected).toMatchObject({ status: 0, stderr: '' });
  expect(verify(join(folder, 'cli.js'))).toEqual(expected);
  writeFileSync(join(folder, CACHE), 'of another kind');
  expect(verify(join(folder, 'cli.js'))).toEqual(expected);
});

it.each([
  ['a verdict', ['verify', '-r', SOCAT]],
  ['lines', ['-T', 'line', '-r', SOCAT]],
  ['help', ['--help']],
])('%s into a file loads neither streams nor sockets', (_, words) => {
  const code = `
    process.on('exit', () => {
      const loaded = process.moduleLoadList.filter((name) => /NativeModule (net|tty|zlib|stream|child_process|fs\\/promises)$/.test(name));
      require('node:fs').writeSync(2, loaded.join());
    });
    require(process.argv[1]);`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', code, COMMAND, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
