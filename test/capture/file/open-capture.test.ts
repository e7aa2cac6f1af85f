/** What is not a capture, and captures that are damaged: one clear line each. */
import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile, openCaptureStream } from '../../../src/capture/file/open-capture.ts';
import { CaptureError } from '../../../src/packet/source.ts';
import { collect } from '../contract.ts';
import { isInstalled, recordsOf } from '../oracles.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-open-'));
afterAll(() => rmSync(folder, { recursive: true }));
const socat = readFileSync('fixtures/socat.pcap');

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function failure(path: string): Promise<string> {
  try {
    const source = await openCaptureFile(path);
    await collect(source).finally(() => source.close());
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError);
    const { message } = error as CaptureError;
    expect(message).not.toMatch(/[\n\r]/);
    return message;
  }
  throw new Error('nothing was wrong');
}

test.each([
  ['empty', '', /: empty; expected a pcap or pcapng capture/],
  [
    'text',
    'reading from file x.pcap\n',
    /expected a pcap or pcapng capture, and this is text that begins with "reading from file x\.pcap"/,
  ],
  ['one byte', '\u0000', /starts with the bytes 00; expected/],
  ['xz', Buffer.from('fd377a585a000004', 'hex'), /this is xz: decompress it first/],
  ['zip', Buffer.from('504b030414000000', 'hex'), /this is zip/],
  ['gzip of gzip of gzip', gzipSync(gzipSync(socat)), /gzip inside a compressed file/],
  ['gzip of text', gzipSync('hello, world'), /this is text that begins with "hello, world"/],
  ['gzip of nothing', gzipSync(''), /: empty;/],
  [
    'gzip cut in its header',
    gzipSync(socat).subarray(0, 6),
    /the file breaks off inside its compressed data/,
  ],
])('%s', async (name, content, message) => {
  expect(await failure(file(name, content))).toMatch(message);
});

test.each([4, 10, 23])('a pcap header of %i bytes', async (length) => {
  expect(await failure(file(`header-${length}`, socat.subarray(0, length)))).toContain(
    `breaks off at byte ${length}, in its header of 24 bytes`,
  );
});

