/**
 * What somebody waits for who opens a capture of 1,000,000 packets (half of BENCH_PACKETS): the real command in a real terminal, keys in, screen out.
 * Beside it what Node and the UI's code take to start, what Ink takes where it is not bundled, and tshark on the same file.
 * usage: node scripts/bench.mjs screen [GIB [rounds]]     after npm run build; needs util-linux's script, and tshark
 *        with GIB above 0 the mixed capture, repeated until it is so large; once, and without tshark: it takes that long
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { PACKETS as ALL, capturePath, median, printTable } from './support.ts';

/** Half of the capture's. */
const PACKETS = ALL / 2;
const PAGES = 10;
/** Longer than a frame: each key is measured by itself. */
const BETWEEN_KEYS = 120;
const DEADLINE = 60_000;
const FILTER = 'icmp.seq == 5';
const COMMAND = resolve('dist/cli.js');
const MEBIBYTE = 1 << 20;

/** The first packets of the capture of ours, as a file of its own. */
function firstPackets(): string {
  const whole = capturePath('tun.pcap');
  const part = join(process.env.BENCH_CACHE as string, `tun-${PACKETS}.pcap`);
  if (existsSync(part)) return part;
  copyFileSync(whole, part);
  const file = openSync(whole, 'r');
  const header = Buffer.alloc(16);
  let end = 24;
  for (let packet = 0; packet < PACKETS; packet++) {
    readSync(file, header, 0, 16, end);
    end += 16 + header.readUInt32LE(8);
  }
  closeSync(file);
  truncateSync(part, end);
  return part;
}

/** The mixed capture of 2,000,000 packets over and over, to a size of at least `gibibytes`. Goes when the benchmark ends. */
function largeCapture(gibibytes: number): { file: string; packets: number } {
  const whole = readFileSync(capturePath('mix.pcap'));
  const file = join(process.env.BENCH_CACHE as string, `mix-${gibibytes}-gib.pcap`);
  process.on('exit', () => rmSync(file, { force: true }));
  copyFileSync(capturePath('mix.pcap'), file);
  let times = 1;
  for (; statSync(file).size < gibibytes * 1024 * MEBIBYTE; times++) appendFileSync(file, whole.subarray(24));
  return { file, packets: times * 2 * PACKETS };
}

/** Ink and React: what the screen loads besides the command's script. */
function screenPackages(): string {
  const file = resolve('dist/screen.mjs');
  if (!existsSync(file) || !existsSync(COMMAND)) throw new Error('no dist: npm run build makes it');
  return file;
}

/** Milliseconds that a process takes from being asked for to its end, and what it writes. */
function run(command: string, args: readonly string[]): { milliseconds: number; output: string } {
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    // React has a slower half for who develops with it: not to be compared with.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return { milliseconds: performance.now() - begin, output: stdout };
}

const runNode = (code: string) => run(process.execPath, ['--input-type=module', '-e', code]);

/** Milliseconds that an import takes in a process of its own. */
function importTime(...modules: readonly string[]): number {
  const imports = modules.map((module) => `await import(${JSON.stringify(module)});`).join('');
  return Number(
    runNode(`const begin = performance.now(); ${imports} console.log(performance.now() - begin);`).output,
  );
}

/** The command in a terminal of 120 by 40. */
class Terminal {
  readonly #script;
  #text = '';
  #told: () => void = () => undefined;

