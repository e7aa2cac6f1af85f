import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bindings, withKeys } from '../../src/tui/keys/keymap.ts';
import { tunnelscope } from '../support/command.ts';
import { handSource } from './support/capture.ts';
import {
  cleanup,
  KEYS,
  reversed,
  show,
  showFile,
  stylesOf,
  type TestScreen,
  withoutStyles,
} from './support/screen.ts';

// What the captures hold was read off `tshark -r FILE -V` by hand, and for the inner headers off its hex dump.
afterEach(cleanup);

function rowWith(shown: TestScreen, ...texts: readonly string[]): string | undefined {
  return shown.rows().find((row) => texts.every((text) => row.includes(text)));
}

/** The row's part left and right of the divider, without the sign that compares them. */
function sides(row: string | undefined): string[] {
  return (row ?? '').split('│').map((side) =>
    side
      .trim()
      .replace(/^[=≠] /, '')
      .replace(/\s+/g, ' '),
  );
}

describe.each([
  [80, 24],
  [96, 30],
  [120, 40],
  [200, 60],
])('at %d by %d', (columns, rows) => {
  it('fills the terminal exactly', async () => {
    const shown = await showFile('fixtures/socat.pcap', columns, rows);
    expect(shown.rows()).toHaveLength(rows);
    expect(shown.rows().map((row) => row.length)).toEqual(new Array(rows).fill(columns));
  });

  it('shows who talks to whom outside and inside on one row of the list', async () => {
    const shown = await showFile('fixtures/socat.pcap', columns, rows);
    const packet = rowWith(shown, ' 2 ', 'eply ', 'seq=1') ?? '';
    expect(packet).toMatch(
      /10\.2\.0\.10(:9000)? → 10\.1\.0\.10(:9000)? +tunpi.* 172\.16\.1\.2 → 172\.16\.0\.2 .*(Echo r|R)eply (.* )?seq=1/,
    );
  });

  it('counts the pings', async () => {
    const shown = await showFile('fixtures/socat.pcap', columns, rows);
    expect(shown.rows()[0]).toContain('socat.pcap  8 packets · pings answered 4 of 4 ✓');
    const half = await showFile('fixtures/half.pcap', columns, rows);
    expect(half.rows()[0]).toContain('pings answered 0 of 4');
  });
});

