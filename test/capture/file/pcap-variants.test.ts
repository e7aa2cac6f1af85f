/** pcap's relatives, byte by byte by hand, with tshark and tcpdump reading the same files where they can. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { mergecapVersion } from '../../support/tshark.ts';
import { collect } from '../contract.ts';
import { isInstalled, readWithTshark, recordsOf } from '../oracles.ts';
import { rewrite } from '../write/rewrite.ts';
import { type ByteOrder, u16, u32 } from './pcapng-blocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-variants-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 60, 20 and 40 bytes captured of 60, 90 and 40. */
const PACKETS = [
  { captured: 60, original: 60 },
  { captured: 20, original: 90 },
  { captured: 40, original: 40 },
];
const FRACTIONS = [1, 999_999, 123_456];

interface Variant {
  readonly magic: number;
  readonly version?: readonly [number, number];
  readonly linkType?: number;
  /** Bytes behind the file's header. */
  readonly more?: number;
  /** Bytes behind the four words of a packet's header. */
  readonly packetMore?: number;
  readonly swapped?: boolean;
}

function made(order: ByteOrder, variant: Variant): Buffer {
  const { magic, version = [2, 4], linkType = 1, more = 0, packetMore = 0, swapped = false } = variant;
  const parts = [u32(order, magic), u16(order, ...version), u32(order, 0, 0, 65_535, linkType)];
  parts.push(Buffer.alloc(more));
  for (const [i, { captured, original }] of PACKETS.entries()) {
    const lengths = swapped ? [original, captured] : [captured, original];
    parts.push(u32(order, 1_795_000_000 + i, FRACTIONS[i] as number, ...lengths));
    // What Linux put there: an interface's number, an EtherType, a packet type.
    parts.push(
      Buffer.concat([u32(order, 2), u16(order, 0x0800, 0), Buffer.alloc(4)]).subarray(0, packetMore),
    );
    parts.push(Buffer.alloc(captured, i + 1));
  }
  return Buffer.concat(parts);
}

interface Case {
  readonly name: string;
  readonly variant: Variant;
  readonly readBy: readonly ('tshark' | 'tcpdump')[];
  readonly linkType?: number;
  readonly nanoseconds?: boolean;
}

const BOTH = ['tshark', 'tcpdump'] as const;
const USUAL = 0xa1b2c3d4;
const MODIFIED = 0xa1b2cd34;
const cases: readonly Case[] = [
  { name: 'microseconds', variant: { magic: USUAL }, readBy: BOTH },
  { name: 'nanoseconds', variant: { magic: 0xa1b23c4d }, readBy: BOTH, nanoseconds: true },
  { name: 'version 2.2', variant: { magic: USUAL, version: [2, 2], swapped: true }, readBy: BOTH },
  { name: 'version 2.3', variant: { magic: USUAL, version: [2, 3] }, readBy: BOTH },
  { name: 'version 2.3 as 2.2', variant: { magic: USUAL, version: [2, 3], swapped: true }, readBy: BOTH },
  { name: 'DG/UX', variant: { magic: USUAL, version: [543, 0], swapped: true }, readBy: BOTH },
  { name: 'version 2.5', variant: { magic: USUAL, version: [2, 5] }, readBy: ['tshark'] },
  { name: 'version 3.0', variant: { magic: USUAL, version: [3, 0] }, readBy: ['tshark'] },
  { name: 'Kuznetsov’s', variant: { magic: MODIFIED, packetMore: 8 }, readBy: BOTH },
  { name: 'SuSE 6.3’s', variant: { magic: MODIFIED, packetMore: 12 }, readBy: ['tshark'] },
  { name: 'Red Hat 6.1’s', variant: { magic: USUAL, packetMore: 8 }, readBy: ['tshark'] },
  { name: 'Nokia’s', variant: { magic: USUAL, packetMore: 4 }, readBy: ['tshark'] },
  { name: 'netsniff-ng’s', variant: { magic: 0xa1e2cb12, packetMore: 8 }, readBy: [], nanoseconds: true },
  {
    name: 'IXIA’s hardware',
    variant: { magic: 0x1c0001ac, more: 4 },
    // Microseconds to Wireshark 4.0, whose mergecap makes one file of all.
    readBy: mergecapVersion === '4.0' ? [] : ['tshark'],
    nanoseconds: true,
  },
  { name: 'IXIA’s software', variant: { magic: 0x1c0001ab, more: 4 }, readBy: ['tshark'] },
  ...(
    [
      ['Ethernet', 6, 1],
      ['Token Ring', 9, 6],
      ['loopback', 24, 0],
    ] as const
  ).map(([what, from, to]) => ({
    name: `AIX’s ${what}`,
    variant: { magic: USUAL, version: [2, 2] as const, swapped: true, linkType: from },
    readBy: ['tshark'] as const,
    linkType: to,
    nanoseconds: true,
  })),
];

