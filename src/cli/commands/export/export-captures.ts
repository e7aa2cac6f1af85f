/** Reads captures, one after the other, and writes their tables. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createDecoder } from '../../../decode/decoder.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import { PacketRecord } from '../../../output/printer.ts';
import { CaptureError, type PacketSource } from '../../../packet/source.ts';
import { createPacketRows } from '../../../table/packet-rows.ts';
import { createPingRows } from '../../../table/ping-rows.ts';
import { type Filled, openTable, openTableFolder, type Table } from '../../../table/table-folder.ts';
import {
  PacketColumns,
  PingColumns,
  SightingColumns,
  TABLE_NAMES,
  type TableName,
} from '../../../table/tables.ts';
import { escapeControls } from '../../../text/printable.ts';
import { tellNonePassed } from '../../capture-filter.ts';
import { EXIT, errorText, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { filesOf, requireNamedInput, resolveInput, shortNames } from '../../input.ts';
import type { InputOptions } from '../../input-options.ts';
import { openDisplayFilter, openSources } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { writeText } from '../../standard-output.ts';

export interface ExportOptions extends InputOptions {
  files: string[];
  /** A folder. */
  output?: string;
  /** Default: all. */
  table?: TableName[];
  node?: string;
}

/** Of all captures: columns that can be filled again, and how many rows each table has. */
interface AllTables {
  readonly packets: Filled<PacketColumns>[];
  readonly pings: Filled<PingColumns>[];
  readonly sightings: Filled<SightingColumns>[];
  readonly rows: Map<string, number>;
}

/** UTF-8 bytes of a capture's name: each may take three in a path, whose parts have 255 at the most. */
const LONGEST_NAME = 70;
/** Characters that are kept of the end of a longer one, behind which comes a hash of all of it. */
const KEPT_NAME = 10;

function captureName(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${Array.from(name).slice(-KEPT_NAME).join('')}-${hash}`;
}

export async function exportCaptures(options: ExportOptions, given: readonly string[]): Promise<number> {
  const { output, interface: interfaces = [] } = options;
  if (interfaces.length > 0)
    throw new UsageError(
      'export reads captures that are written, and -i captures live; write files first (tunnelscope -i … -w FILE -G SECONDS), then export them with -r',
    );
  const { files, words } = filesOf(options.files, given);
  requireNamedInput('export', options, words, files);
  if (output === undefined || output === '')
    throw new UsageError('export needs a folder to write to, and none was given; add -o FOLDER');
  await openDisplayFilter(options);
  const inputs = files.map((read) => ({ ...options, read }));
  const sources = await openSources(inputs, words);
  const names = shortNames(files).map((name) => escapeControls(name));
  const all: AllTables = { packets: [], pings: [], sightings: [], rows: new Map() };
  let status: number = EXIT.done;
  try {
    openTableFolder(output);
    for (const [i, source] of sources.entries()) {
      const error = await exportOne(
        source,
        inputs[i] as InputOptions,
        words,
        options,
        names[i] as string,
        all,
      );
      if (error === undefined) continue;
      console.error(`tunnelscope: ${errorText(error)}`);
      status = EXIT.notCarriedOut;
    }
  } finally {
    for (const source of sources) await source.close();
  }
  const told = [...all.rows].map(([name, rows]) => `${rows} ${rows === 1 ? name.slice(0, -1) : name}`);
  writeText(`${escapeControls(output)}: ${told.join(', ')}\n`);
  return status;
}

/**
 * @param name the capture's
 * @param all what is kept from capture to capture; rows are added to
 * @returns why the capture could not be read to its end; what came before is written
 * @throws {CaptureError} if it can't be written
 */
async function exportOne(
  source: PacketSource,
  options: InputOptions,
  words: readonly string[],
  { output = '', table: wanted = [...TABLE_NAMES], node: named }: ExportOptions,
  name: string,
  all: AllTables,
): Promise<CaptureError | undefined> {
  const capture = captureName(name);
  const node = named ?? capture;
  const open = <Columns extends PacketColumns | PingColumns | SightingColumns>(
    table: TableName,
    columns: new () => Columns,
    spare: Filled<Columns>[],
  ): Table<Columns> | undefined =>
    wanted.includes(table) ? openTable(join(output, table), node, capture, columns, spare) : undefined;
  const tables = {
    packets: open('packets', PacketColumns, all.packets),
    pings: open('pings', PingColumns, all.pings),
    sightings: open('sightings', SightingColumns, all.sightings),
  };
  const opened = Object.values(tables).filter((one) => one !== undefined);
  const { interfaces } = source;
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const filter = await openDisplayFilter(options);
  const tracking = await lookAhead([options], words, filter?.tracked ?? [], decoder);
  const { packets, pings, sightings } = tables;
  const writePacket = packets && createPacketRows(packets, capture, node);
  const hasPings = pings !== undefined || sightings !== undefined;
  const rows = hasPings ? createPingRows({ pings, sightings, capture, node, interfaces }) : undefined;
  const reassembler = createReassembler(decoder, rows?.events);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces, tracking);
  const shown: string[] = [];
  let failure: unknown;
  let isWritten = true;
  try {
    await readPackets(source, options, (batch, count) => {
      isWritten = false;
      const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
      for (let i = 0; i < count; i++) {
        record.advance(batch, i);
        const index = interfaceIndex[i] as number;
        const { linkType, name: interfaceName } = interfaces[index] as (typeof interfaces)[number];
        decoder.decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
        if (stack.fragment >= 0) record.reassemble(reassembler);
        if (filter?.matches(record) === false) continue;
        if (interfaceName !== undefined) shown[index] ??= escapeControls(interfaceName);
        writePacket?.(record, shown[index]);
        rows?.packet(record.view, stack, record.number, seconds[i], nanoseconds[i], index);
      }
      isWritten = true;
    });
  } catch (error) {
    // What was read before a fault is good, and is written; what can't be written is.
    if (!isWritten || !(error instanceof CaptureError)) {
      for (const table of opened) table.discard();
      throw error;
    }
    failure = error;
  }
  try {
    rows?.end();
    for (const table of opened) table.finish();
  } catch (error) {
    for (const table of opened) table.discard();
    throw error;
  }
  tellNonePassed(source, resolveInput(options, words).filter);
  for (const [table, one] of Object.entries(tables))
    if (one !== undefined) all.rows.set(table, (all.rows.get(table) ?? 0) + one.rows());
  return failure as CaptureError | undefined;
}
