/** Files that are written: read again by Wireshark's tools, and byte by byte beside what they were made from. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { openWriter } from '../../../src/capture/write/writer.ts';
import { CaptureError, type PacketBatch, type PacketSource } from '../../../src/packet/source.ts';
import { generatedCaptures, labCaptures } from '../../support/captures.ts';
import { rounds, seeded } from '../../support/mutations.ts';
import { collect } from '../contract.ts';
import { block, description, enhanced, option, section, u16, u32, u64 } from '../file/pcapng-blocks.ts';
import { isInstalled, readWithTshark, recordsOf } from '../oracles.ts';
import { rewrite, writeFrom } from './rewrite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-writer-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const fixtures = [...labCaptures, ...generatedCaptures];
const SOCAT = 'fixtures/socat.pcap';
const NANOSECONDS = 'fixtures/vxlan-nanoseconds.pcap';

const hasTools = isInstalled('tshark', 'editcap', 'mergecap', 'capinfos');
const note = hasTools ? '' : ' (SKIPPED: needs tshark and its tools)';

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function fieldsOf(file: string, ...filter: readonly string[]): string {
  const fields = ['time_epoch', 'len', 'cap_len', 'interface_name', 'comment', 'protocols'];
  return run(
    'tshark',
    '-r',
    file,
    '-T',
    'fields',
    ...fields.flatMap((one) => ['-e', `frame.${one}`]),
    ...filter,
  );
}

/** A section's length is not known before its end: never told. */
function withoutSectionLengths(pcapng: Buffer): Buffer {
  const copy = Buffer.from(pcapng);
  for (let start = 0; start < copy.length; ) {
    const little = copy.readUInt32LE(start) === 0x0a0d0d0a && copy.readUInt32LE(start + 8) === 0x1a2b3c4d;
    if (little) copy.fill(0xff, start + 16, start + 24);
    start += copy.readUInt32LE(start + 4);
  }
  return copy;
}

describe.skipIf(!hasTools)(`every fixture${note}`, () => {
  test.each(fixtures)('%s as pcapng, turned back by editcap: every record', async (fixture) => {
    await rewrite(fixture, at('ours.pcapng'));
    // Both through editcap, which turns byte orders and aliases of link types into those of its own.
    run('editcap', '-F', 'nsecpcap', fixture, at('theirs.pcap'));
    run('editcap', '-F', 'nsecpcap', at('ours.pcapng'), at('ours.pcap'));
    const [theirs, ours] = [readFileSync(at('theirs.pcap')), readFileSync(at('ours.pcap'))];
    expect(recordsOf(theirs).length).toBeGreaterThan(0);
    expect(recordsOf(ours)).toEqual(recordsOf(theirs));
    expect(ours.readUInt32LE(20)).toBe(theirs.readUInt32LE(20));
  });

  test.each(fixtures)('%s copied: byte by byte', async (fixture) => {
    await rewrite(fixture, at('copy.pcap'));
    expect(readFileSync(at('copy.pcap')).equals(readFileSync(fixture))).toBe(true);
    run('editcap', '-F', 'pcapng', fixture, at('theirs.pcapng'));
    await rewrite(at('theirs.pcapng'), at('copy.pcapng'));
    const theirs = withoutSectionLengths(readFileSync(at('theirs.pcapng')));
    expect(readFileSync(at('copy.pcapng')).equals(theirs)).toBe(true);
  });
});