  constructor(file: string) {
    const command = `stty rows 40 cols 120; exec '${process.execPath}' '${COMMAND}' '${file}'`;
    this.#script = spawn('script', ['-qfec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', XDG_CONFIG_HOME: '/nonexistent' },
    });
    this.#script.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#text += stripVTControlCharacters(text);
      this.#told();
    });
  }

  /** Milliseconds from now, or from a key, to when something that matches is written. */
  async until(wanted: RegExp, key?: string, begin = performance.now()): Promise<number> {
    if (key !== undefined) {
      this.#text = '';
      this.#script.stdin.write(key);
    }
    const end = begin + DEADLINE;
    while (!wanted.test(this.#text)) {
      if (performance.now() > end) throw new Error(`never seen: ${wanted}`);
      await new Promise<void>((resolve) => {
        this.#told = resolve;
        setTimeout(resolve, 1000);
      });
    }
    return performance.now() - begin;
  }

  /** The most memory that the command ever had, in MiB. */
  memory(): number {
    const { pid } = this.#script;
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1]) / 1024;
  }

  async close(): Promise<void> {
    this.#script.stdin.write('q');
    await new Promise((resolve) => this.#script.on('close', resolve));
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, BETWEEN_KEYS));

const chunk = screenPackages();
const gibibytes = Number(process.argv[2] ?? 0);
const rounds = gibibytes > 0 ? 1 : Number(process.argv[3] ?? 5);
const { file, packets } =
  gibibytes > 0 ? largeCapture(gibibytes) : { file: firstPackets(), packets: PACKETS };
const isDone = new RegExp(` ${packets.toLocaleString('en')} packets (?!,)`);
const figures: Record<string, number[]> = {};
const note = (name: string, value: number) => (figures[name] ??= []).push(value);

for (let round = 0; round < rounds; round++) {
  note('Node’s own start', runNode('').milliseconds);
  const started = runNode(`await import(${JSON.stringify(chunk)})`).milliseconds;
  note('Node and the UI’s code', started);
  const own = Number(runNode('console.log(process.resourceUsage().maxRSS)').output) / 1024;
  const begin = performance.now();
  const terminal = new Terminal(file);
  const first = await terminal.until(/▸ +1 /, undefined, begin);
  note('first rows', first);
  note('first rows, beyond both', first - started);
  for (let page = 0; gibibytes > 0 && page < PAGES; page++) {
    await pause();
    note('page down, while it is indexed', await terminal.until(/▸ +\d+ /, '\x1b[6~'));
  }
  note('all indexed', await terminal.until(isDone, undefined, begin));
  for (let page = 0; page < PAGES; page++) {
    await pause();
    note('page down', await terminal.until(/▸ +\d+ /, '\x1b[6~'));
  }
  await pause();
  note('jump to the end', await terminal.until(new RegExp(`▸ +${packets} +[\\d.]+ +10\\.`), 'G'));
  await pause();
  note('jump to the start', await terminal.until(/▸ +1 /, 'g'));
  await pause();
  note(`filter of all packets: ${FILTER}`, await terminal.until(/\d match icmp\.seq == 5 ·/, `/${FILTER}\r`));
  note('memory beside Node’s own, MiB', terminal.memory() - own);
  await terminal.close();
  note('import: UI’s bundle', importTime(chunk));
  note('import: Ink and React unbundled', importTime('ink', 'react'));
}
if (gibibytes > 0) {
  note('memory of its index, at 16 bytes a packet, MiB', (packets * 16) / MEBIBYTE);
} else {
  note('tshark: all rows', run('tshark', ['-n', '-r', file]).milliseconds);
  note(`tshark: -Y "${FILTER}"`, run('tshark', ['-n', '-r', file, '-Y', FILTER]).milliseconds);
}

const { size } = statSync(file);
console.log(`${file}: ${packets.toLocaleString('en')} packets, ${(size / MEBIBYTE).toFixed(0)} MiB\n`);
printTable(
  ['milliseconds', 'least', 'median', 'most'],
  Object.entries(figures).map(([name, values]) => [
    name,
    ...[Math.min(...values), median(values), Math.max(...values)].map((value) => value.toFixed(0)),
  ]),
);
const ratio =
  median(figures['import: UI’s bundle'] as number[]) /
  median(figures['import: Ink and React unbundled'] as number[]);
console.log(`\nThe UI’s bundle loads in ${(ratio * 100).toFixed(0)} % of what unbundled Ink and React take.`);
