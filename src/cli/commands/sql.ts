/** `tunnelscope sql "SELECT …" -r FILE`: a query over captures or an exported folder, answered by DuckDB. */
import { type Command, Option } from 'commander';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { GROUP, withExamples } from '../help.ts';
import { readSeveral, type SeveralInputOptions, withInput } from '../input-options.ts';
import type { AnswerFormat } from './sql/answer.ts';

const FORMATS: readonly AnswerFormat[] = ['table', 'json', 'csv'];

interface SqlFlags extends SeveralInputOptions {
  format?: AnswerFormat;
}

export function addSql(program: Command, done: Done): void {
  const command = program.command('sql');
  withExamples(command, [
    ['tunnelscope sql "SELECT * FROM verify_paths" -r ping.pcap', 'what verify says, as a table'],
    [
      'tunnelscope sql "SELECT vni, count(*) AS packets FROM packets GROUP BY vni" c1.pcap c2.pcap',
      'of several captures',
    ],
    ['tunnelscope sql "SELECT * FROM path_lost" night', 'of a folder that export wrote'],
  ]);
  withInput(command, readSeveral('each is a node of its own'))
    .summary('ask captures in SQL, through DuckDB where that is installed')
    .description(
      'Asks captures, or a folder that export wrote, in SQL: tables packets, pings and sightings, and views verify_paths, verify_captures, path_points, path_pings and path_lost. DuckDB answers, where it is installed (npm install --global @duckdb/node-api).',
    )
    .argument('<query>', 'in SQL, as DuckDB speaks it')
    .argument(
      '[input...]',
      'a folder that export wrote; or capture files, then a capture filter in libpcap’s language',
      collectWords,
    )
    .optionsGroup(GROUP.print)
    .addOption(new Option('-T, --format <format>', '(default: table)').choices(FORMATS))
    .action(async (query: string, words: string[] = [], _flags: unknown, command: Command) => {
      const { read = [], ...options } = command.optsWithGlobals<SqlFlags>();
      const { answerQuery } = await import('./sql/answer-query.ts');
      done(await answerQuery(query, { ...options, files: read }, words));
    });
}
