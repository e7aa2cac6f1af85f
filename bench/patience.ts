/**
 * What a live capture loses when its reader pauses, what it costs while little comes, and how long a packet takes to the screen;
 * beside dumpcap, which captures the same packets at the same time.
 *
 * - stalls: both are stopped (SIGSTOP) for 2 and 5 s while packets come
 * - the screen, at 2,000, 5,000 and 20,000 packets a second
 * - `path` on 40 interfaces, each with 400 packets a second (200 pings)
 * - processor time at 30 packets a second, and at none
 * - drops: the rate is raised until dumpcap drops packets; there both capture in turns, each alone
 *
 * usage: node scripts/bench.mjs patience [stalls|screen|path|idle|latency|drops …]     all where none is given
 * needs root, iproute2, tcpreplay, dumpcap (wireshark-common), util-linux' script and a built dist/ (npm run build)
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LiveTerminal } from './live-terminal.ts';
import { median, PACKETS, printTable } from './support.ts';

const NAMESPACE = `bench-patience-${process.pid}`;
const inNamespace = ['netns', 'exec', NAMESPACE];
const COMMAND = [process.execPath, 'dist/cli.js'];
const CAPTURE = 'fixtures/vxlan.pcap';
const PACKETS_IN_CAPTURE = 8;
const FILTER = 'udp port 4789';
const POINTS = 40;
/** What the bounds are: the project's own promise. Milliseconds, and % of a core. */
const MOST_LATENCY = 100;
const MOST_IDLE = 0.1;

const ip = (...words: string[]) => execFileSync('ip', ['-n', NAMESPACE, ...words]);

/** A capture that runs, and what it says when it ends. */
class Capturing {
  readonly name: string;
  readonly child: ChildProcess;
  #said = '';