describe('outer and inner headers', () => {
  it('stand side by side, equal fields on the same row', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    expect(sides(rowWith(shown, 'Time to Live'))).toEqual(['Time to Live 64', 'Time to Live 63']);
    expect(sides(rowWith(shown, 'Source Address'))).toEqual([
      'Source Address 10.1.0.10',
      'Source Address 172.16.0.2',
    ]);
    expect(sides(rowWith(shown, 'Destination Address'))).toEqual([
      'Destination Address 10.2.0.10',
      'Destination Address 172.16.1.2',
    ]);
    expect(sides(rowWith(shown, 'Total Length'))).toEqual(['Total Length 116', 'Total Length 84']);
    expect(rowWith(shown, ' OUTER ', ' INNER ')).toContain(
      '172.16.0.2 → 172.16.1.2 ─ in TUN PI over UDP 9000',
    );
  });

  it.each([
    ['Differentiated Services Codepoint', '='],
    ['Total Length', '≠'],
    ['Identification', '≠'],
    ['Don’t Fragment', '='],
    ['Time to Live', '≠'],
  ])('say on either side whether they are the same: %s %s', async (label, sign) => {
    const shown = await showFile('fixtures/socat.pcap', 140, 40);
    const row = rowWith(shown, label)?.split('│') ?? [];
    expect(row.map((side) => side.trimStart()[0])).toEqual([sign, sign]);
  });

  it.each([
    // tshark: total lengths 116 and 84.
    [250, 'the tunnel takes 32 of 116 bytes (28 %), and leaves 1468 of an MTU of 1500'],
    [200, 'the tunnel takes 32 of 116 bytes (28 %)'],
    [150, 'tunnel 32 of 116 bytes (28 %)'],
    [120, '+32 bytes 28 %'],
  ])('tell in %d columns what the tunnel costs', async (columns, text) => {
    const shown = await showFile('fixtures/socat.pcap', columns, 40);
    expect(rowWith(shown, ' OUTER ')).toContain(` ─ ${text} ─`);
  });

  it('of IPv4 and IPv6 stand on one row where they mean the same', async () => {
    // Packet 2 of what make-fixtures.py writes: IPv6 in IPv4.
    const shown = await showFile('fixtures/generated/tunnels.pcap', 160, 60);
    await shown.press('j', KEYS.tab, ...new Array<string>(10).fill(KEYS.down));
    expect(rowWith(shown, ' BYTES ')).toContain('ip.ttl = 64');
    expect(sides(rowWith(shown, 'Time to Live'))).toEqual(['Time to Live 64', 'Hop Limit 63']);
    expect(sides(rowWith(shown, 'Total Length'))).toEqual(['Total Length 108', 'Payload Length 48']);
    const said = shown.rows().join(' ').replace(/\s+/g, ' ');
    expect(said).toContain('In the inner header: 63.');
  });

  it('stand the other way after r', async () => {
    const narrow = await showFile('fixtures/socat.pcap', 80, 24);
    await narrow.press('r');
    expect(rowWith(narrow, ' OUTER ', ' INNER ')).toBeDefined();
    await narrow.press('r');
    expect(rowWith(narrow, ' OUTER ', ' INNER ')).toBeUndefined();
    cleanup();
    const wide = await showFile('fixtures/socat.pcap', 200, 60);
    await wide.press('r');
    expect(rowWith(wide, ' OUTER ', ' INNER ')).toBeUndefined();
    expect(wide.rows().map((row) => row.length)).toEqual(new Array(60).fill(200));
  });

  it.each([
    [60, 16],
    [80, 24],
    [120, 40],
    [250, 70],
  ])('and the other panes have the screen to themselves in turn, at %d by %d', async (columns, rows) => {
    const shown = await showFile('fixtures/socat.pcap', columns, rows);
    await shown.press('x');
    for (const title of ['  No. ', ' OUTER ', ' INNER ', ' BYTES ']) {
      expect(shown.rows()[1]).toContain(title);
      expect(shown.rows().map((row) => row.length)).toEqual(new Array(rows).fill(columns));
      for (const other of [' OUTER ', ' INNER ', ' BYTES '])
        if (other !== title) expect(rowWith(shown, other)).toBeUndefined();
      await shown.press(KEYS.tab);
    }
    await shown.press('x');
    expect([rowWith(shown, ' OUTER '), rowWith(shown, ' BYTES ')]).not.toContain(undefined);
  });

  it('stand one below the other where the terminal is narrow', async () => {
    const shown = await showFile('fixtures/socat.pcap', 80, 24);
    const rows = shown.rows();
    const outer = rows.findIndex((row) => row.includes(' OUTER '));
    const inner = rows.findIndex((row) => row.includes(' INNER '));
    expect(inner).toBeGreaterThan(outer);
    expect(rows.slice(outer, inner).join('\n')).toMatch(/IPv4 +10\.1\.0\.10 → 10\.2\.0\.10 .*TTL 64/);
    expect(rows.slice(inner).join('\n')).toMatch(/IPv4 +172\.16\.0\.2 → 172\.16\.1\.2 .*TTL 63/);
  });

  it('say what carries the inner packet', async () => {
    for (const [file, text] of [
      ['vxlan', 'in VXLAN vni 42 over UDP 4789'],
      ['ipip', 'in IPv4 in IPv4'],
      ['socat-nopi', 'in IPv4 over UDP 9000'],
      ['socat-tap', 'in Ethernet over UDP 9000'],
    ]) {
      const shown = await showFile(`fixtures/${file}.pcap`, 180, 40);
      // The last packet: some begin with ARP.
      await shown.press('G');
      expect(rowWith(shown, ' OUTER ', ' INNER ')).toContain(text);
      cleanup();
    }
  });

  it('say so where there is no tunnel', async () => {
    const shown = await showFile('fixtures/route.pcap', 120, 40);
    expect(rowWith(shown, 'outside any tunnel')).toBeDefined();
  });

  it('show what an ICMP error quotes, and mark its row', async () => {
    const shown = await showFile('fixtures/half.pcap', 160, 50);
    await shown.press('j');
    expect(rowWith(shown, '▸!', 'Destination unreachable: Port unreachable')).toBeDefined();
    expect(rowWith(shown, '▾ quoted ICMP')).toBeDefined();
    expect(rowWith(shown, 'Type', 'Echo (ping) request (8)')).toBeDefined();
  });

  it('open and fold', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press(KEYS.tab, KEYS.enter);
    expect(rowWith(shown, 'Time to Live')).toBeUndefined();
    expect(rowWith(shown, '▸ IPv4', '10.1.0.10 → 10.2.0.10')).toBeDefined();
    await shown.press(KEYS.right, KEYS.down);
    expect(sides(rowWith(shown, 'Time to Live'))[0]).toBe('Time to Live 64');
  });

  it('move on to the levels further in', async () => {
    // Packet 9 of what make-fixtures.py writes: VXLAN, in it IP in IP, in that VXLAN once more.
    const shown = await showFile('fixtures/generated/tunnels.pcap', 160, 45);
    await shown.press(...new Array<string>(8).fill('j'));
    const titles = () => rowWith(shown, ' INNER ')?.match(/OUTER|INNER \d of \d|in VXLAN|in IPv4 in IPv4/g);
    expect(titles()).toEqual(['OUTER', 'INNER 1 of 3', 'in VXLAN']);
    await shown.press(']');
    expect(titles()).toEqual(['INNER 1 of 3', 'in VXLAN', 'INNER 2 of 3', 'in IPv4 in IPv4']);
    await shown.press(']', ']');
    expect(titles()).toEqual(['INNER 2 of 3', 'in IPv4 in IPv4', 'INNER 3 of 3', 'in VXLAN']);
    await shown.press('[', '[', '[');
    expect(titles()).toEqual(['OUTER', 'INNER 1 of 3', 'in VXLAN']);
  });
});

