import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { shortNumber } from '../../../src/tui/terminal/numbers.ts';
import { COMMAND } from '../../support/command.ts';
import { cleanup, KEYS, showFile, stylesOf } from '../support/screen.ts';
import { hasTmux, TmuxTerminal } from '../support/tmux.ts';

// Figures of the captures: capinfos and `tshark -z icmp,srt`, the round trips as tshark's icmp.resptime has them.
let terminal: TmuxTerminal | undefined;
afterEach(() => {
  cleanup();
  terminal?.close();
  terminal = undefined;
});

const BOARDS = ['2', '3', '4'] as const;

describe.each([
  [60, 16],
  [80, 24],
  [120, 40],
  [250, 70],
])('at %d by %d', (columns, rows) => {
  it.each(BOARDS)('board %s fills the terminal exactly', async (key) => {
    for (const file of ['half', 'vxlan', 'generated/icmpv6', 'generated/tunnels']) {
      const shown = await showFile(`fixtures/${file}.pcap`, columns, rows);
      await shown.press(key);
      expect(shown.rows().map((row) => row.length)).toEqual(new Array(rows).fill(columns));
      await shown.press('G', 'g', KEYS.pageDown);
      expect(shown.rows()).toHaveLength(rows);
      cleanup();
    }
  });
});

it('pings: the verdict, the path with its figures, round trips', async () => {
  const shown = await showFile('fixtures/socat.pcap', 80, 24);
  await shown.press('i');
  const text = shown.rows().join('\n');
  expect(text).toContain('PASS  4 of 4 requests answered, rtt 0.194/0.222/0.298 ms');
  expect(text).toMatch(/172\.16\.0\.2 → 172\.16\.1\.2 id 17163 +4 +4 +0 +0 +[▁▂▃▄▅▆▇█]/);
  expect(text).toContain('tunpi 10.1.0.10 → 10.2.0.10 udp 9000');
  expect(text).toContain('min 0.194  average 0.222  p95 0.298  max 0.298');
});

it('pings: what goes wrong in words; Enter goes to the packets', async () => {
  const shown = await showFile('fixtures/half.pcap', 100, 30);
  await shown.press('2');
  expect(shown.rows().join('\n')).toMatch(/outer-port-unreachable \(packet 2\) *\n +10\.2\.0\.10 answers/);
  await shown.press('j', 'j', KEYS.enter);
  expect([shown.session.state.view, shown.session.selectedPacket]).toEqual(['packets', 1]);
  await shown.press('2', 'g', KEYS.enter);
  expect(shown.session.state.filter).toBe(
    'icmp.ident == 17475 && ip.addr == 172.16.0.2 && ip.addr == 172.16.1.2 && ip.addr == 10.1.0.10 && ip.addr == 10.2.0.10 && udp.port == 9000',
  );
});

it.each<[keys: string[], filter: string, packets: number[]]>([
  // tshark: 1, 2 in UDP port 9000, 3 an error that quotes 2, 4 and 5 outside.
  [[], ' && ip.addr == 10.1.0.10 && ip.addr == 10.2.0.10 && udp.port == 9000', [1, 2, 3]],
  [['j'], ' && level == 0', [3, 4, 5]],
])(
  'pings: paths that differ in their tunnels alone have filters of their own: %j',
  async (keys, filter, packets) => {
    const shown = await showFile('fixtures/socat-mixed.pcap', 100, 30);
    await shown.press('2', ...keys, KEYS.enter);
    const { state } = shown.session;
    expect(state.filter).toBe(
      `icmp.ident == 17374 && ip.addr == 172.16.0.2 && ip.addr == 172.16.1.2${filter}`,
    );
    const rows = Array.from({ length: state.count }, (_, row) => shown.session.packetOf(row) + 1);
    expect(rows).toEqual(packets);
  },
);

it.each<[board: string, keys: string[], filter: string, packets: number]>([
  ['3', ['j', 'j', 'j'], 'vxlan', 8],
  ['3', ['G', 'k'], 'icmp', 8],
  [
    '4',
    [],
    'ip.addr == 172.16.0.2 && ip.addr == 172.16.1.2 && ip.addr == 10.1.0.10 && ip.addr == 10.2.0.10 && udp.port == 4789 && vxlan.vni == 42 && level == 1',
    8,
  ],
])('board %s, keys %j: Enter narrows the list by %s', async (board, keys, filter, packets) => {
  const shown = await showFile('fixtures/vxlan.pcap', 100, 30);
  await shown.press(board, ...keys, KEYS.enter);
  expect([shown.session.state.view, shown.session.state.filter]).toEqual(['packets', filter]);
  expect(shown.session.state.count).toBe(packets);
});

