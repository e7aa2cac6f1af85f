/** `tunnelscope sql` as a user runs it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tunnelscope } from '../../support/command.ts';
import { hasTshark, tshark } from '../../support/tshark.ts';
import { hostileCapture } from '../../tui/support/hostile.ts';

const work = mkdtempSync(join(tmpdir(), 'sql-'));
afterAll(() => rmSync(work, { recursive: true }));

const sql = (query: string, ...words: string[]) => tunnelscope(['sql', '-q', query, ...words]);

describe('a query over captures', () => {
  it('is answered as a table, with numbers at the right', () => {
    const query = 'SELECT capture, src, dst, requests, answered FROM verify_paths ORDER BY 1, 4';
    expect(sql(query, '-r', 'fixtures/vxlan.pcap', '-r', 'fixtures/half.pcap').stdout).toBe(
      [
        'capture  src         dst         requests  answered',
        'half     172.16.0.2  172.16.1.2         1         0',
        'half     172.16.0.2  172.16.1.2         3         0',
        'vxlan    172.16.0.2  172.16.1.2         4         4',
        '',
      ].join('\n'),
    );
  });

  it('-T json has numbers as numbers, and all digits of times', () => {
    const query =
      'SELECT count(*) AS n, min(time) AS first, max(vni) AS vni, min(tcp_seq) AS none FROM packets';
    const { stdout } = sql(query, '-T', 'json', 'fixtures/vxlan.pcap');
    expect(JSON.parse(stdout)).toEqual([{ n: 8, first: '2026-11-22 17:10:32.100405', vni: 42, none: null }]);
  });

  it.skipIf(!hasTshark)('-T csv has what tshark counts, of what -Y and -c choose (needs tshark)', () => {
    const counted = tshark('-r', 'fixtures/vxlan.pcap', '-c', '6', '-Y', 'icmp.type == 8')
      .trimEnd()
      .split('\n');
    const { stdout } = sql(
      'SELECT count(*) AS n, \'a "b", c\' AS words FROM packets',
      '-T',
      'csv',
      '-c',
      '6',
      '-Y',
      'icmp.type == 8',
      'fixtures/vxlan.pcap',
    );
    expect(stdout).toBe(`n,words\n${counted.length},"a ""b"", c"\n`);
  });

  it('-T json has a number wherever a double holds it, and else its digits as text', () => {
    const query =
      "SELECT 9007199254740993 AS odd, 1.50 AS half, 'nan'::DOUBLE AS none, [1] AS list, NULL AS missing";
    expect(sql(query, '-T', 'json', 'fixtures/vxlan.pcap').stdout).toBe(
      '[\n{"odd":"9007199254740993","half":1.5,"none":"NaN","list":[1],"missing":null}\n]\n',
    );
  });

  it.each([
    ['table', ['199999'], 200_001],
    ['csv', ['199999'], 200_001],
    ['json', ['{"n":199999}', ']'], 200_002],
  ])('of many rows as %s comes row by row, all of it', (format, end, count) => {
    const query = 'SELECT range AS n FROM range(200000)';
    const { status, stdout } = sql(query, '-T', format, 'fixtures/vxlan.pcap');
    const lines = stdout.trimEnd().split('\n');
    expect([status, lines.length]).toEqual([0, count]);
    expect(lines.slice(-end.length).map((line) => line.trim())).toEqual(end);
  });

  it('views and tables are there also where a capture has no ping', () => {
    const query = 'SELECT verdict, requests, (SELECT count(*) FROM path_lost) AS lost FROM verify_captures';
    const { status, stdout } = sql(query, '-T', 'json', '-r', 'fixtures/generated/icmp-errors.pcap');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual([{ verdict: 'fail', requests: 0, lost: 0 }]);
  });

  it.each(['table', 'csv', 'json'])('what is hostile in it comes out escaped as %s', (format) => {
    const capture = join(work, "é\x1b[2J'.pcapng");
    writeFileSync(capture, hostileCapture());
    const { status, stdout } = sql(
      'SELECT DISTINCT node, interface, chr(27) AS "a\x1bb" FROM packets',
      '-T',
      format,
      '-r',
      capture,
    );
    expect(status).toBe(0);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(stdout.length).toBeGreaterThan(20);
  });

  it('leaves nothing in the folder for temporary files', () => {
    const folder = join(work, 'tmp');
    mkdirSync(folder);
    const { status, stdout } = spawnSync(
      process.execPath,
      ['dist/cli.js', 'sql', '-q', 'SELECT 1 AS one', 'fixtures/vxlan.pcap'],
      { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'one\n  1\n' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a folder that export wrote', () => {
  const night = join(work, 'night');
  beforeAll(() => {
    expect(
      tunnelscope(['export', '-q', '-r', 'fixtures/vxlan.pcap', '-o', night, '--node', '7']).status,
    ).toBe(0);
  });

  it('is asked as it is, and a node that is called by a number stays text', () => {
    expect(sql('SELECT node, verdict FROM verify_captures', '-T', 'csv', night).stdout).toBe(
      'node,verdict\n7,pass\n',
    );
  });

  it('is asked alone, also where its name is a pattern that others match', () => {
    const odd = join(work, "n[1]*?'");
    for (const folder of [odd, join(work, "n1xx'")]) cpSync(night, folder, { recursive: true });
    expect(sql('SELECT count(*) AS n FROM pings', '-T', 'csv', odd).stdout).toBe('n\n4\n');
  });

  it('of schema 1, whose columns were fewer, is read by the views of today', () => {
    const { status, stdout } = sql(
      'SELECT * FROM verify_captures',
      '-T',
      'json',
      'test/support/tables/schema-1',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      {
        capture: 'vxlan',
        node: 'vxlan',
        packets: 8,
        requests: 4,
        answered: 4,
        unanswered: 0,
        duplicates: 0,
        verdict: 'pass',
      },
    ]);
  });
});

describe('what can’t be done is said in one line', () => {
  beforeAll(() => {
    mkdirSync(join(work, 'newer'));
    writeFileSync(join(work, 'newer/_tunnelscope.json'), '{"schema":2}');
    mkdirSync(join(work, 'other'));
  });

  it.each<[query: string, words: string[], said: RegExp]>([
    ['SELECT 1', [], /needs something to ask/],
    ['SELECT 1', ['-i', 'lo'], /-i captures live; export them/],
    ['SELECT 1', [join(work, 'other')], /has no tables; expected a folder that tunnelscope export wrote/],
    [
      'SELECT 1',
      [join(work, 'newer')],
      /tables of schema 2, and this version reads 1; ask it with a newer tunnelscope/,
    ],
    [
      'SELCT 1',
      ['fixtures/vxlan.pcap'],
      /DuckDB refuses the query: Parser Error: syntax error at or near "SELCT"/,
    ],
    ['', ['fixtures/vxlan.pcap'], /the query is empty; expected one/],
    [
      'SELECT error(src) FROM packets',
      ['fixtures/vxlan.pcap'],
      /DuckDB refuses the query: Invalid Input Error/,
    ],
    ['SELECT \x1b FROM packets', ['fixtures/vxlan.pcap'], /DuckDB refuses the query: Parser Error/],
    ['SELECT 1', ['-r', join(work, 'none.pcap')], /none\.pcap/],
  ])('sql %j %j', (query, words, said) => {
    const { status, stdout, stderr } = sql(query, ...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr.trimEnd()).not.toMatch(/\p{Cc}/u);
  });

  it('without DuckDB: how it is installed', () => {
    const alone = join(work, 'alone');
    mkdirSync(alone);
    cpSync('dist', join(alone, 'dist'), { recursive: true });
    symlinkSync(resolve('fixtures'), join(alone, 'fixtures'));
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(alone, 'dist/cli.js'), 'sql', 'SELECT 1', '@vxlan'],
      { encoding: 'utf8' },
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^tunnelscope: sql needs DuckDB, .* not installed; run: npm install @duckdb\/node-api .*\n$/,
    );
  });
});
