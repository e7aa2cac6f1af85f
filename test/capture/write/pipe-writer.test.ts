/** Pipes whose readers keep up, more or less: every byte arrives, in order. Pipes that nobody reads: test/cli/full-pipe.test.ts. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { PipeWriter } from '../../../src/capture/write/pipe-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-pipe-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [PIECES, LENGTH] = [1500, 20_011];

it.each<[what: string, reader: string, waits: boolean]>([
  ['that keeps up, and is waited for', `head -c ${PIECES * LENGTH}`, true],
  ['that keeps up, while all is handed over at once', `head -c ${PIECES * LENGTH}`, false],
  [
    'that takes a byte at a time at first',
    `dd bs=1 count=50000 2>/dev/null; head -c ${PIECES * LENGTH - 50_000}`,
    true,
  ],
])('a reader %s', async (_, reader, waits) => {
  const path = join(folder, `pipe${Math.random()}`);
  spawnSync('mkfifo', [path]);
  const child = spawn('sh', ['-c', `(${reader}) < "$0" | sha256sum`, path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const writer = new PipeWriter(openSync(path, 'w'));
  const hash = createHash('sha256');
  for (let i = 0; i < PIECES; i++) {
    const piece = new Uint8Array(LENGTH).fill(i);
    hash.update(piece);
    writer.write(piece);
    if (waits) await writer.ready();
  }
  await writer.ready();
  expect([writer.isBehind, writer.lost]).toEqual([false, 0]);
  await once(child, 'close');
  expect(told.split(' ')[0]).toBe(hash.digest('hex'));
});
