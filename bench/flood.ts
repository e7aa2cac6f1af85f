/**
 * The screen while packets pour in: redraws a second, how long a key takes until its answer is on the terminal, memory over
 * time, drops. The command captures live in a network namespace of its own and draws on a real terminal (script(1) makes it);
 * what it writes there is counted, and keys are pressed all the while.
 * usage: node scripts/bench.mjs flood [seconds [packets-a-second [options of the command…]]]
 * needs root, iproute2, tcpreplay, util-linux' script and a built dist/ (npm run build)
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LiveTerminal } from './live-terminal.ts';
import { capturePath, printTable } from './support.ts';

const NAMESPACE = `bench-flood-${process.pid}`;
const inNamespace = ['netns', 'exec', NAMESPACE];
const KEY_EVERY = 400;
const SAMPLE_EVERY = 1000;
/** Milliseconds. */
const FRAME_WINDOW = 5000;

/** What the bounds are: the project's own promise. */
const MOST_FRAMES = 30;
const MOST_LATENCY = 100;

interface Sample {
  /** MiB. */
  readonly resident: number;
  readonly processorSeconds: number;
  /** How long its main thread was ready to run and had no processor: what a busy machine adds. */
  readonly waitedSeconds: number;
}

function sampleOf(pid: number): Sample {
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13);
  const waited = Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]);
  return { resident, processorSeconds: (Number(user) + Number(system)) / 100, waitedSeconds: waited / 1e9 };
}

/** Frames a second in the few seconds that had the most: how a frame comes here is not as even as how it is written. */
function mostFrames(times: readonly number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while (times[to] - times[from] >= FRAME_WINDOW) from++;
    most = Math.max(most, to - from + 1);
  }
  return (most / FRAME_WINDOW) * 1000;
}

async function flood(seconds: number, rate: number, options: readonly string[]): Promise<boolean> {
  const file = capturePath('mix-200k.pcap');
  execFileSync('ip', ['netns', 'add', NAMESPACE]);
  let opened: LiveTerminal | undefined;
  try {
    const run = (...words: string[]) => execFileSync('ip', ['-n', NAMESPACE, ...words]);
    run('link', 'add', 'left', 'mtu', '9000', 'type', 'veth', 'peer', 'name', 'right', 'mtu', '9000');
    for (const name of ['left', 'right']) run('link', 'set', name, 'addrgenmode', 'none', 'up');
    const terminal = new LiveTerminal(NAMESPACE, [
      process.execPath,
      'dist/cli.js',
      '-i',
      'right',
      ...options,
    ]);
    opened = terminal;
    await terminal.press('', /following/);
    const { pid } = terminal;
    const before = sampleOf(pid);
    const words = ['tcpreplay', '-q', '-K', '--pps', String(rate), '-l', '0', '--duration', String(seconds)];
    const replay = spawn('ip', [...inNamespace, ...words, '-i', 'left', file], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    replay.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    let isSending = true;
    const sent = once(replay, 'close').then(() => {
      isSending = false;
    });
    const samples: Sample[] = [];
    const sampling = (async () => {
      while (isSending) {
        samples.push(sampleOf(pid));
        await wait(SAMPLE_EVERY);
      }
    })();
    const latencies: number[] = [];
    await wait(1000);
    const [firstFrame, began] = [terminal.frameTimes.length, performance.now()];
    while (isSending) {
      for (const [key, answer] of [
        ['k', /stopped|new \(f\)/],
        ['f', /following/],
        ['?', /Keys/],
        ['\x1b', /OUTER/],
      ] as const) {
        latencies.push(await terminal.press(key, answer));
        await wait(KEY_EVERY);
      }
    }
    await sent;
    await sampling;
    const took = performance.now() - began;
    const frames = terminal.frameTimes.slice(firstFrame);
    const last = sampleOf(pid);
    await terminal.press('q', /packets dropped by kernel/);
    await terminal.ended();
    const [captured, dropped] = [/(\d+) packets captured/, /(\d+) packets dropped by kernel/].map((pattern) =>
      Number(pattern.exec(terminal.all)?.[1]),
    );
    const most = mostFrames(frames);
    latencies.sort((a, b) => a - b);
    const [middle, p95, slowest] = [0.5, 0.95, 1].map(
      (share) => latencies[Math.ceil(latencies.length * share) - 1] as number,
    );
    const resident = samples.map((sample) => sample.resident);
    const actual = Number(/([\d.]+) pps/.exec(said)?.[1]);
    const processor = ((last.processorSeconds - before.processorSeconds) / seconds) * 100;
    const waited = ((last.waitedSeconds - before.waitedSeconds) / seconds) * 100;
    printTable(
      ['', ''],
      [
        ['packets sent a second', actual.toFixed(0)],
        ['captured', String(captured)],
        ['dropped by kernel', String(dropped)],
        ['frames a second, on average', ((frames.length / took) * 1000).toFixed(1)],
        [`frames a second, at most (${MOST_FRAMES})`, most.toFixed(1)],
        [`keys pressed`, String(latencies.length)],
        ['key to screen, median, ms', middle.toFixed(0)],
        ['key to screen, 95 %, ms', p95.toFixed(0)],
        [`key to screen, slowest, ms (${MOST_LATENCY})`, slowest.toFixed(0)],
        ['resident before, MiB', before.resident.toFixed(0)],
        ['resident at most, MiB', Math.max(...resident).toFixed(0)],
        ['processor, %', processor.toFixed(0)],
        ['waited for a processor, %', waited.toFixed(0)],
      ],
    );
    const every = Math.max(1, Math.floor(resident.length / 12));
    console.log(
      `resident over time, MiB: ${resident
        .filter((_, i) => i % every === 0)
        .map(Math.round)
        .join(' ')}`,
    );
    return most <= MOST_FRAMES && p95 <= MOST_LATENCY && actual >= 0.95 * rate;
  } finally {
    opened?.close();
    execFileSync('ip', ['netns', 'del', NAMESPACE]);
  }
}

const [seconds = '60', rate = '100000', ...options] = process.argv.slice(2);
process.exitCode = (await flood(Number(seconds), Number(rate), options)) ? 0 : 1;
