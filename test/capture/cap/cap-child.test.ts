/** The capturing process under load, with a stand-in for `cap` that does not come back to the event loop while it has packets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { type CapChildOptions, captureInChild, PACKETS_FD } from '../../../src/capture/cap/cap-child.ts';
import { streamBytes } from '../../../src/capture/file/byte-source.ts';
import { openPcapngBlocks } from '../../../src/capture/file/pcapng-file.ts';
import { collect } from '../contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-child-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COUNT = 20_000;
/** Hands out COUNT packets in one go, numbered in their first four bytes; says so on standard error. */
const flood = `
exports.Cap = class {
  on(event, listener) { this.listener = listener; }
  open(device, filter, size, buffer) {
    setImmediate(() => {
      for (let i = 0; i < ${COUNT}; i++) {
        buffer.writeUInt32BE(i, 0);
        this.listener(1000 + (i % 3));
      }
      console.error('done');
    });
    return 'ETHERNET';
  }
};`;

function start(capPath: string, options: Partial<CapChildOptions> = {}) {
  const all = { capPath, interfaces: ['eth0'], filter: '', snapLength: 65_535, backlog: 1 << 26, ...options };
  return spawn(process.execPath, ['-e', `(${captureInChild})(require, ${JSON.stringify(all)}, () => {})`], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
}

async function run(backlog: number) {
  const capPath = join(folder, 'flood.cjs');
  writeFileSync(capPath, flood);
  const child = start(capPath, { backlog });
  // Nothing is read before all packets have come.
  await once(child.stderr as Readable, 'data');
  child.stdin?.end();
  const blocks = streamBytes(child.stdio[PACKETS_FD] as Readable, 'eth0');
  const source = openPcapngBlocks(blocks, [{ name: 'eth0', linkType: 1, snapLength: 0 }]);
  const packets = await collect(source);
  const { dropped = 0 } = source.statistics();
  await source.close();
  return {
    numbers: packets.map((packet) => Number.parseInt(packet.bytes.slice(0, 8), 16)),
    packets,
    dropped,
  };
}

test('what the parent does not take in time is kept', async () => {
  const { numbers, packets, dropped } = await run(1 << 26);
  expect(dropped).toBe(0);
  expect(numbers).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  expect(packets.map((packet) => packet.originalLength)).toEqual(numbers.map((i) => 1000 + (i % 3)));
});

test('beyond the backlog, packets are dropped and counted', async () => {
  const { numbers, dropped } = await run(1 << 18);
  expect(dropped).toBeGreaterThan(COUNT / 2);
  expect(numbers.length + dropped).toBe(COUNT);
  expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
});

test('a package that can’t be loaded is reported', async () => {
  const child = start(join(folder, 'missing.cjs'));
  const [line] = await once((child.stdout as Readable).setEncoding('utf8'), 'data');
  expect(JSON.parse(line)).toMatchObject({ failed: 'load', message: expect.stringContaining('missing.cjs') });
});

test('a parent that is gone ends it', async () => {
  const capPath = join(folder, 'flood.cjs');
  writeFileSync(capPath, flood);
  const child = start(capPath);
  await once(child.stderr as Readable, 'data');
  child.stdio[PACKETS_FD]?.destroy();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
