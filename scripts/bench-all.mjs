/**
 * Runs the benchmarks of short and long runs at a tenth of their size, with their peers, prints their tables, and writes all rows to
 * .cache/bench/results.json. Fails where a peer or an input is missing, or a benchmark finds a limit passed.
 * usage: npm run bench      BENCH_BASE=…/dist/cli.js compares with another build
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';

const PACKETS = 200_000;
/** With arguments: how many rounds. */
const BENCHMARKS = [
  ['start', '7'],
  ['verify', '3'],
  ['growth', '1'],
  ['output', '3'],
  ['select', '3'],
  ['path-files', '3'],
];

const cache = resolve('.cache/bench');
const lines = resolve(cache, 'results.ndjson');
mkdirSync(cache, { recursive: true });
rmSync(lines, { force: true });
const failed = [];
for (const words of BENCHMARKS) {
  console.log(`\n${words[0]}`);
  const { status } = spawnSync(process.execPath, ['scripts/bench.mjs', ...words], {
    stdio: 'inherit',
    env: {
      ...process.env,
      BENCH_CAPTURES: process.env.BENCH_CAPTURES ?? resolve(cache, `captures-${PACKETS}`),
      BENCH_PACKETS: String(PACKETS),
      BENCH_RESULTS: lines,
      BENCH_NAME: words[0],
    },
  });
  if (status !== 0) failed.push(words[0]);
}
const rows = existsSync(lines)
  ? readFileSync(lines, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];
const machine = { node: process.version, processors: cpus().map(({ model }) => model) };
const results = resolve(cache, 'results.json');
writeFileSync(results, `${JSON.stringify({ machine, packets: PACKETS, failed, rows }, null, 1)}\n`);
rmSync(lines, { force: true });
console.log(`\n${rows.length} rows in ${results}`);
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
