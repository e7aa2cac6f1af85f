import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile, openCaptureStream } from '../../../src/capture/file/open-capture.ts';
import { CaptureError } from '../../../src/packet/source.ts';
import { collect } from '../contract.ts';
import { isInstalled, readWithTshark } from '../oracles.ts';
import {
  type ByteOrder,
  block,
  description,
  enhanced,
  option,
  section,
  u16,
  u32,
  u64,
} from './pcapng-blocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-pcapng-'));
afterAll(() => rmSync(folder, { recursive: true }));
const hasTools = isInstalled('tshark', 'editcap', 'mergecap', 'capinfos');
const frame = Buffer.from('02000000000202000000000108004500', 'hex');

function open(...blocks: readonly Uint8Array[]) {
  return openCaptureStream(Readable.from([Buffer.concat(blocks)]), 'test.pcapng');
}

function write(name: string, ...blocks: readonly Uint8Array[]): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat(blocks));
  return path;
}

const orders: readonly ByteOrder[] = ['little', 'big'];
const bothOrders = ['little', 'big', 'big', 'little'] as const;

describe.skipIf(!hasTools)(
  `pcapng beside tshark${hasTools ? '' : ' (SKIPPED: needs tshark and its tools)'}`,
  () => {
    test('sections of both byte orders in one file, each with interfaces of its own', async () => {
      const path = write(
        'orders.pcapng',
        ...bothOrders.flatMap((order, i) => [
          section(order),
          description(order, 1, option(order, 2, Buffer.from(`eth${i}`)), option(order, 0, Buffer.alloc(0))),
          description(order, 101, option(order, 9, Buffer.from([9]))),
          enhanced(order, 0, 1_795_000_000_123_456n, frame),
          enhanced(order, 1, 1_795_000_000_123_456_789n, frame.subarray(14), 1500),
        ]),
      );
      const source = await openCaptureFile(path);
      const packets = await collect(source);
      expect(packets.map(({ linkType: _, ...packet }) => packet)).toEqual(readWithTshark(path));
      expect(packets.map((packet) => packet.linkType)).toEqual([1, 101, 1, 101, 1, 101, 1, 101]);
      expect(source.interfaces.map((one) => one.name)).toEqual(
        bothOrders.flatMap((_, i) => [`eth${i}`, undefined]),
      );
      await source.close();
    });

    // Up to nanoseconds, where tshark keeps all digits.
    const times = [
      0n,
      1n,
      999_999n,
      1_795_000_000_123_456_789n,
      1_000_000_000n * 4_000_000_000n + 999_999_999n,
      2n ** 63n - 1n,
    ];
    test.each([0, 3, 6, 7, 9, 0x80, 0x8a, 0x94, 0x97, 0x9e])('if_tsresol %i', async (resolution) => {
      const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
      // As many seconds as 34 bits hold: beyond, tshark's own clock wraps.
      const fitting = times.filter((time) => time / perSecond < 2n ** 34n);
      expect(fitting.length).toBeGreaterThan(1);
      for (const order of orders) {
        const path = write(
          `resolution-${resolution}-${order}.pcapng`,
          section(order),
          description(order, 1, option(order, 9, Buffer.from([resolution]))),
          ...fitting.map((time) => enhanced(order, 0, time, frame)),
        );
        const source = await openCaptureFile(path);
        const read = (await collect(source)).map((packet) => packet.time);
        expect(read).toEqual(fitting.map((time) => exactTime(time, perSecond)));
        expect(read).toEqual(readWithTshark(path).map((packet) => packet.time));
        await source.close();
      }
    });

    test('if_tsoffset, before and after 1970', async () => {
      const offsets = [3600n, -10n, -1_795_000_010n];
      const path = write(
        'offset.pcapng',
        section('little'),
        ...offsets.map((offset) => description('little', 1, option('little', 14, u64('little', offset)))),
        ...offsets.map((_, id) => enhanced('little', id, 1_795_000_000_250_000n, frame)),
      );
      const source = await openCaptureFile(path);
      const read = (await collect(source)).map((packet) => packet.time);
      expect(read).toEqual(['1795003600.250000000', '1794999990.250000000', '-10.250000000']);
      expect(read.slice(0, 2)).toEqual(
        readWithTshark(path)
          .map((packet) => packet.time)
          .slice(0, 2),
      );
      await source.close();
    });

    test('several interfaces and link types, merged', async () => {
      const path = join(folder, 'merged.pcapng');
      const files = ['socat', 'socat-tun-raw', 'vxlan-nanoseconds', 'vxlan-any-sll2'].map(
        (name) => `fixtures/${name}.pcap`,
      );
      execFileSync('mergecap', ['-F', 'pcapng', '-I', 'none', '-w', path, ...files], { stdio: 'ignore' });
      const source = await openCaptureFile(path);
      const packets = await collect(source);
      expect(packets.map(({ linkType: _, ...packet }) => packet)).toEqual(readWithTshark(path));
      expect([...new Set(packets.map((packet) => packet.linkType))].sort()).toEqual([1, 101, 276]);
      expect(source.interfaces).toHaveLength(4);
      await source.close();
    });

    test('simple and obsolete packet blocks, unknown blocks in between', async () => {
      const path = write(
        'old.pcapng',
        section('little'),
        description('little', 1),
        block('little', 0x0101, Buffer.alloc(100, 0xff)),
        block('little', 3, u32('little', frame.length), frame),
        block('little', 4, Buffer.alloc(4)),
        block(
          'little',
          2,
          u16('little', 0, 0xffff),
          u32('little', 417_934, 3_205_000_000, 14, 60),
          frame.subarray(0, 14),
        ),
        enhanced('little', 0, 1_795_000_000_000_000n, frame),
      );
      const source = await openCaptureFile(path);
      const packets = await collect(source);
      const [simple, ...others] = readWithTshark(path);
      expect(packets.slice(1).map(({ linkType: _, ...packet }) => packet)).toEqual(others);
      expect(packets[0]?.bytes).toBe(simple?.bytes);
      expect(packets[0]?.time).toBe('0.000000000');
      expect(source.warnings).toEqual([
        `${path}: some packets carry no time (simple packet blocks): shown as 0`,
      ]);
      await source.close();
    });

    test('capinfos agrees on the drop count', async () => {
      const statistics = (id: number, drops: bigint) =>
        block(
          'big',
          5,
          u32('big', id, 417_934, 0),
          option('big', 5, u64('big', drops)),
          option('big', 0, Buffer.alloc(0)),
        );
      const path = write(
        'drops.pcapng',
        section('big'),
        description('big', 1),
        description('big', 1),
        enhanced('big', 0, 1_795_000_000_000_000n, frame),
        statistics(0, 3n),
        statistics(1, 40n),
        statistics(0, 7n),
      );
      const source = await openCaptureFile(path);
      expect(source.statistics().dropped).toBeUndefined();
      await collect(source);
      // The last block of an interface holds: 7 on the first, 40 on the second.
      expect(source.statistics()).toEqual({ received: 1, dropped: 47, droppedAt: [7, 40], readShare: 1 });
      await source.close();
    });
  },
);

