/**
 * Live capture: processor time a packet, from the kernel to /dev/null, beside tcpdump, for the ring and for npm cap; and of the
 * ring's batches alone, with a few bytes of each packet looked at. The packets are replayed as fast as they go through a pair of
 * interfaces in a network namespace of its own.
 *
 * Each process has two replays, and tells its processor time before, between and after them. What the second took is what a
 * packet costs once a capture runs; the whole is that of a process with all its packets, its start included.
 * usage: node scripts/bench.mjs live [rounds]     needs root, iproute2, tcpreplay, tcpdump and a built dist/ (npm run build)
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { openLive } from '../src/capture/live.ts';
import { PACKETS as ALL, capturePath, printTable } from './support.ts';

const NAMESPACE = `bench-live-${process.pid}`;
const PACKETS = 200_000;
/** How often the capture is replayed first, and then again. */
const WARMING = Math.ceil(ALL / 500_000);
const STEADY = 3 * WARMING;
const inNamespace = ['ip', 'netns', 'exec', NAMESPACE];
/** The argument with which this program is the reader of {@link PEERS}. */
const READ = '--read';
const PEERS: Readonly<Record<string, readonly string[]>> = {
  'tcpdump -w /dev/null': ['tcpdump', '-Z', 'root', '-n', '-i', 'right', '-w', '/dev/null'],
  'ring -w /dev/null': [
    process.execPath,
    'dist/cli.js',
    '-i',
    'right',
    '--engine',
    'ring',
    '-w',
    '/dev/null',
  ],
  'ring, batches alone': [process.execPath, process.argv[1], READ],
  'cap -w /dev/null': [process.execPath, 'dist/cli.js', '-i', 'right', '--engine', 'cap', '-w', '/dev/null'],
};

interface Times {
  readonly user: number;
  readonly system: number;
}

/** Seconds of processor time that a process and those it started have used so far. */
function timesOf(pid: number): Times {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13);
  const own = { user: Number(user) / 100, system: Number(system) / 100 };
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean),
  );
  return children.reduce((sum, child) => {
    const more = timesOf(Number(child));
    return { user: sum.user + more.user, system: sum.system + more.system };
  }, own);
}

/** Until two looks find the same: all that came has been taken. */
async function settled(pid: number): Promise<Times> {
  for (let before = timesOf(pid); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 600));
    const now = timesOf(pid);
    if (now.user + now.system - before.user - before.system < 0.02) return now;
    before = now;
  }
}

interface Figures {
  /** Of the whole process, and of the second replay. */
  readonly whole: Times;
  readonly steady: Times;
  readonly captured: number;
  readonly dropped: string;
}

function replay(loops: number, file: string): void {
  const words = ['tcpreplay', '-q', '-K', '--topspeed', '-l', String(loops), '-i', 'left', file];
  execFileSync('ip', [...inNamespace.slice(1), ...words], { stdio: 'ignore' });
}

async function measure(words: readonly string[], file: string): Promise<Figures> {
  const child: ChildProcess = spawn(inNamespace[0], [...inNamespace.slice(1), ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!/listening on|capturing on/.test(said)) await once(child.stderr as NodeJS.EventEmitter, 'data');
  const pid = child.pid as number;
  replay(WARMING, file);
  const before = await settled(pid);
  replay(STEADY, file);
  const whole = await settled(pid);
  child.kill('SIGINT');
  await once(child, 'close');
  const captured = Number(/(\d+) packets captured/.exec(said)?.[1] ?? 0);
  const dropped = /(\d+) packets dropped by kernel/.exec(said)?.[1] ?? 'not known';
  const steady = { user: whole.user - before.user, system: whole.system - before.system };
  return { whole, steady, captured, dropped };
}

/** Reads the ring's batches, as little as there can be of use: of every packet its place, and three of its bytes. */
async function readBatches(): Promise<void> {
  const source = await openLive({ interfaces: ['right'], engine: 'ring' });
  process.once('SIGINT', () => source.stop());
  console.error('capturing on right');
  let sum = 0;
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    const { bytes, start, count } = batch;
    for (let i = 0; i < count; i++) sum += bytes[start[i] + 12] + bytes[start[i] + 23] + bytes[start[i] + 36];
  }
  await source.close();
  const { received, dropped } = source.statistics();
  console.error(`${received} packets captured\n${dropped} packets dropped by kernel\n${sum} the sum`);
}

async function compare(rounds: number): Promise<void> {
  const file = capturePath('mix-200k.pcap');
  const found = new Map<string, Figures[]>(Object.keys(PEERS).map((name) => [name, []]));
  execFileSync('ip', ['netns', 'add', NAMESPACE]);
  try {
    const run = (...words: string[]) => execFileSync('ip', ['-n', NAMESPACE, ...words]);
    run('link', 'add', 'left', 'mtu', '9000', 'type', 'veth', 'peer', 'name', 'right', 'mtu', '9000');
    for (const name of ['left', 'right']) run('link', 'set', name, 'addrgenmode', 'none', 'up');
    for (let round = 0; round < rounds; round++) {
      for (const [name, words] of Object.entries(PEERS)) found.get(name)?.push(await measure(words, file));
    }
  } finally {
    execFileSync('ip', ['netns', 'del', NAMESPACE]);
  }
  const sent = PACKETS * (WARMING + STEADY);
  // What was not dropped is taken to be spread evenly.
  const least = (all: readonly Figures[], seconds: (one: Figures) => number, share: number) =>
    Math.min(...all.map((one) => (seconds(one) * 1e9) / Math.max(one.captured * share, 1)));
  const steadyShare = STEADY / (WARMING + STEADY);
  const rows = [...found].map(([name, all]) => [
    name,
    least(all, (one) => one.steady.user, steadyShare).toFixed(0),
    least(all, (one) => one.steady.system, steadyShare).toFixed(0),
    least(all, (one) => one.whole.user, 1).toFixed(0),
    least(all, (one) => one.whole.system, 1).toFixed(0),
    all.map((one) => one.captured).join(' '),
    all.map((one) => one.dropped).join(' '),
  ]);
  console.log(`${sent} packets sent; nanoseconds a packet, the least of ${rounds} rounds`);
  const header = ['peer', 'user', 'system', 'user, whole', 'system, whole', 'captured', 'dropped by kernel'];
  printTable(header, rows);
  const [tcpdump, ring, batches, cap] = rows.map((row) => Number(row[1]));
  console.log(`ring / tcpdump, user time: ${(ring / tcpdump).toFixed(2)} (at most 1.50)`);
  console.log(`ring’s batches / tcpdump, user time: ${(batches / tcpdump).toFixed(2)}`);
  console.log(`ring / cap, user time: ${(ring / cap).toFixed(2)} (less than 0.50)`);
}

if (process.argv[2] === READ) await readBatches();
else await compare(Number(process.argv[2] ?? 3));
