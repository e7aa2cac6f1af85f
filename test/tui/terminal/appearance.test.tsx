import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SIDE_BY_SIDE_COLUMNS } from '../../../src/tui/state/layout.ts';
import { pcapHeader, pcapRecord } from '../support/capture.ts';
import { cleanup, KEYS, showFile, stylesOf, type TestScreen } from '../support/screen.ts';

// What the captures hold was read off `tshark -r FILE -V` by hand, and for the inner headers off its hex dump.
afterEach(cleanup);

function rowWith(shown: TestScreen, ...texts: readonly string[]): string | undefined {
  return shown.rows().find((row) => texts.every((text) => row.includes(text)));
}

/** What is explained beside the bytes. */
function explained(shown: TestScreen): string {
  const rows = shown.rows();
  const from = rows.findIndex((row) => row.includes(' BYTES '));
  const texts = rows.slice(from + 1, -1).map((row) => row.split('│').at(-1)?.trim() ?? '');
  return texts.join(' ').replace(/\s+/g, ' ').trim();
}

const SIZES = [
  [60, 16],
  [80, 24],
  [100, 30],
  [120, 40],
  [200, 60],
  [250, 70],
] as const;
const VIEWS: readonly (readonly [view: string, keys: readonly string[]])[] = [
  ['packets', []],
  ['a field', [KEYS.tab, 'j', 'j', 'j']],
  ['bytes', [KEYS.shiftTab, 'j']],
  ['pings', ['2']],
  ['protocols', ['3']],
  ['conversations', ['4']],
  ['lesson', ['L']],
  ['a layer of a lesson', ['L', KEYS.right, KEYS.right]],
  ['help', ['?']],
  ['help, further down', ['?', KEYS.pageDown]],
  ['a prompt', ['/', ...'ip.src == 1.2.3.4.5.6']],
];

/** From most views back to the first packet; panes keep where one was in them. */
const HOME: readonly string[] = [KEYS.escape, KEYS.escape, '1', KEYS.home];
const IN_PANES = VIEWS.filter(([view]) => view === 'a field' || view === 'bytes');
const OTHERS = VIEWS.filter((view) => !IN_PANES.includes(view));

describe.each(SIZES)('at %d by %d', (columns, rows) => {
  it.each(['socat', 'socat-mixed', 'vxlan', 'generated/icmpv6'])(
    'every view of %s fills the terminal exactly',
    async (file) => {
      for (const views of [OTHERS, ...IN_PANES.map((view) => [view])]) {
        const shown = await showFile(`fixtures/${file}.pcap`, columns, rows);
        const home = shown.rows();
        for (const [view, keys] of views) {
          await shown.press(...keys);
          const widths = shown.rows().map((row) => row.length);
          expect(widths, view).toEqual(new Array(rows).fill(columns));
          if (views !== OTHERS) continue;
          await shown.press(...HOME);
          expect(shown.rows(), `back from ${view}`).toEqual(home);
        }
        cleanup();
      }
    },
  );
});

describe.each([
  [8, '256 colours'],
  [4, '16 colours'],
  [1, 'no colour'],
])('with %d bits of colour: %s', (depth) => {
  it.each(VIEWS)('%s has whole rows in one style where they are selected', async (_view, keys) => {
    const shown = await showFile('fixtures/socat-mixed.pcap', 110, 30, { depth });
    await shown.press(...keys);
    for (const row of shown.styled()) {
      for (const codes of stylesOf(row)) {
        const parts = codes.split(';');
        // Bytes and titles keep their colour where they are reversed: they are what the colours stand for.
        const hasColors = /[0-9a-f]{4} {2}| (OUTER|INNER|BYTES) /.test(row);
        if (parts.includes('7') && !hasColors) expect(codes).toMatch(/^(1;)?7$/);
        if (depth === 1) expect(codes).toMatch(/^[0147](;[0147])*$/);
      }
    }
  });

  it('says the same in words', async () => {
    const shown = await showFile('fixtures/socat-mixed.pcap', 110, 30, { depth });
    const plain = await showFile('fixtures/socat-mixed.pcap', 110, 30, { depth: 24 });
    expect(shown.rows()).toEqual(plain.rows());
  });
});

