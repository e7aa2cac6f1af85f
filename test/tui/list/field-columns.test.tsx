/** Columns that the user chose. What the fields hold is tshark's word. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { createFieldColumn } from '../../../src/tui/list/field-columns.ts';
import { columnFault } from '../../../src/tui/state/column-names.ts';
import { hasTshark, tshark } from '../../support/tshark.ts';
import { cleanup, KEYS, showFile, type TestScreen } from '../support/screen.ts';

afterEach(cleanup);

const VXLAN = 'fixtures/vxlan.pcap';

/** What a column has in the first packets of a capture. */
async function columnOf(name: string, file: string): Promise<string[]> {
  const { session } = await showFile(file, 120, 40);
  const column = createFieldColumn(name, session.store.interfaces);
  return Array.from({ length: session.store.count }, (_, i) => {
    const packet = session.reader.read(i);
    return packet === undefined ? 'gone' : column(packet, session.reader.stack);
  });
}

describe.skipIf(!hasTshark)('holds what tshark prints', () => {
  it.each([
    ['ip.ttl', VXLAN],
    ['ip.id', VXLAN],
    ['eth.src', VXLAN],
    ['vxlan.vni', VXLAN],
    ['icmp.seq', VXLAN],
    ['udp.srcport', VXLAN],
    ['tcp.options.mss_val', 'fixtures/generated/transport.pcap'],
    ['frame.len', VXLAN],
    ['frame.time_epoch', VXLAN],
    ['frame.protocols', 'fixtures/ipip.pcap'],
  ])('%s of %s', async (name, file) => {
    const theirs = tshark('-r', file, '-T', 'fields', '-E', 'aggregator=;', '-e', name)
      .slice(0, -1)
      .split('\n');
    expect(theirs.some((value) => value !== '')).toBe(true);
    expect(await columnOf(name, file)).toEqual(theirs.map((values) => values.split(';').join(', ')));
  });

  it.each([
    ['ip.ttl#1', 'f'],
    ['ip.ttl#2', 'l'],
    ['ip.ttl#-1', 'l'],
    ['outer.ip.ttl', 'f'],
    ['inner.ip.ttl', 'l'],
  ])('%s is one of two', async (name, occurrence) => {
    const theirs = tshark('-r', VXLAN, '-T', 'fields', '-E', `occurrence=${occurrence}`, '-e', 'ip.ttl');
    expect(await columnOf(name, VXLAN)).toEqual(theirs.trimEnd().split('\n'));
  });
});

it.each([
  ['inner.ip.proto', ['ICMP (1)', 'ICMP (1)']],
  ['icmp.type', ['Echo (ping) request (8)', 'Echo (ping) reply (0)']],
  ['ip.flags.df', ['Not set, Set', 'Not set, Not set']],
  ['udp.checksum.status', undefined],
  ['tcp.srcport', ['', '']],
])('%s has names for its numbers', async (name, expected) => {
  const [first, second] = await columnOf(name, VXLAN);
  if (expected === undefined) expect(first).toMatch(/^[a-z]/);
  else expect([first, second]).toEqual(expected);
});

it.each([
  ['ip.ttl', undefined],
  ['inner.icmp.seq', undefined],
  ['frame.interface_name', undefined],
  ['ip.tll', /no field is called ip\.tll; did you mean ip\.ttl\?/],
  ['icmp.resp_in', /other packets tell it/],
  ['', /is not a field’s name/],
  ['ip.ttl == 3', /is not a field’s name/],
  ['ip.ttl#0', /is not a field’s name/],
  ['frame.number', /no field is called frame\.number/],
])('%j as a column: %s', (name, fault) => {
  if (fault === undefined) expect(columnFault(name)).toBeUndefined();
  else expect(columnFault(name)).toMatch(fault);
});

describe.each([
  [80, 24],
  [120, 40],
])('in the list at %d by %d', (columns, rows) => {
  const heading = (shown: TestScreen) => shown.rows()[1] ?? '';
  const type = (shown: TestScreen, text: string) => shown.press('c', ...text, KEYS.enter);

  it('comes and goes by its name', async () => {
    const shown = await showFile(VXLAN, columns, rows);
    await type(shown, 'ip.ttl');
    expect(heading(shown)).toContain(' ip.ttl ');
    expect(shown.rows()[2]).toMatch(/ 64, 63 /);
    await type(shown, 'ip.ttl');
    expect(heading(shown)).not.toContain('ip.ttl');
    expect(shown.rows()[2]).not.toMatch(/ 64, 63 /);
  });

  it('is offered for the field that is selected', async () => {
    const shown = await showFile(VXLAN, columns, rows);
    await shown.press(KEYS.tab, KEYS.tab);
    const { session } = shown;
    while (session.state.cursor?.key !== 'ttl') await shown.press(KEYS.right, 'j');
    await shown.press('c');
    expect(session.state.prompt?.text).toBe('ip.ttl#2');
    await shown.press(KEYS.enter);
    expect(heading(shown)).toContain(' ip.ttl#2 ');
  });

  it('says what is wrong with a name, and completes one', async () => {
    const shown = await showFile(VXLAN, columns, rows);
    await type(shown, 'ip.tll');
    expect(shown.rows().join('\n')).toContain('did you mean ip.ttl?');
    await shown.press('\x15', ...'vxlan.vn', KEYS.tab, KEYS.enter);
    expect(heading(shown)).toContain(' vxlan.vni ');
    expect(shown.rows()[2]).toMatch(/ 42 /);
  });

  it('is searched, and fills every row to its end', async () => {
    const shown = await showFile(VXLAN, columns, rows);
    await type(shown, 'eth.src');
    for (const row of shown.rows().slice(1, 4)) expect([...row]).toHaveLength(columns);
    const [, second = ''] = spawnSync('tcpdump', ['-enr', VXLAN], { encoding: 'utf8' }).stdout.split('\n');
    const [, source = 'nothing'] = / (\S+) > /.exec(second) ?? [];
    await shown.press('s', ...source, KEYS.enter);
    expect(shown.session.state.selected).toBe(1);
  });
});