describe('a field and its bytes', () => {
  // Of the first packet: eth 14, ip 20, udp 8, tunpi 4, so that the inner TTL is byte 46 + 8.
  it('are one selection, from the field', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press(KEYS.tab, KEYS.tab, ...new Array<string>(10).fill(KEYS.down));
    expect(rowWith(shown, ' BYTES ')).toContain('ip.ttl = 63, byte 54');
    const row = shown.styled().find((text) => withoutStyles(text).startsWith('0030'));
    expect(reversed(row ?? '')).toEqual(['3f', '?']);
    expect(rowWith(shown, 'In the outer header: 64.')).toBeDefined();
  });

  it('are one selection, from the byte', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press(KEYS.shiftTab, ...new Array<string>(22).fill(KEYS.right));
    expect(rowWith(shown, ' BYTES ')).toContain('ip.ttl = 64, byte 22');
    await shown.press(KEYS.down, KEYS.down);
    expect(rowWith(shown, ' BYTES ')).toContain('ip.ttl = 63, byte 54');
  });

  it('explain themselves', async () => {
    const shown = await showFile('fixtures/vxlan.pcap', 140, 40);
    await shown.press(KEYS.tab, KEYS.tab, KEYS.home, KEYS.enter, KEYS.down, KEYS.down);
    expect(rowWith(shown, 'vxlan.vni, RFC 7348')).toBeDefined();
    expect(rowWith(shown, 'VXLAN Network Identifier (VNI): 42')).toBeDefined();
  });
});

it('shows the bytes as they are in the file', async () => {
  const shown = await showFile('fixtures/socat.pcap', 200, 60);
  const dump = execFileSync('xxd', ['-p', '-s', '40', '-l', '130', '-c', '130', 'fixtures/socat.pcap'], {
    encoding: 'utf8',
  });
  const digits = shown
    .rows()
    .filter((row) => /^[0-9a-f]{4} {2}/.test(row))
    .map((row) => row.slice(6, 104).replaceAll(' ', ''))
    .join('');
  expect(digits).toBe(dump.trim());
});

it('lists every key in help', async () => {
  const shown = await showFile('fixtures/socat.pcap', 100, 100);
  await shown.press('?');
  for (const { shown: keys, about } of bindings)
    expect(rowWith(shown, keys, about.slice(0, 40))).toBeDefined();
  await shown.press('q');
  expect(rowWith(shown, ' OUTER ')).toBeDefined();
});