/** The reference, in whole numbers: seconds and the nanoseconds that are full. */
function exactTime(time: bigint, perSecond: bigint): string {
  const nanoseconds = ((time % perSecond) * 1_000_000_000n) / perSecond;
  return `${time / perSecond}.${String(nanoseconds).padStart(9, '0')}`;
}

test.each([10, 12, 19, 30, 127, 0x80 | 24, 0x80 | 40, 0x80 | 63, 0xff])(
  'if_tsresol %i, finer than tshark takes',
  async (resolution) => {
    const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
    const times = [0n, 1n, 123_456_789_012_345_678n, 2n ** 64n - 1n];
    const source = await open(
      section('big'),
      description('big', 1, option('big', 9, Buffer.from([resolution]))),
      ...times.map((time) => enhanced('big', 0, time, frame)),
    );
    expect((await collect(source)).map((packet) => packet.time)).toEqual(
      times.map((time) => exactTime(time, perSecond)),
    );
  },
);

describe('damage', () => {
  const head = Buffer.concat([section('little'), description('little', 1), enhanced('little', 0, 5n, frame)]);
  const lie = (at: number, value: number) => {
    const bytes = Buffer.from(enhanced('little', 0, 6n, frame));
    bytes.writeUInt32LE(value, at);
    return bytes;
  };
  test.each([
    ['a length that is no multiple of 4', lie(4, 46), /claims 46 bytes; expected a multiple of 4/],
    ['a length too short for its type', lie(4, 16), /claims 16 bytes; expected 32 or more for type 6/],
    ['a length of nothing', lie(4, 0), /claims 0 bytes/],
    ['two lengths that differ', lie(44, 52), /claims 48 bytes at its start and 52 at its end/],
    ['a packet longer than its block', lie(20, 17), /claims 17 captured bytes, but has room for 16/],
    ['a packet of 4 GiB', lie(20, 0xffffffff), /claims 4294967295 captured bytes/],
    [
      'a block longer than anybody writes',
      lie(4, 0xfffffffc),
      /claims 4294967292 bytes; expected at most 16777216/,
    ],
    [
      'an interface that nobody described',
      lie(8, 1),
      /is a packet of interface 1, but only 1 were described/,
    ],
    [
      'a section without byte order',
      block('little', 0x0a0d0d0a, Buffer.alloc(16)),
      /without the byte-order magic/,
    ],
    ['a section of the future', section('big', 2), /version 2; expected version 1/],
  ])('%s', async (_, bad, message) => {
    const source = await open(head, bad, enhanced('little', 0, 7n, frame));
    expect((await source.next())?.count).toBe(1);
    const error = await source.next().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CaptureError);
    expect((error as CaptureError).message).toMatch(message);
    expect((error as CaptureError).message).toContain(`block at byte ${head.length}, after packet 1`);
    expect(await source.next()).toBeUndefined();
  });

  test('a skipped block of any length costs no memory', async () => {
    const huge = 40 << 20;
    const source = await openCaptureStream(
      Readable.from(
        (function* () {
          yield head;
          yield u32('little', 0x0101, huge);
          for (let left = huge - 12; left > 0; left -= 1 << 20) yield Buffer.alloc(Math.min(left, 1 << 20));
          yield u32('little', huge);
          yield enhanced('little', 0, 9n, frame);
        })(),
      ),
      'test.pcapng',
    );
    expect(await collect(source)).toHaveLength(2);
    expect(source.warnings).toEqual([]);
  });

  test('options that run over their block are left', async () => {
    const bad = description('little', 1, u16('little', 2, 0xffff), Buffer.from('eth0'));
    const source = await open(section('little'), bad, enhanced('little', 0, 5n, frame));
    expect(await collect(source)).toHaveLength(1);
    expect(source.interfaces[0]?.name).toBeUndefined();
  });
});

