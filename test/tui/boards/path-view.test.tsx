/** The path view: one run of four pings that tcpdump recorded at ten points; what happens at each is known from the lab. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KernelDrop } from '../../../src/packet/kernel-drop.ts';
import { shortNames } from '../../../src/tui/boards/path-view.ts';
import { isInstalled } from '../../capture/oracles.ts';
import { COMMAND } from '../../support/command.ts';
import { handSource } from '../support/capture.ts';
import { cleanup, KEYS, show, showFile } from '../support/screen.ts';
import { hasTmux, TmuxTerminal } from '../support/tmux.ts';

const files = readdirSync('fixtures')
  .filter((name) => name.startsWith('path-'))
  .sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1]))
  .map((name) => `fixtures/${name}`);
const folder = mkdtempSync(join(tmpdir(), 'path-view-'));
const merged = join(folder, 'points.pcapng');
const hasMergecap = isInstalled('mergecap');
afterEach(cleanup);
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasMergecap)(`ten points${hasMergecap ? '' : ' (SKIPPED: needs mergecap)'}`, () => {
  beforeAll(() => execFileSync('mergecap', ['-I', 'none', '-w', merged, ...files]));

  // Container, bridge, TUN device, and then the wire until the other host's TUN device.
  const AROUND = [
    ...['', '', ''],
    ...['put on', '', '', ''].map((word) => `${word} 10.1.0.10 → 10.2.0.10 tunpi udp 9000`.trim()),
    ...['taken off', '', ''],
  ];

  it.each([
    [80, 24],
    [120, 40],
    [250, 70],
  ])('at %d by %d: where the envelope is put on and taken off', async (columns, rows) => {
    const shown = await showFile(merged, columns, rows);
    await shown.press('6');
    const text = shown.rows();
    expect(text.map((row) => row.length)).toEqual(new Array(rows).fill(columns));
    expect(text[1]).toMatch(/✓ 4 of 4 pings answered, seen at 10 points/);
    const course = text.filter((row) => /^ if\d/.test(row));
    expect(course.map((row) => /^ (\w+)/.exec(row)?.[1])).toEqual(files.map((_, i) => `if${i + 1}`));
    const around = course.map((row) =>
      row
        .slice(22)
        .replace(/\[?\[(172\.16\.0\.2 → 172\.16\.1\.2 )?ping\]+.*/, '')
        .replace('[', '')
        .replace(/ +/g, ' ')
        .trim(),
    );
    expect(around).toEqual(AROUND);
  });

  it('times are those of tshark; Enter shows the packets of the ping under the cursor', async () => {
    const shown = await showFile(merged, 120, 40);
    await shown.press('6', 'G');
    const first = (file: string) =>
      execFileSync('tshark', ['-r', file, '-T', 'fields', '-e', 'frame.time_epoch', '-c', '2'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
        .trim()
        .split('\n')
        .map(Number) as [number, number];
    const [requests, replies] = [0, 1].map((at) => files.map((file) => first(file)[at] as number)) as [
      number[],
      number[],
    ];
    const course = shown.rows().filter((row) => /^ if\d/.test(row));
    for (const [i, row] of course.entries()) {
      const [, there, back] = /^ \w+ +(\d+) +(\d+)/.exec(row)?.map(Number) ?? [];
      const before = requests[i - 1] ?? requests[0] ?? 0;
      const beyond = replies[i + 1] ?? requests.at(-1) ?? 0;
      expect([there, back]).toEqual(
        [(requests[i] as number) - before, (replies[i] as number) - beyond].map((s) => Math.round(s * 1e6)),
      );
    }
    await shown.press(KEYS.enter);
    expect(shown.session.state.filter).toMatch(
      /^icmp\.ident == \d+ && icmp\.seq == 1 && ip\.addr == 172\.16\.0\.2 && ip\.addr == 172\.16\.1\.2$/,
    );
    expect(shown.session.state).toMatchObject({ view: 'packets', count: 20 });
  });
});

it.each([80, 120])('at %d columns, what was lost: where it was seen last, and why', async (columns) => {
  const shown = await showFile('fixtures/half.pcap', columns, 30);
  await shown.press('6', 'G');
  const text = shown.rows().join('\n');
  expect(text).toContain('! 0 of 4 pings answered, seen at 1 point · 4 lost');
  expect(text).toMatch(/Ping 1 · 172\.16\.0\.2 → 172\.16\.1\.2 · LOST/);
  expect(text).toMatch(/tunpi udp 9000 \[.*ping\]\]\s+request last seen here/);
  expect(text).toContain('! 10.2.0.10 answers that nothing listens on UDP 9000');
});

it('a reply by another way says so at the point', async () => {
  const shown = await showFile('fixtures/findings/reply-outside-tunnel.pcap', 160, 30);
  await shown.press('6');
  expect(shown.rows().join('\n')).toMatch(/vxlan vni 42 \[.*ping\]\] {2}← without/);
});

