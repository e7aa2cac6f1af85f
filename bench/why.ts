/**
 * What it costs to ask the kernel why: `path -i` with and without `--why` while pings in VXLAN come in at a rate, processor time of the command and of
 * who sends (which is who receives, too, in the kernel: through a pair of interfaces both happen in one call), and what the capture dropped. Once
 * the packets are for another machine, which is no loss and not told; once each one is dropped for want of a route, which is told of each.
 * usage: node scripts/bench.mjs why [rounds [packets-a-second [seconds]]]     needs root, iproute2, tcpreplay and a built dist/ (npm run build)
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { capturePath, median, printTable } from './support.ts';

const NAMESPACE = `bench-why-${process.pid}`;
/** Whom the capture's frames are for, and somebody else. */
const ADDRESSES = { 'nothing dropped': '02:00:00:00:00:99', 'all dropped': '02:00:00:00:00:02' } as const;
const VARIANTS = { without: [], 'with --why': ['--why'] } as const;

interface Figures {
  /** Seconds of processor time. */
  readonly command: number;
  readonly sender: number;
  readonly captured: number;
  readonly dropped: number;
  readonly rate: number;
}

/** Seconds of processor time that a process has used so far; undefined where it is gone. */
function processorTime(pid: number): number | undefined {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .split(') ')[1]
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return undefined;
  }
}

async function measure(words: readonly string[], rate: number, seconds: number): Promise<Figures> {
  const command = spawn(
    process.execPath,
    ['dist/cli.js', 'path', '-i', `${NAMESPACE}:right`, ...words, '-T', 'json'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  command.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!/capturing on/.test(said)) await once(command.stderr, 'data');
  if (/can't be had/.test(said)) throw new Error(said);
  const before = processorTime(command.pid as number) as number;
  const replay = spawn(
    'ip',
    [
      ...['netns', 'exec', NAMESPACE, 'tcpreplay', '-q', '-K', '--pps', String(rate), '-l', '0'],
      ...['--duration', String(seconds), '-i', 'left', capturePath('vxlan-200k.pcap')],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let report = '';
  replay.stdout.setEncoding('utf8').on('data', (text: string) => {
    report += text;
  });
  let sender = 0;
  let isSending = true;
  const sent = once(replay, 'close').then(() => {
    isSending = false;
  });
  while (isSending) {
    sender = processorTime(replay.pid as number) ?? sender;
    await pause(50);
  }
  await sent;
  await pause(1500);
  const used = (processorTime(command.pid as number) as number) - before;
  command.kill('SIGINT');
  await once(command, 'close');
  const count = (pattern: RegExp) => Number(pattern.exec(said)?.[1]);
  return {
    command: used,
    sender,
    captured: count(/(\d+) packets captured/),
    dropped: count(/(\d+) packets dropped by kernel/),
    rate: Number(/([\d.]+) pps/.exec(report)?.[1]),
  };
}

const [rounds, rate, seconds] = [3, 50_000, 10].map((usual, i) => Number(process.argv[2 + i] ?? usual));
execFileSync('ip', ['netns', 'add', NAMESPACE]);
try {
  const run = (...words: string[]) => execFileSync('ip', ['-n', NAMESPACE, ...words]);
  run('link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
  for (const name of ['left', 'right']) run('link', 'set', name, 'addrgenmode', 'none', 'up');
  execFileSync('ip', ['netns', 'exec', NAMESPACE, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  const found = new Map<string, Figures[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [what, address] of Object.entries(ADDRESSES)) {
      run('link', 'set', 'right', 'address', address);
      for (const [variant, words] of Object.entries(VARIANTS)) {
        const name = `${what}, ${variant}`;
        found.set(name, [...(found.get(name) ?? []), await measure(words, rate, seconds)]);
      }
    }
  }
  // A busy machine sends fewer; what a packet takes stays.
  const each = (all: readonly Figures[], time: (one: Figures) => number, count: (one: Figures) => number) =>
    median(all.map((one) => (time(one) * 1e6) / count(one))).toFixed(2);
  console.log(
    `${rate} packets a second asked for, ${seconds} s long; µs of processor time a packet, median of ${rounds}`,
  );
  printTable(
    ['', 'command, µs', 'sender and kernel, µs', 'sent a second', 'captured', 'dropped by the capture'],
    [...found].map(([name, all]) => [
      name,
      each(
        all,
        (one) => one.command,
        (one) => one.captured,
      ),
      each(
        all,
        (one) => one.sender,
        (one) => one.rate * seconds,
      ),
      median(all.map((one) => one.rate)).toFixed(0),
      all.map((one) => one.captured).join(' '),
      all.map((one) => one.dropped).join(' '),
    ]),
  );
} finally {
  execFileSync('ip', ['netns', 'del', NAMESPACE]);
}
