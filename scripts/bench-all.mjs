/**
 * Runs the benchmarks of what the project claims at a tenth of their size, with their peers, in under three minutes; prints their tables, and
 * writes the rows to .cache/bench/results.json as they come. Fails where a peer or an input is missing, or a benchmark finds a limit passed.
 * usage: npm run bench      as root, for what is captured live      BENCH_BASE=…/dist/cli.js compares with another build
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';

const PACKETS = 200_000;
/** With arguments: how many rounds, or which part. */
const BENCHMARKS = [
  ['start', '7'],
  ['verify', '2'],
  ['growth', '1'],
  ['output', '2'],
  ['select', '2'],
  ['path-files', '2'],
  ['screen', '0', '1'],
  ['live', '1'],
  ['patience', 'drops'],
];

const cache = resolve('.cache/bench');
const lines = resolve(cache, 'results.ndjson');
const results = resolve(cache, 'results.json');
mkdirSync(cache, { recursive: true });
rmSync(lines, { force: true });
const failed = [];

/** What there is so far: whoever breaks off has that. */
function writeResults() {
  const rows = existsSync(lines)
    ? readFileSync(lines, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  const machine = { node: process.version, processors: cpus().map(({ model }) => model), load: loadavg() };
  writeFileSync(results, `${JSON.stringify({ machine, packets: PACKETS, failed, rows }, null, 1)}\n`);
  return rows.length;
}

writeResults();
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
  writeResults();
}
console.log(`\n${writeResults()} rows in ${results}`);
rmSync(lines, { force: true });
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
