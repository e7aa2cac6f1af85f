/**
 * The whole command `verify` on captures of 2,000,000 packets of tunneled pings, beside capinfos, which reads and counts them, and
 * beside `tshark -q -z icmp,srt`, which matches the same pings: in turns, by processor time, of which the least counts. How
 * many pings each matched must be the same. And verify's peak memory: on a tenth of the packets, on all, and on as many
 * requests that nobody answers.
 * usage: node scripts/bench.mjs verify [NAME…]      NAME: tun, vxlan, ipip; tun where none is given
 * needs capinfos, tshark and bash, and the command built (npm run build)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { capturePath, printTable } from './support.ts';

const ROUNDS = 5;
const TSHARK_ROUNDS = 2;
const PINGS = 1_000_000;
/** verify's limits: for the time it takes, in capinfos' times; and for how much more memory ten times the packets may take. */
const SLOWEST = 1;
const MOST_MEMORY = 1.5;
/** Read as GRE, whose header of four bytes looks just so, tshark finds what stands behind TUN packet information. */
const TSHARK_OPTIONS: Readonly<Record<string, readonly string[]>> = { tun: ['-d', 'udp.port==9000,gre'] };

const command = resolve('dist/cli.js');
if (!existsSync(command)) throw new Error(`${command} is not there: build it with npm run build`);

/** Prints the process's peak memory, in KiB, when it ends. */
const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';

interface Run {
  /** Processor time, the system's included. */
  readonly milliseconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[]): Run {
  const timed = 'TIMEFORMAT=$\'\\n%U %S\'; time "$0" "$@"';
  const { error, stdout, stderr } = spawnSync('bash', ['-c', timed, program, ...args], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  const lines = stderr.trimEnd().split('\n');
  const [user = Number.NaN, system = Number.NaN] = (lines.pop() ?? '').split(' ').map(Number);
  if (Number.isNaN(user + system)) throw new Error(`${program} did not run: ${stderr}`);
  return { milliseconds: (user + system) * 1000, stdout, stderr: lines.join('\n').trim() };
}

interface Counts {
  readonly requests: number;
  readonly answered: number;
}

function verify(file: string, ...nodeOptions: string[]): Run & Counts {
  const result = run(process.execPath, [...nodeOptions, command, 'verify', '-r', file, '-T', 'json']);
  return { ...result, ...(JSON.parse(result.stdout) as Counts) };
}

function tshark(name: string, file: string): Run & Counts {
  const options = TSHARK_OPTIONS[name] ?? [];
  const result = run('tshark', ['-q', '-r', file, ...options, '-z', 'icmp,srt']);
  const [requests = 0, answered = 0] =
    /^(\d+)\s+(\d+)\s+\d+\s+[\d.]+%/m.exec(result.stdout)?.slice(1).map(Number) ?? [];
  return { ...result, requests, answered };
}

function check(what: string, { requests, answered }: Counts, expected: Counts): void {
  if (requests !== expected.requests || answered !== expected.answered) {
    throw new Error(
      `${what}: ${answered} of ${requests} answered; expected ${expected.answered} of ${expected.requests}`,
    );
  }
}

/** Peak memory in MiB. */
function memory(file: string, expected: Counts): number {
  const result = verify(file, '--import', REPORT_MEMORY);
  check(file, result, expected);
  return Number(result.stderr) / 1024;
}

const HEADER = 16;
/** Of the echo header in a packet of the capture `tun`. */
const ECHO = 66;

/** The requests of the capture `tun` alone, and all of them once more 20 seconds later under other identifiers. */
function writeUnanswered(file: string): void {
  const source = readFileSync(capturePath('tun.pcap'));
  const record = HEADER + source.readUInt32LE(24 + 8);
  const bytes = Buffer.alloc(24 + 2 * PINGS * record);
  source.copy(bytes, 0, 0, 24);
  for (let ping = 0, at = 24; ping < 2 * PINGS; ping++, at += record) {
    const from = 24 + (ping % PINGS) * 2 * record;
    source.copy(bytes, at, from, from + record);
    if (ping < PINGS) continue;
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + 20, at);
    const echo = at + HEADER + ECHO;
    bytes[echo + 4] = (bytes[echo + 4] as number) ^ 0x40;
    // RFC 1624: the identifier has grown by 0x4000, and so the checksum falls.
    const checksum = bytes.readUInt16BE(echo + 2) - 0x4000;
    bytes.writeUInt16BE(checksum < 0 ? checksum + 0xffff : checksum, echo + 2);
  }
  writeFileSync(file, bytes);
}

const least = (runs: readonly Run[]) => Math.min(...runs.map(({ milliseconds }) => milliseconds));

const names = process.argv.slice(2);
const all = { requests: PINGS, answered: PINGS };
const folder = mkdtempSync(join(process.env.BENCH_CACHE ?? '.', 'verify-'));
let failed = false;
const rows: string[][] = [];
try {
  const silent = join(folder, 'unanswered.pcap');
  writeUnanswered(silent);
  const unanswered = memory(silent, { requests: 2 * PINGS, answered: 0 });
  for (const name of names.length === 0 ? ['tun'] : names) {
    const file = capturePath(`${name}.pcap`);
    const [ours, counted, theirs]: [Run[], Run[], Run[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      const result = verify(file);
      check('verify', result, all);
      ours.push(result);
      counted.push(run('capinfos', [file]));
      if (round >= TSHARK_ROUNDS) continue;
      const other = tshark(name, file);
      check('tshark', other, all);
      theirs.push(other);
    }
    const ratio = least(ours) / least(counted);
    const small = memory(capturePath(`${name}-200k.pcap`), { requests: PINGS / 10, answered: PINGS / 10 });
    const large = memory(file, all);
    failed ||= ratio > SLOWEST || Math.max(large, unanswered) / small > MOST_MEMORY;
    rows.push([
      name,
      least(ours).toFixed(0),
      least(counted).toFixed(0),
      ratio.toFixed(2),
      least(theirs).toFixed(0),
      (least(theirs) / least(ours)).toFixed(1),
      small.toFixed(0),
      large.toFixed(0),
      unanswered.toFixed(0),
    ]);
  }
} finally {
  rmSync(folder, { recursive: true });
}
printTable(
  [
    'capture',
    'verify ms',
    'capinfos ms',
    'ratio',
    'tshark ms',
    'times faster',
    'MiB at 200k',
    'MiB at 2M',
    'MiB at 2M unanswered',
  ],
  rows,
);
if (failed) {
  console.error(`expected a ratio of at most ${SLOWEST}, and at most ${MOST_MEMORY} times the memory`);
  process.exit(1);
}
