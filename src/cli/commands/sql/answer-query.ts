/** Writes captures as tables into a folder that goes away again, or takes one that is there, and asks it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireTableFolder, selectTable } from '../../../table/read-folder.ts';
import { TABLE_NAMES } from '../../../table/tables.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { filesOf } from '../../input.ts';
import { SIGNALS } from '../../signals.ts';
import { isOutputBehind, outputReady, writeText } from '../../standard-output.ts';
import { type ExportOptions, exportFiles } from '../export/export-captures.ts';
import { type AnswerFormat, formatAnswer } from './answer.ts';
import { findDuckDB, openDuckDB } from './duckdb.ts';

export interface SqlOptions extends ExportOptions {
  format?: AnswerFormat;
}

export async function answerQuery(
  query: string,
  options: SqlOptions,
  given: readonly string[],
): Promise<number> {
  if ((options.interface ?? []).length > 0)
    throw new UsageError(
      'sql asks captures that are written, and -i captures live; export them (tunnelscope export -i … -o FOLDER), and ask the folder',
    );
  findDuckDB();
  const [word] = given;
  const folder = options.files.length === 0 && word !== undefined && isFolder(word) ? word : undefined;
  const { files, words } = folder === undefined ? filesOf(options.files, given) : { files: [], words: [] };
  if (folder !== undefined && given.length > 1)
    throw new UsageError(
      `${folder} is a folder, with nothing to follow; received ${given.slice(1).join(' ')}`,
    );
  if (folder === undefined && files.length === 0)
    throw new UsageError(
      'sql needs something to ask, and nothing was given; expected capture files (-r FILE) or a folder that tunnelscope export wrote',
    );
  if (folder !== undefined) {
    requireTableFolder(folder);
    return ask(folder, query, options.format);
  }
  let made: string | undefined;
  const remove = () => {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  };
  const interrupted = (signal: NodeJS.Signals) => {
    remove();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    // Whoever this process is once files are open has to write there.
    const place = () => {
      made ??= mkdtempSync(join(tmpdir(), 'tunnelscope-sql-'));
      return made;
    };
    const status = await exportFiles(files, options, place, words, new Map());
    return Math.max(status, await ask(place(), query, options.format));
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupted);
    remove();
  }
}

const isFolder = (word: string) => statSync(word, { throwIfNoEntry: false })?.isDirectory() === true;

async function ask(folder: string, query: string, format: AnswerFormat = 'table'): Promise<number> {
  const engine = await openDuckDB();
  try {
    for (const name of TABLE_NAMES) await engine.run(`CREATE VIEW ${name} AS ${selectTable(folder, name)}`);
    await engine.run(readFileSync(viewsPath(), 'utf8'));
    for await (const text of formatAnswer(await engine.ask(query), format)) {
      writeText(text);
      if (isOutputBehind()) await outputReady();
    }
    return EXIT.done;
  } finally {
    engine.close();
  }
}

/** Bundles lie deeper than the package: the first folder upwards that has them. */
function viewsPath(): string {
  const path = 'sql/views.sql';
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, path)) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, path);
}
