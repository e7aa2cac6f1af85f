/** A folder of tables, as an engine is told of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureError } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import { MARK, schemaOf } from './table-folder.ts';
import {
  inOrder,
  PacketColumns,
  PingColumns,
  SCHEMA_VERSION,
  SightingColumns,
  type TableName,
} from './tables.ts';

const COLUMNS = { packets: PacketColumns, pings: PingColumns, sightings: SightingColumns };

/** @throws {CaptureError} if the folder has no tables, or those of a newer schema */
export function requireTableFolder(path: string): void {
  const name = escapeControls(path);
  if (!existsSync(join(path, MARK)))
    throw new CaptureError(
      `${name} has no tables; expected a folder that tunnelscope export wrote, with its file ${MARK}`,
    );
  const schema = schemaOf(path);
  if (!(typeof schema === 'number' && schema <= SCHEMA_VERSION))
    throw new CaptureError(
      `${name} has tables of schema ${JSON.stringify(schema)}, and this version reads ${SCHEMA_VERSION}; ask it with a newer tunnelscope`,
    );
}

/**
 * A query for all rows of a table, in DuckDB's words. Columns that an older version did not write yet are null, and a table of which there is no
 * file has no rows.
 */
export function selectTable(folder: string, table: TableName): string {
  const empty = `SELECT ${emptyTable(table)}`;
  if (!existsSync(join(folder, table))) return empty;
  // What stands for other characters in a pattern stands for itself in brackets.
  const files = join(folder.replace(/[[*?]/g, '[$&]'), table, '*/*/*.parquet').replaceAll("'", "''");
  return `${empty} UNION ALL BY NAME SELECT * FROM read_parquet('${files}', hive_types_autocast = false, union_by_name = true)`;
}

/** What stands behind SELECT for a table without a row. */
function emptyTable(table: TableName): string {
  const columns = inOrder(new COLUMNS[table]()).map(
    ({ element }) => `NULL::${typeOf(element)} AS ${element.name}`,
  );
  return `${columns.join(', ')} WHERE false`;
}

function typeOf({
  type,
  converted_type,
  logical_type,
}: ReturnType<typeof inOrder>[number]['element']): string {
  if (logical_type?.type === 'TIMESTAMP') return 'TIMESTAMP_NS';
  if (converted_type === 'UTF8') return 'VARCHAR';
  if (converted_type === 'UINT_32') return 'UINTEGER';
  return { INT64: 'BIGINT', BOOLEAN: 'BOOLEAN' }[type as string] ?? 'BLOB';
}
