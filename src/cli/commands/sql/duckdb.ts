/** DuckDB, where it is installed: it is no part of an installation, as its library is larger than all the rest. */
import { createRequire } from 'node:module';
import type * as DuckDB from '@duckdb/node-api';
import { UsageError } from '../../errors.ts';
import type { Answer, Value } from './answer.ts';

const PACKAGE = '@duckdb/node-api';

export interface Engine {
  /** Runs statements. @throws {UsageError} if it refuses */
  run(sql: string): Promise<void>;
  /** @returns what the last statement answers, as it is found. @throws {UsageError} if it refuses, also while rows come */
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
      if (/^[\s;]*$/.test(sql)) throw new UsageError('the query is empty; expected one, as in SELECT 1');
      const result = await refusing(() => connection.stream(sql));
      const columns = result.deduplicatedColumnNames();
      const areNumbers = columns.map((_, i) => numbers.includes(result.columnTypeId(i) as never));
      return { columns, areNumbers, rows: refusingRows(result.yieldRowsJson() as AsyncIterable<Value[][]>) };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
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

async function refusing<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw refusal(error as Error);
  }
}

async function* refusingRows<Row>(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  try {
    yield* rows;
  } catch (error) {
    throw refusal(error as Error);
  }
}

/** DuckDB tells in the first line what is wrong, and then shows where. */
function refusal({ message }: Error): UsageError {
  const [first = ''] = message.replace(/^Failed to extract statements: /, '').split('\n');
  const [, line] = /\n\nLINE \d+: (.*)\n/.exec(message) ?? [];
  return new UsageError(`DuckDB refuses the query: ${first}${line === undefined ? '' : `, at: ${line}`}`);
}
