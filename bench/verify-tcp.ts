/**
 * The whole command `verify` on 2,000,000 packets of TCP in VXLAN beside as many of tunneled pings of the same size (the capture `vxlan`), in
 * turns, by processor time, of which the least counts; and its peak memory on 100,000 and on 1,000,000 connections.
 * usage: node scripts/bench.mjs verify-tcp [BASE]     BASE: another dist/cli.js, whose time for the pings is held beside
 * needs bash, and the command built (npm run build)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fold, pseudoHeaderSum, sumWords } from '../src/decode/checksum.ts';
import { capturePath, printTable } from './support.ts';

const ROUNDS = 5;
const PACKETS = 2_000_000;
/** Limits: TCP's time in that of pings, the pings' in that of the base, and the memory of ten times the connections. */
const SLOWEST = 1.3;
const SLOWEST_PINGS = 1.05;
const MOST_MEMORY = 1.1;
/** Connections that are open at a time, and segments that each has. */
const OPEN = 64;
const SEGMENTS = 50;

const command = resolve('dist/cli.js');
if (!existsSync(command)) throw new Error(`${command} is not there: build it with npm run build`);

const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';

const [SYN, ACK] = [2, 16];
const [RECORD, FRAME, OUTER, INNER, TCP] = [16, 148, 14, 64, 84];
const DATA = FRAME - TCP - 32;

/** A frame of Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4 and TCP with timestamps, 148 bytes as those of the pings, and its record's header. */
function template(): Buffer {
  const bytes = Buffer.alloc(RECORD + FRAME);
  bytes.writeUInt32LE(FRAME, 8);
  bytes.writeUInt32LE(FRAME, 12);
  const frame = bytes.subarray(RECORD);
  const ethernet = (at: number) => {
    frame.fill(2, at, at + 12);
    frame.writeUInt16BE(0x0800, at + 12);
  };
  const ip = (at: number, protocol: number) => {
    frame.writeUInt16BE(0x4500, at);
    frame.writeUInt16BE(FRAME - at, at + 2);
    frame.writeUInt16BE(0x4000, at + 6);
    frame.writeUInt16BE((64 << 8) | protocol, at + 8);
  };
  ethernet(0);
  ip(OUTER, 17);
  frame.writeUInt16BE(4789, OUTER + 22);
  frame.writeUInt16BE(FRAME - OUTER - 20, OUTER + 24);
  frame.writeUInt32BE(0x08000000, OUTER + 28);
  frame.writeUInt32BE(42 << 8, OUTER + 32);
  ethernet(50);
  ip(INNER, 6);
  frame.writeUInt16BE(0x8010, TCP + 12);
  frame.writeUInt16BE(501, TCP + 14);
  frame.writeUInt32BE(0x0101080a, TCP + 20);
  return bytes;
}

/** @param visit writes records, by `put`: who sends (0 or 1), connection, flags, sequence and acknowledgment */
function writeCapture(file: string, packets: number, visit: (put: Put) => void): void {
  const bytes = Buffer.alloc(24 + packets * (RECORD + FRAME));
  bytes.writeUInt32LE(0xa1b2c3d4, 0);
  bytes.writeUInt32LE(0x00040002, 4);
  bytes.writeUInt32LE(262_144, 16);
  bytes.writeUInt32LE(1, 20);
  const one = template();
  const frame = one.subarray(RECORD);
  const view = new DataView(frame.buffer, frame.byteOffset, FRAME);
  const identifications = [0, 0];
  let written = 0;
  const checksum = (at: number, from: number, to: number, start = 0) => {
    frame.writeUInt16BE(0, at);
    frame.writeUInt16BE(0xffff - fold(start + sumWords(view, from, to)), at);
  };
  visit((side, connection, flags, sequence, acknowledgment) => {
    if (written === packets) return;
    const time = written * 8;
    one.writeUInt32LE(1_700_000_000 + Math.floor(time / 1e6), 0);
    one.writeUInt32LE(time % 1e6, 4);
    const id = (identifications[side] = ((identifications[side] as number) + 1) & 0xffff);
    const hosts = [0x0a01000a, 0x0a02000a];
    const inner = [0xac100000 + (connection >>> 14), 0xac110001];
    const ports = [20_000 + (connection & 0x3fff), 443];
    const other = 1 - side;
    frame.writeUInt16BE(id, OUTER + 4);
    frame.writeUInt32BE(hosts[side] as number, OUTER + 12);
    frame.writeUInt32BE(hosts[other] as number, OUTER + 16);
    frame.writeUInt16BE(49_152 + (connection & 0xfff), OUTER + 20);
    checksum(OUTER + 10, OUTER, OUTER + 20);
    frame.writeUInt16BE(id, INNER + 4);
    frame.writeUInt32BE(inner[side] as number, INNER + 12);
    frame.writeUInt32BE(inner[other] as number, INNER + 16);
    checksum(INNER + 10, INNER, INNER + 20);
    frame.writeUInt16BE(ports[side] as number, TCP);
    frame.writeUInt16BE(ports[other] as number, TCP + 2);
    frame.writeUInt32BE(sequence >>> 0, TCP + 4);
    frame.writeUInt32BE(acknowledgment >>> 0, TCP + 8);
    frame[TCP + 13] = flags;
    checksum(TCP + 16, TCP, FRAME, pseudoHeaderSum(view, INNER + 12, 8, 6, FRAME - TCP));
    one.copy(bytes, 24 + written * (RECORD + FRAME));
    written++;
  });
  if (written < packets) throw new Error(`${written} packets; expected ${packets}`);
  writeFileSync(file, bytes);
}

