/**
 * Live capture: processor time a packet, from the kernel to /dev/null, beside tcpdump, for the ring and for npm cap. The packets
 * are replayed as fast as they go through a pair of interfaces in a network namespace of its own.
 * usage: node scripts/bench.mjs live [rounds]     needs root, iproute2, tcpreplay, tcpdump and a built dist/ (npm run build)
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { capturePath, median, printTable } from './support.ts';

const NAMESPACE = `bench-live-${process.pid}`;
const PACKETS = 200_000;
const LOOPS = 5;
const inNamespace = ['ip', 'netns', 'exec', NAMESPACE];
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

interface Figures extends Times {
  readonly captured: number;
  readonly dropped: string;
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
  const before = await settled(pid);
  const replay = [...inNamespace.slice(1), 'tcpreplay', '-q', '-K', '--topspeed', '-l', String(LOOPS)];
  execFileSync('ip', [...replay, '-i', 'left', file], { stdio: 'ignore' });
  const after = await settled(pid);
  child.kill('SIGINT');
  await once(child, 'close');
  const captured = Number(/(\d+) packets captured/.exec(said)?.[1] ?? 0);
  const dropped = /(\d+) packets dropped by kernel/.exec(said)?.[1] ?? 'not known';
  return { user: after.user - before.user, system: after.system - before.system, captured, dropped };
}

const rounds = Number(process.argv[2] ?? 3);
const file = capturePath('mix-200k.pcap');
const sent = PACKETS * LOOPS;
execFileSync('ip', ['netns', 'add', NAMESPACE]);
try {
  const run = (...words: string[]) => execFileSync('ip', ['-n', NAMESPACE, ...words]);
  run('link', 'add', 'left', 'mtu', '9000', 'type', 'veth', 'peer', 'name', 'right', 'mtu', '9000');
  for (const name of ['left', 'right']) run('link', 'set', name, 'addrgenmode', 'none', 'up');
  const found = new Map<string, Figures[]>(Object.keys(PEERS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, words] of Object.entries(PEERS)) found.get(name)?.push(await measure(words, file));
  }
  const rows = [...found].map(([name, all]) => {
    const a = (figure: (one: Figures) => number) =>
      median(all.map((one) => (figure(one) * 1e9) / Math.max(one.captured, 1))).toFixed(0);
    const captured = median(all.map((one) => one.captured));
    return [
      name,
      a((one) => one.user),
      a((one) => one.system),
      String(captured),
      all.map((one) => one.dropped).join(' '),
    ];
  });
  console.log(`${sent} packets sent; nanoseconds a packet, median of ${rounds} rounds`);
  printTable(['peer', 'user', 'system', 'captured', 'dropped by kernel'], rows);
  const [tcpdump, ring, cap] = rows.map((row) => Number(row[1]));
  console.log(`ring / tcpdump, user time: ${(ring / tcpdump).toFixed(2)} (at most 1.50)`);
  console.log(`ring / cap, user time: ${(ring / cap).toFixed(2)} (less than 0.50)`);
} finally {
  execFileSync('ip', ['netns', 'del', NAMESPACE]);
}
