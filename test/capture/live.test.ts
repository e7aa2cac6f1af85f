/** Live capture in network namespaces, through each engine, beside tcpdump on the same interface at the same time. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Lab, missingForLiveCapture, skipNote } from '../support/lab.ts';
import { type Captured, Tcpdump } from '../support/tcpdump.ts';
import { bundleScript, Printer } from './printed.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-live-'));
const lab = new Lab(`tc${process.pid}`);
const inHost = lab.on('h1');
const HOST = inHost[3];

const missing = missingForLiveCapture();

/** What the engines differ in. */
const ENGINES = [
  {
    engine: 'ring',
    describes: { snapLength: 262_144 },
    cooked: { linkType: 276, tcpdump: 'LINUX_SLL2' },
    kernelTime: true,
    counts: (name: string, packets: number) => ({
      received: packets,
      dropped: 0,
      droppedAt: [0],
      interfaces: [
        expect.objectContaining({ name, passedFilter: expect.any(Number), dropped: 0, freezes: 0 }),
      ],
    }),
    warnings: [],
    gone: 'CaptureError: tun0 was removed: the capture ended, and its packets are kept; list the interfaces with: tunnelscope interfaces',
  },
  {
    engine: 'cap',
    describes: { id: 0, snapLength: 65_535, timeResolution: 6 },
    cooked: { linkType: 113, tcpdump: 'LINUX_SLL' },
    kernelTime: false,
    counts: (_name: string, packets: number) => ({ received: packets, droppedHere: 0 }),
    warnings: [expect.stringMatching(/^\w+: captured through npm cap, which does not report/)],
    gone: 'CaptureError: tun0 went down or was removed: the capture ended; bring it up and start again',
  },
] as const;

let script: string;
beforeAll(async () => {
  if (missing !== undefined) return;
  script = await bundleScript('print-packets');
  await lab.up();
  await lab.tunnel('socat');
  lab.ping(1);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  if (missing !== undefined) return;
  await lab.down();
  rmSync(script);
});