it.each([
  ['2', '  outside any tunnel', '172.16.0.2 → 172.16.1.2 id 17374'],
  ['2', 'request-outside-tunnel', 'warning'],
  ['3', '  UDP', 'UDP'],
  ['4', 'outside any tunnel', '10.2.0.10 → 10.1.0.10'],
])('board %s: the mouse selects what it points at: %s', async (board, text, selected) => {
  const shown = await showFile('fixtures/socat-mixed.pcap', 120, 40);
  await shown.press(board);
  const row = shown.rows().findLastIndex((line) => line.includes(text));
  await shown.press(`\x1b[<0;20;${row + 1}M`);
  const rows = shown.rows();
  const at = rows.findIndex((line) => line.startsWith('▸'));
  expect(rows[at]?.slice(1).trim().startsWith(selected), rows[at]).toBe(true);
  // The item that it is of: at most two rows above.
  expect(row - at).toBeGreaterThanOrEqual(0);
  expect(row - at).toBeLessThanOrEqual(2);
});

it('conversations are sorted by what a key says', async () => {
  const shown = await showFile('fixtures/generated/tunnels.pcap', 100, 40);
  await shown.press('4');
  const orders: string[] = [];
  for (let i = 0; i < 5; i++) {
    orders.push(/\(by (\w+)\)/.exec(shown.rows()[1] ?? '')?.[1] ?? '');
    await shown.press('s');
  }
  expect(orders).toEqual(['bytes', 'packets', 'rate', 'first', 'last']);
});

it.each(BOARDS)('board %s needs no colour', async (key) => {
  const shown = await showFile('fixtures/half.pcap', 120, 40, { depth: 1 });
  await shown.press(key);
  for (const row of shown.styled()) {
    for (const codes of stylesOf(row)) expect(codes).toMatch(/^[0147](;[0147])*$/);
  }
});

describe.skipIf(!hasTmux)(`in a terminal${hasTmux ? '' : ' (skipped: tmux is missing)'}`, () => {
  it.each([
    ['2', 'PASS  4 of 4 requests answered', 'round trip ms'],
    ['3', 'TUN PI', '100.0 %'],
    ['4', 'tunpi 10.1.0.10', 'packets'],
  ])('key %s shows its board, Enter its packets, 1 the packets again', async (key, ...texts) => {
    terminal = await TmuxTerminal.open(80, 24);
    terminal.type(`node ${COMMAND} ${resolve('fixtures/socat.pcap')}`);
    await terminal.shows('pings answered 4 of 4', 'OUTER');
    terminal.press(key);
    await terminal.shows(...texts);
    terminal.press('1');
    await terminal.shows('OUTER');
    terminal.press(key);
    await terminal.shows(...texts);
    terminal.press('Enter');
    await terminal.shows('8 match ', 'OUTER');
  });

  it('in ASCII where the locale knows no more', async () => {
    terminal = await TmuxTerminal.open(80, 24);
    terminal.type(`LC_ALL=C NO_COLOR=1 node ${COMMAND} ${resolve('fixtures/socat.pcap')}`);
    await terminal.shows('OUTER');
    terminal.press('2');
    const screen = await terminal.shows('PASS', 'round trip ms', '####');
    expect(screen).toMatch(/^[ -~\n]*$/);
    expect(screen).not.toContain('?  ?');
  });
});

it.each([
  [0, '0'],
  [0.123, '0.12'],
  [34.56, '34.6'],
  [9999, '9999'],
  [10_000, '10.0 k'],
  [134_000, '134 k'],
  [999_499, '999 k'],
  [1_340_000, '1.34 M'],
  [98_700_000_000, '98.7 G'],
  [Number.NaN, '-'],
])('%d is written %s', (value, text) => expect(shortNumber(value)).toBe(text));

it('has a histogram whose ranges are told apart, and no more of them than round trips fill', async () => {
  // tshark: the four replies come 0.198, 0.194, 0.196 and 0.298 ms behind their requests.
  const shown = await showFile('fixtures/socat.pcap', 120, 50);
  await shown.press('2');
  const ranges = shown
    .rows()
    .flatMap((row) => /^ +([\d.]+) – ([\d.]+) +\d+ /.exec(row)?.slice(1, 3).join(' ') ?? []);
  expect(ranges.length).toBeGreaterThan(1);
  expect(ranges.length).toBeLessThanOrEqual(4);
  for (const range of ranges) expect(new Set(range.split(' ')).size).toBe(2);
  expect(new Set(ranges).size).toBe(ranges.length);
});

it('offers to follow where there is something to follow, and help with the path too', async () => {
  const shown = await showFile('fixtures/socat.pcap', 200, 50);
  expect(shown.rows().at(-1)).not.toContain('f follow');
  await shown.press('6');
  expect(shown.session.state.view).toBe('path');
  expect(shown.rows().at(-1)).toContain('? help');
  expect(shown.rows().find((row) => row.includes('point'))).toBeDefined();
  expect(shown.rows().join(' ')).not.toContain('envelope  ');
});
