/** `tunnelscope export -r FILE -o FOLDER`: packets and pings as Parquet, for DuckDB, ClickHouse and Spark. */
import { type Command, Option } from 'commander';
import type { TableName } from '../../table/tables.ts';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { UsageError } from '../errors.ts';
import { GROUP, withExamples } from '../help.ts';
import { readSeveral, type SeveralInputOptions, withInput } from '../input-options.ts';

interface ExportFlags extends SeveralInputOptions {
  output?: string;
  table?: TableName[];
  node?: string;
}

/** As in the schema, which is not loaded at every start. */
const TABLES: readonly TableName[] = ['packets', 'pings', 'sightings'];
/** Bytes. Each may take three in a path, whose parts have 255 at the most. */
const LONGEST_NODE = 80;

export function addExport(program: Command, done: Done): void {
  const command = program.command('export');
  withExamples(command, [
    ['tunnelscope export -r ping.pcap -o night', 'all tables, into a folder'],
    ['tunnelscope export -r c1.pcap -r c2.pcap -o night --table pings', 'of two captures, the pings'],
    ['duckdb -c "SELECT * FROM \'night/pings/**/*.parquet\'"', 'ask it'],
  ]);
  withInput(command, readSeveral('each is a node of its own'))
    .summary('write packets and pings as Parquet files, for DuckDB, ClickHouse, Spark')
    .description(
      'Writes captures as tables in Parquet files: packets, outer and inner headers in one row; pings, one row per request; sightings, one row per ping and point. Files are there once they are whole.',
    )
    .argument('[filter...]', 'capture files, then a capture filter in libpcap’s language', collectWords)
    .optionsGroup(GROUP.write)
    .option(
      '-o, --output <folder>',
      'write to this folder, which is made: TABLE/node=…/hour=…/part-….parquet',
    )
    .addOption(
      new Option('--table <names>', 'only these: packets, pings, sightings (default: all)').argParser(
        parseTables,
      ),
    )
    .option('--node <name>', 'the node that the captures are of (default: each capture’s name)', parseNode)
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { read = [], ...options } = command.optsWithGlobals<ExportFlags>();
      const { exportCaptures } = await import('./export/export-captures.ts');
      done(await exportCaptures({ ...options, files: read }, words));
    });
}

/** `packets,pings`; repeatable. */
function parseTables(text: string, previous: TableName[] = []): TableName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(TABLES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `--table "${unknown}" is not a table; expected ${TABLES.join(', ')}, with commas between`,
    );
  return [...previous, ...(names as TableName[])];
}

function parseNode(text: string): string {
  if (text === '' || Buffer.byteLength(text) > LONGEST_NODE)
    throw new UsageError(`--node "${text}": expected a name of 1 to ${LONGEST_NODE} bytes`);
  return text;
}