it.each<[text: string, number: string, fault?: RegExp]>([
  ['7', '7'],
  ['999', '1', /! packets 1 to 8 are here/],
  ['0.3s', '5'],
  ['x', '1', /! expected a number such as 42, or seconds/],
])('goes to %s', async (text, number, fault) => {
  const shown = await showFile('fixtures/socat.pcap', 120, 40);
  await shown.press(':', ...text, KEYS.enter);
  if (fault !== undefined) expect(shown.rows().at(-1)).toMatch(fault);
  expect(String(shown.session.state.selected + 1)).toBe(number);
});

describe('connections and queries', () => {
  const CAPTURE = 'fixtures/exchanges/vxlan.pcap';
  const selected = (shown: TestScreen) => shown.session.state.selected + 1;

  // tshark: 19 is the first SYN and 20 its SYN-ACK, in the same tunnel.
  it('p and o go to SYNs and what answers them, C narrows to the connection', async () => {
    const shown = await showFile(CAPTURE, 120, 40);
    const [syn, answer] = [19, 20];
    await shown.press(':', ...String(syn - 1), KEYS.enter, 'p');
    expect(selected(shown)).toBe(syn);
    await shown.press('o');
    expect(selected(shown)).toBe(answer);
    await shown.press('o');
    expect(selected(shown)).toBe(syn);
    await shown.press('C');
    expect(shown.session.state.filter).toMatch(
      /^ip\.addr == 172\.16\.0\.2 && ip\.addr == 172\.16\.0\.3 && tcp\.port == \d+ && tcp\.port == 8000$/,
    );
  });

  it('C on a ping says that it is of none', async () => {
    const shown = await showFile('fixtures/vxlan.pcap', 120, 40);
    await shown.press('C');
    expect(shown.rows().at(-1)).toContain('this packet is of no TCP connection');
  });

  it('2 has them below the pings, and Enter shows their packets', async () => {
    const shown = await showFile(CAPTURE, 120, 40);
    await shown.press('2');
    expect(rowWith(shown, 'tcp 9999', '1 refused')).toBeDefined();
    expect(rowWith(shown, 'tcp 81', '3 sent again')).toBeDefined();
    await shown.press(KEYS.down, KEYS.enter);
    expect(shown.session.state.filter).toBe(
      'ip.addr == 172.16.0.2 && ip.addr == 172.16.0.3 && tcp.port == 8000',
    );
  });

  // tshark: tcp.analysis.retransmission first in packet 17.
  it('a segment that was sent again has a sign, and e goes to it', async () => {
    const shown = await showFile('fixtures/findings/tcp-black-hole.pcap', 120, 40);
    await shown.press(':', '1', '6', KEYS.enter, 'e');
    expect(selected(shown)).toBe(17);
    expect(shown.rows().find((row) => / 17 /.test(row.slice(0, 8)))).toMatch(/^.↻/);
  });
});

