/** docs/tunnels.md: what it names exists, what it tells to type is understood, and its sums are right. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../src/capture/filter/filter.ts';
import { parseExpected } from '../../src/cli/commands/verify/demand-flags.ts';
import { tunnelKinds } from '../../src/decode/tunnel.ts';
import { FINDINGS } from '../../src/finding/finding-codes.ts';

const PAGE = readFileSync('docs/tunnels.md', 'utf8');
const ETHERNET = 1;

/** Rows of all tables, each as its cells by their columns' names. */
const rows: Record<string, string>[] = PAGE.split('\n\n').flatMap((block) => {
  const [head, ruler, ...lines] = block.split('\n').filter((line) => line.startsWith('|'));
  if (head === undefined || ruler === undefined) return [];
  const columns = cells(head);
  return lines.map((line) => Object.fromEntries(cells(line).map((cell, i) => [columns[i] ?? `+${i}`, cell])));
});

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/** What is in code of a cell. */
function coded(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

const kinds = new Set(tunnelKinds.map(({ name }) => name));
const isKind = (word: string) => /^\w+$/.test(word);

it('is read whole', () => {
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows)
    expect(
      Object.keys(row).filter((column) => column.startsWith('+')),
      JSON.stringify(row),
    ).toEqual([]);
});

it('each kind is one that the code knows, and every row has one or says why not', () => {
  for (const { kind, ...row } of rows) {
    expect(kind, JSON.stringify(row)).toMatch(/\S/);
    expect(
      coded(kind)
        .filter(isKind)
        .filter((word) => !kinds.has(word)),
      JSON.stringify(row),
    ).toEqual([]);
  }
});

it('what is to be expected is understood, and of the row’s kind', () => {
  const expected = rows.flatMap((row) => coded(row.expect).map((words) => ({ row, words })));
  expect(expected.length).toBeGreaterThan(25);
  for (const { row, words } of expected) {
    expect(coded(row.kind), words).toContain(parseExpected(words).pings?.tunnel);
  }
});

const filters = [...new Set(rows.flatMap(({ capture }) => coded(capture)))];
describe.each(filters)('the filter %s', (filter) => {
  it('is understood here', () => {
    expect(() => compileFilter(filter, ETHERNET)).not.toThrow();
  });

  const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;
  it.skipIf(!hasTcpdump)(`and by tcpdump${hasTcpdump ? '' : ' (SKIPPED: needs tcpdump)'}`, () => {
    const program = execFileSync('tcpdump', ['-d', '-y', 'EN10MB', ...filter.split(' ')], { stdio: 'pipe' });
    expect(program.toString()).toContain('ret');
  });
});

it('a filter with a port names the row’s port', () => {
  for (const row of rows) {
    const [filter = ''] = coded(row.capture);
    const place = row['goes over'] ?? '';
    for (const [, port = ''] of filter.matchAll(/udp port (\d+)/g)) {
      const isFree = /^(?:any UDP port|IP, |between|UDP, a)/.test(place) || row.kind?.startsWith('no tunnel');
      if (!isFree) expect(place, filter).toContain(port);
    }
  }
});

it('bytes that are added up are, and an MTU at 1500 is what they leave', () => {
  const sums = rows.flatMap((row) => {
    const [, sum = '', total = ''] =
      /((?:\d+ (?:\(.*?\) )?\+ )+\d+) = (\d+)/.exec(row['bytes in front of the inner IP packet'] ?? '') ?? [];
    return sum === '' ? [] : [{ row, sum, total: Number(total) }];
  });
  expect(sums.length).toBeGreaterThan(5);
  for (const { row, sum, total } of sums) {
    const parts = sum
      .replace(/\(.*?\)/g, '')
      .split('+')
      .map(Number);
    expect(
      parts.reduce((one, other) => one + other),
      sum,
    ).toBe(total);
    expect(Number.parseInt(row.MTU ?? '', 10), sum).toBe(1500 - total);
  }
});

/** Bytes of the outer headers of what goes over UDP, or IP alone; and of a frame's header. */
const [UDP, IP, FRAME] = [28, 20, 14];
it('so is that of each program run here', () => {
  const run = rows.filter(
    (row) => /^\d+/.test(row['bytes in front'] ?? '') && /^\d+$/.test(row.MTU ?? '') && row.kind !== '—',
  );
  expect(run.length).toBeGreaterThan(12);
  for (const row of run) {
    const front = row['bytes in front'] ?? '';
    const outer = row['goes over']?.includes('UDP') ? UDP : row['goes over']?.startsWith('IPv6') ? 40 : IP;
    const inside = front.includes('then a frame') ? FRAME : 0;
    expect(Number(row.MTU), row.program).toBe(1500 - outer - Number.parseInt(front, 10) - inside);
  }
});

it('sources: each number has its anchor, and each anchor is used', () => {
  const anchors = [...PAGE.matchAll(/<a id="source-(\d+)"><\/a>(\d+): /g)];
  for (const [, id, number] of anchors) expect(id).toBe(number);
  const used = new Set([...PAGE.matchAll(/\]\(#source-(\d+)\)/g)].map(([, number]) => number));
  expect([...used].sort()).toEqual(anchors.map(([, id]) => id).sort());
});

it('findings that it names exist', () => {
  const named = [...PAGE.matchAll(/\*([a-z]+-[a-z-]+)\*/g)].map(([, code = '']) => code);
  expect(named).not.toEqual([]);
  expect(named.filter((code) => !(code in FINDINGS))).toEqual([]);
});
