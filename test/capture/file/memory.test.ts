/** Captures that are made to fill the memory: each is read in a process of its own, which tells how far it grew. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleScript } from '../printed.ts';
import type { Measured } from './measure-memory.ts';

const run = promisify(execFile);
let script = '';
beforeAll(async () => {
  script = await bundleScript('file/measure-memory');
});
afterAll(() => rmSync(script, { force: true }));

const TOO_LONG = /claims 4294967292 bytes; expected at most 16777216; .*all packets before that were read/;
const TOO_MANY = /one interface too many; expected at most 65536/;
const WINDOW = /it needs more than 128 MiB/;

// MiB: about twice of what is measured; without the bounds it is the input, 256 MiB to 1 GiB, or more.
test.each<[string, number, { packets: number; error?: RegExp; copied?: RegExp }]>([
  ['a section of 4 GiB', 20, { packets: 1, error: TOO_LONG }],
  ['an interface of 4 GiB', 20, { packets: 1, error: TOO_LONG }],
  ['a packet of 4 GiB', 20, { packets: 1, error: TOO_LONG }],
  ['a block of 4 GiB that nobody reads', 20, { packets: 1 }],
  ['packets of 16 MiB', 250, { packets: 30 }],
  ['packets of many comments', 250, { packets: 20 }],
  ['pcap’s packets of 2 GiB', 20, { packets: 0, error: /claims 2147483647 captured bytes/ }],
  ['a million interfaces', 160, { packets: 0, error: TOO_MANY }],
  ['a million sections', 40, { packets: 0 }],
  ['a million sections with a packet each', 160, { packets: 65_536, error: TOO_MANY }],
  ['interfaces with long names', 100, { packets: 0, copied: /expected at most 67108864; name the file/ }],
  ['interfaces of 16 MiB', 250, { packets: 0, copied: /expected at most 67108864; name the file/ }],
  ['zstd, a window of 128 MiB', 300, { packets: 1 }],
  ['zstd, a window of 256 MiB', 40, { packets: 0, error: WINDOW }],
  ['zstd, a window of 2 GiB', 40, { packets: 0, error: WINDOW }],
])(
  '%s',
  async (kind, most, { packets, error, copied = error }) => {
    const measure = async (way: string, message: RegExp | undefined, limit: number) => {
      const { stdout } = await run(process.execPath, [script, kind, way]);
      const measured = JSON.parse(stdout) as Measured;
      expect(measured.packets).toBe(packets);
      if (message === undefined) expect(measured.error).toBeUndefined();
      else expect(measured.error).toMatch(message);
      expect(measured.growth, `MiB, ${way}`).toBeLessThan(limit);
    };
    await Promise.all([measure('read', error, most), measure('copied', copied, most + 100)]);
  },
  60_000,
);