it('without a ping there is a word on what would be here', async () => {
  const shown = await showFile('fixtures/generated/applications.pcap', 80, 24);
  await shown.press('6');
  expect(shown.rows().join('\n')).toMatch(/no ping seen yet/);
});

describe('live', () => {
  /** The first echo request of a capture: behind the file's header and its own. */
  const file = readFileSync('fixtures/route.pcap');
  const request = file.subarray(40, 40 + file.readUInt32LE(32));

  // A minute ahead: however slow the test is, it was sent a moment ago.
  it.each([
    ['a moment ago: it is on the way', -60, '0 of 1 ping answered, seen at 1 point · 1 on the way'],
    ['long ago: it is lost', 60, '0 of 1 ping answered, seen at 1 point · 1 lost'],
  ])('a request sent %s', async (_, secondsAgo, text) => {
    const source = handSource({ isLive: true });
    const { next } = source;
    source.next = async () => {
      const batch = await next.call(source);
      batch?.seconds.fill(Math.floor(Date.now() / 1000) - secondsAgo);
      return batch;
    };
    const shown = show(source, 100, 24);
    const running = shown.session.run();
    source.push([request]);
    await expect.poll(() => shown.session.store.count).toBe(1);
    await shown.press('6');
    await expect.poll(() => shown.rows().join('\n')).toContain(text);
    source.end();
    await running;
  });

  it('with --why, what the kernel says of a lost one: below it, and in its row', async () => {
    const seconds = 1_700_000_000;
    const source = handSource({ isLive: true });
    const { next } = source;
    source.next = async () => {
      const batch = await next.call(source);
      batch?.seconds.fill(seconds);
      batch?.nanoseconds.fill(0);
      return batch;
    };
    const at = { device: 'eth0', namespace: 'h2' };
    const step = {
      time: seconds * 1e6 + 1,
      device: 'eth0',
      isSent: false,
      protocol: 0,
      length: request.length,
    };
    const drop: KernelDrop = {
      ...{ time: step.time + 5, reason: 'NETFILTER_DROP', location: 'nft_do_chain', protocol: 0x0800 },
      ...{ course: [step], place: () => at, couldBeIn: () => true },
    };
    const kernel = () => ({
      ...{ drops: [drop], forgotten: 0, lost: 0, counters: [], noReasons: undefined },
      locate: () => at,
    });
    const shown = show(source, 100, 24, { kernel });
    const running = shown.session.run();
    source.push([request]);
    await expect.poll(() => shown.session.store.count).toBe(1);
    await shown.press('6');
    const text = () =>
      shown
        .rows()
        .join('\n')
        .replace(/\s+(! )?/g, ' ');
    await expect
      .poll(text)
      .toContain(
        'the kernel dropped it at h2:eth0, as a firewall rule drops it (NETFILTER_DROP in nft_do_chain): find the rule',
      );
    expect(text()).toContain('LOST: request last seen at eth0, NETFILTER_DROP');
    source.end();
    await running;
  });
});

describe.skipIf(!hasTmux || !hasMergecap)(
  `in a terminal${hasTmux ? '' : ' (SKIPPED: tmux is missing)'}`,
  () => {
    let terminal: TmuxTerminal | undefined;
    afterEach(() => terminal?.close());

    it('6 shows the path, Enter its packets, q goes back', async () => {
      terminal = await TmuxTerminal.open(80, 24);
      terminal.type(`node ${COMMAND} ${resolve(merged)}`);
      await terminal.shows('pings answered 4 of 4', 'outside any tunnel');
      terminal.press('6');
      await terminal.shows('seen at 10 points', 'put on', 'taken off');
      terminal.press('Enter');
      await terminal.shows('20 match', 'outside any tunnel');
    });
  },
);

it.each([
  [
    ['socat-h1:eth0', 'socat-h1-ns1:eth0', 'socat-rt:r1'],
    ['h1:eth0', 'h1-ns1:eth0', 'rt:r1'],
  ],
  [
    ['broken-far-end-h1:tun0', 'broken-far-end-rt:r1'],
    ['h1:tun0', 'rt:r1'],
  ],
  [
    ['socat-h1:eth0', 'vxlan-h1:eth0'],
    ['socat-h1:eth0', 'vxlan-h1:eth0'],
  ],
  [
    ['eth-0', 'eth-1'],
    ['eth-0', 'eth-1'],
  ],
  [['socat-h1:eth0'], ['socat-h1:eth0']],
])('names of points %j are short: %j', (names, short) => {
  const points = names.map((name) => ({ name, clock: 0, requests: 0, replies: 0, dropped: null }));
  expect(shortNames({ points })).toEqual(short);
});