describe.skipIf(!hasTools)(`beside Wireshark's tools${note}`, () => {
  const merged = at('merged.pcapng');
  const commented = at('commented.pcapng');
  if (hasTools) {
    const names = ['socat', 'socat-tun-raw', 'vxlan-nanoseconds', 'vxlan-any-sll2', 'vxlan-snaplen-96'];
    run('mergecap', '-I', 'none', '-w', merged, ...names.map((name) => `fixtures/${name}.pcap`));
    run('editcap', '-a', '1:first', '-a', '3:café "3"', '-a', '9:last', merged, commented);
  }

  test('several interfaces and link types, with comments', async () => {
    await rewrite(commented, at('copy.pcapng'));
    expect(fieldsOf(at('copy.pcapng'))).toBe(fieldsOf(commented));
    expect(fieldsOf(at('copy.pcapng'))).toContain('café "3"');
    const told = (file: string) =>
      run('capinfos', file).replace(/^(File name|File size|SHA256|RIPEMD160|SHA1).*$/gm, '');
    expect(told(at('copy.pcapng'))).toBe(told(commented));
  });

  test('a filter leaves the other packets as they were', async () => {
    await rewrite(commented, at('some.pcapng'), 'udp port 9000');
    expect(fieldsOf(at('some.pcapng'))).toBe(fieldsOf(commented, '-Y', 'udp.port == 9000'));
    expect(fieldsOf(at('some.pcapng'))).toContain('first');
  });

  test('pcap of pcapng: nanoseconds', async () => {
    run('editcap', '-F', 'pcapng', NANOSECONDS, at('nanoseconds.pcapng'));
    await rewrite(at('nanoseconds.pcapng'), at('nanoseconds.pcap'));
    expect(recordsOf(readFileSync(at('nanoseconds.pcap')))).toEqual(recordsOf(readFileSync(NANOSECONDS)));
  });

  test('pcap holds one link type', async () => {
    await expect(rewrite(merged, at('several.pcap'))).rejects.toThrow(
      /several\.pcap: pcap holds packets of one link type, .*; name the file \.pcapng$/,
    );
  });

  test.each(['.pcapng.gz', '.pcap.gz'])('%s', async (ending) => {
    await rewrite(SOCAT, at(`packed${ending}`));
    expect(readFileSync(at(`packed${ending}`)).readUInt16BE(0)).toBe(0x1f8b);
    expect(readWithTshark(at(`packed${ending}`))).toEqual(readWithTshark(SOCAT));
    const plain = gunzipSync(readFileSync(at(`packed${ending}`)));
    expect(plain.readUInt32LE(0)).toBe(ending === '.pcap.gz' ? 0xa1b2c3d4 : 0x0a0d0d0a);
  });

  test("the modified pcap of Kuznetsov's, in both byte orders", async () => {
    const modified = at('modified.pcap');
    run('editcap', '-F', 'modpcap', SOCAT, modified);
    const swapped = readFileSync(modified);
    swapped.subarray(0, 4).swap32();
    swapped.subarray(4, 8).swap16();
    swapped.subarray(8, 24).swap32();
    for (let start = 24; start < swapped.length; ) {
      const captured = swapped.readUInt32LE(start + 8);
      swapped.subarray(start, start + 20).swap32();
      start += 24 + captured;
    }
    writeFileSync(at('swapped.pcap'), swapped);
    for (const name of ['modified.pcap', 'swapped.pcap']) {
      expect(readWithTshark(at(name))).toEqual(readWithTshark(SOCAT));
      await rewrite(at(name), at('plain.pcapng'));
      expect(readWithTshark(at('plain.pcapng'))).toEqual(readWithTshark(SOCAT));
    }
  });

  test('a frame check sequence is told to whoever reads', async () => {
    const bytes = readFileSync(SOCAT);
    bytes.writeUInt32LE(0x24000001, 20);
    writeFileSync(at('fcs.pcap'), bytes);
    await rewrite(at('fcs.pcap'), at('fcs.pcapng'));
    const checks = (file: string) => run('tshark', '-r', file, '-T', 'fields', '-e', 'eth.fcs');
    expect(checks(at('fcs.pcap'))).toMatch(/^0x[0-9a-f]{8}\n/);
    expect(checks(at('fcs.pcapng'))).toBe(checks(at('fcs.pcap')));
    await rewrite(at('fcs.pcapng'), at('fcs-again.pcap'));
    expect(readFileSync(at('fcs-again.pcap')).readUInt32LE(20)).toBe(0x24000001);
  });
});

