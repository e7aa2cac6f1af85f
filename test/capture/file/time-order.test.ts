/** Several files as one source, packet by packet in the order of time: as mergecap puts them together. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeSources } from '../../../src/capture/file/merged-source.ts';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { tunnelscope } from '../../support/command.ts';
import { hasTshark, tshark } from '../../support/tshark.ts';
import { numberedFrame, pcapHeader, pcapRecord } from '../../tui/support/capture.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-order-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

interface Seen {
  readonly number: number;
  readonly on: string | undefined;
  readonly bytes: string;
}

async function merged(...files: string[]): Promise<Seen[]> {
  const sources = await Promise.all(files.map((file) => openCaptureFile(file)));
  const source = mergeSources(sources, { names: files.map((_, i) => `${i}`) });
  const seen: Seen[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.start[i] as number;
      const bytes = batch.bytes.subarray(start, start + (batch.capturedLength[i] as number));
      const on = source.interfaces[batch.interfaceIndex[i] as number]?.name;
      seen.push({ number: seen.length + 1, on, bytes: Buffer.from(bytes).toString('hex') });
    }
  }
  await source.close();
  return seen;
}

/** Records of frames with these numbers, which are their milliseconds too. */
function capture(name: string, numbers: readonly number[], length = 60): string {
  const records = numbers.map((number) => pcapRecord(numberedFrame(number, length), number));
  const header = pcapHeader();
  header.writeUInt32LE(Math.max(length, 262_144), 16);
  writeFileSync(at(name), Buffer.concat([header, ...records]));
  return at(name);
}
const numbersOf = (seen: readonly Seen[]) =>
  seen.map(({ bytes }) => Number.parseInt(bytes.slice(28, 36), 16));
const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);

describe('of numbered frames', () => {
  it.each<[what: string, first: number[], second: number[]]>([
    ['in turn', [0, 2, 4, 6], [1, 3, 5, 7]],
    ['one behind the other', [4, 5, 6], [0, 1, 2, 3]],
    ['one within the other', [0, 7], [1, 2, 3, 4, 5, 6]],
    ['one empty', [], [0, 1, 2]],
    [
      'more than a batch of files holds',
      upTo(40_000).filter((n) => n % 2 === 0),
      upTo(40_000).filter((n) => n % 2 === 1),
    ],
  ])(
    '%s',
    async (_what, first, second) => {
      const seen = await merged(capture('a.pcap', first), capture('b.pcap', second));
      expect(numbersOf(seen)).toEqual(upTo(first.length + second.length));
      expect(seen.map(({ on }) => on)).toEqual(seen.map((_, n) => (first.includes(n) ? '0' : '1')));
    },
    30_000,
  );

  it('more bytes than a batch has room for, and a packet that is longer than all of it', async () => {
    const long = capture(
      'long.pcap',
      upTo(40).filter((n) => n % 2 === 0),
      200_000,
    );
    const longer = capture(
      'longer.pcap',
      upTo(40).filter((n) => n % 2 === 1),
      3 << 20,
    );
    expect(numbersOf(await merged(long, longer))).toEqual(upTo(40));
  });

  it('at one time, the file that was named first comes first', async () => {
    const seen = await merged(capture('a.pcap', [1, 1]), capture('b.pcap', [1]), capture('c.pcap', [0, 1]));
    expect(seen.map(({ on }) => on)).toEqual(['2', '0', '0', '1', '2']);
  });

  it('a file that is not in order itself stays as it is', async () => {
    const seen = await merged(capture('a.pcap', [5, 1, 6]), capture('b.pcap', [2, 7]));
    expect(numbersOf(seen)).toEqual([2, 5, 1, 6, 7]);
  });
});

