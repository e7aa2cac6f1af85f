import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeSources } from '../../../src/capture/file/merged-source.ts';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { createConversations } from '../../../src/tui/boards/conversation-counts.ts';
import { createProtocolTree } from '../../../src/tui/boards/protocol-counts.ts';
import { ingest } from '../../../src/tui/packets/ingest.ts';
import { type FoundPacket, PacketStore } from '../../../src/tui/packets/store.ts';
import { createPingTracker } from '../../../src/verdict/verify.ts';
import { labCaptures } from '../../support/captures.ts';
import { batchOf, numberedFrame, pcapHeader, pcapRecord } from '../support/capture.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-store-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(path: string, keepInMemory = false) {
  const source = await openCaptureFile(path);
  const store = new PacketStore({ interfaces: source.interfaces, ...(!keepInMemory && { files: [path] }) });
  const decoder = createDecoder();
  const tracker = createPingTracker({ decoder });
  let slices = 0;
  await ingest({
    source,
    store,
    tracker,
    tree: createProtocolTree(),
    conversations: createConversations(tracker.tunnels),
    decoder,
    onSlice: () => {
      slices++;
    },
  });
  await source.close();
  return { store, tracker, slices: () => slices };
}

function bytesOf(packet: FoundPacket | undefined): Buffer {
  if (packet === undefined) throw new Error('the packet is gone');
  const { view, start, capturedLength } = packet;
  return Buffer.from(view.buffer, view.byteOffset + start, capturedLength);
}

describe.each([
  ['read again from the file', false],
  ['kept in memory', true],
])('packets %s', (_name, keepInMemory) => {
  it.each(labCaptures)('%s', async (path) => {
    const { store } = await load(path, keepInMemory);
    // pcap in the order of this machine's tcpdump: 24 bytes of header, 16 before each packet.
    const file = readFileSync(path);
    const isNanoseconds = file.readUInt32LE(0) === 0xa1b23c4d;
    let at = 24;
    let number = 0;
    for (; at < file.length; number++) {
      const found = store.find(number);
      const captured = file.readUInt32LE(at + 8);
      expect(bytesOf(found).equals(file.subarray(at + 16, at + 16 + captured))).toBe(true);
      expect(found?.seconds).toBe(file.readUInt32LE(at));
      expect(found?.nanoseconds).toBe(file.readUInt32LE(at + 4) * (isNanoseconds ? 1 : 1000));
      expect(found?.originalLength).toBe(file.readUInt32LE(at + 12));
      expect(found?.linkType).toBe(file.readUInt32LE(20));
      at += 16 + captured;
    }
    expect(store.count).toBe(number);
    expect(store.buffer === undefined).toBe(!keepInMemory);
  });
});

describe('a large file', () => {
  const COUNT = 300_000;
  let path: string;
  beforeAll(() => {
    path = join(folder, 'large.pcap');
    const records = Array.from({ length: COUNT }, (_, i) => pcapRecord(numberedFrame(i, 60 + (i % 90)), i));
    writeFileSync(path, Buffer.concat([pcapHeader(), ...records]));
  });

  it('is found packet by packet, forwards, backwards and by leaps', async () => {
    const { store } = await load(path);
    expect(store.count).toBe(COUNT);
    const numbers = [0, 1, 2, COUNT - 1, COUNT - 2, 65_535, 65_536, 0, 150_000, 149_999, 150_001];
    for (let i = 0; i < 500; i++) numbers.push((i * 7919) % COUNT);
    for (const number of numbers) {
      const bytes = bytesOf(store.find(number));
      expect([number, bytes.readUInt32BE(14), bytes.length]).toEqual([number, number, 60 + (number % 90)]);
    }
  });

  it('lets other things happen while it loads', async () => {
    let turns = 0;
    let isLoading = true;
    const turn = () => {
      turns++;
      if (isLoading) setImmediate(turn);
    };
    setImmediate(turn);
    const { slices } = await load(path);
    isLoading = false;
    expect(turns).toBeGreaterThan(3);
    expect(slices()).toBeGreaterThan(3);
  });

  it('that is cut while it is open says which packets are gone', async () => {
    const copy = join(folder, 'cut.pcap');
    writeFileSync(copy, readFileSync(path));
    const { store } = await load(copy);
    truncateSync(copy, 24 + 16 + 60 + 16 + 30);
    expect(bytesOf(store.find(0)).readUInt32BE(14)).toBe(0);
    expect(store.find(1)).toBeUndefined();
    expect(store.find(COUNT - 1)).toBeUndefined();
  });
});

