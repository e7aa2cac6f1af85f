/**
 * What short runs take, of the processor, in times of `node -e 0`: a verdict on 8 packets, their lines, help, the version.
 * usage: node scripts/bench.mjs start [rounds]      BENCH_BASE=…/dist/cli.js compares with another build
 * needs the command built (npm run build)
 */
import { builds, inTurns, ratio, run, spread } from './processes.ts';
import { printTable } from './support.ts';

const CAPTURE = 'fixtures/socat.pcap';
const RUNS: readonly (readonly string[])[] = [
  ['verify', '-r', CAPTURE],
  ['-T', 'line', '-r', CAPTURE],
  ['--help'],
  ['--version'],
];

const rounds = Number(process.argv[2] ?? 15);
const node = process.execPath;
const commands = builds().flatMap(([name, command]) => RUNS.map((words) => ({ name, command, words })));
const runs = inTurns(rounds, [
  () => run(node, ['-e', '0']),
  ...commands.map(
    ({ command, words }) =>
      () =>
        run(node, [command, ...words]),
  ),
]);
const [bare = []] = runs;
printTable(
  ['run', 'processor ms', 'times node -e 0'],
  [
    ['node -e 0', spread(bare.map(({ processor }) => processor)), ''],
    ...commands.map(({ name, words }, i) => {
      const own = runs[i + 1] ?? [];
      const label = [...(name === 'before' ? ['before:'] : []), ...words].join(' ');
      return [label, spread(own.map(({ processor }) => processor)), ratio(own, bare, 'processor').toFixed(2)];
    }),
  ],
);