describe.skipIf(!hasTshark)('of real captures', () => {
  const POINTS = [
    'fixtures/path-4-h1-eth0.pcap',
    'fixtures/path-7-h2-eth0.pcap',
    'fixtures/path-5-rt-r1.pcap',
  ];

  it('as mergecap orders them, in every output', () => {
    execFileSync('mergecap', ['-w', at('merged.pcapng'), ...POINTS]);
    // Of the addresses and identifications the outer ones: tshark does not know what is in this tunnel.
    const fields = ['frame.number', 'frame.time_epoch', 'eth.src', 'ip.id'].flatMap((name) => ['-e', name]);
    fields.unshift('-T', 'fields', '-E', 'occurrence=f');
    const theirs = tshark('-r', at('merged.pcapng'), ...fields);
    expect(theirs.split('\n').length).toBeGreaterThan(20);
    expect(tunnelscope([...POINTS, ...fields])).toEqual({ status: 0, stdout: theirs, stderr: '' });
    const given = POINTS.flatMap((file) => ['-r', file]);
    expect(tunnelscope([...given, ...fields]).stdout).toBe(theirs);
    expect(tunnelscope([...given, '-w', at('written.pcapng')]).status).toBe(0);
    expect(tshark('-r', at('written.pcapng'), ...fields)).toBe(theirs);
  });

  it('each packet says which file it is of, and a filter may look ahead', () => {
    const [h1, h2] = POINTS as [string, string, string];
    const { stdout } = tunnelscope([
      h1,
      h2,
      '-Y',
      'icmp.resp_in',
      '-e',
      'frame.interface_name',
      '-e',
      'icmp.resp_in',
    ]);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'));
    expect(rows).toHaveLength(4);
    for (const [name, reply] of rows) {
      expect(name).toBe('path-7-h2-eth0');
      expect(Number(reply)).toBeGreaterThan(1);
    }
    expect(tunnelscope([h1, h2, '-c', '2']).stdout).toMatch(/ on path-4-h1-eth0\n.* on path-7-h2-eth0\n$/);
  });

  it('comments of pcapng stay with their packets, in either byte order, beside pcap', () => {
    execFileSync('editcap', ['-a', '3:look here', 'fixtures/socat.pcap', at('commented.pcapng')]);
    const { stdout } = tunnelscope([at('commented.pcapng'), 'fixtures/vxlan.pcap', '-T', 'json']);
    const packets = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const commented = packets.filter(({ comments }) => comments !== undefined);
    expect(commented.map(({ comments }) => comments)).toEqual([['look here']]);
    const third = JSON.parse(
      tunnelscope(['fixtures/socat.pcap', '-T', 'json']).stdout.split('\n')[2] as string,
    );
    expect(commented[0].time).toBe(third.time);
  });
});

it.each<[string[], RegExp]>([
  [['fixtures/socat.pcap', 'no-such.pcap'], /no-such\.pcap: no such file/],
  [
    ['fixtures/socat.pcap', 'src/index.ts'],
    /src\/index\.ts: .*not a capture|src\/index\.ts: expected a pcap/,
  ],
  [['fixtures/socat.pcap', 'fixtures/socat.pcap'], /fixtures\/socat\.pcap was given twice/],
  [
    ['fixtures/socat.pcap', 'fixtures/vxlan.pcap', '-w', 'fixtures/vxlan.pcap'],
    /fixtures\/vxlan\.pcap is also the input/,
  ],
  [['fixtures/socat.pcap', 'fixtures/vxlan.pcap', '-i', 'lo'], /is a file, and -i captures live/],
  [['-r', 'fixtures/socat.pcap', '-r', 'fixtures/vxlan.pcap', 'explain'], /-r was given more than once/],
])('%j is refused in one line', (words, message) => {
  const { status, stdout, stderr } = tunnelscope(words);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

it('without names: all packets of each file, numbered as there, always on from the file that is furthest behind', async () => {
  const files = [
    upTo(4000).filter((n) => n % 2 === 0),
    upTo(4000).filter((n) => n % 2 === 1),
    upTo(900).map((n) => n + 1500),
  ];
  const paths = files.map((numbers, i) => capture(`run-${i}.pcap`, numbers));
  const source = mergeSources(await Promise.all(paths.map((path) => openCaptureFile(path))));
  const seen: number[][] = files.map(() => []);
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    const origins = new Set(batch.interfaceIndex.subarray(0, batch.count));
    expect(origins.size).toBe(1);
    const own = source.sourceOf(batch.interfaceIndex[0] as number);
    const next = files.map((numbers, i) => numbers[(seen[i] as number[]).length] ?? Number.POSITIVE_INFINITY);
    expect(batch.firstNumber).toBe((seen[own] as number[]).length + 1);
    for (let i = 0; i < batch.count; i++) {
      seen[own]?.push(batch.view.getUint32((batch.start[i] as number) + 14));
    }
    expect(seen[own]?.at(-batch.count)).toBe(Math.min(...next));
  }
  await source.close();
  expect(seen).toEqual(files);
});
