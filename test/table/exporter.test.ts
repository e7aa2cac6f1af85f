/** The exporter, as `export` and `watch` drive it: files that are rotated hold together what one file would, and each is whole. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import type { PacketBatch } from '../../src/packet/source.ts';
import { createExporter, type Exporter, SETTLED_AFTER } from '../../src/table/exporter.ts';
import { openExport } from '../support/duckdb.ts';

const work = mkdtempSync(join(tmpdir(), 'exporter-'));
afterAll(() => rmSync(work, { recursive: true }));

const decoder = createDecoder();

/** @param visit is given each packet's batch and place */
async function exporting(
  file: string,
  folder: string,
  visit: (exporter: Exporter, batch: PacketBatch, index: number) => void,
): Promise<Exporter> {
  const source = await openCaptureFile(file);
  const exporter = createExporter({
    folder,
    capture: 'c',
    node: 'n',
    interfaces: source.interfaces,
    decoder,
  });
  for (let batch = await source.next(); batch !== undefined; batch = await source.next())
    for (let i = 0; i < batch.count; i++) visit(exporter, batch, i);
  await source.close();
  return exporter;
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.parquet'))
    .toSorted();

const EVERYTHING = [
  'packets ORDER BY number',
  'pings ORDER BY number',
  'sightings ORDER BY key, direction, point, time',
];

async function contentOf(folder: string) {
  const ask = await openExport(folder);
  return Promise.all(EVERYTHING.map((rows) => ask(`SELECT * FROM ${rows}`)));
}

it.each(['fixtures/vxlan.pcap', 'fixtures/socat-points.pcapng', 'fixtures/generated/fragments.pcap'])(
  '%s in many files is the same as in one',
  async (file) => {
    const [one, many] = [join(work, `one-${file.length}`), join(work, `many-${file.length}`)];
    (await exporting(file, one, (exporter, batch, i) => exporter.packet(batch, i))).finish();
    let packets = 0;
    const rotated = await exporting(file, many, (exporter, batch, i) => {
      exporter.packet(batch, i);
      // Nothing has waited long enough yet: pings are written at the end, whatever comes between.
      if (++packets % 3 === 0) exporter.rotate(batch.seconds[i]);
    });
    rotated.finish();
    expect(filesIn(many).filter((name) => name.startsWith('packets')).length).toBe(Math.ceil(packets / 3));
    expect(await contentOf(many)).toEqual(await contentOf(one));
  },
);

it('a ping that was waited for long enough goes to the files that are rotated, once', async () => {
  const folder = join(work, 'settled');
  const told: number[] = [];
  const exporter = await exporting('fixtures/vxlan.pcap', folder, (to, batch, i) => {
    to.packet(batch, i);
    if (i !== batch.count - 1) return;
    for (const after of [0, SETTLED_AFTER + 60, SETTLED_AFTER + 60]) {
      to.rotate(batch.seconds[i] + after);
      told.push(to.rows().get('pings') ?? 0);
    }
  });
  exporter.finish();
  expect(told).toEqual([0, 4, 4]);
  expect(Object.fromEntries(exporter.rows())).toEqual({ packets: 8, pings: 4, sightings: 8 });
  const ask = await openExport(folder);
  expect(await ask('SELECT count(*) AS n, count(rtt_ns) AS answered FROM pings')).toEqual([
    { n: '4', answered: '4' },
  ]);
});

it('another reader of Parquet, hyparquet, reads the same', async () => {
  const folder = join(work, 'one-19');
  const ask = await openExport(folder);
  for (const [table, columns, order] of [
    ['packets', 'number, src, vni, icmp_type, ping, length', 'number'],
    ['sightings', 'key, direction, point, copies', 'key, direction DESC'],
  ] as const) {
    const [path = ''] = filesIn(folder).filter((name) => name.startsWith(table));
    const file = await asyncBufferFromFile(join(folder, path));
    const rows = await parquetReadObjects({ file, columns: columns.split(', ') });
    const texts = rows.map((row) =>
      columns
        .split(', ')
        .map((name) => row[name] ?? null)
        .join(' '),
    );
    const theirs = await ask(`SELECT ${columns} FROM ${table} ORDER BY ${order}`);
    expect(texts.toSorted()).toEqual(
      theirs
        .map((row) =>
          columns
            .split(', ')
            .map((name) => row[name])
            .join(' '),
        )
        .toSorted(),
    );
    expect(texts.length).toBe(8);
  }
});

it('a filter by time reads the row groups of that time alone', async () => {
  const folder = join(work, 'groups');
  const ROWS = 150_000;
  const exporter = await exporting('fixtures/vxlan.pcap', folder, (to, batch, i) => {
    if (i !== batch.count - 1) return;
    const [first] = batch.seconds;
    for (let n = 0; n < ROWS; n++) {
      batch.seconds[0] = first + Math.floor(n / 1000);
      to.packet(batch, 0);
    }
  });
  exporter.finish();
  const ask = await openExport(folder);
  const files = join(folder, 'packets/*/*/*.parquet');
  // As an engine decides: which groups have a time in the third minute, by their statistics.
  const groups = await ask(`
    SELECT path_in_schema AS name, count(*) AS groups,
      count(*) FILTER (CASE path_in_schema
        WHEN 'time' THEN stats_min_value::TIMESTAMP_NS < t.since + INTERVAL 60 SECOND AND stats_max_value::TIMESTAMP_NS >= t.since
        ELSE stats_min_value::BIGINT <= 130000 AND stats_max_value::BIGINT >= 130000 END) AS hit
    FROM parquet_metadata('${files}'), (SELECT min(time) + INTERVAL 135 SECOND AS since FROM packets) t
    WHERE path_in_schema IN ('time', 'number') GROUP BY 1 ORDER BY 1`);
  expect(groups).toEqual([
    { name: 'number', groups: '3', hit: '1' },
    { name: 'time', groups: '3', hit: '1' },
  ]);
});

describe('where files can’t be written any more, those that are whole stay', () => {
  it('the folder is gone', async () => {
    const folder = join(work, 'gone');
    const exporter = await exporting('fixtures/vxlan.pcap', folder, (to, batch, i) => {
      to.packet(batch, i);
      if (i === 3) rmSync(folder, { recursive: true });
    });
    expect(() => exporter.finish()).toThrow(
      /part-c-0000\.parquet: writing failed \(no file was made\): there is no such folder/,
    );
    exporter.salvage();
    // What was not begun yet makes the folder again.
    expect(filesIn(folder).map((name) => name.replace(/\/.*\//, ' '))).toEqual([
      'pings part-c-0000.parquet',
      'sightings part-c-0000.parquet',
    ]);
  });

  it.skipIf(process.getuid?.() !== 0)('the disk is full (needs root)', async () => {
    const disk = join(work, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'exporter-test', disk]);
    try {
      const folder = join(disk, 'night');
      let failure: unknown;
      const exporter = await exporting('fixtures/vxlan.pcap', folder, (to, batch, i) => {
        to.packet(batch, i);
        try {
          // The same few packets again and again, until there is no room for the next file.
          if (i === batch.count - 1)
            for (let round = 0; round < 100; round++) {
              to.batch(batch);
              to.rotate(batch.seconds[i]);
            }
        } catch (error) {
          failure = error;
        }
      });
      expect(String(failure)).toMatch(/writing failed \(no file was made\): no space left there/);
      exporter.salvage();
      const files = filesIn(folder);
      expect(files.length).toBeGreaterThan(1);
      expect(files.filter((name) => !/part-c-\d{4}\.parquet$/.test(name))).toEqual([]);
      const packets = join(folder, 'packets/*/*/*.parquet');
      const { DuckDBInstance } = await import('@duckdb/node-api');
      const connection = await (await DuckDBInstance.create(':memory:')).connect();
      const read = await connection.runAndReadAll(
        `SELECT count(*) % 8 AS rest, count(*) > 0 AS some FROM '${packets}'`,
      );
      expect(read.getRowObjectsJson()).toEqual([{ rest: '0', some: true }]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
