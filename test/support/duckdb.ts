/** DuckDB, in this process: an engine that is not ours reads what was exported. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { selectTable } from '../../src/table/read-folder.ts';
import { TABLE_NAMES } from '../../src/table/tables.ts';

export type Row = Readonly<Record<string, unknown>>;
export type Query = (sql: string) => Promise<Row[]>;

/** @param folder of an export, whose tables are named like its folders; and the project's views over them */
export async function openExport(folder: string): Promise<Query> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  for (const table of TABLE_NAMES)
    await connection.run(`CREATE TABLE ${table} AS ${selectTable(folder, table)}`);
  await connection.run(readFileSync('sql/views.sql', 'utf8'));
  // 64-bit numbers as text: a JSON number does not hold all of them.
  return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
}
