/** Reads captures, one after the other, and writes their tables. */
import { createHash } from 'node:crypto';
import { createDecoder } from '../../../decode/decoder.ts';
import { CaptureError, type PacketSource } from '../../../packet/source.ts';
import {
  createExporter,
  type Exporter,
  LONGEST_NAME,
  noSpareColumns,
  type SpareColumns,
} from '../../../table/exporter.ts';
import type { TableName } from '../../../table/tables.ts';
import { escapeControls } from '../../../text/printable.ts';
import { tellNonePassed } from '../../capture-filter.ts';
import { EXIT, errorText, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { filesOf, requireNamedInput, resolveInput, shortNames } from '../../input.ts';
import type { InputOptions } from '../../input-options.ts';
import { openDisplayFilter, openSource, openSources, UNWATCHED_TIMEOUT } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { writeText } from '../../standard-output.ts';
import { exportLive, liveName, liveNode, type Period } from './export-live.ts';

export interface ExportOptions extends InputOptions {
  files: string[];
  /** A folder. */
  output?: string;
  /** Default: all. */
  table?: TableName[];
  node?: string;
  /** When files of a live capture are put in place. */
  period?: Period | undefined;
}

/** How many rows each table has, of all captures. */
type Rows = Map<TableName, number>;

/** Characters that are kept of the end of a name that is too long, behind which comes a hash of all of it. */
const KEPT_NAME = 10;

/** A name that is short enough for a file's. */
export function captureName(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${Array.from(name).slice(-KEPT_NAME).join('')}-${hash}`;
}

export async function exportCaptures(options: ExportOptions, given: readonly string[]): Promise<number> {
  const { output, interface: interfaces = [], period } = options;
  const isLive = interfaces.length > 0;
  const { files, words } = isLive ? { files: options.files, words: given } : filesOf(options.files, given);
  if (isLive && files.length > 0)
    throw new UsageError('both -r (files) and -i (live) were given; expected one of them');
  requireNamedInput('export', options, words, files);
  if (output === undefined || output === '')
    throw new UsageError('export needs a folder to write to, and none was given; add -o FOLDER');
  if (!isLive && period !== undefined)
    throw new UsageError('-b and -G say when files of a live capture are put in place; use them with -i');
  await openDisplayFilter(options);
  const rows: Rows = new Map();
  const status = isLive
    ? await exportInterfaces(options, output, words, rows)
    : await exportFiles(files, options, () => output, words, rows);
  const told = [...rows].map(([name, count]) => `${count} ${count === 1 ? name.slice(0, -1) : name}`);
  writeText(`${escapeControls(output)}: ${told.join(', ')}\n`);
  return status;
}

/**
 * @param place asked for the folder once files are open, and root is given up
 * @returns the exit code
 */
export async function exportFiles(
  files: readonly string[],
  options: ExportOptions,
  place: () => string,
  words: readonly string[],
  rows: Rows,
): Promise<number> {
  const inputs = files.map((read) => ({ ...options, read }));
  const sources = await openSources(inputs, words);
  const names = shortNames(files).map((name) => captureName(escapeControls(name)));
  const spare = noSpareColumns();
  const folder = place();
  let status: number = EXIT.done;
  try {
    for (const [i, source] of sources.entries()) {
      const input = inputs[i] as InputOptions;
      const capture = names[i] as string;
      const to = { folder, capture, node: options.node ?? capture, spare };
      const exporter = await openExporter(source, input, words, options, to);
      const error = await exportOne(source, input, exporter);
      tellNonePassed(source, resolveInput(input, words).filter);
      addRows(rows, exporter);
      if (error === undefined) continue;
      console.error(`tunnelscope: ${errorText(error)}`);
      status = EXIT.notCarriedOut;
    }
  } finally {
    for (const source of sources) await source.close();
  }
  return status;
}

async function exportInterfaces(
  options: ExportOptions,
  folder: string,
  words: readonly string[],
  rows: Rows,
): Promise<number> {
  const input = { ...options, bufferTimeout: UNWATCHED_TIMEOUT };
  const source = await openSource(input, words);
  let exporter: Exporter;
  try {
    const capture = captureName(escapeControls(liveName(options.interface ?? [], new Date())));
    exporter = await openExporter(source, input, words, options, {
      folder,
      capture,
      node: options.node ?? captureName(escapeControls(liveNode())),
      spare: noSpareColumns(),
    });
  } catch (error) {
    await source.close();
    throw error;
  }
  try {
    await exportLive(source, input, exporter, options.period);
  } finally {
    addRows(rows, exporter);
  }
  return EXIT.done;
}

async function openExporter(
  { interfaces }: PacketSource,
  input: InputOptions,
  words: readonly string[],
  { table }: ExportOptions,
  to: { folder: string; capture: string; node: string; spare: SpareColumns },
): Promise<Exporter> {
  const decoder = createDecoder({ decodeAs: input.decodeAs ?? [] });
  const filter = await openDisplayFilter(input);
  const tracking = await lookAhead([input], words, filter?.tracked ?? [], decoder);
  return createExporter({
    ...to,
    interfaces,
    decoder,
    tracking,
    matches: filter?.matches,
    ...(table !== undefined && { tables: table }),
  });
}

/**
 * @returns why the capture could not be read to its end; what came before is written
 * @throws {CaptureError} if it can't be written
 */
async function exportOne(
  source: PacketSource,
  options: InputOptions,
  exporter: Exporter,
): Promise<CaptureError | undefined> {
  let failure: CaptureError | undefined;
  let isWritten = true;
  try {
    try {
      await readPackets(source, options, (batch, count) => {
        isWritten = false;
        exporter.batch(batch, count);
        isWritten = true;
      });
    } catch (error) {
      // What was read before a fault is good, and is written; what can't be written is.
      if (!isWritten || !(error instanceof CaptureError)) throw error;
      failure = error;
    }
    exporter.finish();
  } catch (error) {
    exporter.discard();
    throw error;
  }
  return failure;
}

function addRows(rows: Rows, exporter: Exporter): void {
  for (const [name, count] of exporter.rows()) rows.set(name, (rows.get(name) ?? 0) + count);
}
