/** What other packets tell of TCP, UDP and DNS, beside tshark: over fixtures, and over seeded nonsense that no stack would send. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { trackedFields } from '../../src/tracking/tracking.ts';
import { tunnelscope } from '../support/command.ts';
import { viewOf } from '../support/decoding.ts';
import { seeded } from '../support/mutations.ts';
import { ipPacket } from '../support/pings.ts';
import { hasTshark, PLAIN, TUNNELS, tshark } from '../support/tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracking-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** tshark has this one as a field and as a remark of the same name, and prints both. */
const TWICE = 'tcp.analysis.duplicate_ack';
/** What takes a first pass is compared beside `tshark -2`, in test/cli/first-pass.test.ts and below. */
const NAMES = [...trackedFields.values()].filter(
  ({ name, looksAhead, protocol }) => !looksAhead && !protocol.startsWith('icmp') && name !== TWICE,
);
const FIELDS = ['frame.number', ...NAMES.map(({ name }) => name)].flatMap((name) => ['-e', name]);

/** The addresses' order counts, and which port is lower. */
const ENDS = ['192.0.2.1', '192.0.2.2'] as const;
const DNS = 53;

interface Made {
  readonly bytes: Uint8Array;
  /** Nanoseconds since the one before. */
  readonly pause: number;
}

/** A pcap file of IP packets (LINKTYPE_RAW), times in nanoseconds. */
function write(name: string, packets: readonly Made[]): string {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(101, 20);
  let time = 1_700_000_000_000_000_000n;
  const records = packets.map(({ bytes, pause }) => {
    time += BigInt(pause);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Number(time / 1_000_000_000n), 0);
    record.writeUInt32LE(Number(time % 1_000_000_000n), 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, bytes]);
  });
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([header, ...records]));
  return path;
}

type Random = (below: number) => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;

interface Segment {
  readonly isThere: boolean;
  readonly port?: number;
  readonly seq: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly window?: number;
  readonly length?: number;
  readonly options?: readonly number[];
  readonly pause?: number;
}

function made({
  isThere,
  port = 4000,
  seq,
  ack = 0,
  flags = 0x10,
  window = 100,
  length = 0,
  options = [],
  pause = 1000,
}: Segment): Made {
  const bytes = new Uint8Array(20 + options.length + length);
  const view = viewOf(bytes);
  view.setUint16(0, isThere ? port : 80);
  view.setUint16(2, isThere ? 80 : port);
  view.setUint32(4, seq);
  view.setUint32(8, ack);
  view.setUint16(12, ((20 + options.length) << 10) | flags);
  view.setUint16(14, window);
  bytes.set(options, 20);
  const [src, dst] = isThere ? ENDS : [ENDS[1], ENDS[0]];
  return { bytes: ipPacket({ src, dst, protocol: 6 }, bytes), pause };
}

/** Segments of a few connections whose numbers meet, pass each other, wrap around and begin anew. */
function segments(random: Random, count: number): Made[] {
  const starts = new Map<string, number>();
  const startOf = (key: string): number => {
    const start = starts.get(key) ?? pick(random, [0, 100, 0xfffffff0, 5]);
    starts.set(key, start);
    return start;
  };
  return Array.from({ length: count }, () => {
    const isThere = random(2) === 0;
    const port = pick(random, [4000, 4000, 4001]);
    if (random(50) === 0) starts.set(`${port} ${isThere}`, pick(random, [0, 100, 0xfffffff0, 5]));
    const flags = pick(random, [
      ...Array(12).fill(0x10),
      ...Array(4).fill(0x18),
      2,
      2,
      0x12,
      0x12,
      0x11,
      4,
      0x14,
    ]);
    const places = [0, 1, 2, 3, 10, 11, 12, 50, 51, 110, 111, 112, 1000];
    const isSyn = (flags & 2) !== 0;
    return made({
      isThere,
      port,
      flags,
      seq: startOf(`${port} ${isThere}`) + (isSyn ? 0 : pick(random, places)),
      ack: (flags & 0x10) === 0 ? 0 : startOf(`${port} ${!isThere}`) + pick(random, places),
      window: pick(random, [0, 50, 100, 100, 100, 110]),
      length: isSyn || random(5) < 2 ? 0 : pick(random, [1, 1, 10, 50, 100]),
      options: isSyn && random(5) > 0 ? [3, 3, pick(random, [0, 1, 2, 7]), 0] : [],
      pause: pick(random, [1000, 100_000, 2_000_000, 5_000_000, 15_000_000, 300_000_000]),
    });
  });
}

/** What chance hardly makes: a segment that duplicate acknowledgments ask for, and probes of a silent and of a full receiver. */
const RARE: readonly Made[] = [
  made({ isThere: true, seq: 1, ack: 1, length: 10 }),
  made({ isThere: true, seq: 21, ack: 1, length: 10 }),
  ...Array.from({ length: 4 }, () => made({ isThere: false, seq: 1, ack: 11 })),
  made({ isThere: true, seq: 11, ack: 1, length: 10, pause: 19_000_000 }),
  made({ isThere: false, seq: 1, ack: 31 }),
  made({ isThere: true, seq: 30, ack: 1 }),
  made({ isThere: false, seq: 1, ack: 31 }),
  made({ isThere: false, seq: 1, ack: 31, window: 0 }),
  made({ isThere: true, seq: 31, ack: 1, length: 1 }),
  made({ isThere: false, seq: 1, ack: 31, window: 0 }),
];

