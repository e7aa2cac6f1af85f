/** A folder of Parquet files, one a table, node and hour, in bounded memory. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CaptureError } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import { type Column, GROUP_ROWS } from './column.ts';
import { openParquetFile, type ParquetFile } from './parquet-file.ts';
import {
  inOrder,
  type PacketColumns,
  type PingColumns,
  SCHEMA_VERSION,
  type SightingColumns,
  TABLE_NAMES,
} from './tables.ts';

/** Files of a table that are filled at once: packets come in order, more or less. */
const MOST_OPEN = 3;
/** Files of a table and node; what belongs to further ones goes to {@link MIXED}. A hostile capture has a packet in every hour that there is. */
const MOST_PARTS = 2000;
/** The hour of rows that have none, or whose hours are too many. */
const MIXED = 'mixed';
/** The file that says which schema a folder has; engines leave out what begins so. */
export const MARK = '_tunnelscope.json';
const HOUR = 3600;
/** Seconds that a calendar has, either way. */
const MOST_SECONDS = 8.64e12;

/** The columns by name, and in the order of the file. */
export interface Filled<Columns> {
  readonly columns: Columns;
  readonly ordered: readonly Column[];
}

/** A table's rows of one hour, as they are filled. */
interface Part<Columns> {
  readonly hour: string;
  readonly filled: Filled<Columns>;
  readonly file: ParquetFile;
  rows: number;
  used: number;
}

export interface Table<Columns> {
  /**
   * Makes room for the next row, in {@link columns}.
   *
   * @param seconds since 1970: the row's time
   * @returns its number there
   * @throws {CaptureError} if a file can't be written
   */
  next(seconds: number): number;
  /** Where the next row goes. */
  readonly columns: Columns;
  /** How many so far. */
  rows(): number;
  /** Puts all files in place; rows that follow go to new ones. */
  finish(): void;
  /** Leaves nothing of what is not in place yet. */
  discard(): void;
}

type AnyColumns = PacketColumns | PingColumns | SightingColumns;

/**
 * @param folder of the table
 * @param node goes into the path, and is the column's value
 * @param name tells the part's files from those of other captures of the same node
 * @param spare columns of files that are done, to be filled again: those of one capture for the next
 */