it.each([
  ['socat', 80, 'pings answered 4 of 4 ✓ through tunpi over UDP 9000 '],
  ['vxlan', 80, 'pings answered 4 of 4 ✓ through vxlan vni 42 '],
  ['ipip', 80, 'pings answered 4 of 4 ✓ through ipip '],
  ['socat-nopi', 80, 'pings answered 4 of 4 ✓ through raw over UDP 9000'],
  ['socat-tap', 80, 'pings answered 4 of 4 ✓ through eth over UDP 9000 '],
  ['socat-mixed', 100, '! pings answered 0 of 4 through tunpi over UDP 9000 and outside '],
  ['route', 80, ' outside any tunnel '],
])('the first row says of %s at %d columns: %s', async (file, columns, text) => {
  const shown = await showFile(`fixtures/${file}.pcap`, columns, 24);
  expect(shown.rows()[0]).toContain(text);
});

it.each<[file: string, packet: number, text: string]>([
  // tshark -r socat.pcap: packets 1 and 2 at 0 and 0.000198 s.
  ['socat', 1, 'Answered by packet 2 after 0.198 ms'],
  ['socat', 2, 'Answers packet 1 after 0.198 ms'],
  ['half', 3, 'No packet here answers it'],
  // What this host sent has the time at which the log was handed over, which is behind the reply's own.
  ['links/nflog-local', 2, 'Answers packet 1, but the times can’t be right'],
])('%s, packet %d: %s', async (file, packet, text) => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
  ] as const) {
    const shown = await showFile(`fixtures/${file}.pcap`, columns, rows);
    await shown.press(...new Array<string>(packet - 1).fill('j'));
    const place = columns === 80 ? rowWith(shown, ' BYTES ') : explained(shown);
    expect(place).toContain(text);
    cleanup();
  }
});

it('says what is inside what in a sentence, and what the tunnel costs', async () => {
  const shown = await showFile('fixtures/socat.pcap', 120, 40);
  expect(explained(shown)).toBe(
    'Answered by packet 2 after 0.198 ms 172.16.0.2 → 172.16.1.2 travels inside 10.1.0.10:9000 → 10.2.0.10:9000: TUN PI over UDP 9000, guessed, proven by the bytes. Routers see only the outer one. The tunnel takes 32 of 116 bytes (28 %), and leaves 1468 of an MTU of 1500. Tab: its headers. L: a lesson about it.',
  );
});

it.each([
  [1400, 'leaves 1368 of an MTU of 1400'],
  [68, 'leaves 36 of an MTU of 68'],
])('a path’s MTU of %d is what the cost is told against', async (mtu, text) => {
  const shown = await showFile('fixtures/socat.pcap', 250, 70, { mtu });
  expect(rowWith(shown, ' OUTER ')).toContain(text);
  expect(explained(shown)).toContain(text);
  await shown.press('L');
  expect(shown.rows().join(' ')).toMatch(new RegExp(`MTU of ${mtu}, an inner`));
});

it.each([
  ['socat', 12],
  ['vxlan', 12],
  ['generated/tunnels', 14],
])('%s: at 120 by 40 there is room for all that is said of each field', async (file, fields) => {
  const shown = await showFile(`fixtures/${file}.pcap`, 120, 40);
  await shown.press(KEYS.tab);
  for (let i = 0; i < fields; i++) {
    expect(explained(shown)).toMatch(/[.)]$/);
    expect(explained(shown)).not.toContain('…');
    await shown.press('j');
  }
});