test('a path that is no file', async () => {
  mkdirSync(join(folder, 'directory'));
  expect(await failure(join(folder, 'directory'))).toMatch(/is a directory; expected a capture file/);
  expect(await failure(join(folder, 'missing'))).toMatch(/missing: no such file; check the path/);
  expect(await failure(join(folder, 'missing\u001b[2J'))).toMatch(/missing\\x1b\[2J: no such file/);
  expect(await failure(join(folder, 'x'.repeat(300)))).toMatch(/can't be opened \(ENAMETOOLONG\)/);
});

describe('lying lengths in pcap', () => {
  const at = (offset: number, value: number) => {
    const bytes = Buffer.from(socat);
    bytes.writeUInt32LE(value, offset);
    return bytes;
  };
  const second = 24 + 16 + socat.readUInt32LE(32);

  test.each([262_145, 0x7fffffff, 0x80000000, 0xffffffff])('%i captured bytes', async (length) => {
    const path = file(`captured-${length}`, at(second + 8, length));
    const source = await openCaptureFile(path);
    expect((await source.next())?.count).toBe(1);
    await expect(source.next()).rejects.toThrow(
      `${path}: packet 2, at byte ${second}, claims ${length} captured bytes; expected at most 262144; the file is damaged there`,
    );
    expect(await source.next()).toBeUndefined();
    await source.close();
  });

  test('a length within bounds and beyond the file breaks it off', async () => {
    const source = await openCaptureFile(file('beyond', at(second + 8, 262_144)));
    expect(await collect(source)).toHaveLength(1);
    expect(source.warnings[0]).toContain(`breaks off at byte ${socat.length}, in the middle of packet 2`);
    await source.close();
  });

  test('a snapshot length of 1 MiB allows packets of it, and no more', async () => {
    const header = Buffer.from(socat.subarray(0, 24));
    header.writeUInt32LE(1 << 20, 16);
    const packet = (length: number) => {
      const record = Buffer.alloc(16 + length, 0xab);
      record.writeUInt32LE(length, 8);
      record.writeUInt32LE(length, 12);
      return record;
    };
    const sizes = [1 << 20, 60, 1 << 20, 1 << 20, 0];
    const source = await openCaptureFile(file('jumbo', Buffer.concat([header, ...sizes.map(packet)])));
    expect((await collect(source)).map((one) => one.bytes.length / 2)).toEqual(sizes);
    await source.close();
    const over = file('over', Buffer.concat([header, packet((1 << 20) + 1)]));
    expect(await failure(over)).toContain('claims 1048577 captured bytes; expected at most 1048576');
  });

  test('an original length below the captured one is lifted', async () => {
    const source = await openCaptureFile(file('original', at(second + 12, 3)));
    const packet = (await collect(source))[1];
    expect(packet?.originalLength).toBe(packet?.capturedLength);
    await source.close();
  });

  test('microseconds beyond a second count on', async () => {
    const source = await openCaptureFile(file('microseconds', at(second + 4, 2_500_000)));
    const seconds = socat.readUInt32LE(second);
    expect((await collect(source))[1]?.time).toBe(`${seconds + 2}.500000000`);
    await source.close();
  });

  test('bits above the link type are no part of it', async () => {
    const source = await openCaptureFile(file('fcs', at(20, 0x54000001)));
    expect(source.interfaces[0]?.linkType).toBe(1);
    await source.close();
  });
});

test('big-endian pcap, as tshark reads it', async () => {
  const bytes = Buffer.from(socat);
  bytes.subarray(0, 4).swap32();
  bytes.subarray(4, 8).swap16();
  bytes.subarray(8, 24).swap32();
  for (let at = 24; at < bytes.length; ) {
    const captured = bytes.readUInt32LE(at + 8);
    bytes.subarray(at, at + 16).swap32();
    at += 16 + captured;
  }
  const source = await openCaptureFile(file('big-endian', bytes));
  const original = await openCaptureFile('fixtures/socat.pcap');
  expect(await collect(source)).toEqual(await collect(original));
  await Promise.all([source.close(), original.close()]);
});

const hasZstd = isInstalled('zstd');
describe.each(['gzip', 'zstd'])('%s', (kind) => {
  const skip = kind === 'zstd' && !hasZstd;
  const many = Buffer.concat([socat, ...Array<Buffer>(3000).fill(socat.subarray(24))]);
  // Payloads that don't compress, so that there are many blocks.
  const payloads = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  for (let at = 24; at < many.length; at += 146) payloads.update(Buffer.alloc(86)).copy(many, at + 60);
  const compress = (bytes: Buffer) =>
    kind === 'gzip' ? gzipSync(bytes) : execFileSync('zstd', ['-c'], { input: bytes, maxBuffer: 1 << 28 });

  test.skipIf(skip)(`cut in the middle${skip ? ' (SKIPPED: needs zstd)' : ''}`, async () => {
    const whole = compress(many);
    const records = recordsOf(many).map((record) => record.bytes);
    for (const length of [whole.length >> 1, whole.length - 9]) {
      const source = await openCaptureFile(file(`cut-${kind}`, whole.subarray(0, length)));
      const packets = await collect(source);
      expect(source.warnings).toHaveLength(1);
      expect(source.warnings[0]).toMatch(/breaks off .*all whole packets were read/);
      expect(packets.length).toBeGreaterThan(records.length / 3);
      expect(packets.map((packet) => packet.bytes)).toEqual(records.slice(0, packets.length));
      await source.close();
    }
  });

  test.skipIf(skip)(
    `cut in its last bytes, and given in two pieces: every packet is there${skip ? ' (SKIPPED: needs zstd)' : ''}`,
    async () => {
      const bytes = compress(socat);
      for (const at of [1, 20, 24, 60, bytes.length - 10]) {
        const pieces = Readable.from([bytes.subarray(0, at), bytes.subarray(at, -2)]);
        const source = await openCaptureStream(pieces, 'cut');
        expect(await collect(source), `first piece of ${at}`).toHaveLength(recordsOf(socat).length);
        expect(source.warnings[0]).toContain('breaks off inside its compressed data');
        await source.close();
      }
    },
  );

  test.skipIf(skip)(`damaged${skip ? ' (SKIPPED: needs zstd)' : ''}`, async () => {
    const bytes = Buffer.from(compress(many));
    bytes.fill(0xff, 60, bytes.length);
    expect(await failure(file(`damaged-${kind}`, bytes))).toMatch(
      /compressed data is damaged|the file is damaged/,
    );
  });

  test.skipIf(skip)(
    `a bomb of 512 MiB is read in little memory${skip ? ' (SKIPPED: needs zstd)' : ''}`,
    () => {
      // Packets of 256 KiB full of nothing: a thousandth of their size when compressed.
      const record = Buffer.alloc(16 + 262_144);
      record.writeUInt32LE(262_144, 8);
      record.writeUInt32LE(262_144, 12);
      const tool = kind === 'gzip' ? 'gzip -1' : 'zstd -q -3';
      const path = file(`record-${kind}`, record);
      const head = file(`head-${kind}`, socat.subarray(0, 24));
      const bomb = join(folder, `bomb-${kind}`);
      const repeat = `for i in $(seq 32); do cat ${Array(64).fill('"$1"').join(' ')}; done`;
      execFileSync('bash', ['-c', `(cat "$0"; ${repeat}) | ${tool} > "$2"`, head, path, bomb]);
      return readBomb(bomb, 2048);
    },
  );
});

/** Reads in this process, watching how its memory grows. */
async function readBomb(path: string, packets: number): Promise<void> {
  const before = process.memoryUsage().rss;
  let most = 0;
  let count = 0;
  const source = await openCaptureFile(path);
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    count += batch.count;
    most = Math.max(most, process.memoryUsage().rss - before);
  }
  await source.close();
  expect(count).toBe(packets);
  expect(most).toBeLessThan(300 << 20);
}