describe('a display filter', () => {
  /** Numbers of the packets in the list. */
  const numbers = (shown: TestScreen): number[] =>
    shown
      .rows()
      .slice(2, 2 + shown.session.state.layout.listRows)
      .map((row) => Number.parseInt(row.slice(2), 10))
      .filter((number) => !Number.isNaN(number));

  it.each([
    ['icmp.type == 0', [2, 4, 6, 8]],
    ['icmp.seq in {2,3}', [3, 4, 5, 6]],
    ['tcp', []],
    // What a later packet tells, and what an earlier one does.
    ['icmp.resp_in > 2', [3, 5, 7]],
    ['icmp.resp_to > 2', [4, 6, 8]],
    ['icmp.no_resp', []],
    ['!tls', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['', [1, 2, 3, 4, 5, 6, 7, 8]],
  ])('narrows the list as it is typed: %s', async (filter, expected) => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('/', ...filter);
    expect(numbers(shown)).toEqual(expected);
    await shown.press(KEYS.enter);
    expect(numbers(shown)).toEqual(expected);
  });

  it('that is wrong says why in the line it is typed in, and the last right one holds', async () => {
    const shown = await showFile('fixtures/socat.pcap', 160, 40);
    await shown.press('/', ...'icmp.typ == 0');
    expect(shown.rows().at(-1)).toMatch(/Filter: icmp\.typ == 0.*! "icmp\.typ".*icmp\.type/);
    await shown.press(KEYS.enter);
    expect(shown.rows().at(-1)).toContain('Filter: icmp.typ == 0');
  });

  it('of a protocol that is not decoded says so below the list', async () => {
    const shown = await showFile('fixtures/socat.pcap', 160, 40);
    await shown.press('/', ...'!tls', KEYS.enter);
    expect(shown.rows().join('\n')).toContain('tls is not decoded: no packet matches it');
  });

  it('given up leaves the one before', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('/', ...'icmp.type == 8', KEYS.enter, '/', ...' && tcp');
    expect(numbers(shown)).toEqual([]);
    await shown.press(KEYS.escape);
    expect(numbers(shown)).toEqual([1, 3, 5, 7]);
    expect(shown.commands).toEqual([]);
  });

  it('keeps the selected packet, and the nearest one where that does not pass', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('j', 'j', '/', ...'icmp.type == 0', KEYS.enter);
    expect(shown.session.selectedPacket).toBe(3);
    await shown.press('/', '\x15', KEYS.enter);
    expect(shown.session.selectedPacket).toBe(3);
    expect(numbers(shown)).toHaveLength(8);
  });

  it('is completed by Tab, and recalled', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('/', ...'icmp.ty', KEYS.tab, ...' == 0', KEYS.enter);
    expect(shown.session.state.filter).toBe('icmp.type == 0');
    await shown.press('/', '\x15', KEYS.enter, '/', KEYS.up);
    expect(shown.rows().at(-1)).toContain('Filter: icmp.type == 0');
  });

  it.each([
    ['inner.ip.t', 'inner.ip.t', ['inner.ip.ttl']],
    ['quoted.icmp.s', 'quoted.icmp.seq', ['quoted.icmp.seq']],
    ['tunn', 'tunnel', ['tunnel', 'tunnel.by']],
    ['frame.', 'frame.', ['frame.len', 'frame.number']],
    ['ip.', 'ip.', ['ip.id', 'ip.ttl']],
    ['icmp', 'icmp', ['icmp', 'icmpv6']],
    ['oute', 'outer.', []],
  ])('is completed from %s to %s, and the names to choose from are shown', async (typed, text, names) => {
    const shown = await showFile('fixtures/socat.pcap', 200, 40);
    await shown.press('/', ...typed, KEYS.tab);
    expect(shown.session.state.prompt?.text.startsWith(text)).toBe(true);
    const rows = shown.rows().slice(-2).join(' ');
    for (const name of names) expect(rows).toContain(name);
  });

  it('has Tab put one name after the other into it, and Shift-Tab the one before', async () => {
    const shown = await showFile('fixtures/socat.pcap', 80, 24);
    const typed = () => shown.session.state.prompt?.text;
    await shown.press('/', ...'tunn', KEYS.tab, KEYS.tab);
    expect(typed()).toBe('tunnel');
    await shown.press(KEYS.tab);
    expect(typed()).toBe('tunnel.by');
    expect(reversed(shown.styled().at(-2) ?? '')).toContain('tunnel.by');
    await shown.press(KEYS.tab, KEYS.shiftTab, ...' == "x"');
    expect(typed()).toBe('tunnel.by == "x"');
    expect(shown.rows().at(-2)).not.toContain('tunnel  tunnel.by');
  });

  it('shows the chosen name however many there are', async () => {
    const shown = await showFile('fixtures/socat.pcap', 80, 24);
    await shown.press('/', ...'ip', ...new Array<string>(40).fill(KEYS.tab));
    const name = shown.session.state.prompt?.text ?? 'none';
    expect(shown.rows().at(-2)).toContain(name);
    expect(shown.rows().map((row) => row.length)).toEqual(new Array(24).fill(80));
  });

  it('is made of the selected field, and of the two ends', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('=');
    expect(shown.session.state.filter).toBe('ip.addr#2 == 172.16.0.2 && ip.addr#2 == 172.16.1.2');
    expect(numbers(shown)).toHaveLength(8);
    await shown.press(KEYS.tab, KEYS.tab, 'j', 'j', '=');
    expect(shown.session.state.filter).toBe('ip.hdr_len#2 == 20');
  });
});

