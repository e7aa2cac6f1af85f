/**
 * The whole command `verify` beside capinfos, on a capture of 2,000,000 tunneled pings' packets, in turns; and its peak memory
 * there and on a tenth of it.
 * usage: node scripts/bench.mjs verify [NAME…]      NAME: tun, vxlan, ipip, mix; tun where none is given
 * needs capinfos, and the command built (npm run build)
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 7;
/** verify's limit for the time it takes, in capinfos' times; and for how much more memory ten times the packets may take. */
const SLOWEST = 1;
const MOST_MEMORY = 1.5;

const command = resolve('dist/cli.js');
if (!existsSync(command)) throw new Error(`${command} is not there: build it with npm run build`);

/** Prints the process's peak memory, in KiB, when it ends. */
const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';

interface Run {
  readonly milliseconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[]): Run {
  const begin = process.hrtime.bigint();
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { milliseconds: Number(process.hrtime.bigint() - begin) / 1e6, stdout, stderr };
}

function verify(file: string, ...nodeOptions: string[]): Run {
  const result = run(process.execPath, [...nodeOptions, command, 'verify', '-r', file, '-T', 'json']);
  const { requests } = JSON.parse(result.stdout) as { requests: number };
  if (requests === 0) throw new Error(`no echo request in ${file}: nothing was measured`);
  return result;
}

const names = process.argv.slice(2);
let failed = false;
const rows: string[][] = [];
for (const name of names.length === 0 ? ['tun'] : names) {
  const file = capturePath(`${name}.pcap`);
  const ours: number[] = [];
  const theirs: number[] = [];
  // One turn to warm the page cache, which does not count.
  verify(file);
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(verify(file).milliseconds);
    theirs.push(run('capinfos', [file]).milliseconds);
  }
  const ratio = median(ours) / median(theirs);
  const memory = (path: string) => Number(verify(path, '--import', REPORT_MEMORY).stderr) / 1024;
  const small = memory(capturePath(`${name}-200k.pcap`));
  const large = memory(file);
  failed ||= ratio > SLOWEST || large / small > MOST_MEMORY;
  rows.push([
    name,
    median(ours).toFixed(0),
    median(theirs).toFixed(0),
    ratio.toFixed(2),
    small.toFixed(0),
    large.toFixed(0),
  ]);
}
printTable(
  ['capture', 'verify ms', 'capinfos ms', 'ratio', 'MiB at 200k packets', 'MiB at 2M packets'],
  rows,
);
if (failed) {
  console.error(`expected a ratio of at most ${SLOWEST}, and at most ${MOST_MEMORY} times the memory`);
  process.exit(1);
}
