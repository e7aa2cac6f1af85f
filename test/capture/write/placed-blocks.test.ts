import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openWriter } from '../../../src/capture/write/writer.ts';
import type { PacketBatch, PacketSource } from '../../../src/packet/source.ts';

const folder = mkdtempSync(join(tmpdir(), 'placed-blocks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** More than one call of writev(2) takes. */
const PACKETS = 2500;
const ROOM = 1 << 18;
const SLOT = 160;
/** Free bytes in front of each packet. */
const FRONT = 48;
/** Where the memory is to the system's calls: its offsets pass 32 bits on the way. */
const ADDRESS = 0x7f00_ffff_8000n;

/** Packets of all lengths, one in five not at a whole word; of two interfaces; with flags and without; over several seconds. */
function memoryOfPackets(): { bytes: Uint8Array; batch: PacketBatch } {
  const bytes = new Uint8Array(PACKETS * SLOT + ROOM).map((_, i) => (i * 31) ^ (i >> 8));
  const numbers = (of: (i: number) => number) => Int32Array.from({ length: PACKETS }, (_, i) => of(i));
  const batch: PacketBatch = {
    bytes,
    view: new DataView(bytes.buffer),
    count: PACKETS,
    start: numbers((i) => i * SLOT + FRONT + (i % 5 === 0 ? i % 4 : 0)),
    capturedLength: numbers((i) => (i * 7) % 90),
    originalLength: numbers((i) => i),
    seconds: Float64Array.from({ length: PACKETS }, (_, i) => 1_700_000_000 + (i >> 8)),
    nanoseconds: numbers((i) => (i * 399_999) % 1_000_000_000),
    interfaceIndex: Uint16Array.from({ length: PACKETS }, (_, i) => (i > 100 && i % 3 === 0 ? 1 : 0)),
    packetFlags: numbers((i) => (i % 11 === 0 ? 0 : i % 7)),
  };
  return { bytes, batch };
}

/** @param isGathered whether the source's memory can be written from */
function written(name: string, isGathered: boolean): Buffer {
  const { bytes, batch } = memoryOfPackets();
  const path = join(folder, name);
  const interfaces = [{ name: 'one', linkType: 1, snapLength: 0 }];
  let calls = 0;
  const write = (descriptor: number, vector: Uint8Array, count: number) => {
    const words = new BigUint64Array(vector.buffer, 0, count * 2);
    let length = 0;
    calls++;
    for (let i = 0; i < words.length; i += 2) {
      const start = Number(words[i] - ADDRESS);
      length += writeSync(descriptor, bytes, start, Number(words[i + 1]));
    }
    return length;
  };
  const source: PacketSource = {
    name: 'made by hand',
    interfaces,
    isLive: false,
    isStream: true,
    warnings: [],
    ...(isGathered && {
      memory: { bytes, room: bytes.subarray(PACKETS * SLOT), address: ADDRESS, write },
    }),
    next: () => Promise.resolve(undefined),
    stop() {},
    statistics: () => ({ received: PACKETS, dropped: undefined }),
    close: () => Promise.resolve(),
  };
  const writer = openWriter(source, { path });
  interfaces.push({ name: 'two', linkType: 1, snapLength: 0 });
  writer.packets(batch, PACKETS - 300);
  for (let i = PACKETS - 300; i < PACKETS; i++) writer.packet(batch, i);
  writer.settle();
  writer.close();
  expect(calls > 0).toBe(isGathered);
  return readFileSync(path);
}

test.each(['placed.pcapng', 'placed.pcap'])('%s: the same file as where packets are copied', (name) => {
  const placed = written(name, true);
  expect(placed.length).toBeGreaterThan(PACKETS * 16);
  expect(placed.equals(written(`copied-${name}`, false))).toBe(true);
});