// tshark's frame.time_relative: 0, 0.000…, 0.2…, 0.2…, 0.4…
it.each([
  ['0.3', 4],
  ['0.3s', 4],
  ['.3', 4],
  ['1s', 7],
  ['3', 2],
])('goes to %s, a number or a time', async (typed, packet) => {
  const shown = await showFile('fixtures/socat.pcap', 120, 40);
  await shown.press(':', ...typed, KEYS.enter);
  expect(shown.session.state.prompt).toBeUndefined();
  expect(shown.session.selectedPacket).toBe(packet);
});

it('says where no packet matches the filter', async () => {
  const shown = await showFile('fixtures/socat.pcap', 120, 40);
  const says = () => shown.rows().some((row) => row.includes('No packet matches the filter'));
  await shown.press('/', ...'tcp', KEYS.enter);
  expect(says()).toBe(true);
  await shown.press('/', '\x15', ...'icmp.seq == 3', KEYS.enter);
  expect(says()).toBe(false);
  expect(shown.session.selectedPacket).toBe(4);
});

it('finds text and bytes, on and back', async () => {
  const shown = await showFile('fixtures/socat.pcap', 120, 40);
  await shown.press('s', ...'seq=3', KEYS.enter);
  expect(shown.session.selectedPacket).toBe(4);
  await shown.press('n');
  expect(shown.session.selectedPacket).toBe(5);
  await shown.press('n');
  expect(shown.session.selectedPacket).toBe(4);
  expect(shown.rows().at(-1)).toContain('search continued from the first packet');
  await shown.press('N');
  expect(shown.session.selectedPacket).toBe(5);
  expect(shown.rows().at(-1)).toContain('search continued from the last packet');
  await shown.press('n', 'n');
  expect(shown.rows().at(-1)).not.toContain('searched on');
  await shown.press('s', '\x15', ...'seq=9', KEYS.enter);
  expect(shown.rows().join('\n')).toContain('"seq=9" was not found');
  await shown.press(KEYS.escape);
  // Destination 172.16.1.2 in the inner header.
  await shown.press('s', '\x15', ...'0xac100102', KEYS.enter);
  expect(shown.session.selectedPacket).toBe(6);
});

it('goes on to pings, problems and marks, and from a reply to its request', async () => {
  const shown = await showFile('fixtures/half.pcap', 120, 40);
  const at = async (...keys: string[]): Promise<number | undefined> => {
    await shown.press(...keys);
    return shown.session.selectedPacket;
  };
  // The second packet is the ICMP error.
  expect(await at('e')).toBe(1);
  expect(await at('m', 'g', 'M')).toBe(1);
  expect(await at('p', 'p')).toBe(3);
  expect(await at('P')).toBe(2);
});

it('links a reply with its request, and says how long it took', async () => {
  const shown = await showFile('fixtures/socat.pcap', 160, 40);
  // tshark: icmp.resp_to 1, icmp.resptime 0.198.
  expect(rowWith(shown, '↩ 1, 0.198 ms')).toMatch(/^ +2 /);
  await shown.press('j', 'o');
  expect(shown.session.selectedPacket).toBe(0);
  await shown.press('o');
  expect(shown.session.selectedPacket).toBe(1);
});

describe('copies through the terminal', () => {
  it.each<[string, string[], string]>([
    ['the selected field', [KEYS.tab, KEYS.tab, 'j', 'y'], '4'],
    ['a field’s bytes', [KEYS.tab, KEYS.tab, ...'jjjjj', 'Y'], '0054'],
    ['a filter', [KEYS.tab, KEYS.tab, ...'jj', 'F'], 'ip.hdr_len#2 == 20'],
  ])('%s', async (_what, keys, text) => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press(...keys);
    expect(shown.sequences).toEqual([`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`]);
  });

  it('the packet in hex and as JSON, as they print', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('j', 'Y', 'J');
    const [hex, json] = shown.sequences.map((one) => Buffer.from(one.slice(7, -1), 'base64').toString());
    const dump = execFileSync(
      'tshark',
      [
        '-r',
        'fixtures/socat.pcap',
        '-T',
        'json',
        '-x',
        '-Y',
        'frame.number == 2',
        '-o',
        'gui.column.format:x,%m',
      ],
      { encoding: 'utf8' },
    );
    expect(dump).toContain(`"${hex}"`);
    expect(`${json}\n`).toBe(
      tunnelscope(['-r', 'fixtures/socat.pcap', '-T', 'json', '-Y', 'frame.number == 2']).stdout,
    );
  });
});

