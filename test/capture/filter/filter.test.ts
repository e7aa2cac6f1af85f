/** Filters beside libpcap's own run of them, packet for packet. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { type BpfProgram, translateBpf } from '../../../src/capture/filter/bpf.ts';
import { bpfModule } from '../../../src/capture/filter/bpf-module.ts';
import { compileFilter, filtered } from '../../../src/capture/filter/filter.ts';
import { packets } from '../../../src/library/sources.ts';
import { CaptureError } from '../../../src/packet/source.ts';
import { webAssembly } from '../../../src/packet/web-assembly.ts';
import { generatedCaptures, labCaptures } from '../../support/captures.ts';
import { collect } from '../contract.ts';
import { filterWithTcpdump, isInstalled, recordsOf } from '../oracles.ts';
import { FilteredByLibpcap } from './libpcap-filter.ts';

type BpfMatches = (start: number, captured: number, original: number) => number;

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-filter-'));
const opened = new Map<string, FilteredByLibpcap>();
afterAll(() => {
  for (const one of opened.values()) one.close();
  rmSync(folder, { recursive: true });
});

function filterWithLibpcap(file: string, expression: string): string[] | undefined {
  const theirs = opened.get(file) ?? new FilteredByLibpcap(file);
  opened.set(file, theirs);
  return theirs.take(expression);
}

const expressions = [
  '',
  'udp port 9000',
  'udp',
  'icmp',
  'arp',
  'ip6',
  'tcp',
  'ip proto 4',
  'vlan',
  'vlan 10 and ip',
  'host 10.1.0.10',
  'src host 10.1.0.10 and dst net 10.2.0.0/16',
  'net 172.16.0.0/16',
  'not net 10.0.0.0/8',
  'portrange 4000-9000',
  'udp dst port 4789 or udp dst port 8472',
  'greater 140',
  'less 120',
  'len > 100 and len <= 148',
  'ip[8] < 64',
  'ip[6:2] & 0x1fff != 0',
  'icmp[icmptype] == icmp-echo',
  'icmp[4:2] > 2 or udp[4:2] = 96',
  'ip[2:2] - ((ip[0] & 0xf) << 2) > 90',
  'ip[9] * 3 = 51 and ip[9] / 5 = 3 and ip[9] % 4 = 1 and ip[9] ^ 1 = 16',
  'udp[len - 40] > 7 or ip[ip[8]] = 0',
  'ether[0] & 1 = 1',
  'ether host 02:00:00:00:00:01',
  'ether broadcast or ether multicast',
  'ip6 protochain 58',
  'vxlan 42',
  'geneve',
  'mpls',
] as const;

const canCompile = isInstalled('tcpdump') && hasKoffi();
function hasKoffi(): boolean {
  try {
    createRequire(import.meta.url).resolve('koffi');
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canCompile)(
  `filters beside libpcap’s${canCompile ? '' : ' (SKIPPED: needs tcpdump and koffi)'}`,
  () => {
    test.each([...labCaptures, ...generatedCaptures])('%s', async (file) => {
      await compareAll(file);
    });

    test.each(['fixtures/socat.pcap', 'fixtures/vxlan-any-sll2.pcap', 'fixtures/generated/tunnels.pcap'])(
      'of %s tcpdump takes what libpcap takes when it is called here',
      (file) => {
        for (const expression of expressions) {
          expect(filterWithLibpcap(file, expression), expression).toEqual(
            filterWithTcpdump(file, expression),
          );
        }
      },
    );

    test('frames in the packet log of a device on its way out: the filter is for what is behind their Ethernet header', async () => {
      const source = await openCaptureFile('fixtures/links/nflog-egress.pcap');
      const taken: number[] = [];
      for await (const { number } of packets(filtered(source, 'icmp'))) taken.push(number);
      // Three bare packets, which tshark reads too, and three frames, by hand: 0800 45 … 01.
      expect(taken).toHaveLength(6);
    });

    test('packets that are cut, flipped and out of range', async () => {
      await compareAll(hostileCapture());
    });

    test('records longer than a piece, at its end, without bytes, and with times beyond a second', async () => {
      const path = longCapture();
      const all = new Map((await collect(await openCaptureFile(path))).map((one) => [one.time, one]));
      for (const expression of ['', 'icmp', 'udp', 'ip[2:2] > 120', 'ip[8] < 64', 'not ip']) {
        const source = filtered(await openCaptureFile(path), expression);
        const taken = await collect(source);
        expect(taken.map(({ bytes }) => bytes)).toEqual(filterWithLibpcap(path, expression));
        // As they are where the file is read without a filter.
        expect(taken).toEqual(taken.map((one) => all.get(one.time)));
        expect(source.statistics()).toMatchObject({ received: taken.length, examined: all.size });
      }
    });

    test('packets that were taken are told where they are in the file', async () => {
      const path = longCapture();
      const file = readFileSync(path);
      const source = filtered(await openCaptureFile(path), 'udp');
      for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
        const { fileOffset = [], bytes } = batch;
        for (let i = 0; i < batch.count; i++) {
          const [start, length, offset] = [batch.start[i], batch.capturedLength[i], fileOffset[i]] as const;
          const there = file.subarray(offset, (offset as number) + (length as number));
          expect(there.equals(bytes.subarray(start, (start as number) + (length as number)))).toBe(true);
        }
      }
    });

    test('each of the filters takes some packet and leaves some, but for those of protocols that no capture has', async () => {
      const files = [...labCaptures, ...generatedCaptures];
      const idle = [];
      for (const expression of expressions.slice(1)) {
        const takes = files.map((file) => filterWithLibpcap(file, expression)?.length ?? 0);
        if (takes.every((count) => count === 0)) idle.push(expression);
      }
      expect(idle.length).toBeLessThan(expressions.length / 3);
    });

    test.each([
      ['udp prot 9000', 'syntax error'],
      ['host 300.1.1.1', '300.1.1.1'],
      ['port', 'syntax error'],
      ['icmp[', 'syntax error'],
    ])('%s is not a filter, in libpcap’s own words', async (expression, words) => {
      const source = await openCaptureFile('fixtures/socat.pcap');
      const open = () => filtered(source, expression);
      expect(open).toThrow(CaptureError);
      expect(open).toThrow(words);
      expect(open).toThrow(`"${expression}" is not a valid capture filter`);
      await source.close();
    });

    test('a long list of hosts', () => {
      const hosts = Array.from({ length: 150 }, (_, i) => `host 10.9.${i}.1`).join(' or ');
      const packet = readFileSync('fixtures/socat.pcap').subarray(40, 40 + 130);
      const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
      const takes = (expression: string) =>
        compileFilter(expression, 1).matches(view, 0, packet.length, packet.length);
      expect(takes(hosts)).toBe(false);
      expect(takes(`${hosts} or host 10.1.0.10`)).toBe(true);
    });

    test('a filtered source counts what it hands out', async () => {
      const source = filtered(await openCaptureFile('fixtures/half.pcap'), 'icmp');
      const packets = await collect(source);
      expect(packets.map((packet) => packet.bytes)).toEqual(filterWithTcpdump('fixtures/half.pcap', 'icmp'));
      expect(source.statistics().received).toBe(packets.length);
      expect(source.name).toBe('fixtures/half.pcap');
      await source.close();
    });
  },
);

/** Our choice of packets and libpcap's, for every expression; both may refuse one that the link type does not allow. */
async function compareAll(file: string): Promise<void> {
  for (const expression of expressions) {
    const expected = filterWithLibpcap(file, expression);
    const source = await openCaptureFile(file);
    try {
      const packets = await collect(filtered(source, expression));
      expect(
        packets.map((packet) => packet.bytes),
        `${file}: ${expression}`,
      ).toEqual(expected);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      expect(expected, `${file}: ${expression}: ${error.message}`).toBeUndefined();
    } finally {
      await source.close();
    }
  }
}

