/**
 * `watch` under load beside dumpcap, which captures the same packets at the same time: what each drops, what it costs, and whether memory
 * stays flat while intervals come and go; and what `watch` costs while nothing happens.
 *
 * usage: node scripts/bench.mjs watch [seconds] [packets a second]     default: 30 seconds at 20,000; 600 for what docs/speed.md has
 * needs root, iproute2, tcpreplay, dumpcap (wireshark-common) and a built dist/ (npm run build)
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { capturePath, median, printTable } from './support.ts';

const NAMESPACE = `bench-watch-${process.pid}`;
const PACKETS_IN_CAPTURE = 200_000;
/** The project's promise: % of a core while nothing happens. */
const MOST_IDLE = 1;
const IDLE_SECONDS = 20;
/** How much more memory there may be at the end than when half of the time was over. */
const MOST_GROWTH = 1.1;
const inNamespace = ['netns', 'exec', NAMESPACE];
const SECONDS = Number(process.argv[2] ?? 30);
const RATE = Number(process.argv[3] ?? 20_000);
/** Several of them in a short run too. */
const INTERVAL = Math.min(60, SECONDS / 6);

interface Capturing {
  readonly pid: number;
  /** Ends it. @returns what it said */
  end(): Promise<string>;
}

async function start(begun: RegExp, ...words: string[]): Promise<Capturing> {
  // On a machine that others use, too, both have the same claim to it.
  const child = spawn('ip', [...inNamespace, 'nice', '-n', '-10', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!begun.test(said)) {
    if (child.exitCode !== null) throw new Error(said);
    await once(child.stderr, 'data');
  }
  return {
    pid: child.pid as number,
    async end() {
      child.kill('SIGINT');
      await once(child, 'close');
      return said;
    },
  };
}

/** Seconds of processor time. */
function processorTime(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** MiB. */
function resident(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}

const startWatch = () =>
  start(
    /capturing on/,
    ...[process.execPath, 'dist/cli.js', 'watch', '-i', 'right', '--metrics', ':0', '--json-lines'],
    ...['--interval', `${INTERVAL}s`, '--timeout', `${Math.min(10, INTERVAL)}s`],
  );

async function measure(): Promise<boolean> {
  const watch = await startWatch();
  const idleBefore = processorTime(watch.pid);
  await wait(IDLE_SECONDS * 1000);
  const idle = ((processorTime(watch.pid) - idleBefore) / IDLE_SECONDS) * 100;

  const dumpcap = await start(/File: /, 'dumpcap', '-q', '-i', 'right', '-w', '/dev/null');
  const before = [watch, dumpcap].map(({ pid }) => processorTime(pid));
  const loops = Math.max(1, Math.round((RATE * SECONDS) / PACKETS_IN_CAPTURE));
  const words = ['tcpreplay', '-q', '-K', '--pps', String(RATE), '-l', String(loops), '-i', 'left'];
  const begin = performance.now();
  const replay = spawn('ip', [...inNamespace, 'nice', '-n', '-10', ...words, capturePath('mix-200k.pcap')], {
    stdio: 'ignore',
  });
  const memory: number[] = [];
  const look = setInterval(() => memory.push(resident(watch.pid)), 1000);
  await once(replay, 'close');
  clearInterval(look);
  const took = (performance.now() - begin) / 1000;
  await wait(1000);
  const used = [watch, dumpcap].map(({ pid }, i) => processorTime(pid) - before[i]);
  const sent = loops * PACKETS_IN_CAPTURE;
  const [ours, theirs] = [await watch.end(), await dumpcap.end()];
  const lost = [
    Number(/(\d+) packets dropped by kernel/.exec(ours)?.[1]),
    Number(/received\/dropped on interface .*: \d+\/(\d+)/.exec(theirs)?.[1]),
  ];
  const captured = [
    Number(/(\d+) packets captured/.exec(ours)?.[1]),
    Number(/received\/dropped on interface .*: (\d+)\//.exec(theirs)?.[1]),
  ];
  const half = memory.slice(memory.length >> 2, memory.length >> 1);
  const late = memory.slice(-(memory.length >> 2));
  printTable(
    ['', 'packets', 'a second', 'captured', 'dropped', '% of a core', 'MiB'],
    ['watch', 'dumpcap'].map((name, i) => [
      name,
      ...[sent, Math.round(sent / took), captured[i], lost[i]].map(String),
      ((used[i] / took) * 100).toFixed(1),
      i === 0 ? `${median(half).toFixed(0)}, later ${median(late).toFixed(0)}` : '',
    ]),
  );
  console.log(`idle: ${idle.toFixed(2)} % of a core`);
  const growth = median(late) / median(half);
  if (lost[0] > lost[1]) console.error(`watch dropped ${lost[0]} packets, dumpcap ${lost[1]}`);
  if (!(growth <= MOST_GROWTH)) console.error(`memory grew by ${((growth - 1) * 100).toFixed(0)} %`);
  if (!(idle <= MOST_IDLE)) console.error(`idle, it took ${idle.toFixed(2)} % of a core`);
  return lost[0] <= lost[1] && growth <= MOST_GROWTH && idle <= MOST_IDLE;
}

execFileSync('ip', ['netns', 'add', NAMESPACE]);
let isMet = false;
try {
  const ip = (...words: string[]) => execFileSync('ip', ['-n', NAMESPACE, ...words]);
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'left', 'mtu', '9000', 'type', 'veth', 'peer', 'name', 'right', 'mtu', '9000');
  for (const name of ['left', 'right']) ip('link', 'set', name, 'addrgenmode', 'none', 'up');
  isMet = await measure();
} finally {
  execFileSync('ip', ['netns', 'del', NAMESPACE]);
}
process.exit(isMet ? 0 : 1);
