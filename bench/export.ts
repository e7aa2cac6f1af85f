/**
 * The whole command `export` on a capture of tunneled pings, all tables, beside `verify` of the same and beside `tshark -T fields` of
 * the same columns: by processor time, of which the least counts. And export's peak memory, and the size of its files.
 * usage: node scripts/bench.mjs export [NAME]      NAME: a capture; tun.pcap where none is given; tun-200k.pcap is a tenth
 * needs tshark and bash, and the command built (npm run build)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { capturePath, printTable } from './support.ts';

const ROUNDS = 3;
/** The aims: export in verify's times, MiB, and the files' share of the capture. */
const [SLOWEST, MOST_MEMORY, MOST_SHARE] = [4, 200, 0.25];
const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';
const FIELDS =
  'frame.number frame.time_epoch frame.len frame.cap_len ip.src ip.dst ip.proto ip.ttl udp.srcport udp.dstport vxlan.vni icmp.type icmp.code icmp.ident icmp.seq tcp.flags tcp.seq_raw tcp.ack_raw tcp.len';

const command = resolve('dist/cli.js');
if (!existsSync(command)) throw new Error(`${command} is not there: build it with npm run build`);

/** Processor time in milliseconds, and what is printed on standard error. */
function run(program: string, args: readonly string[]): { milliseconds: number; stderr: string } {
  const timed = 'TIMEFORMAT=$\'\\n%U %S\'; time "$0" "$@" >/dev/null';
  const { error, status, stderr } = spawnSync('bash', ['-c', timed, program, ...args], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  const lines = stderr.trimEnd().split('\n');
  const [user = Number.NaN, system = Number.NaN] = (lines.pop() ?? '').split(' ').map(Number);
  return { milliseconds: (user + system) * 1000, stderr: lines.join('\n').trim() };
}

const file = capturePath(process.argv[2] ?? 'tun.pcap');
const folder = mkdtempSync(join(process.env.BENCH_CACHE ?? '.', 'export-'));
const times = { verify: Infinity, export: Infinity };
let [memory, size] = [0, 0];
try {
  for (let round = 0; round < ROUNDS; round++) {
    const verified = run(process.execPath, [command, 'verify', '-q', '-r', file]);
    times.verify = Math.min(times.verify, verified.milliseconds);
    const out = join(folder, String(round));
    const args = ['--import', REPORT_MEMORY, command, 'export', '-q', '-r', file, '-o', out];
    const exported = run(process.execPath, args);
    times.export = Math.min(times.export, exported.milliseconds);
    memory = Math.max(memory, Number(exported.stderr) / 1024);
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    size = files.reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
  }
  const fields = FIELDS.split(' ').flatMap((field) => ['-e', field]);
  const theirs = run('tshark', ['-n', '-r', file, '-T', 'fields', ...fields]).milliseconds;
  const ratio = times.export / times.verify;
  const share = size / statSync(file).size;
  printTable(
    [
      'capture',
      'export ms',
      'verify ms',
      'ratio',
      'tshark ms',
      'times faster',
      'MiB',
      'share of the capture',
    ],
    [
      [
        process.argv[2] ?? 'tun.pcap',
        ...[times.export, times.verify].map((time) => time.toFixed(0)),
        ratio.toFixed(2),
        theirs.toFixed(0),
        (theirs / times.export).toFixed(1),
        memory.toFixed(0),
        share.toFixed(3),
      ],
    ],
  );
  if (ratio > SLOWEST || memory > MOST_MEMORY || share > MOST_SHARE) {
    console.error(`the aims: a ratio of ${SLOWEST}, ${MOST_MEMORY} MiB, a share of ${MOST_SHARE}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