function packetsOf({ nanoseconds = false }: Case) {
  const digits = (fraction: number) =>
    nanoseconds ? String(fraction).padStart(9, '0') : `${String(fraction).padStart(6, '0')}000`;
  return PACKETS.map(({ captured, original }, i) => ({
    time: `${1_795_000_000 + i}.${digits(FRACTIONS[i] as number)}`,
    capturedLength: captured,
    originalLength: original,
    bytes: Buffer.alloc(captured, i + 1).toString('hex'),
  }));
}

const orders: readonly ByteOrder[] = ['little', 'big'];

describe.each(cases)('$name', (one) => {
  const { name, variant, linkType = 1 } = one;
  const expected = packetsOf(one);

  test.each(orders)('%s-endian', async (order) => {
    const path = join(folder, `${name.replaceAll(/\W/g, '-')}-${order}.pcap`);
    writeFileSync(path, made(order, variant));
    const source = await openCaptureFile(path);
    expect(await collect(source)).toEqual(expected.map((packet) => ({ ...packet, linkType })));
    const unknown = /version (2\.5|3\.0)/.test(name);
    expect(source.warnings).toEqual(unknown ? [`${path}: undefined pcap ${name}: read as version 2.4`] : []);
    await source.close();

    // What is written of it is usual pcap, whatever was read.
    const copy = `${path}-copy.pcap`;
    await rewrite(path, copy);
    const again = await openCaptureFile(copy);
    expect(await collect(again)).toEqual(expected.map((packet) => ({ ...packet, linkType })));
    await again.close();
  });
});

describe('read by others', () => {
  /** Every case in both byte orders, written to files. */
  function written(program: 'tshark' | 'tcpdump') {
    const read = cases.filter((one) => one.readBy.includes(program));
    return read.flatMap((one, i) =>
      orders.map((order) => {
        const path = join(folder, `${program}-${i}-${order}.pcap`);
        writeFileSync(path, made(order, one.variant));
        return { path, expected: packetsOf(one) };
      }),
    );
  }

  const hasTshark = isInstalled('tshark', 'mergecap');
  test.skipIf(!hasTshark)(`as tshark${hasTshark ? '' : ' (SKIPPED: needs tshark and mergecap)'}`, () => {
    const files = written('tshark');
    // Nobody else reads netsniff-ng's.
    expect(files).toHaveLength(2 * (cases.length - (mergecapVersion === '4.0' ? 2 : 1)));
    const merged = join(folder, 'merged.pcapng');
    const paths = files.map((file) => file.path);
    execFileSync('mergecap', ['-a', '-I', 'none', '-w', merged, ...paths], { stdio: 'ignore' });
    expect(readWithTshark(merged)).toEqual(files.flatMap((file) => file.expected));
  });

  const hasTcpdump = isInstalled('tcpdump');
  test.skipIf(!hasTcpdump)(`as tcpdump${hasTcpdump ? '' : ' (SKIPPED: needs tcpdump)'}`, () => {
    const files = written('tcpdump');
    expect(files.length).toBeGreaterThan(0);
    for (const { path, expected } of files) {
      const { stdout } = spawnSync('tcpdump', ['-r', path, '--nano', '-w', '-'], { maxBuffer: 1 << 20 });
      expect(recordsOf(stdout).map((record) => record.bytes)).toEqual(expected.map((packet) => packet.bytes));
    }
  });
});

test.each([
  ['a1b234cd', /libpcap names but nobody reads/],
  ['4d3c2ba1', /Navtel’s pcap, which libpcap names but nobody reads/],
  ['a1b2c3cb', /libpcap filter program, which holds no packets/],
])('the magic number %s is named', async (magic, message) => {
  const path = join(folder, `${magic}.pcap`);
  writeFileSync(path, Buffer.from(`${magic}00020004${'00'.repeat(16)}`, 'hex'));
  await expect(openCaptureFile(path)).rejects.toThrow(message);
});

test.each([0, 1])('version %i.0 is older than the format', async (major) => {
  const path = join(folder, `version-${major}.pcap`);
  writeFileSync(path, made('little', { magic: USUAL, version: [major, 0] }));
  await expect(openCaptureFile(path)).rejects.toThrow(`pcap version ${major}.0; expected version 2`);
});

test('IXIA’s header may break off too', async () => {
  const path = join(folder, 'short.lcap');
  writeFileSync(path, made('little', { magic: 0x1c0001ac, more: 4 }).subarray(0, 26));
  await expect(openCaptureFile(path)).rejects.toThrow('breaks off at byte 26, in its header of 28 bytes');
});