  constructor(name: string, words: readonly string[]) {
    this.name = name;
    this.child = spawn('ip', [...inNamespace, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
  }

  async started(): Promise<void> {
    const { stderr } = this.child;
    while (!/capturing on|File: /.test(this.#said)) await once(stderr as NodeJS.EventEmitter, 'data');
  }

  /** @returns how many packets it got, of all interfaces */
  async captured(): Promise<number> {
    this.child.kill('SIGINT');
    await once(this.child, 'close');
    const ours = /(\d+) packets captured/.exec(this.#said);
    const theirs = [...this.#said.matchAll(/received\/dropped on interface .*: (\d+)\//g)];
    if (ours === null && theirs.length === 0) throw new Error(`${this.name}: ${this.#said}`);
    return ours === null ? theirs.reduce((sum, [, count]) => sum + Number(count), 0) : Number(ours[1]);
  }
}

const dumpcap = (...interfaces: string[]) =>
  new Capturing('dumpcap', [
    'dumpcap',
    '-q',
    ...interfaces.flatMap((name) => ['-i', name]),
    ...['-f', FILTER, '-w', '/dev/null'],
  ]);
const ours = (name: string, ...options: string[]) =>
  new Capturing(name, [...COMMAND, ...options, '-i', 'right', FILTER]);

/** Milliseconds are given to what was sent last. */
const GRACE = 1000;

/** As fast as tcpreplay can: in a second it sends no more than {@link MOST_RATE}. */
const TOP_SPEED = Number.POSITIVE_INFINITY;
const MOST_RATE = 400_000;

/** Sends so many packets a second, for so many seconds. @returns how many */
async function send(rate: number, seconds: number): Promise<number> {
  const loops = Math.ceil((Math.min(rate, MOST_RATE) * seconds) / PACKETS_IN_CAPTURE);
  const speed = rate === TOP_SPEED ? ['--topspeed'] : ['--pps', String(rate)];
  const words = ['tcpreplay', '-q', '-K', ...speed, '-l', String(loops), '-i', 'left', CAPTURE];
  await once(spawn('ip', [...inNamespace, ...words], { stdio: 'ignore' }), 'close');
  return loops * PACKETS_IN_CAPTURE;
}

/** Lost of those sent, each peer's: ours must not be more than dumpcap's. */
const rows: string[][] = [];
let isMet = true;

/** dumpcap counts also what came before its filter was set. */
const lostOf = (sent: number, captured: number) => Math.max(0, sent - captured);

async function tellLosses(load: string, sent: number, peers: readonly Capturing[]): Promise<void> {
  const lost: number[] = [];
  for (const peer of peers) lost.push(lostOf(sent, await peer.captured()));
  const [theirs] = lost.slice(-1);
  for (const [index, peer] of peers.entries()) {
    rows.push([load, peer.name, String(sent), String(lost[index])]);
    if ((lost[index] as number) > (theirs as number)) isMet = false;
  }
}

async function stalls(): Promise<void> {
  for (const [rate, seconds] of [
    [400, 2],
    [1000, 2],
    [1000, 5],
    [1000, 10],
    [5000, 5],
    [20_000, 5],
  ] as const) {
    const peers = [ours('lines', '-T', 'line'), ours('-w', '-w', '/dev/null'), dumpcap('right')];
    for (const peer of peers) await peer.started();
    for (const { child } of peers) child.kill('SIGSTOP');
    const sent = await send(rate, seconds);
    for (const { child } of peers) child.kill('SIGCONT');
    await wait(GRACE);
    await tellLosses(`stopped for ${seconds} s at ${rate}/s`, sent, peers);
  }
}

async function screen(): Promise<void> {
  for (const rate of [2000, 5000, 20_000]) {
    const peer = dumpcap('right');
    const terminal = new LiveTerminal(NAMESPACE, [...COMMAND, '-i', 'right', "'udp port 4789'"]);
    try {
      await Promise.all([peer.started(), terminal.press('', /following/)]);
      const sent = await send(rate, 5);
      await wait(GRACE);
      await terminal.press('q', /packets dropped by kernel/);
      await terminal.ended();
      const captured = Number(/(\d+) packets captured/.exec(terminal.all)?.[1]);
      const load = `the screen at ${rate}/s`;
      const theirs = lostOf(sent, await peer.captured());
      rows.push([load, 'screen', String(sent), String(sent - captured)]);
      rows.push([load, 'dumpcap', String(sent), String(theirs)]);
      if (sent - captured > theirs) isMet = false;
    } finally {
      terminal.close();
    }
  }
}

/** One packet that is sent comes out of all of a bridge's ports. */
async function path(): Promise<void> {
  const names = Array.from({ length: POINTS }, (_, index) => `point${index}`);
  ip('link', 'add', 'hub', 'type', 'bridge', 'mcast_snooping', '0');
  ip('link', 'set', 'hub', 'addrgenmode', 'none', 'up');
  ip('link', 'set', 'right', 'master', 'hub');
  ip('link', 'set', 'right', 'type', 'bridge_slave', 'learning', 'off');
  for (const name of names) {
    ip('link', 'add', `${name}h`, 'master', 'hub', 'type', 'veth', 'peer', 'name', name);
    for (const end of [name, `${name}h`]) ip('link', 'set', end, 'addrgenmode', 'none', 'up');
  }
  const words = [...COMMAND, 'path', ...names.flatMap((name) => ['-i', name]), FILTER];
  const peers = [new Capturing('path', words), dumpcap(...names)];
  for (const peer of peers) await peer.started();
  const sent = await send(400, 10);
  await wait(GRACE);
  await tellLosses(`${POINTS} interfaces at 400/s`, sent * POINTS, peers);
  ip('link', 'set', 'right', 'nomaster');
  for (const name of names) ip('link', 'del', name);
}

/** Seconds that all threads of a process have run. */
function ranFor(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

const IDLE_SECONDS = 20;
/** In which V8 compiles what is used, and tidies up behind a program's start. */
const SETTLING_SECONDS = 20;

async function idle(): Promise<void> {
  const found: string[][] = [];
  for (const rate of [0, 30]) {
    const peers = [ours('-w', '-w', '/dev/null'), ours('lines', '-T', 'line'), dumpcap('right')];
    for (const peer of peers) await peer.started();
    const load = (seconds: number) => (rate === 0 ? wait(seconds * 1000) : send(rate, seconds));
    await load(SETTLING_SECONDS);
    const before = peers.map(({ child }) => ranFor(child.pid as number));
    await load(IDLE_SECONDS);
    for (const [index, peer] of peers.entries()) {
      const used = ((ranFor(peer.child.pid as number) - (before[index] as number)) / IDLE_SECONDS) * 100;
      found.push([`${rate} packets a second`, peer.name, used.toFixed(3)]);
      if (rate === 0 && peer.name !== 'dumpcap' && used > MOST_IDLE) isMet = false;
      await peer.captured();
    }
  }
  printTable(['load', '', `% of a core (${MOST_IDLE})`], found);
}

const FIRST_PORT = 40_001;
const LOOKS = 40;
/** Sends a packet to each port that it reads. */
const SENDER = `const { createSocket } = require('node:dgram');
const socket = createSocket('udp4');
require('node:readline').createInterface(process.stdin).on('line', (port) => socket.send('x', Number(port), '10.99.0.2'));`;

async function latency(): Promise<void> {
  ip('addr', 'add', '10.99.0.1/24', 'dev', 'left');
  ip('neigh', 'add', '10.99.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'left');
  const sender = spawn('ip', [...inNamespace, process.execPath, '-e', SENDER], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const terminal = new LiveTerminal(NAMESPACE, [...COMMAND, '-i', 'right', 'udp']);
  try {
    await terminal.press('', /following/);
    const times: number[] = [];
    for (let port = FIRST_PORT; port < FIRST_PORT + LOOKS; port++) {
      // At no fixed phase of the kernel's timer.
      await wait(300 + Math.random() * 100);
      sender.stdin.write(`${port}\n`);
      times.push(await terminal.press('', new RegExp(String(port))));
    }
    await terminal.press('q', /packets dropped by kernel/);
    await terminal.ended();
    times.sort((a, b) => a - b);
    const most = times[Math.ceil(0.95 * times.length) - 1] as number;
    printTable(
      ['packet to screen, ms', 'median', `95 % (${MOST_LATENCY})`, 'slowest'],
      [[`${LOOKS} packets`, ...[median(times), most, times.at(-1) as number].map((one) => one.toFixed(0))]],
    );
    if (most > MOST_LATENCY) isMet = false;
  } finally {
    sender.kill();
    terminal.close();
  }
}

const RATES = [50_000, 100_000, 200_000, TOP_SPEED];
/** At a tenth of the size a tenth of the time. */
const [DROP_ROUNDS, DROP_SECONDS] = PACKETS < 2_000_000 ? [3, 0.5] : [7, 3];

async function drops(): Promise<void> {
  const lostAt = async (peer: Capturing, rate: number): Promise<number> => {
    await peer.started();
    const sent = await send(rate, DROP_SECONDS);
    await wait(GRACE);
    return lostOf(sent, await peer.captured());
  };
  let rate = TOP_SPEED;
  for (const tried of RATES) {
    rate = tried;
    if ((await lostAt(dumpcap('right'), rate)) > 0) break;
  }
  const lost: Record<'dumpcap' | '-w', number[]> = { dumpcap: [], '-w': [] };
  for (let round = 0; round < DROP_ROUNDS; round++) {
    lost.dumpcap.push(await lostAt(dumpcap('right'), rate));
    lost['-w'].push(await lostAt(ours('-w', '-w', '/dev/null'), rate));
  }
  const sent = Math.min(rate, MOST_RATE) * DROP_SECONDS;
  const load = rate === TOP_SPEED ? 'as fast as can be sent' : `${rate}/s`;
  for (const [name, each] of Object.entries(lost)) rows.push([load, name, String(sent), each.join(' ')]);
  const total = (each: readonly number[]) => each.reduce((sum, one) => sum + one, 0);
  if (total(lost['-w']) > total(lost.dumpcap)) isMet = false;
}

const parts: Readonly<Record<string, () => Promise<void>>> = { stalls, screen, path, idle, latency, drops };
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
execFileSync('ip', ['netns', 'add', NAMESPACE]);
try {
  ip('link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
  for (const name of ['left', 'right']) ip('link', 'set', name, 'addrgenmode', 'none', 'up');
  for (const name of chosen) {
    const part = parts[name];
    if (part === undefined) throw new Error(`no part ${name}; there are: ${Object.keys(parts).join(' ')}`);
    await part();
  }
} finally {
  execFileSync('ip', ['netns', 'del', NAMESPACE]);
}
if (rows.length > 0) printTable(['load', '', 'sent', 'lost'], rows);
if (!isMet) process.exitCode = 1;
