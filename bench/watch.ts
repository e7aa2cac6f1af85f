/**
 * `watch` under load beside dumpcap, which captures the same packets at the same time: what each drops, what it costs, and how
 * much memory it has; and what `watch` costs while nothing happens.
 *
 * usage: node scripts/bench.mjs watch [seconds] [packets a second] [seconds of an interval]
 * default: 30 seconds at 20,000 in intervals of a sixth of that, 60 at the most; 600 for what docs/speed.md has
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
/** Of the time, in which memory is told; watch-memory.ts judges it. */
const PARTS = 6;
const inNamespace = ['netns', 'exec', NAMESPACE];
const SECONDS = Number(process.argv[2] ?? 30);
const RATE = Number(process.argv[3] ?? 20_000);
/** Several of them in a short run too. */
const INTERVAL = Number(process.argv[4] ?? Math.min(60, SECONDS / 6));

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
  const parts = Array.from({ length: PARTS }, (_, i) => {
    const [from, to] = [i, i + 1].map((part) => Math.floor((memory.length * part) / PARTS));
    return median(memory.slice(from, to));
  });
  printTable(
    ['', 'packets', 'a second', 'captured', 'dropped', '% of a core', 'MiB'],
    ['watch', 'dumpcap'].map((name, i) => [
      name,
      ...[sent, Math.round(sent / took), captured[i], lost[i]].map(String),
      ((used[i] / took) * 100).toFixed(1),
      i === 0 ? parts.map((part) => part.toFixed(0)).join(' ') : '',
    ]),
  );
  console.log(`idle: ${idle.toFixed(2)} % of a core`);
  if (lost[0] > lost[1]) console.error(`watch dropped ${lost[0]} packets, dumpcap ${lost[1]}`);
  if (!(idle <= MOST_IDLE)) console.error(`idle, it took ${idle.toFixed(2)} % of a core`);
  return lost[0] <= lost[1] && idle <= MOST_IDLE;
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
