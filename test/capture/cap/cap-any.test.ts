/** The built command on a libpcap without promiscuous mode on `any`, which npm cap always asks for: a stand-in for `cap`. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMAND } from '../../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-any-'));

/** libpcap 1.10.5's words (pcap-linux.c); on any other interface a frame of 60 bytes comes at once. */
const standIn = `
exports.Cap = class {
  on(event, listener) { this.listener = listener; }
  open(device, filter, size, buffer) {
    if (device === 'any') throw new Error('Promiscuous mode not supported on the "any" device');
    setImmediate(() => this.listener(60));
    return 'ETHERNET';
  }
};`;

beforeAll(() => {
  cpSync(dirname(COMMAND), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const path = join(folder, 'node_modules/cap');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), '{ "main": "index.cjs" }');
  writeFileSync(join(path, 'index.cjs'), standIn);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(process.platform !== 'linux')(
  'any is every interface that is up, one by one, and that is said',
  () => {
    const words = ['--engine', 'cap', '-i', 'any', '-c', '1', '-T', 'json'];
    const command = [join(folder, 'dist/cli.js'), ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    expect(status).toBe(0);
    const named = /^tunnelscope: any: captured on (.*) one by one, because npm cap .*$/m.exec(stderr)?.[1];
    expect(named?.split(', ')).toEqual(expect.arrayContaining(Object.keys(networkInterfaces())));
    expect(named?.split(', ')).toContain(JSON.parse(stdout).interface);
  },
);
