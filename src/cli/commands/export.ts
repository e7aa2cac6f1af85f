/** `tunnelscope export -r FILE -o FOLDER`: packets and pings as Parquet, of captures or live, for DuckDB, ClickHouse and Spark. */
import { type Command, Option } from 'commander';
import type { TableName } from '../../table/tables.ts';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { UsageError } from '../errors.ts';
import { parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import { readSeveral, type SeveralInputOptions, withInput } from '../input-options.ts';
import type { Period } from './export/export-live.ts';

interface ExportFlags extends SeveralInputOptions {
  output?: string;
  table?: TableName[];
  node?: string;
  ringBuffer?: Period;
  /** tcpdump's: seconds. */
  G?: number;
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
    ['sudo tunnelscope export -i eth0 -o night -G 600', 'live, files every ten minutes'],
    ['duckdb -c "SELECT * FROM \'night/pings/**/*.parquet\'"', 'ask it'],
  ]);
  withInput(command, readSeveral('each is a node of its own'))
    .summary('write packets and pings as Parquet files, for DuckDB, ClickHouse, Spark')
    .description(
      'Writes captures, or what is captured live, as tables in Parquet files: packets, outer and inner headers in one row; pings, one row per request; sightings, one row per ping and point. Files are there once they are whole.',
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
    .option(
      '--node <name>',
      'the node that the captures are of (default: each capture’s name; live: this host’s)',
      parseNode,
    )
    .option(
      '-b, --ring-buffer <limit>',
      'live: put files in place, and begin the next, after duration:SECONDS (default: 3600) or packets:N',
      parsePeriod,
    )
    .option('-G <seconds>', 'the same as -b duration:SECONDS', parseNumber('-G', 1, 2_147_483))
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { read = [], ringBuffer, G: seconds, ...options } = command.optsWithGlobals<ExportFlags>();
      const { exportCaptures } = await import('./export/export-captures.ts');
      const all = { ...ringBuffer, ...(seconds !== undefined && { duration: seconds * 1000 }) };
      const period = Object.keys(all).length === 0 ? undefined : all;
      done(await exportCaptures({ ...options, period, files: read }, words));
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

/** Of tshark's `-b`, `duration:S` and `packets:N`. */
function parsePeriod(text: string, previous: Period = {}): Period {
  const [, what, digits] = /^(duration|packets):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const value = Number(digits);
  const isDuration = what === 'duration';
  // A timer's limit: about 24.8 days.
  if (!(value > 0) || (isDuration ? value * 1000 >= 2 ** 31 : !Number.isInteger(value)))
    throw new UsageError(
      `-b "${text}" is not understood; expected duration:SECONDS or packets:N, as in duration:600`,
    );
  return isDuration ? { ...previous, duration: value * 1000 } : { ...previous, packets: value };
}

function parseNode(text: string): string {
  if (text === '' || Buffer.byteLength(text) > LONGEST_NODE)
    throw new UsageError(`--node "${text}": expected a name of 1 to ${LONGEST_NODE} bytes`);
  return text;
}
