/** ClickHouse's engine reads the same files through the same views (npm run sql:clickhouse, which installs it): the answers are DuckDB's. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tunnelscope } from '../support/command.ts';
import { openExport, type Query, type Row } from '../support/duckdb.ts';

interface Session {
  query(sql: string, format?: string): string;
  close(): void;
}

const { CHDB } = process.env;

const statementsOf = (file: string) =>
  readFileSync(file, 'utf8')
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .filter((statement) => statement.trim() !== '');

describe.skipIf(CHDB === undefined)('ClickHouse (npm run sql:clickhouse)', () => {
  const work = mkdtempSync(join(tmpdir(), 'clickhouse-'));
  const night = join(work, 'night');
  let session: Session;
  let duckdb: Query;

  const ask = (sql: string): Row[] =>
    session
      .query(`${sql} SETTINGS output_format_json_quote_64bit_integers = 1`, 'JSONEachRow')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);

  beforeAll(async () => {
    const folders = [
      'fixtures',
      'fixtures/findings',
      'fixtures/exchanges',
      'fixtures/path',
      'fixtures/generated',
    ];
    const captures = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /\.pcap(ng)?$/.test(name))
        .flatMap((name) => ['-r', join(folder, name)]),
    );
    expect(tunnelscope(['export', '-q', ...captures, '-o', night]).status).not.toBe(undefined);
    duckdb = await openExport(night);
    const { Session } = createRequire(join(CHDB ?? '', 'package.json'))('chdb') as {
      Session: new () => Session;
    };
    session = new Session();
    session.query('CREATE DATABASE files ENGINE = Atomic');
    session.query('USE files');
    for (const table of ['packets', 'pings', 'sightings'])
      session.query(
        `CREATE VIEW ${table} AS SELECT * FROM file('${night}/${table}/*/*/*.parquet', Parquet) SETTINGS use_hive_partitioning = 0`,
      );
    for (const statement of statementsOf('sql/views.sql')) session.query(statement);
  });
  afterAll(() => {
    session?.close();
    rmSync(work, { recursive: true });
  });

  /** Numbers in one notation, and doubles to a millionth. */
  const plain = (rows: readonly Row[]) =>
    rows
      .map((row) =>
        Object.entries(row)
          .filter(([, value]) => value !== null)
          .map(([name, value]) => {
            const number = Number(value);
            if (typeof value === 'string' && (value.trim() === '' || Number.isNaN(number)))
              return `${name}=${value.replace(/(:\d\d)(\.\d*?)0*$/, (_, seconds, rest) => seconds + (rest === '.' ? '' : rest))}`;
            return `${name}=${Number.isInteger(number) ? number : number.toPrecision(7)}`;
          })
          .join(' '),
      )
      .toSorted();

  it.each(['verify_captures', 'verify_paths', 'packet_pings', 'path_points', 'path_pings', 'path_lost'])(
    '%s is the same as in DuckDB',
    async (view) => {
      const theirs = await duckdb(`SELECT * FROM ${view}`);
      expect(plain(ask(`SELECT * FROM ${view}`))).toEqual(plain(theirs));
      expect(theirs.length).toBeGreaterThan(0);
    },
  );

  it('types: times have nine digits, and addresses 16 bytes', () => {
    const [row] = ask(
      'SELECT toTypeName(time) AS type, max(toUnixTimestamp64Nano(time) % 1000) > 0 AS nanoseconds, max(length(src_bytes)) AS bytes FROM packets WHERE src IS NOT NULL GROUP BY 1',
    );
    expect(row).toMatchObject({ type: expect.stringMatching(/DateTime64\(9/), nanoseconds: 1, bytes: '16' });
  });

  it('the tables of sql/retention take what was exported, and the views hold over them', async () => {
    session.query('CREATE DATABASE kept ENGINE = Atomic');
    session.query('USE kept');
    for (const statement of statementsOf('sql/retention/clickhouse.sql')) session.query(statement);
    for (const table of ['packets', 'pings', 'sightings'])
      session.query(
        // What is old is gone at once: these captures are kept for longer.
        `ALTER TABLE ${table} REMOVE TTL`,
      );
    for (const table of ['packets', 'pings', 'sightings'])
      session.query(
        `INSERT INTO ${table} SELECT * EXCEPT (${table === 'packets' ? 'src_bytes, dst_bytes, outer_src_bytes, outer_dst_bytes' : 'nothing'}) FROM file('${night}/${table}/*/*/*.parquet', Parquet) SETTINGS use_hive_partitioning = 0`.replace(
          ' EXCEPT (nothing)',
          '',
        ),
      );
    for (const statement of statementsOf('sql/views.sql')) session.query(statement);
    for (const view of ['verify_captures', 'packet_pings', 'path_lost'])
      expect(plain(ask(`SELECT * FROM ${view}`)), view).toEqual(plain(await duckdb(`SELECT * FROM ${view}`)));
  });
});