describe('writes packets to a file', () => {
  const counts = (path: string): string[] =>
    execFileSync('tshark', ['-r', path, '-T', 'fields', '-e', 'frame.number'], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n');

  it.each<[string, string[], number]>([
    ['all', [], 8],
    ['those that the filter lets pass', ['/', ...'icmp.type == 0', KEYS.enter], 4],
    ['the marked ones', ['m', 'j', 'j', 'm'], 2],
  ])('%s', async (_which, keys, count) => {
    const path = join(mkdtempSync(join(tmpdir(), 'save-')), 'x.pcapng');
    const shown = await showFile('fixtures/socat.pcap', 160, 40);
    await shown.press(...keys, 'w', ...path, KEYS.enter);
    await vi.waitFor(() => expect(shown.rows().at(-1)).toContain(`${count} packets written to`));
    expect(counts(path)).toHaveLength(count);
    await shown.press('w', ...path, KEYS.enter);
    await vi.waitFor(() => expect(shown.rows().at(-1)).toContain('exists'));
  });
});

it('is led by the mouse', async () => {
  const shown = await showFile('fixtures/socat.pcap', 120, 40);
  const click = (column: number, row: number) => `\x1b[<0;${column + 1};${row + 1}M`;
  // The third row of the list.
  await shown.press(click(20, 4));
  expect(shown.session.selectedPacket).toBe(2);
  await shown.press('\x1b[<65;20;5M');
  expect(shown.session.selectedPacket).toBe(5);
  // Byte 22 of the packet: the outer header's TTL (14 of Ethernet, 8 into IPv4).
  const bytes = shown.rows().findIndex((row) => row.includes('BYTES'));
  await shown.press(click(6 + 6 * 3, bytes + 2));
  expect(shown.session.state).toMatchObject({
    pane: 'bytes',
    byte: 22,
    cursor: { protocol: 'ip', key: 'ttl', level: 0 },
  });
});

it('cycles the time column', async () => {
  const shown = await showFile('fixtures/socat.pcap', 120, 40);
  const times = () => shown.rows()[3]?.slice(5, 22).trim().split(' ')[0];
  expect(times()).toBe('0.000198');
  await shown.press('j', 't', 'k');
  expect(times()).toBe('0.000198');
  await shown.press('t');
  expect(times()).toBe('17:10:16.230850');
});

it('asks the program to quit and to stop', async () => {
  const shown = await showFile('fixtures/socat.pcap', 80, 24);
  await shown.press('\x1a', 'q', '\x03');
  expect(shown.commands).toEqual(['suspend', 'quit', 'quit']);
});

it.each(['/', ':', 's', 'w'])('Ctrl-C quits out of the prompt that %s opens', async (key) => {
  const shown = await showFile('fixtures/socat.pcap', 80, 24);
  await shown.press(key, '1', '\x03');
  expect(shown.commands).toEqual(['quit']);
});

describe('the footer', () => {
  it('has the keys that a configuration gives, and no command without one', async () => {
    const own = withKeys({ filter: [], quit: ['Q'] });
    const shown = await showFile('fixtures/socat.pcap', 120, 24, { bindings: own });
    expect(shown.rows()[23]).toMatch(/ Q quit/);
    expect(shown.rows()[23]).not.toContain('filter');
    await shown.press('q', '\x03');
    expect(shown.commands).toEqual(['quit']);
  });

  it.each([
    ['2', 60],
    ['3', 60],
    ['4', 60],
    ['L', 60],
    ['?', 60],
    ['2', 80],
    ['4', 80],
    ['?', 120],
  ])('says in view %s at %d columns that q leads back, and it does', async (key, columns) => {
    const shown = await showFile('fixtures/socat.pcap', columns, 24);
    expect(shown.rows()[23]).toMatch(/ {2}q quit( |$)/);
    await shown.press(key);
    expect(shown.rows()[23]).toMatch(/ q back /);
    expect(shown.rows()[23]).not.toMatch(/quit/);
    await shown.press('q');
    expect([shown.session.state.view, shown.commands]).toEqual(['packets', []]);
    await shown.press(key, '\x03');
    expect(shown.commands).toEqual(['quit']);
  });

  it.each([60, 80, 120, 200])(
    'has at %d columns room for all that is wrong with a filter',
    async (columns) => {
      const shown = await showFile('fixtures/socat.pcap', columns, 24);
      await shown.press('/', ...'ip.src == 10.1.0.10.1.1.1');
      const rows = shown.rows();
      expect(rows.map((row) => row.length)).toEqual(new Array(24).fill(columns));
      expect(rows[23]).toContain(' Filter: ip.src == 10.1.0.10.1.1.1 ');
      const said = rows.slice(20).join(' ').replace(/\s+/g, ' ');
      expect(said).toMatch(/! "10\.1\.0\.10\.1\.1\.1" \(character 11\) .* or 10\.1\.0\.0\/16 /);
      await shown.press(KEYS.escape);
      expect(rowWith(shown, 'character 11')).toBeUndefined();
    },
  );

  it('tells a warning in full above the keys', async () => {
    const warning = `the file was cut off at byte 4711: ${'what came before is whole and is shown here; '.repeat(2)}end`;
    const source = handSource({ isLive: true, warnings: [warning] });
    const shown = show(source, 80, 24);
    await shown.press('k');
    const rows = shown.rows();
    expect(rows.slice(20).join(' ').replace(/\s+/g, ' ')).toContain(warning);
    expect(rows[23]).toContain('? help  q quit');
  });

  it.each([
    [60, 16, 'made for 80x24'],
    [79, 30, 'made for 80x24'],
    [100, 20, 'made for 80x24'],
    [80, 24, undefined],
  ])('says at %d by %d: %s', async (columns, rows, note) => {
    const shown = await showFile('fixtures/socat.pcap', columns, rows);
    const footer = shown.rows().at(-1) ?? '';
    expect(footer).toContain('q quit');
    expect(/made for 80x24/.exec(footer)?.[0]).toBe(note);
  });
});

it('says in a line that the terminal is too small, and comes back', async () => {
  const shown = await showFile('fixtures/socat.pcap', 50, 10);
  expect(shown.rows()[0]).toBe('Too small: 50x10, need 60x16; Ctrl-C quits'.padEnd(50));
  await shown.resize(80, 24);
  expect(rowWith(shown, ' OUTER ')).toBeDefined();
  expect(shown.rows()).toHaveLength(24);
});

// Sequence numbers and reasons were read off tshark.
it.each([
  ['fixtures/vxlan.pcap', 80, / Req seq=1 *$/],
  ['fixtures/half.pcap', 80, / Port unreac…$/],
  ['fixtures/half.pcap', 100, / Port unreachable, quoting .*…$/],
  ['fixtures/half.pcap', 200, / ICMP Destination unreachable: Port unreachable .*quoting .*…$/],
])(
  'what a row of the list of %s says in %d columns ends with an ellipsis where it is cut',
  async (file, columns, end) => {
    const shown = await showFile(file, columns, 30);
    expect(shown.rows().filter((row) => end.test(row))).not.toEqual([]);
  },
);

it('has the list’s columns as wide as the screen of now allows', async () => {
  const small = await showFile('fixtures/socat.pcap', 80, 24);
  const list = small.rows().slice(0, 6);
  const shown = await showFile('fixtures/socat.pcap', 200, 50);
  await shown.resize(80, 24);
  expect(shown.rows().slice(0, 6)).toEqual(list);
});

it('needs no colour', async () => {
  const shown = await showFile('fixtures/half.pcap', 120, 40, { depth: 1 });
  await shown.press('j');
  for (const row of shown.styled()) {
    // Bold, underlined, reversed, and back: no foreground or background.
    for (const codes of stylesOf(row)) expect(codes).toMatch(/^[0147](;[0147])*$/);
  }
});