it('of a folded network header the fields that both sides have are compared on its row', async () => {
  const shown = await showFile('fixtures/socat.pcap', 80, 24);
  const rows = shown.rows().filter((row) => row.includes(' IPv4 '));
  // tshark: TTL 64 and 63, lengths 116 and 84, DF set in both.
  expect(rows).toEqual([
    ' ▸ IPv4      10.1.0.10 → 10.2.0.10  ≠ TTL 64  = DF set  ≠ length 116  = DSCP 0  ',
    ' ▸ IPv4      172.16.0.2 → 172.16.1.2  ≠ TTL 63  = DF set  ≠ length 84  = DSCP 0 ',
  ]);
});

it.each([
  [250, 'ICMP Echo reply id=17163 seq=1 ttl=63  ↩ 1, 0.198 ms'],
  [120, 'Echo reply id=17163 seq=1 ttl=63  ↩ 1, 0.198 ms'],
  [100, 'Echo reply seq=1  ↩ 1, 0.198 ms'],
  [96, 'Echo reply seq=1  ↩ 1'],
  [80, 'Reply seq=1'],
])('in %d columns a ping’s row is never cut: %s', async (columns, text) => {
  const shown = await showFile('fixtures/socat.pcap', columns, 24);
  const reply = shown.rows()[3]?.trimEnd();
  expect(reply?.endsWith(` ${text}`), reply).toBe(true);
});

describe.each([60, 80, 96, 120, 200])('a packet in no tunnel, at %d columns', (columns) => {
  it('has what its network layer carries in the other pane', async () => {
    const shown = await showFile('fixtures/half.pcap', columns, 30);
    await shown.press('j');
    const rows = shown.rows();
    expect(rows.join('\n')).toMatch(/─ PACKET ─ outside any tunnel ─/);
    const [left, right] = [/[▸▾] Ethernet /, /[▸▾] ICMP /].map((layer) =>
      rows.findIndex((row) => layer.test(row)),
    ) as [number, number];
    expect(left).toBeGreaterThan(0);
    if (columns < SIDE_BY_SIDE_COLUMNS) expect(right).toBeGreaterThan(left);
    else expect(right).toBe(left);
    expect(rows.find((row) => row.includes('PAYLOAD'))).toMatch(/ PAYLOAD ─ ICMP, quoted IPv4/);
  });

  it('is gone through with the same keys', async () => {
    const shown = await showFile('fixtures/half.pcap', columns, 30);
    await shown.press('j', KEYS.tab);
    expect(shown.session.state).toMatchObject({ pane: 'left', cursor: { protocol: 'ip', occurrence: 0 } });
    await shown.press(KEYS.tab);
    expect(shown.session.state).toMatchObject({ pane: 'right', cursor: { protocol: 'ip', occurrence: 1 } });
    await shown.press(KEYS.home);
    expect(shown.session.state).toMatchObject({ pane: 'right', cursor: { protocol: 'icmp', occurrence: 0 } });
    await shown.press(KEYS.enter, KEYS.left, KEYS.left);
    expect(shown.session.state.pane).toBe('left');
  });
});

it('of a packet of one header alone, the other pane says that there are no more', async () => {
  const header = pcapHeader();
  // LINKTYPE_USER0, of which nobody knows what it is.
  header.writeUInt32LE(147, 20);
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-bare-'));
  const file = join(folder, 'bare.pcap');
  writeFileSync(file, Buffer.concat([header, pcapRecord(Uint8Array.of(1, 2, 3, 4), 1)]));
  const shown = await showFile(file, 120, 40);
  rmSync(folder, { recursive: true });
  expect(shown.rows().join('\n')).toContain('Nothing: this packet has no more headers.');
});

it('help says what the signs mean', async () => {
  const shown = await showFile('fixtures/socat.pcap', 120, 70);
  await shown.press('?', 'G');
  for (const sign of ['= ≠ ', '↩ ', '! ', '● ', '✓ × ']) expect(rowWith(shown, `  ${sign}`)).toBeDefined();
});
