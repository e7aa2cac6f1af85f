/** The contract of packet sources over every kind of file, with tshark's reading of the same packets as the oracle. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCaptureFile, openCaptureStream } from '../../../src/capture/file/open-capture.ts';
import { labCaptures } from '../../support/captures.ts';
import { collect } from '../contract.ts';
import { isInstalled, readWithTshark, recordsOf } from '../oracles.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

function made(name: string, program: string, args: readonly string[]): string {
  const path = join(folder, name);
  execFileSync(program, [...args, path], { stdio: 'ignore' });
  return path;
}

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Chunks of 1, 2, 3 … bytes, as a slow pipe may give them. */
function* dribble(bytes: Buffer): Generator<Buffer> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 97) + 1) {
    yield bytes.subarray(at, at + size);
  }
}

const kinds: Record<string, (file: string) => ReturnType<typeof openCaptureFile>> = {
  pcap: openCaptureFile,
  'pcap, nanoseconds': (file) =>
    openCaptureFile(made(`${basename(file)}.nsec`, 'editcap', ['-F', 'nsecpcap', file])),
  pcapng: (file) => openCaptureFile(made(`${basename(file)}ng`, 'editcap', ['-F', 'pcapng', file])),
  'pcap, gzip': (file) => openCaptureFile(written(`${basename(file)}.gz`, gzipSync(readFileSync(file)))),
  'pcapng, gzip in two members': (file) => {
    const bytes = readFileSync(made(`${basename(file)}2ng`, 'editcap', ['-F', 'pcapng', file]));
    const members = [gzipSync(bytes.subarray(0, 300)), gzipSync(bytes.subarray(300))];
    return openCaptureFile(written(`${basename(file)}2.gz`, Buffer.concat(members)));
  },
  'pcap, zstd': (file) => {
    const path = join(folder, `${basename(file)}.zst`);
    execFileSync('zstd', ['-q', '-f', file, '-o', path]);
    return openCaptureFile(path);
  },
  'stream of pcap': (file) => openCaptureStream(Readable.from(dribble(readFileSync(file))), 'a pipe'),
  'stream of pcapng': (file) => {
    const path = made(`${basename(file)}3ng`, 'editcap', ['-F', 'pcapng', file]);
    return openCaptureStream(Readable.from(dribble(readFileSync(path))), 'a pipe');
  },
  'stream of gzip': (file) =>
    openCaptureStream(Readable.from(dribble(gzipSync(readFileSync(file)))), 'a pipe'),
};

const hasTools = isInstalled('tshark', 'editcap', 'zstd');
describe.skipIf(!hasTools)(
  `sources of files${hasTools ? '' : ' (SKIPPED: needs tshark, editcap and zstd)'}`,
  () => {
    const files = [
      'socat',
      'vxlan-any-sll2',
      'socat-tun-raw',
      'vxlan-nanoseconds',
      'vxlan-snaplen-96',
      'vxlan-fragmented',
    ];
    const linkTypes: Record<string, number> = { 'vxlan-any-sll2': 276, 'socat-tun-raw': 101 };

    describe.each(files)('%s', (name) => {
      const file = `fixtures/${name}.pcap`;
      let expected: ReturnType<typeof readWithTshark>;
      beforeAll(() => {
        expected = readWithTshark(file);
      });

      test.each(Object.keys(kinds))('%s', async (kind) => {
        const source = await (kinds[kind] as (file: string) => ReturnType<typeof openCaptureFile>)(file);
        const packets = await collect(source);
        expect(source.warnings).toEqual([]);
        expect(source.isLive).toBe(false);
        const linkType = linkTypes[name] ?? 1;
        expect(packets).toEqual(expected.map((packet) => ({ ...packet, linkType })));
        expect(packets.length).toBeGreaterThan(3);
        await source.close();
        await source.close();
      });
    });

    test.each(Object.keys(kinds))('%s: stop before the end, close at any time', async (kind) => {
      const open = kinds[kind] as (file: string) => ReturnType<typeof openCaptureFile>;
      const stopped = await open('fixtures/vxlan.pcap');
      stopped.stop();
      expect(await stopped.next()).toBeUndefined();
      expect(stopped.warnings).toEqual([]);
      await stopped.close();
      await (await open('fixtures/vxlan.pcap')).close();
      const waiting = await open('fixtures/vxlan.pcap');
      const [, batch] = await Promise.all([waiting.close(), waiting.next()]);
      expect(batch).toBeUndefined();
    });
  },
);

describe('a pipe that stays open', () => {
  test('hands out what came, and stop ends the wait', async () => {
    const pipe = new Readable({ read() {} });
    pipe.push(readFileSync('fixtures/socat.pcap'));
    const source = await openCaptureStream(pipe, 'a pipe');
    expect((await source.next())?.count).toBe(8);
    const next = source.next();
    source.stop();
    expect(await next).toBeUndefined();
    expect(source.warnings).toEqual([]);
    await source.close();
  });
});

describe('many chunks', () => {
  // Every packet of the lab's Ethernet captures, again and again: over 5 MiB, so that packets straddle chunks.
  const records = labCaptures
    .map((path) => readFileSync(path))
    .filter((bytes) => bytes.readUInt32LE(20) === 1 && bytes.readUInt32LE(0) === 0xa1b2c3d4)
    .map((bytes) => bytes.subarray(24));
  const round = Buffer.concat(records);
  const header = readFileSync('fixtures/socat.pcap').subarray(0, 24);
  const rounds = Math.ceil((5 << 20) / round.length);
  const bytes = Buffer.concat([header, ...Array<Buffer>(rounds).fill(round)]);

  test.each(['plain', 'gzip'])('%s', async (kind) => {
    const path = written(`many-${kind}`, kind === 'gzip' ? gzipSync(bytes) : bytes);
    const source = await openCaptureFile(path);
    const packets = await collect(source);
    expect(packets.map((packet) => packet.bytes)).toEqual(recordsOf(bytes).map((record) => record.bytes));
    await source.close();
  });

  test('a packet is found again by its place in the file', async () => {
    const source = await openCaptureFile(written('many-again', bytes));
    let checked = 0;
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      for (let i = 0; i < batch.count; i += 101) {
        const start = batch.start[i] as number;
        const length = batch.capturedLength[i] as number;
        const offset = batch.fileOffset?.[i] as number;
        expect(
          bytes.subarray(offset, offset + length).equals(batch.bytes.subarray(start, start + length)),
        ).toBe(true);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(200);
    await source.close();
  });
});