export function openTable<Columns extends AnyColumns>(
  folder: string,
  node: string,
  name: string,
  createColumns: new () => Columns,
  spare: Filled<Columns>[],
): Table<Columns> {
  const open: Part<Columns>[] = [];
  let made = 0;
  /** Files since the last {@link Table.finish}. */
  let parts = 0;
  let rows = 0;
  let clock = 0;
  let last: Part<Columns> | undefined;
  let columns: Columns | undefined;
  let [lastFrom, lastTo] = [0, 0];

  function begin(hour: string): Part<Columns> {
    if (open.length === MOST_OPEN) {
      const oldest = open.reduce((one, other) => (other.used < one.used ? other : one));
      end(oldest);
    }
    const place = join(folder, `node=${encodeURIComponent(node)}`, `hour=${hour}`);
    makeFolder(place);
    const path = join(place, `part-${encodeURIComponent(name)}-${String(made++).padStart(4, '0')}.parquet`);
    if (existsSync(path))
      throw new CaptureError(
        `${escapeControls(path)}: exists already; this capture was exported to the folder before: remove it, or name another with -o`,
      );
    const filled = spare.pop() ?? create();
    filled.columns.capture.text = name;
    filled.columns.node.text = node;
    const file = openParquetFile(path, filled.ordered, { 'tunnelscope.schema': String(SCHEMA_VERSION) });
    const part = { hour, filled, file, rows: 0, used: 0 };
    parts++;
    open.push(part);
    return part;
  }

  function flush(part: Part<Columns>): void {
    const { ordered } = part.filled;
    if (part.rows > 0) part.file.group(ordered, part.rows);
    for (const column of ordered) column.clear();
    part.rows = 0;
  }

  /** The part is no longer open, whatever its file comes to. */
  function close(part: Part<Columns>): void {
    open.splice(open.indexOf(part), 1);
    if (part === last) last = undefined;
  }

  /** Runs what writes the part's file; one that can't be written is gone. */
  function writing(part: Part<Columns>, write: (part: Part<Columns>) => void): void {
    try {
      write(part);
    } catch (error) {
      if (open.includes(part)) close(part);
      part.file.discard();
      throw error;
    }
  }

  function end(part: Part<Columns>): void {
    close(part);
    writing(part, () => {
      flush(part);
      part.file.finish();
    });
    spare.push(part.filled);
  }

  function create(): Filled<Columns> {
    const columns = new createColumns();
    return { columns, ordered: inOrder(columns) };
  }

  function find(seconds: number): Part<Columns> {
    const isKnown = parts < MOST_PARTS && Math.abs(seconds) < MOST_SECONDS;
    const hour = isKnown ? new Date(seconds * 1000).toISOString().slice(0, -11).replace('T', '-') : MIXED;
    const part = open.find((one) => one.hour === hour) ?? begin(hour);
    lastFrom = Math.floor(seconds / HOUR) * HOUR;
    lastTo = lastFrom + HOUR;
    last = part;
    return part;
  }

  return {
    next(seconds) {
      const part = last !== undefined && seconds >= lastFrom && seconds < lastTo ? last : find(seconds);
      part.used = ++clock;
      if (part.rows === GROUP_ROWS) writing(part, flush);
      rows++;
      columns = part.filled.columns;
      return part.rows++;
    },
    get columns() {
      if (columns === undefined) throw new Error('no row yet');
      return columns;
    },
    rows: () => rows,
    finish() {
      parts = 0;
      let failure: unknown;
      for (const part of [...open]) {
        try {
          end(part);
        } catch (error) {
          failure ??= error;
        }
      }
      if (failure !== undefined) throw failure;
    },
    discard() {
      for (const part of open) part.file.discard();
      open.length = 0;
      last = undefined;
    },
  };
}

/**
 * Makes the folder that tables go to, or takes one that tables are in.
 *
 * @throws {CaptureError} if it holds something else, or tables of a newer schema
 */
export function openTableFolder(path: string): void {
  const name = escapeControls(path);
  const status = statSync(path, { throwIfNoEntry: false });
  if (status !== undefined && !status.isDirectory())
    throw new CaptureError(`${name} is not a folder; -o expects one to write to, or the name of a new one`);
  const mark = join(path, MARK);
  if (existsSync(mark)) {
    requireOurs(path);
    return;
  }
  const [other] = status === undefined ? [] : readdirSync(path);
  if (other !== undefined)
    throw new CaptureError(
      `${name} has other data in it (${escapeControls(other)}); -o expects a new folder, an empty one, or one of an earlier export`,
    );
  makeFolder(path);
  try {
    writeFileSync(mark, `${JSON.stringify({ schema: SCHEMA_VERSION, tables: TABLE_NAMES })}\n`);
  } catch (error) {
    throw new CaptureError(`${name} can’t be written to: ${(error as Error).message}`);
  }
}

function requireOurs(path: string): void {
  const schema = schemaOf(path);
  if (schema !== SCHEMA_VERSION)
    throw new CaptureError(
      `${escapeControls(path)} has tables of schema ${JSON.stringify(schema)}, and this version writes ${SCHEMA_VERSION}; name another folder with -o`,
    );
}

/** Which schema a folder of tables has. @throws {CaptureError} if its mark can't be read, or is none */
export function schemaOf(path: string): unknown {
  try {
    const { schema } = (JSON.parse(readFileSync(join(path, MARK), 'utf8')) ?? {}) as {
      schema?: unknown;
    };
    if (schema === undefined) throw new Error('no schema in it');
    return schema;
  } catch (error) {
    throw new CaptureError(
      `${escapeControls(path)}/${MARK} can’t be read: ${(error as Error).message}; name another folder`,
    );
  }
}

/** Node's own way to make a folder with those around it never returns where they can't be made, as in /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const around = dirname(path);
  if (around !== path) makeFolder(around);
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new CaptureError(`${escapeControls(path)} can’t be made: ${(error as Error).message}`);
  }
}