describe('pcap of old versions: the two lengths in either order', () => {
  const socat = readFileSync(SOCAT);
  /** With the packets' lengths on the wire raised by 100, and their order turned where `turn` says. */
  function aged(major: number, minor: number, turn: (packet: number) => boolean): Buffer {
    const bytes = Buffer.from(socat);
    bytes.writeUInt16LE(major, 4);
    bytes.writeUInt16LE(minor, 6);
    for (let start = 24, packet = 0; start < bytes.length; packet++) {
      const captured = socat.readUInt32LE(start + 8);
      bytes.writeUInt32LE(turn(packet) ? captured + 100 : captured, start + 8);
      bytes.writeUInt32LE(turn(packet) ? captured : captured + 100, start + 12);
      start += 16 + captured;
    }
    return bytes;
  }
  test.each<[string, Buffer]>([
    ['2.2', aged(2, 2, () => true)],
    ['2.3, both orders', aged(2, 3, (packet) => packet % 2 === 0)],
    ['2.4', aged(2, 4, () => false)],
    ['543.0', aged(543, 0, () => true)],
  ])('%s', async (version, bytes) => {
    const path = at(`version-${version}.pcap`);
    writeFileSync(path, bytes);
    const source = await openCaptureFile(path);
    const packets = await collect(source);
    await source.close();
    expect(packets.map((packet) => packet.bytes)).toEqual(recordsOf(socat).map((record) => record.bytes));
    expect(packets.every((packet) => packet.originalLength === packet.capturedLength + 100)).toBe(true);
    if (isInstalled('tcpdump')) {
      const theirs = spawnSync('tcpdump', ['-r', path, '-w', '-'], { maxBuffer: 1 << 24 });
      expect(packets.map((packet) => packet.bytes)).toEqual(recordsOf(theirs.stdout).map((one) => one.bytes));
    }
  });
});

describe('sections of both byte orders, and blocks of every kind between packets', () => {
  const frame = readFileSync(SOCAT).subarray(40, 171);
  const end = (order: 'big' | 'little') => option(order, 0, Buffer.alloc(0));
  /** Each with whether `greater 100` leaves it. */
  const blocks = (['big', 'little'] as const).flatMap((order, i): [Buffer, boolean][] => [
    [section(order), true],
    [
      description(order, 1, option(order, 2, Buffer.from(`eth${i}`)), option(order, 9, Buffer.from([0xa8]))),
      true,
    ],
    // Names: 10.1.0.10 is ab.
    [
      block(
        order,
        4,
        u16(order, 1, 7),
        Buffer.from('0a01000a6162000000', 'hex').subarray(0, 8),
        u32(order, 0),
      ),
      true,
    ],
    [block(order, 0x0a, u32(order, 0x544c534b, 4), Buffer.from('keys')), true],
    [enhanced(order, 0, 2n ** 63n - 5n, frame, 4000), true],
    [block(order, 0xbad, u32(order, 32473), Buffer.from('custom')), true],
    [block(order, 0x40000bad, u32(order, 32473), Buffer.from('custom, for this file')), true],
    [block(order, 9, Buffer.from('__REALTIME_TIMESTAMP=1\n')), true],
    [block(order, 3, u32(order, 60), frame.subarray(0, 60)), false],
    [
      block(
        order,
        2,
        u16(order, 0, 7),
        u32(order, 1, 2, 60, 60),
        frame.subarray(0, 60),
        option(order, 2, u32(order, 1)),
        end(order),
      ),
      false,
    ],
    [block(order, 5, u32(order, 0, 1, 2), option(order, 5, u64(order, 7n)), end(order)), true],
  ]);
  const whole = Buffer.concat(blocks.map(([bytes]) => bytes));
  const left = Buffer.concat(blocks.filter(([, stays]) => stays).map(([bytes]) => bytes));
  writeFileSync(at('all.pcapng'), whole);

  test('copied: byte by byte', async () => {
    await rewrite(at('all.pcapng'), at('all-copy.pcapng'));
    expect(readFileSync(at('all-copy.pcapng')).equals(whole)).toBe(true);
  });

  test('filtered: without the packets that were not taken, and byte by byte else', async () => {
    await rewrite(at('all.pcapng'), at('all-some.pcapng'), 'greater 100');
    expect(readFileSync(at('all-some.pcapng')).equals(left)).toBe(true);
  });

  test.skipIf(!hasTools)(`as Wireshark takes the file apart${note}`, async () => {
    await rewrite(at('all.pcapng'), at('all-some.pcapng'), 'greater 100');
    const protocols = run('tshark', '-r', at('all-some.pcapng'), '-T', 'fields', '-e', '_ws.col.Protocol');
    // Wireshark 4.0 numbers custom blocks and journal entries as packets.
    const each = ['UDP', 'PCAPNG', 'PCAPNG', 'systemd Journal'];
    expect(protocols.trimEnd().split('\n')).toEqual([...each, ...each]);
    // Its own dissector of the format reads one section.
    writeFileSync(at('section.pcapng'), readFileSync(at('all-some.pcapng')).subarray(0, left.length / 2));
    const blockTypes = ['-T', 'fields', '-e', 'pcapng.block.type'];
    const dissected = run(
      'tshark',
      ...['-X', 'read_format:MIME Files Format', '-r', at('section.pcapng')],
      ...[...blockTypes, '-e', 'pcapng.options.option.data.interface.dropped'],
    );
    const [types, drops] = dissected.trimEnd().split('\t');
    expect(types?.split(',').map(Number)).toEqual([0x0a0d0d0a, 1, 4, 10, 6, 0xbad, 0x40000bad, 9, 5]);
    expect(drops).toBe('7');
  });
});