/** Queries and answers with few identifiers, sent again sooner and later than Wireshark takes for the same. */
function messages(random: Random, count: number): Made[] {
  return Array.from({ length: count }, () => {
    const isQuery = random(2) === 0;
    const port = pick(random, [4000, 4001]);
    const question = [1, 0x61, 0, 0, pick(random, [1, 28]), 0, 1];
    const bytes = new Uint8Array(20 + question.length);
    const view = viewOf(bytes);
    view.setUint16(0, isQuery ? port : DNS);
    view.setUint16(2, isQuery ? DNS : port);
    view.setUint16(4, bytes.length);
    view.setUint16(8, pick(random, [1, 2]));
    view.setUint16(10, isQuery ? 0x0100 : 0x8180 | pick(random, [0, 3]));
    view.setUint16(12, 1);
    bytes.set(question, 20);
    const [src, dst] = isQuery ? ENDS : [ENDS[1], ENDS[0]];
    const pause = pick(random, [1000, 200_000_000, 1_500_000_000, 3_000_000_000, 4_999_999_999]);
    return { bytes: ipPacket({ src, dst, protocol: 17 }, bytes), pause };
  });
}

/** What of each packet is told, as lines; those without anything left out. */
function told(lines: string): string[] {
  return lines.split('\n').filter((line) => /\t\S/.test(line));
}

/** Captures with TCP, UDP or DNS, inside tunnels and out, whole and cut. */
const CAPTURES: readonly string[] = [
  'fixtures/exchanges/vxlan.pcap',
  'fixtures/exchanges/vxlan-any-sll2.pcap',
  'fixtures/findings/only-ping-works.pcap',
  'fixtures/findings/inner-checksum-bad.pcap',
  'fixtures/healthy/vxlan-three-deep.pcap',
  'fixtures/vxlan-snaplen-96.pcap',
  'fixtures/vxlan-fragmented.pcap',
  'fixtures/generated/options.pcap',
  'fixtures/generated/transport.pcap',
  'fixtures/generated/ipv4.pcap',
  // Errors that quote UDP and TCP.
  'fixtures/generated/icmp-errors.pcap',
];

describe.skipIf(!hasTshark)('beside tshark (skipped where tshark is missing)', () => {
  it.each(CAPTURES)('%s', (path) => {
    const theirs = told(tshark('-r', path, ...PLAIN, ...TUNNELS, '-T', 'fields', ...FIELDS));
    expect(theirs.length).toBeGreaterThan(0);
    const { stdout } = tunnelscope(['-r', path, '--no-reassembly', '-T', 'fields', ...FIELDS]);
    expect(told(stdout)).toEqual(theirs);
  });

  it.each([1, 2, 3])('1500 segments of seed %i, byte for byte', (seed) => {
    const path = write(`tcp-${seed}.pcap`, segments(seeded(seed), 1500));
    const theirs = tshark('-r', path, ...PLAIN, '-T', 'fields', ...FIELDS);
    expect(tunnelscope(['-r', path, '-T', 'fields', ...FIELDS]).stdout).toBe(theirs);
  });

  it('each note of a segment is there in some, and those that are rare are the same', () => {
    const rare = write('rare.pcap', RARE);
    const path = write('notes.pcap', [...RARE, ...segments(seeded(4), 1500)]);
    const [few, all] = [rare, path].map((one) => tshark('-r', one, ...PLAIN, '-T', 'fields', ...FIELDS));
    expect(tunnelscope(['-r', rare, '-T', 'fields', ...FIELDS]).stdout).toBe(few);
    const lines = (all as string).trimEnd().split('\n');
    const names = NAMES.filter(({ protocol }) => protocol === 'tcp').map(({ name }) => name);
    const place = (name: string) => 1 + NAMES.findIndex((field) => field.name === name);
    const isTold = (name: string) => lines.some((line) => line.split('\t')[place(name)] !== '');
    expect(names.filter((name) => !isTold(name))).toEqual([]);
  });

  it.each([1, 2])('800 DNS messages of seed %i, beside tshark -2', (seed) => {
    const path = write(`dns-${seed}.pcap`, messages(seeded(seed), 800));
    const fields = [...FIELDS, '-e', 'dns.response_in', '-e', 'dns.flags.rcode', '-e', 'dns.qry.name'];
    const theirs = tshark('-2', '-r', path, ...PLAIN, '-T', 'fields', ...fields);
    expect(tunnelscope(['-r', path, '-T', 'fields', ...fields]).stdout).toBe(theirs);
  });

  it.each([
    'tcp.stream == 1',
    'tcp.stream in {0, 3..5} && tcp.len > 0',
    'tcp.analysis.retransmission',
    '!tcp.analysis.retransmission && tcp.flags.syn == 1',
    'tcp.analysis.flags && !tcp.analysis.window_update',
    `${TWICE} or tcp.analysis.out_of_order`,
    'tcp.analysis.initial_rtt',
    'tcp.analysis.initial_rtt < 0.01',
    'tcp.analysis.initial_rtt in {0.001 .. 0.3}',
    'tcp.stream > 100',
  ])('-Y %s', (expression) => {
    const path = write('tcp-filters.pcap', segments(seeded(5), 1500));
    expect(passing(path, expression)).toEqual(theirPassing(path, expression));
  });

  it.each([
    'dns.time',
    'dns.time > 2',
    'dns.time < 2 && udp.stream == 1',
    'dns.time == 4.999999999',
    'dns.response_to',
  ])('-Y %s', (expression) => {
    const path = write('dns-filters.pcap', messages(seeded(6), 800));
    expect(passing(path, expression)).toEqual(theirPassing(path, expression));
  });
});

function theirPassing(path: string, expression: string): string {
  return tshark('-r', path, ...PLAIN, '-Y', expression, '-T', 'fields', '-e', 'frame.number');
}

function passing(path: string, expression: string): string {
  return tunnelscope(['-r', path, '-Y', expression, '-T', 'fields', '-e', 'frame.number']).stdout;
}