/** Every Ethernet packet of the lab, cut and changed by a fixed sequence: reads beyond the end must reject as libpcap's do. */
function hostileCapture(): string {
  let seed = 0x2545f491;
  const random = (below: number) => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
  };
  // Behind the first chunk of a file filters run where records are walked.
  const filler = Buffer.alloc(16 + 60_000);
  filler.writeUInt32LE(60_000, 8);
  filler.writeUInt32LE(60_000, 12);
  const parts = [
    readFileSync('fixtures/socat.pcap').subarray(0, 24),
    ...Array.from({ length: 40 }, () => filler),
  ];
  for (const file of ['socat', 'vxlan', 'ipip', 'half', 'vxlan-fragmented']) {
    for (const { bytes } of recordsOf(readFileSync(`fixtures/${file}.pcap`))) {
      for (let round = 0; round < 8; round++) {
        const packet = Buffer.from(bytes, 'hex').subarray(0, random(bytes.length / 2 + 1));
        if (packet.length > 0) packet[random(packet.length)] = random(256);
        const header = Buffer.alloc(16);
        header.writeUInt32LE(packet.length, 8);
        header.writeUInt32LE(packet.length + random(100), 12);
        parts.push(header, packet);
      }
    }
  }
  const path = join(folder, 'hostile.pcap');
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** Chunks of packets of the lab, filled up to lengths that leave every rest of a piece of 128 KiB; in the end those that fit in none, or have no bytes. */
function longCapture(): string {
  const lab = ['socat', 'vxlan', 'ipip'].flatMap((file) => recordsOf(readFileSync(`fixtures/${file}.pcap`)));
  const [whole, odd] = [
    [131_056, 131_055, 9000],
    [131_057, 0, 262_144],
  ];
  const parts = [readFileSync('fixtures/socat.pcap').subarray(0, 24)];
  for (let i = 0; i < 600; i++) {
    const some = (i < 550 ? whole : odd)[Math.floor(i / 15) % 3] as number;
    const length = i % 15 === 7 ? some : 70 + ((i * 37) % 1400);
    const packet = Buffer.alloc(length, i);
    Buffer.from(lab[i % lab.length]?.bytes as string, 'hex').copy(packet);
    const header = Buffer.alloc(16);
    header.writeUInt32LE(1_700_000_000 + i);
    header.writeUInt32LE(i % 7 === 0 ? 4_294_967_295 - i : i * 1000, 4);
    header.writeUInt32LE(length, 8);
    header.writeUInt32LE(i % 5 === 0 ? 0xfffffff0 : i % 5 === 1 ? 3 : length + i, 12);
    parts.push(header, packet);
  }
  const path = join(folder, 'long.pcap');
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

describe('programs', () => {
  const program = (...instructions: readonly (readonly [number, number, number, number])[]): BpfProgram => ({
    length: instructions.length,
    code: Uint16Array.from(instructions, (one) => one[0]),
    jumpTrue: Uint8Array.from(instructions, (one) => one[1]),
    jumpFalse: Uint8Array.from(instructions, (one) => one[2]),
    constant: Uint32Array.from(instructions, (one) => one[3]),
  });
  const packet = Uint8Array.of(0xff, 0xfe, 0, 1, 2, 3, 4, 5);
  /** As JavaScript and as WebAssembly. */
  const answers = (one: BpfProgram) => {
    const { Memory, Instance, Module } = webAssembly();
    const memory = new Memory({ initial: 1 });
    new Uint8Array(memory.buffer).set(packet, 16);
    const module = new Module(bpfModule(one) as Uint8Array);
    const { matches } = new Instance(module, { selection: { memory } }).exports as { matches: BpfMatches };
    return [translateBpf(one)(new DataView(packet.buffer), 0, 8, 8), matches(16, 8, 8) !== 0];
  };

  // linux/filter.h: 0x00 ld #, 0x01 ldx #, 0x20 ld [], 0x40 ld [x+], 0x15 jeq, 0x25 jgt, 0x16 ret a, 0x06 ret #.
  const RET_A: [number, number, number, number] = [0x16, 0, 0, 0];
  test.each([
    [
      'an unsigned comparison',
      [
        [0x20, 0, 0, 0],
        [0x25, 0, 1, 0x7fffffff],
        [0x06, 0, 0, 1],
        [0x06, 0, 0, 0],
      ],
      true,
    ],
    [
      'a word that runs over the end rejects',
      [
        [0x20, 0, 0, 5],
        [0x06, 0, 0, 1],
      ],
      false,
    ],
    [
      'the last word',
      [
        [0x20, 0, 0, 4],
        [0x06, 0, 0, 1],
      ],
      true,
    ],
    [
      'an offset that wraps around rejects',
      [
        [0x01, 0, 0, 0xffffffff],
        [0x50, 0, 0, 1],
        [0x06, 0, 0, 1],
      ],
      false,
    ],
    [
      'the kernel’s own offsets, below zero, reject',
      [
        [0x20, 0, 0, 0xfffff004],
        [0x06, 0, 0, 1],
      ],
      false,
    ],
    [
      'division by X, which is 0, rejects',
      [
        [0x00, 0, 0, 8],
        [0x3c, 0, 0, 0],
        [0x06, 0, 0, 1],
      ],
      false,
    ],
    [
      'division without sign',
      [[0x00, 0, 0, 0x80000000], [0x34, 0, 0, 0x40000000], [0x15, 0, 1, 2], RET_A, [0x06, 0, 0, 0]],
      true,
    ],
    ['a shift by 32 clears', [[0x00, 0, 0, 1], [0x64, 0, 0, 32], RET_A], false],
    [
      'multiplication in 32 bits',
      [[0x00, 0, 0, 0x10001], [0x24, 0, 0, 0x10000], [0x15, 0, 1, 0x10000], RET_A, [0x06, 0, 0, 0]],
      true,
    ],
    ['memory', [[0x00, 0, 0, 7], [0x02, 0, 0, 15], [0x00, 0, 0, 0], [0x60, 0, 0, 15], RET_A], true],
    ['falling off the end rejects', [[0x00, 0, 0, 1]], false],
    [
      'subtraction and negation',
      [[0x00, 0, 0, 5], [0x14, 0, 0, 7], [0x84, 0, 0, 0], [0x15, 0, 1, 2], RET_A, [0x06, 0, 0, 0]],
      true,
    ],
    [
      'the rest of a division, without sign',
      [[0x00, 0, 0, 0xffffffff], [0x94, 0, 0, 16], [0x15, 0, 1, 15], RET_A, [0x06, 0, 0, 0]],
      true,
    ],
    [
      'a shift to the right, by X',
      [[0x00, 0, 0, 0x80000000], [0x01, 0, 0, 31], [0x7c, 0, 0, 0], [0x15, 0, 1, 1], RET_A, [0x06, 0, 0, 0]],
      true,
    ],
    ['a half word behind X, and exclusive or', [[0xb1, 0, 0, 0], [0x48, 0, 0, 0xffffffc6], RET_A], false],
    [
      'the header’s length of IPv4',
      [[0xb1, 0, 0, 6], [0x87, 0, 0, 0], [0x15, 0, 1, 16], RET_A, [0x06, 0, 0, 0]],
      true,
    ],
    ['a half word, big-endian', [[0x28, 0, 0, 0], [0x15, 0, 1, 0xfffe], RET_A, [0x06, 0, 0, 0]], true],
    [
      'a word, big-endian, behind X',
      [[0x01, 0, 0, 1], [0x40, 0, 0, 2], [0x15, 0, 1, 0x01020304], RET_A, [0x06, 0, 0, 0]],
      true,
    ],
    ['the length on the wire', [[0x80, 0, 0, 0], [0x35, 0, 1, 8], RET_A, [0x06, 0, 0, 0]], true],
    [
      'a jump over others',
      [[0x00, 0, 0, 6], [0x45, 0, 2, 2], [0x05, 0, 0, 2], [0x06, 0, 0, 0], [0x06, 0, 0, 0], RET_A],
      true,
    ],
  ] as const)('%s', (_, instructions, taken) => {
    expect(answers(program(...instructions))).toEqual([taken, taken]);
  });

  test.each([
    ['a jump out of the program', [[0x05, 0, 0, 9]]],
    ['a jump to before the program', [[0x05, 0, 0, 0xfffffffe]]],
    ['an unknown instruction', [[0xe4, 0, 0, 1]]],
    ['memory that is not there', [[0x60, 0, 0, 16]]],
    ['division by a constant 0', [[0x34, 0, 0, 0]]],
  ] as const)('%s is refused', (_, instructions) => {
    expect(() => translateBpf(program(...instructions))).toThrow(CaptureError);
  });
});
