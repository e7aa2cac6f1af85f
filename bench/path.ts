/**
 * The whole command `path` beside `verify`, on a capture of 2,000,000 tunneled pings' packets at two points (each ping seen at
 * both), in turns; and its peak memory there.
 * usage: node scripts/bench.mjs path
 * needs editcap and mergecap, and the command built (npm run build)
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 7;
/** path's limits: in verify's times, and in MiB. */
const SLOWEST = 1.5;
const MOST_MEMORY = 200;

const command = resolve('dist/cli.js');
if (!existsSync(command)) throw new Error(`${command} is not there: build it with npm run build`);

/** Prints the process's peak memory, in KiB, when it ends. */
const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';

const folder = mkdtempSync(join(process.env.BENCH_CACHE ?? '.', 'path-'));
const points = join(folder, 'two-points.pcapng');

function run(name: string, ...nodeOptions: string[]) {
  const args = [...nodeOptions, command, name, '-r', points, '-T', 'json'];
  const begin = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const milliseconds = Number(process.hrtime.bigint() - begin) / 1e6;
  if (status !== 0) throw new Error(`${name} on ${points}: exit code ${status}; ${stderr}`);
  return { milliseconds, stdout, stderr };
}

let failed = false;
try {
  const half = join(folder, 'half.pcap');
  execFileSync('editcap', ['-r', '-F', 'pcap', capturePath('tun.pcap'), half, '1-1000000']);
  execFileSync('mergecap', ['-I', 'none', '-w', points, half, half]);
  const { pings, points: seen } = JSON.parse(run('path').stdout) as {
    pings: number;
    points: { requests: number }[];
  };
  if (pings !== 500_000 || seen.some(({ requests }) => requests !== pings)) {
    throw new Error(`expected 500000 pings at both points, and path saw ${pings}`);
  }
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(run('path').milliseconds);
    theirs.push(run('verify').milliseconds);
  }
  const ratio = median(ours) / median(theirs);
  const memory = Number(run('path', '--import', REPORT_MEMORY).stderr) / 1024;
  printTable(
    ['capture', 'path ms', 'verify ms', 'ratio', 'MiB'],
    [
      [
        'tun, two points',
        median(ours).toFixed(0),
        median(theirs).toFixed(0),
        ratio.toFixed(2),
        memory.toFixed(0),
      ],
    ],
  );
  failed = ratio > SLOWEST || memory > MOST_MEMORY;
} finally {
  rmSync(folder, { recursive: true });
}
if (failed) {
  console.error(`expected a ratio of at most ${SLOWEST}, and at most ${MOST_MEMORY} MiB`);
  process.exit(1);
}