type Put = (side: 0 | 1, connection: number, flags: number, sequence: number, acknowledgment: number) => void;

/** Both ends send in turns what the other acknowledges, in connections that are open side by side. */
function transfers(put: Put): void {
  for (let first = 0; first * SEGMENTS < PACKETS; first += OPEN) {
    for (let i = 0; i < SEGMENTS; i++) {
      for (let connection = first; connection < first + OPEN; connection++) {
        const side = (i & 1) as 0 | 1;
        const sent = (i >> 1) * DATA + 1;
        const got = ((i + 1) >> 1) * DATA + 1;
        if (i < 2) put(side, connection, side === 0 ? SYN : SYN | ACK, -DATA, side === 0 ? 0 : 1 - DATA);
        else put(side, connection, ACK, sent - DATA, got - DATA);
      }
    }
  }
}

function handshakes(count: number): (put: Put) => void {
  return (put) => {
    for (let connection = 0; connection < count; connection++) {
      put(0, connection, SYN, 0, 0);
      put(1, connection, SYN | ACK, 0, 1);
    }
  };
}

interface Run {
  readonly milliseconds: number;
  readonly answered: number;
  readonly kibibytes: number;
}

function verify(cli: string, file: string): Run {
  const timed = 'TIMEFORMAT=$\'\\n%U %S\'; time "$0" "$@"';
  const args = ['--import', REPORT_MEMORY, cli, 'verify', '-r', file, '-T', 'json'];
  const { stdout, stderr } = spawnSync('bash', ['-c', timed, process.execPath, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const lines = stderr.trimEnd().split('\n');
  const [user = Number.NaN, system = Number.NaN] = (lines.pop() ?? '').split(' ').map(Number);
  const verdict = JSON.parse(stdout) as { answered: number; exchanges?: { answered: number }[] };
  const connections = (verdict.exchanges ?? []).reduce((sum, { answered }) => sum + answered, 0);
  const kibibytes = Number(/\d+/.exec(lines.join(' '))?.[0]);
  return { milliseconds: (user + system) * 1000, answered: verdict.answered + connections, kibibytes };
}

function require(what: string, { answered }: Run, expected: number): void {
  if (answered !== expected) throw new Error(`${what}: ${answered} answered; expected ${expected}`);
}

const [base] = process.argv.slice(2);
const least = (runs: readonly Run[]) => Math.min(...runs.map(({ milliseconds }) => milliseconds));
const folder = mkdtempSync(join(process.env.BENCH_CACHE ?? '.', 'verify-tcp-'));
let failed = false;
try {
  const pings = capturePath('vxlan.pcap');
  const tcp = join(folder, 'tcp.pcap');
  writeCapture(tcp, PACKETS, transfers);
  const [ours, theirs, before]: [Run[], Run[], Run[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(verify(command, pings));
    if (base !== undefined) before.push(verify(resolve(base), pings));
    ours.push(verify(command, tcp));
  }
  require('pings', theirs[0] as Run, PACKETS / 2);
  require('tcp', ours[0] as Run, PACKETS / SEGMENTS);
  rmSync(tcp);
  const memory = [100_000, 1_000_000].map((count) => {
    const file = join(folder, 'connections.pcap');
    writeCapture(file, 2 * count, handshakes(count));
    const run = verify(command, file);
    require(`${count} connections`, run, count);
    return run.kibibytes / 1024;
  });
  const [small = Number.NaN, large = Number.NaN] = memory;
  const ratio = least(ours) / least(theirs);
  const pingRatio = base === undefined ? 1 : least(theirs) / least(before);
  failed = ratio > SLOWEST || pingRatio > SLOWEST_PINGS || large / small > MOST_MEMORY;
  printTable(
    ['', 'tcp ms', 'pings ms', 'ratio', 'pings to base', 'MiB at 100k', 'MiB at 1M connections'],
    [
      [
        'verify',
        least(ours).toFixed(0),
        least(theirs).toFixed(0),
        ratio.toFixed(2),
        base === undefined ? '-' : pingRatio.toFixed(2),
        small.toFixed(0),
        large.toFixed(0),
      ],
    ],
  );
} finally {
  rmSync(folder, { recursive: true });
}
if (failed) {
  console.error(
    `expected ratios of at most ${SLOWEST} and ${SLOWEST_PINGS}, and at most ${MOST_MEMORY} times the memory`,
  );
  process.exit(1);
}
