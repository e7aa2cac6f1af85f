/** DuckDB, where it is installed: it is no part of an installation, as its library is larger than all the rest. */
import { createRequire } from 'node:module';
import type * as DuckDB from '@duckdb/node-api';
import { UsageError } from '../../errors.ts';
import type { Answer, Value } from './answer.ts';

const PACKAGE = '@duckdb/node-api';

export interface Engine {
  /** Runs statements. @throws {UsageError} if it refuses */
  run(sql: string): Promise<void>;
  /** @returns what the last statement answers. @throws {UsageError} if it refuses */
  ask(sql: string): Promise<Answer>;
  close(): void;
}

/** @throws {UsageError} if it is not installed */
export async function openDuckDB(): Promise<Engine> {
  const { DuckDBInstance, DuckDBTypeId } = createRequire(import.meta.filename)(findDuckDB()) as typeof DuckDB;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const numbers = [
    ...['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT'],
    ...['HUGEINT', 'UHUGEINT', 'FLOAT', 'DOUBLE', 'DECIMAL'],
  ].map((name) => DuckDBTypeId[name as 'BIGINT']);

  return {
    async run(sql) {
      await refusing(() => connection.run(sql));
    },
    async ask(sql) {
      const reader = await refusing(() => connection.runAndReadAll(sql));
      const columns = reader.deduplicatedColumnNames();
      const areNumbers = columns.map((_, i) => numbers.includes(reader.columnTypeId(i) as never));
      const rows = reader
        .getRowsJson()
        .map((row) => row.map((value, i) => exact(value as Value, areNumbers[i] === true)));
      return { columns, areNumbers, rows };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Large numbers come as text, as a double does not hold all of them: those that it holds are numbers. */
function exact(value: Value, isNumber: boolean): Value {
  if (!isNumber || typeof value !== 'string') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) || String(number) === value ? number : value;
}

/** @returns where it is. @throws {UsageError} if it is not installed */
export function findDuckDB(): string {
  try {
    return createRequire(import.meta.filename).resolve(PACKAGE);
  } catch {
    throw new UsageError(
      `sql needs DuckDB, the package ${PACKAGE}, which is not installed; run: npm install ${PACKAGE} (with --global if tunnelscope is), or write the tables with tunnelscope export for another engine`,
    );
  }
}

/** DuckDB tells in the first line what is wrong, and then shows where. */
async function refusing<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const [first = ''] = (error as Error).message.split('\n');
    const [, line] = /\n\nLINE \d+: (.*)\n/.exec((error as Error).message) ?? [];
    throw new UsageError(`DuckDB refuses the query: ${first}${line === undefined ? '' : `, at: ${line}`}`);
  }
}
