/**
 * The whole command `verify` on captures of tunneled pings, beside capinfos, which reads and counts their packets, and beside
 * `tshark -q -z icmp,srt`, which matches the same pings: in turns. How many pings each matched must be the same. And verify's peak
 * memory: on a tenth of the packets, on all, and on as many requests that nobody answers.
 * usage: node scripts/bench.mjs verify [rounds]      BENCH_BASE=…/dist/cli.js compares with another build
 * needs capinfos, tshark and bash, and the command built (npm run build)
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builds, inTurns, peakMemory, type Run, ratio, run, spread } from './processes.ts';
import { capturePath, PACKETS, printTable } from './support.ts';

const NAMES = ['tun', 'vxlan', 'ipip'] as const;
const TSHARK_ROUNDS = 2;
const PINGS = PACKETS / 2;
/** Of the smaller captures, which the larger ones begin with. */
const FEW_PINGS = 25_000;
/** For how much more memory many packets may take than few. */
const MOST_MEMORY = 1.5;
/** Read as GRE, whose header of four bytes looks just so, tshark finds what stands behind TUN packet information. */
const TSHARK_OPTIONS: Readonly<Record<string, readonly string[]>> = { tun: ['-d', 'udp.port==9000,gre'] };

interface Counts {
  readonly requests: number;
  readonly answered: number;
}

function check(what: string, { requests, answered }: Counts, expected: Counts): void {
  if (requests !== expected.requests || answered !== expected.answered) {
    throw new Error(
      `${what}: ${answered} of ${requests} answered; expected ${expected.answered} of ${expected.requests}`,
    );
  }
}

const wordsFor = (file: string) => ['verify', '-r', file, '-T', 'json'];

function verify(command: string, file: string, expected: Counts): Run {
  const result = run(process.execPath, [command, ...wordsFor(file)], 1);
  check('verify', JSON.parse(result.stdout), expected);
  return result;
}

function tshark(name: string, file: string, expected: Counts): Run {
  const options = TSHARK_OPTIONS[name] ?? [];
  const result = run('tshark', ['-q', '-r', file, ...options, '-z', 'icmp,srt']);
  const [requests = 0, answered = 0] =
    /^(\d+)\s+(\d+)\s+\d+\s+[\d.]+%/m.exec(result.stdout)?.slice(1).map(Number) ?? [];
  check('tshark', { requests, answered }, expected);
  return result;
}

/** Peak memory in MiB. */
function memory(command: string, file: string, expected: Counts): number {
  const { mebibytes, stdout } = peakMemory(command, wordsFor(file));
  check(file, JSON.parse(stdout), expected);
  return mebibytes;
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

const rounds = Number(process.argv[2] ?? 5);
const commands = builds();
const folder = mkdtempSync(join(process.env.BENCH_CACHE ?? '.', 'verify-'));
const few = { requests: FEW_PINGS, answered: FEW_PINGS };
const all = { requests: PINGS, answered: PINGS };
const rows: string[][] = [];
const memories: string[][] = [];
let failed = false;
try {
  const silent = join(folder, 'unanswered.pcap');
  writeUnanswered(silent);
  for (const name of NAMES) {
    const file = capturePath(`${name}.pcap`);
    const [counted = [], ...ours] = inTurns(rounds, [
      () => run('capinfos', [file]),
      ...commands.map(
        ([, command]) =>
          () =>
            verify(command, file, all),
      ),
    ]);
    const [theirs = []] = inTurns(TSHARK_ROUNDS, [() => tshark(name, file, all)]);
    const figures = (label: string, runs: readonly Run[]) => [
      name,
      label,
      spread(runs.map(({ processor }) => processor)),
      spread(runs.map(({ wall }) => wall)),
    ];
    rows.push([...figures('capinfos', counted), '', '', '']);
    rows.push([...figures('tshark -z icmp,srt', theirs), '', '', '']);
    for (const [i, [label, command]] of commands.entries()) {
      const own = ours[i] ?? [];
      const times = ratio(theirs, own, 'wall');
      const ratios = [ratio(own, counted, 'processor'), ratio(own, counted, 'wall'), times];
      rows.push([...figures(label, own), ...ratios.map((value) => value.toFixed(2))]);
      const small = memory(command, capturePath(`${name}-50k.pcap`), few);
      const large = memory(command, file, all);
      const unanswered = memory(command, silent, { requests: 2 * PINGS, answered: 0 });
      if (label === 'tunnelscope') failed ||= Math.max(large, unanswered) / small > MOST_MEMORY;
      memories.push([name, label, ...[small, large, unanswered].map((value) => value.toFixed(0))]);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
const times = ['processor / capinfos', 'wall / capinfos', 'tshark / wall'];
printTable(['capture', `${PACKETS} packets`, 'processor ms', 'wall ms', ...times], rows);
printTable(['capture', 'MiB of', '50,000', String(PACKETS), `${PACKETS} unanswered`], memories);
if (failed) {
  console.error(`expected at most ${MOST_MEMORY} times the memory of few packets`);
  process.exit(1);
}