describe.skipIf(missing !== undefined).each(ENGINES)(`live capture: $engine${skipNote(missing)}`, (kind) => {
  const { engine } = kind;

  /** Captures with both while pings run; answers ours, with tcpdump's packets to compare to. */
  async function beside(
    device: string,
    filter: string,
    least: number,
    run: () => void,
    options: readonly string[] = [],
  ) {
    const theirs = new Tcpdump(inHost, folder, device, filter, options);
    await theirs.listening();
    const ours = new Printer(script, { live: { engine, interfaces: [device], filter } }, inHost);
    await ours.open();
    const before = Date.now();
    run();
    await ours.until(() => ours.packets.length >= least);
    const end = await ours.stop();
    const expected = await theirs.stop();
    return { ours, end, expected, before, after: Date.now() };
  }

  /** The same packets, and where the engine tells the kernel's times, the same to the nanosecond. */
  function same(ours: readonly Captured[], expected: readonly Captured[]): void {
    const seen = ({ time, originalLength, bytes }: Captured) => ({
      time: kind.kernelTime ? time : undefined,
      originalLength,
      bytes,
    });
    expect(ours.map(seen)).toEqual(expected.map(seen));
  }

  test.each([
    ['eth0', 'udp port 9000', 6, 1],
    ['eth0', 'not arp', 6, 1],
    ['tun0', 'icmp', 6, 101],
    ['tun0', '', 6, 101],
    ['br0', 'icmp[icmptype] == icmp-echo', 3, 1],
  ])('%s, filter "%s"', async (device, filter, least, linkType) => {
    const { ours, end, expected, before, after } = await beside(device, filter, least, () => lab.ping(3));
    const { open } = ours.lines[0] ?? {};
    expect(open).toMatchObject({ name: device, isLive: true });
    expect(open?.interfaces).toEqual([{ name: device, linkType, ...kind.describes }]);
    same(ours.packets, expected);
    const times = ours.packets.map((packet) => Number(packet.time) * 1000);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times.at(0)).toBeGreaterThanOrEqual(before - 10);
    expect(times.at(-1)).toBeLessThanOrEqual(after + 10);
    expect(end.error).toBeUndefined();
    expect(end.statistics).toEqual(kind.counts(device, expected.length));
    expect(end.warnings).toEqual(kind.warnings);
  });

  test('lo: each packet once, as tcpdump', async () => {
    const { ours, expected } = await beside('lo', 'icmp', 6, () => lab.ping(3, '127.0.0.1', 'h1'));
    same(ours.packets, expected);
    expect(expected).toHaveLength(6);
  });

  test('any: cooked headers, as tcpdump', async () => {
    const { ours, expected } = await beside('any', 'udp port 9000 or icmp', 12, () => lab.ping(3), [
      '-y',
      kind.cooked.tcpdump,
    ]);
    same(ours.packets, expected);
    expect(ours.lines[0]?.open?.interfaces).toEqual([
      { name: 'any', linkType: kind.cooked.linkType, ...kind.describes },
    ]);
  });

  test.each<[kind: string, filter: string]>([
    ['vxlan-learning', 'udp port 4789'],
    ['ipip', 'ip proto 4'],
  ])('a tunnel: %s', async (kind, filter) => {
    await lab.tunnel(kind);
    lab.ping(1);
    const { ours, expected } = await beside('eth0', filter, 6, () => lab.ping(3));
    same(ours.packets, expected);
    await lab.tunnel('socat');
    lab.ping(1);
  });

  test('several interfaces at once: one stream, each packet with its interface', async () => {
    const live = { interfaces: ['eth0', 'tun0'], filter: 'udp port 9000 or icmp' };
    const ours = new Printer(script, { live: { engine, ...live } }, inHost);
    await ours.open();
    lab.ping(3);
    await ours.until(() => ours.packets.length >= 12);
    const end = await ours.stop();
    const count = (linkType: number) => ours.packets.filter((packet) => packet.linkType === linkType).length;
    expect([count(1), count(101)]).toEqual([6, 6]);
    expect(end.error).toBeUndefined();
  });

  test('a snapshot length keeps the beginning and tells the length', async () => {
    const live = { interfaces: ['eth0'], filter: 'udp port 9000', snapLength: 60 };
    const ours = new Printer(script, { live: { engine, ...live } }, inHost);
    await ours.open();
    lab.ping(1);
    await ours.until(() => ours.packets.length >= 2);
    await ours.stop();
    expect(ours.packets.map((packet) => [packet.capturedLength, packet.originalLength])).toEqual([
      [60, 130],
      [60, 130],
    ]);
  });

  test('packets as they come: none waits for the next', async () => {
    const ours = new Printer(script, { live: { engine, interfaces: ['lo'], filter: 'icmp' } }, inHost);
    await ours.open();
    for (let round = 1; round <= 3; round++) {
      lab.ping(1, '127.0.0.1', 'h1');
      await ours.until(() => ours.packets.length >= round * 2);
    }
    expect((await ours.stop()).statistics?.received).toBe(6);
  });

  test('stop without any packet', async () => {
    const ours = new Printer(script, { live: { engine, interfaces: ['lo'], filter: 'tcp port 1' } }, inHost);
    await ours.open();
    const end = await ours.stop();
    expect(end.error).toBeUndefined();
    expect(end.statistics?.received).toBe(0);
  });

  test('an interface that goes away ends the capture with a line, after all its packets', async () => {
    const ours = new Printer(script, { live: { engine, interfaces: ['tun0'], filter: 'icmp' } }, inHost);
    await ours.open();
    lab.ping(2);
    await ours.until(() => ours.packets.length >= 4);
    await lab.untunnel();
    const end = await ours.ended();
    expect(end.error).toBe(kind.gone);
    expect(ours.packets).toHaveLength(4);
    await lab.tunnel('socat');
  });

  test.each([
    [{ interfaces: ['nope0'] }, /^CaptureError: no such interface: nope0 \(available: .*eth0.*, any\)$/],
    [
      { interfaces: ['eth0'], filter: 'udp prot 9000' },
      /^CaptureError: "udp prot 9000" is not a valid capture filter(?: for link type 1)?: .*syntax error; see man pcap-filter$/,
    ],
    [{ interfaces: ['eth0', 'nope0'] }, /^CaptureError: no such interface: nope0 \(available/],
  ])('%j', async (live, message) => {
    const ours = new Printer(script, { live: { engine, ...live } }, inHost);
    expect((await ours.ended()).error).toMatch(message);
  });

  test('an interface that is down', async () => {
    execFileSync('ip', ['-n', HOST, 'link', 'add', 'down0', 'type', 'bridge']);
    const ours = new Printer(script, { live: { engine, interfaces: ['down0'] } }, inHost);
    const end = await ours.ended();
    execFileSync('ip', ['-n', HOST, 'link', 'del', 'down0']);
    expect(end.error).toMatch(/^CaptureError: down0 is down; bring it up \(ip link set down0 up\)/);
  });

  test('no permission', async () => {
    const prefix = [
      ...inHost,
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--inh-caps=-all',
      '--bounding-set=-all',
    ];
    const ours = new Printer(script, { live: { engine, interfaces: ['eth0'] } }, prefix);
    expect((await ours.ended()).error).toMatch(
      /^CaptureError: no permission to capture on eth0; run with sudo, or with a copy of node/,
    );
  });
});
