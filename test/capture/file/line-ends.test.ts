/** What happens to captures on their way: put behind each other, and line ends changed, each told in one line and without a packet that never was. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile, openCaptureStream } from '../../../src/capture/file/open-capture.ts';
import type { PacketSource } from '../../../src/packet/source.ts';
import { type Packet, packetsBefore } from '../contract.ts';
import { recordsOf } from '../oracles.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-line-ends-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PCAP = readFileSync('fixtures/socat.pcap');
const NANOSECONDS = readFileSync('fixtures/vxlan-nanoseconds.pcap');
const PCAPNG = readFileSync('fixtures/socat-points.pcapng');

/** As a terminal does. */
function withReturns(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function openFile(name: string, bytes: Buffer): Promise<PacketSource> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return openCaptureFile(path);
}

/** What was read before it failed, and why it did. */
async function read(
  opening: Promise<PacketSource>,
): Promise<{ packets: Packet[]; message: string | undefined }> {
  try {
    return await packetsBefore(await opening);
  } catch (error) {
    return { packets: [], message: (error as Error).message };
  }
}

describe('two captures behind each other', () => {
  test.each([
    { name: 'pcap and pcap', first: PCAP, second: PCAP, kind: 'pcap' },
    { name: 'pcap and pcap of nanoseconds', first: PCAP, second: NANOSECONDS, kind: 'pcap' },
    { name: 'pcap and pcapng', first: PCAP, second: PCAPNG, kind: 'pcapng' },
    { name: 'pcap and gzip', first: PCAP, second: gzipSync(PCAP), kind: 'gzip' },
  ])('$name', async ({ first, second, kind }) => {
    const both = Buffer.concat([first, second]);
    for (const opening of [openFile('both', both), openCaptureStream(pieces(both, 100), 'a pipe')]) {
      const { packets, message } = await read(opening);
      expect(packets.map(({ bytes }) => bytes)).toEqual(recordsOf(first).map(({ bytes }) => bytes));
      expect(message).toContain(
        `the header of another capture (${kind}) is at byte ${first.length}, after packet ${packets.length}`,
      );
      expect(message).toContain('mergecap');
    }
  });

  test('pcapng and pcap', async () => {
    const { packets, message } = await read(openFile('both', Buffer.concat([PCAPNG, PCAP])));
    const alone = await read(openFile('alone', PCAPNG));
    expect(alone.message).toBeUndefined();
    expect(packets).toEqual(alone.packets);
    expect(message).toContain(`another capture (pcap) is at byte ${PCAPNG.length}`);
  });

  test('compressed ones, which gunzip puts behind each other too', async () => {
    const { packets, message } = await read(
      openFile('both', Buffer.concat([gzipSync(PCAP), gzipSync(PCAP)])),
    );
    expect(packets).toHaveLength(8);
    expect(message).toContain('another capture (pcap)');
  });

  test('pcapng and pcapng are one file by its own rules', async () => {
    const { message } = await read(openFile('both', Buffer.concat([PCAPNG, PCAPNG])));
    expect(message).toBeUndefined();
  });
});

describe('through a terminal', () => {
  test.each([
    'fixtures/socat.pcap',
    'fixtures/vxlan.pcap',
    'fixtures/vxlan-nanoseconds.pcap',
    'fixtures/ipip.pcap',
    'fixtures/generated/applications.pcap',
    'fixtures/flannel.pcap',
  ])('%s', async (path) => {
    const good = readFileSync(path);
    const sent = withReturns(good);
    expect(sent.length).toBeGreaterThan(good.length);
    for (const opening of [openFile('sent', sent), openCaptureStream(pieces(sent, 300), 'a pipe')]) {
      const { packets, message } = await read(opening);
      expect(message).toContain('came through a terminal, which put 0d before every 0a');
      // From a pipe, packets before the first line end are right.
      const before = (await read(openCaptureFile(path))).packets.slice(0, packets.length);
      expect(packets).toEqual(before);
    }
  });

  test('pcapng', async () => {
    const { packets, message } = await read(openFile('sent', withReturns(PCAPNG)));
    expect(packets).toEqual([]);
    expect(message).toContain('came through a terminal');
  });

  test('pcapng that went the other way', async () => {
    const sent = Buffer.from(PCAPNG.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    expect((await read(openFile('sent', sent))).message).toContain('every 0d 0a became 0a');
  });

  test('text that ends its lines so by itself is no fault', async () => {
    const text = Buffer.from('GET / HTTP/1.1\r\nHost: example.net\r\n\r\n');
    const header = Buffer.from(Uint32Array.of(1_700_000_000, 1, text.length, text.length).buffer);
    const bytes = Buffer.concat([
      PCAP.subarray(0, 24),
      ...Array.from({ length: 50 }, () => [header, text]).flat(),
    ]);
    for (const opening of [openFile('text', bytes), openCaptureStream(pieces(bytes, 70), 'a pipe')]) {
      const { packets, message } = await read(opening);
      expect(message).toBeUndefined();
      expect(packets).toHaveLength(50);
    }
  });
});