test('a file that breaks off anywhere gives all whole packets and at most one warning', async () => {
  const blocks = [
    section('big'),
    description('big', 1),
    enhanced('big', 0, 5n, frame),
    block('big', 0x0101, Buffer.alloc(20)),
    enhanced('big', 0, 6n, frame.subarray(0, 13)),
    section('little'),
    description('little', 101),
    enhanced('little', 0, 6n, frame),
    block('little', 3, u32('little', 5), Buffer.alloc(8)),
  ];
  const ends = blocks.map((_, i) => Buffer.concat(blocks.slice(0, i + 1)).length);
  const packetEnds = [2, 4, 7, 8].map((i) => ends[i] as number);
  const whole = Buffer.concat(blocks);
  for (let cut = 4; cut <= whole.length; cut++) {
    const source = await open(whole.subarray(0, cut));
    const packets = await collect(source);
    const expected = packetEnds.filter((end) => end <= cut).length;
    expect(packets, `cut at ${cut}`).toHaveLength(expected);
    const others = source.warnings.filter((warning) => !warning.includes('carry no time'));
    if (ends.includes(cut))
      expect(others).toEqual(expected === 0 ? ['test.pcapng: the file holds no packets'] : []);
    else {
      expect(others).toHaveLength(1);
      expect(others[0]).toContain(`breaks off at byte ${cut} of its content, in the middle of`);
    }
    await source.close();
  }
});

test('fixtures cut at every byte, through a plain file', async () => {
  const bytes = readFileSync('fixtures/socat.pcap');
  const path = join(folder, 'cut.pcap');
  const ends = [24];
  while ((ends.at(-1) as number) < bytes.length) {
    const at = ends.at(-1) as number;
    ends.push(at + 16 + bytes.readUInt32LE(at + 8));
  }
  for (let cut = 24; cut <= bytes.length; cut++) {
    writeFileSync(path, bytes.subarray(0, cut));
    const source = await openCaptureFile(path);
    const expected = ends.filter((end) => end <= cut).length - 1;
    expect(await collect(source), `cut at ${cut}`).toHaveLength(expected);
    if (cut === 24) expect(source.warnings).toEqual([`${path}: the file holds no packets`]);
    else if (ends.includes(cut)) expect(source.warnings).toEqual([]);
    else {
      expect(source.warnings).toEqual([
        `${path}: the file breaks off at byte ${cut}, in the middle of packet ${expected + 1}; all whole packets were read`,
      ]);
    }
    await source.close();
  }
});