it('finds packets past 4 GiB of a file where they are', () => {
  // Sparse: only the packets' own blocks are on the disk.
  const path = join(folder, 'large.pcap');
  const places = [40, 2 ** 31 - 30, 2 ** 32 - 30, 2 ** 32 + 60, 5 * 2 ** 30, 3 * 2 ** 40];
  const frames = places.map((_, number) => numberedFrame(number));
  const file = openSync(path, 'w');
  for (const [number, place] of places.entries()) writeSync(file, frames[number] as Buffer, 0, 60, place);
  closeSync(file);
  const store = new PacketStore({
    interfaces: [{ name: 'eth0', linkType: 1, snapLength: 0 }],
    files: [path],
  });
  const batch = { ...batchOf(frames, 0), fileOffset: Float64Array.from(places) };
  for (let i = 0; i < places.length; i++) store.append(batch, i);
  expect(store.last().offset).toBe(3 * 2 ** 40);
  for (const number of [5, 0, 4, 1, 3, 2]) {
    expect(bytesOf(store.find(number)).equals(frames[number] as Buffer)).toBe(true);
  }
  store.close();
});

describe('memory that is bounded', () => {
  const interfaces = [{ name: 'eth0', linkType: 1, snapLength: 0 }];

  it('loses the oldest packets, and counts them', () => {
    const store = new PacketStore({ interfaces, buffer: 4 << 20 });
    const batch = 1000;
    for (let first = 0; first < 100_000; first += batch) {
      const frames = Array.from({ length: batch }, (_, i) => numberedFrame(first + i, 200));
      const packets = batchOf(frames, first);
      for (let i = 0; i < batch; i++) store.append(packets, i);
    }
    // 4 MiB of packets of 200 bytes are 20,971; chunks of 1 MiB leave as a whole.
    expect(store.count - store.first).toBeGreaterThan(15_700);
    expect(store.count - store.first).toBeLessThanOrEqual(20_972);
    expect(store.find(store.first - 1)).toBeUndefined();
    for (const number of [store.first, store.first + 1, store.count - 1]) {
      expect(bytesOf(store.find(number)).readUInt32BE(14)).toBe(number);
    }
    expect([store.firstSeconds, store.firstNanoseconds]).toEqual([1_700_000_000, 0]);
  });

  it('is not filled without limit by packets without bytes', () => {
    const store = new PacketStore({ interfaces, buffer: 2 << 20 });
    const packets = batchOf(new Array(1000).fill(new Uint8Array(0)), 0);
    for (let i = 0; i < 300_000; i++) store.append(packets, i % 1000);
    expect(store.first).toBeGreaterThan(100_000);
  });

  it('holds a packet that is larger than a chunk', () => {
    const store = new PacketStore({ interfaces, buffer: 8 << 20 });
    const frames = [numberedFrame(0), numberedFrame(1, 3 << 20), numberedFrame(2)];
    const packets = batchOf(frames, 0);
    for (let i = 0; i < 3; i++) store.append(packets, i);
    for (const [number, frame] of frames.entries())
      expect(bytesOf(store.find(number)).equals(frame)).toBe(true);
  });
});

it('counts pings while it loads', async () => {
  const { tracker } = await load('fixtures/vxlan.pcap');
  expect(tracker.snapshot()).toMatchObject({ requests: 4, answered: 4, duplicates: 0 });
});

it('finds the packets of several files, each in its own', async () => {
  const paths = [0, 1].map((file) => {
    const path = join(folder, `of-two-${file}.pcap`);
    const numbers = Array.from({ length: 300 }, (_, i) => i * 2 + file);
    // Records of one are much longer than those of the other.
    const records = numbers.map((number) =>
      pcapRecord(numberedFrame(number, file === 0 ? 60 : 4000), number),
    );
    writeFileSync(path, Buffer.concat([pcapHeader(), ...records]));
    return path;
  });
  const sources = await Promise.all(paths.map((path) => openCaptureFile(path)));
  const source = mergeSources(sources, { names: ['a', 'b'] });
  const store = new PacketStore({ interfaces: source.interfaces, files: paths, fileOf: source.sourceOf });
  for (let batch = await source.next(); batch !== undefined; batch = await source.next())
    for (let i = 0; i < batch.count; i++) store.append(batch, i);
  await source.close();
  expect([store.count, store.buffer]).toEqual([600, undefined]);
  for (const number of [0, 1, 599, 300, 301, 2, 598]) {
    expect(bytesOf(store.find(number)).readUInt32BE(14)).toBe(number);
    expect(store.find(number)?.interfaceIndex).toBe(number % 2);
  }
  store.close();
});