/** Made by hand: batches of what is in a file, as if captured live. */
async function liveFrom(
  path: string,
  statistics: Partial<ReturnType<PacketSource['statistics']>> = {},
): Promise<PacketSource> {
  const { records: _, ...source } = await openCaptureFile(path);
  return {
    ...source,
    isLive: true,
    statistics: () => ({ received: 0, dropped: undefined, ...statistics }),
  };
}

describe('a live capture', () => {
  test.skipIf(!hasTools)(
    `is a whole file at every batch, and ends with what was dropped${note}`,
    async () => {
      const path = at('live.pcapng');
      const source = await liveFrom(SOCAT, { dropped: 3, droppedHere: 4 });
      const writer = openWriter(source, { path });
      expect(readWithTshark(path)).toEqual([]);
      const batch = (await source.next()) as PacketBatch;
      for (let i = 0; i < batch.count; i++) {
        writer.packet(batch, i);
        writer.settle();
        expect(run('capinfos', '-c', '-M', path)).toContain(`Number of packets:   ${i + 1}\n`);
      }
      writer.close();
      await source.close();
      const again = await openCaptureFile(path);
      await collect(again);
      expect(again.statistics().dropped).toBe(7);
      expect(again.warnings).toEqual([]);
      await again.close();
    },
  );
});

/** A file system that is full after some bytes; needs root. */
function withSmallDisk<T>(bytes: number, use: (mount: string) => Promise<T>): Promise<T> {
  const mount = mkdtempSync(join(folder, 'disk-'));
  run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', mount);
  return use(mount).finally(() => run('umount', mount));
}

const isRoot = process.getuid?.() === 0;
describe.skipIf(!isRoot || !hasTools)(`a full disk${isRoot ? note : ' (SKIPPED: needs root)'}`, () => {
  const many = at('many.pcap');
  const socat = readFileSync(SOCAT);
  writeFileSync(many, Buffer.concat([socat, ...Array<Buffer>(4000).fill(socat.subarray(24))]));

  test('no file instead of half of one', () =>
    withSmallDisk(1 << 20, async (mount) => {
      await expect(rewrite(many, join(mount, 'out.pcapng'))).rejects.toThrow(
        /out\.pcapng: writing failed \(no file was made\): no space left there; free some/,
      );
      expect(readdirSync(mount)).toEqual([]);
    }));

  test('of a live capture, whole packets', () =>
    withSmallDisk(1 << 20, async (mount) => {
      const path = join(mount, 'out.pcapng');
      const failure: Error = await writeFrom(await liveFrom(many), { path }).then(
        () => expect.unreachable(),
        (error) => error,
      );
      const source = await openCaptureFile(path);
      const packets = await collect(source);
      expect(source.warnings).toEqual([]);
      expect(packets.length).toBeGreaterThan(1000);
      expect(failure.message).toContain(`out.pcapng: writing failed (whole packets kept: ${packets.length})`);
      await source.close();
      expect(run('capinfos', '-c', '-M', path)).toContain(`Number of packets:   ${packets.length}\n`);
    }));
});

