/**
 * The whole command `export` on a capture of tunneled pings, all tables, beside `verify` of the same, and beside `tshark -T fields` of
 * the same columns that DuckDB's reader of CSV takes in: by processor time, of which the least counts. And export's peak memory, the size of its files, and what
 * DuckDB takes for the verdict, from the table of pings and from packets alone, on one thread and on two.
 * usage: node scripts/bench.mjs export [NAME [COPIES [ROUNDS]]]
 *        NAME: a capture; tun.pcap where none is given; tun-200k.pcap is a tenth. COPIES: so many nodes have captured it (1)
 * needs tshark and bash, and the command built (npm run build)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { capturePath, printTable } from './support.ts';

/** The aims: export in verify's times, MiB, the files' share of the capture, and tshark's time in export's. */
const [SLOWEST, MOST_MEMORY, MOST_SHARE, LEAST_FASTER] = [4, 200, 0.25, 30];
/** The most packets that tshark is given: it takes a minute for two million. */
const MOST_BYTES_OF_TSHARK = 50e6;
const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';
const FIELDS =
  'frame.number frame.time_epoch frame.len frame.cap_len ip.src ip.dst ip.proto ip.ttl udp.srcport udp.dstport vxlan.vni icmp.type icmp.code icmp.ident icmp.seq tcp.flags tcp.seq_raw tcp.ack_raw tcp.len';
const VERDICTS = {
  'from pings': 'SELECT * FROM verify_captures',
  'from packets':
    'SELECT capture, count(*), sum(answered), sum(duplicates) FROM packet_pings GROUP BY capture',
};

const command = resolve('dist/cli.js');
if (!existsSync(command)) throw new Error(`${command} is not there: build it with npm run build`);

/** Processor time and time on the clock in milliseconds, and what is printed on standard error. */
function run(program: string, args: readonly string[]) {
  const timed = 'TIMEFORMAT=$\'\\n%U %S %R\'; time "$0" "$@" >/dev/null';
  const { error, status, stderr } = spawnSync('bash', ['-c', timed, program, ...args], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  const lines = stderr.trimEnd().split('\n');
  const [user = Number.NaN, system = Number.NaN, real = Number.NaN] = (lines.pop() ?? '')
    .split(' ')
    .map(Number);
  return { milliseconds: (user + system) * 1000, elapsed: real * 1000, stderr: lines.join('\n').trim() };
}

const [, , name = 'tun.pcap', copies = '1', rounds = '3'] = process.argv;
const file = capturePath(name);
const folder = mkdtempSync(join(process.env.BENCH_CACHE ?? '.', 'export-'));
const times = { verify: Infinity, export: Infinity };
let [memory, size] = [0, 0];
try {
  const captures = Array.from({ length: Number(copies) }, (_, i) => join(folder, `node-${i + 1}.pcap`));
  for (const one of captures) linkSync(file, one);
  const read = captures.flatMap((one) => ['-r', one]);
  let out = '';
  for (let round = 0; round < Number(rounds); round++) {
    const verified = run(process.execPath, [command, 'verify', '-q', ...read]);
    times.verify = Math.min(times.verify, verified.milliseconds);
    if (out !== '') rmSync(out, { recursive: true });
    out = join(folder, String(round));
    const args = ['--import', REPORT_MEMORY, command, 'export', '-q', ...read, '-o', out];
    const exported = run(process.execPath, args);
    times.export = Math.min(times.export, exported.milliseconds);
    memory = Math.max(memory, Number(exported.stderr) / 1024);
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    size = files.reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
  }
  const ratio = times.export / times.verify;
  const share = size / (statSync(file).size * captures.length);
  printTable(
    ['capture', 'export ms', 'verify ms', 'ratio', 'MiB', 'share of the capture'],
    [
      [
        captures.length === 1 ? name : `${captures.length} × ${name}`,
        times.export.toFixed(0),
        times.verify.toFixed(0),
        ratio.toFixed(2),
        memory.toFixed(0),
        share.toFixed(3),
      ],
    ],
  );
  const verdicts = Object.entries(VERDICTS).flatMap(([from, query]) =>
    [1, 2].map((threads) => {
      const args = [command, 'sql', '-T', 'csv', `SET threads = ${threads}; ${query}`, out];
      const all = Array.from({ length: Number(rounds) }, () => run(process.execPath, args));
      const least = Math.min(...all.map(({ milliseconds }) => milliseconds));
      const elapsed = Math.min(...all.map(({ elapsed }) => elapsed));
      return [from, String(threads), least.toFixed(0), elapsed.toFixed(0), (least / times.verify).toFixed(2)];
    }),
  );
  printTable(['verdict in SQL', 'threads', 'ms', 'elapsed ms', 'of verify'], verdicts);
  const isRight = ratio <= SLOWEST && memory <= MOST_MEMORY && share <= MOST_SHARE;
  if (!isRight) {
    console.error(`the aims: a ratio of ${SLOWEST}, ${MOST_MEMORY} MiB, a share of ${MOST_SHARE}`);
    process.exitCode = 1;
  }
  if (captures.length === 1 && statSync(file).size < MOST_BYTES_OF_TSHARK) {
    const fields = FIELDS.split(' ').flatMap((field) => ['-e', field]);
    const csv = join(folder, 'fields.csv');
    const theirs = run('bash', [
      '-c',
      '"$@" > "$0"',
      csv,
      'tshark',
      '-n',
      '-r',
      file,
      '-T',
      'fields',
      '-E',
      'separator=,',
      '-E',
      'quote=d',
      '-E',
      'header=y',
      ...fields,
    ]);
    const into = run(process.execPath, [
      command,
      'sql',
      '-T',
      'csv',
      `CREATE TABLE t AS FROM read_csv('${csv}'); SELECT count(*) FROM t`,
      out,
    ]);
    const milliseconds = theirs.milliseconds + into.milliseconds;
    printTable(
      ['tshark ms', 'DuckDB’s CSV ms', 'times faster'],
      [
        [
          theirs.milliseconds.toFixed(0),
          into.milliseconds.toFixed(0),
          (milliseconds / times.export).toFixed(1),
        ],
      ],
    );
    if (milliseconds / times.export < LEAST_FASTER) {
      console.error(`the aim: ${LEAST_FASTER} times faster`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
