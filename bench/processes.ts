/** Whole processes, timed in turns: a ratio holds when a machine's speed drifts, and medians with their spread say how far to trust it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { median } from './support.ts';

export interface Run {
  /** Milliseconds: of the processor, the system's included; and by the clock on the wall. */
  readonly processor: number;
  readonly wall: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Node 20 reads all certificates that are named there at each start: with Debian's that is twice what the rest of its start takes. */
const { NODE_EXTRA_CA_CERTS: _certificates, ...environment } = process.env;

/** @throws {Error} if the program is not there, or ends with another code than 0 and `allowed`: a benchmark without its peer measures nothing */
export function run(program: string, args: readonly string[], allowed = 0): Run {
  const timed = 'TIMEFORMAT=$\'\\n%U %S %R\'; time "$0" "$@"';
  const options = { encoding: 'utf8', maxBuffer: 1 << 30, env: environment } as const;
  const { error, status, stdout, stderr } = spawnSync('bash', ['-c', timed, program, ...args], options);
  if (error !== undefined) throw error;
  const lines = stderr.trimEnd().split('\n');
  const [user = Number.NaN, system = Number.NaN, wall = Number.NaN] = (lines.pop() ?? '')
    .split(' ')
    .map(Number);
  if (Number.isNaN(user + system + wall) || (status !== 0 && status !== allowed)) {
    throw new Error(`${program} ${args.join(' ')} did not run: ${stderr}`);
  }
  return { processor: (user + system) * 1000, wall: wall * 1000, stdout, stderr: lines.join('\n').trim() };
}

/** The builds of the command: this one, and another to compare with where BENCH_BASE names its cli.js. */
export function builds(): readonly (readonly [name: string, command: string])[] {
  const ours = resolve('dist/cli.js');
  if (!existsSync(ours)) throw new Error(`${ours} is not there: build it with npm run build`);
  const base = process.env.BENCH_BASE;
  if (base === undefined || base === '') return [['tunnelscope', ours]];
  if (!existsSync(base)) throw new Error(`BENCH_BASE: ${base} is not there`);
  return [
    ['tunnelscope', ours],
    ['before', resolve(base)],
  ];
}

/** Runs each in turn, `rounds` times after a first that does not count. @returns the runs of each */
export function inTurns(rounds: number, commands: readonly (() => Run)[]): Run[][] {
  const runs: Run[][] = commands.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, command] of commands.entries()) {
      const one = command();
      if (round >= 0) runs[i]?.push(one);
    }
  }
  return runs;
}

/** `812 (790–901)`: the median and the spread. */
export function spread(values: readonly number[], digits = 0): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} (${least}–${most})`;
}

/** The median of each turn's ratio: both of a turn ran while the machine was in one mood. */
export function ratio(ours: readonly Run[], theirs: readonly Run[], of: 'processor' | 'wall'): number {
  return median(ours.map((one, i) => one[of] / (theirs[i] as Run)[of]));
}

/** Prints the process's peak memory, in KiB, when it ends. */
const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("\\n"+process.resourceUsage().maxRSS))';

/** Peak memory of a run of the command, in MiB; and what it printed. */
export function peakMemory(command: string, args: readonly string[]): { mebibytes: number; stdout: string } {
  const { stdout, stderr } = run(process.execPath, ['--import', REPORT_MEMORY, command, ...args], 1);
  return { mebibytes: Number(stderr.trim().split('\n').at(-1)) / 1024, stdout };
}