describe('the file', () => {
  test('takes the place of what was there when it is whole, through a link too, and keeps its mode', async () => {
    writeFileSync(at('old.pcap'), 'old', { mode: 0o640 });
    symlinkSync('old.pcap', at('link.pcap'));
    const source = await openCaptureFile(SOCAT);
    const writer = openWriter(source, { path: at('link.pcap') });
    const batch = (await source.next()) as PacketBatch;
    for (let i = 0; i < batch.count; i++) writer.packet(batch, i);
    writer.settle();
    expect(readFileSync(at('old.pcap'), 'utf8')).toBe('old');
    writer.close();
    expect(readFileSync(at('old.pcap')).equals(readFileSync(SOCAT))).toBe(true);
    await source.close();
  });

  test('may be the one that is read', async () => {
    writeFileSync(at('same.pcap'), readFileSync(SOCAT));
    await rewrite(at('same.pcap'), at('same.pcap'), 'src host 10.1.0.10');
    expect(recordsOf(readFileSync(at('same.pcap')))).toHaveLength(4);
  });

  test('leaves nothing behind when it is given up', async () => {
    mkdirSync(at('given-up'));
    const source = await openCaptureFile(SOCAT);
    const writer = openWriter(source, { path: at('given-up/out.pcapng') });
    expect(readdirSync(at('given-up'))).toHaveLength(1);
    writer.discard();
    await source.close();
    expect(readdirSync(at('given-up'))).toEqual([]);
  });

  test.each([
    ['a folder', () => folder, /is a directory; expected a file to write to/],
    ['in no folder', () => at('nowhere/out.pcapng'), /can't be written to: there is no such folder/],
    ['full', () => '/dev/full', /\/dev\/full: writing failed \(.*no space left there/],
  ])('%s', async (_, path, message) => {
    const failure = rewrite(SOCAT, path());
    await expect(failure).rejects.toThrow(CaptureError);
    await expect(failure).rejects.toThrow(message);
  });
});

describe('one file after the other', () => {
  async function rotated(
    name: string,
    rotation: Parameters<typeof openWriter>[1]['rotation'],
  ): Promise<string[]> {
    mkdirSync(at(name));
    const path = at(`${name}/out.pcap`);
    await writeFrom(await openCaptureFile(SOCAT), { path, ...(rotation !== undefined && { rotation }) });
    return readdirSync(at(name))
      .sort()
      .map((file) => join(at(name), file));
  }
  const counts = (files: readonly string[]) => files.map((file) => recordsOf(readFileSync(file)).length);

  test.each([
    ['packets', { packets: 3 }, [3, 3, 2]],
    // 24 bytes of file header, 146 of each packet: the second reaches 300.
    ['size', { fileSize: 300 }, [2, 2, 2, 2]],
    // The pings are 0.2 seconds apart, each with its reply.
    ['duration', { duration: 190 }, [2, 2, 2, 2]],
    ['files', { packets: 3, files: 2 }, [3, 2]],
    ['whichever comes first', { packets: 3, fileSize: 300 }, [2, 2, 2, 2]],
  ])('%s', async (name, rotation, expected) => {
    const files = await rotated(name, rotation);
    expect(counts(files)).toEqual(expected);
    expect(files.every((file) => /^out_0000\d_\d{14}\.pcap$/.test(basename(file)))).toBe(true);
  });

  test('each file of a pcapng begins with the section and its interfaces', async () => {
    const frame = readFileSync(SOCAT).subarray(40, 170);
    const bytes = [section('big'), description('big', 1, option('big', 2, Buffer.from('eth7')))];
    writeFileSync(
      at('two.pcapng'),
      Buffer.concat([...bytes, enhanced('big', 0, 5n, frame), enhanced('big', 0, 6n, frame)]),
    );
    mkdirSync(at('sections'));
    const options = { path: at('sections/out.pcapng'), rotation: { packets: 1 } };
    await writeFrom(await openCaptureFile(at('two.pcapng')), options);
    const files = readdirSync(at('sections')).sort();
    expect(files).toHaveLength(2);
    for (const [i, file] of files.entries()) {
      const expected = Buffer.concat([...bytes, enhanced('big', 0, BigInt(5 + i), frame)]);
      expect(readFileSync(at(`sections/${file}`)).equals(expected)).toBe(true);
    }
  });
});

/** Of each fixture and format. */
const ROUNDS = rounds(4, 40);

/** A file with some bytes changed, cut off, or put in. */
function damaged(bytes: Buffer, random: (below: number) => number): Buffer {
  let copy = Buffer.from(bytes);
  for (let change = 1 + random(4); change > 0; change--) {
    const place = random(copy.length);
    switch (random(4)) {
      case 0:
        copy[place] = random(256);
        break;
      case 1:
        if (place + 4 <= copy.length)
          copy.writeUInt32LE([0, 1, 0xffffffff, 0x7fffffff, 65536][random(5)] as number, place);
        break;
      case 2:
        copy = copy.subarray(0, Math.max(place, 24));
        break;
      default:
        copy = Buffer.concat([copy.subarray(0, place), Buffer.alloc(random(9)), copy.subarray(place)]);
    }
  }
  return copy;
}

describe.skipIf(!hasTools)(`damaged files: what can be read is written, and can be read again${note}`, () => {
  test.each(fixtures.map((fixture, i) => [fixture, seeded(20260713 + i)] as const))(
    '%s',
    async (fixture, random) => {
      let written = 0;
      run('editcap', '-F', 'pcapng', '-a', '1:a comment', fixture, at('whole.pcapng'));
      for (const whole of [readFileSync(fixture), readFileSync(at('whole.pcapng'))]) {
        for (let round = 0; round < ROUNDS; round++) {
          writeFileSync(at('damaged'), damaged(whole, random));
          for (const ending of ['pcapng', 'pcap'] as const) {
            // A copy keeps what lies inside a packet's block; Wireshark takes options less lightly.
            const isCopy = ending === (whole.readUInt32LE(0) === 0x0a0d0d0a ? 'pcapng' : 'pcap');
            const packets = await rescue(at('damaged'), at(`rescued.${ending}`));
            if (packets === undefined) continue;
            if (written++ % 11 !== 0 || isCopy) continue;
            const theirs = spawnSync('capinfos', ['-c', '-M', at(`rescued.${ending}`)], {
              encoding: 'utf8',
            });
            // A link type that Wireshark has no number for is no fault of the file's.
            if (/unknown or unsupported/.test(theirs.stderr)) continue;
            expect(theirs.stdout, theirs.stderr).toContain(`Number of packets:   ${packets}\n`);
          }
        }
      }
      expect(written).toBeGreaterThan(ROUNDS);
    },
  );
});

/** Writes what can be read. @returns how many packets that are; undefined where there is no file to be written */
async function rescue(path: string, rescued: string): Promise<number | undefined> {
  const expected = await packetsOf(path);
  rmSync(rescued, { force: true });
  const failure = await rewrite(path, rescued).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure !== undefined) expect(failure).toBeInstanceOf(CaptureError);
  if (expected === undefined || /pcap holds/.test(String(failure))) return undefined;
  const again = await openCaptureFile(rescued);
  expect(await collect(again)).toEqual(expected);
  expect(again.warnings.filter((warning) => /breaks off/.test(warning))).toEqual([]);
  await again.close();
  return expected.length;
}

/** What is in a file before it is damaged; undefined where it can't even be opened. */
async function packetsOf(path: string) {
  const packets: Awaited<ReturnType<typeof collect>> = [];
  let source: PacketSource;
  try {
    source = await openCaptureFile(path);
  } catch {
    return undefined;
  }
  await collect(source, (packet) => packets.push(packet)).catch(() => undefined);
  await source.close();
  return packets;
}
