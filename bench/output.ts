/**
 * Printing, beside tcpdump and tshark: whole processes, start-up included, from file to /dev/null, in turns in one run.
 * usage: node scripts/bench.mjs output [capture]     a capture of bench/generate.py, or a path; tun.pcap
 * tshark reads the first packets only, as it would take minutes; rates are per packet of what each read.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 5;
/** As many packets as tshark reads. */
const FEW = 50_000;

interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Reads the first {@link FEW} packets. */
  readonly readsFew: boolean;
  /** What it is held against, and how many times as fast it must be. */
  readonly peer?: string;
  readonly least?: number;
}

const given = process.argv[2] ?? 'tun.pcap';
const capture = existsSync(given) ? resolve(given) : capturePath(given);
const cli = resolve('dist/cli.js');
if (!existsSync(cli)) throw new Error(`no command at ${cli}: build it first, with npm run build`);

const node = process.execPath;
const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'ip.src', '-e', 'ip.dst', '-e', 'ip.ttl'];
const few = ['-c', String(FEW)];
const programs: readonly Program[] = [
  { name: 'tcpdump -nn', command: ['tcpdump', '-nn', '-r', capture], readsFew: false },
  {
    name: 'tunnelscope -T line',
    command: [node, cli, '-r', capture, '-T', 'line'],
    readsFew: false,
    peer: 'tcpdump -nn',
    least: 1,
  },
  { name: 'tshark -T json', command: ['tshark', '-n', '-r', capture, '-T', 'json', ...few], readsFew: true },
  {
    name: 'tunnelscope -T json',
    command: [node, cli, '-r', capture, '-T', 'json'],
    readsFew: false,
    peer: 'tshark -T json',
    least: 50,
  },
  { name: 'tshark -T fields', command: ['tshark', '-n', '-r', capture, ...fields, ...few], readsFew: true },
  {
    name: 'tunnelscope -T fields',
    command: [node, cli, '-r', capture, ...fields],
    readsFew: false,
    peer: 'tshark -T fields',
  },
];

/** Packets of a pcap file, counted by its own record headers. */
function countPackets(path: string): number {
  const bytes = readFileSync(path);
  const isLittleEndian = bytes.readUInt32LE(0) === 0xa1b2c3d4 || bytes.readUInt32LE(0) === 0xa1b23c4d;
  let packets = 0;
  for (let at = 24; at + 16 <= bytes.length; packets++) {
    at += 16 + (isLittleEndian ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8));
  }
  return packets;
}

/** Seconds by the clock; undefined where the program is missing. */
function seconds({ name, command }: Program): number | undefined {
  const [program, ...args] = command;
  const begin = performance.now();
  const { status, error } = spawnSync(program, args, {
    stdio: ['ignore', nowhere, 'ignore'],
    env: { ...process.env, TZ: 'UTC0' },
  });
  if (error !== undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  if (status !== 0) throw new Error(`${name} ended with ${status}`);
  return (performance.now() - begin) / 1000;
}

const nowhere = openSync('/dev/null', 'w');
const total = countPackets(capture);
const times = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const program of programs) {
    const taken = seconds(program);
    if (taken !== undefined) times.get(program.name)?.push(taken);
  }
}

const rates = new Map<string, number>();
const failures: string[] = [];
const rows = programs.map(({ name, readsFew, peer, least = 0 }) => {
  const taken = times.get(name) as number[];
  if (taken.length === 0) return [name, 'missing'];
  const packets = readsFew ? Math.min(FEW, total) : total;
  const middle = median(taken);
  rates.set(name, packets / middle);
  const peerRate = peer === undefined ? undefined : rates.get(peer);
  if (peerRate !== undefined && packets / middle < least * peerRate) {
    failures.push(`${name}: expected at least ${least} times the rate of ${peer}`);
  }
  return [
    name,
    String(packets),
    middle.toFixed(2),
    Math.round(packets / middle).toLocaleString('en'),
    peerRate === undefined ? '' : `${(packets / middle / peerRate).toFixed(2)} × ${peer}`,
  ];
});
console.log(`${capture}: median of ${ROUNDS} rounds`);
printTable(['', 'packets', 'seconds', 'packets/s', 'rate'], rows);
if (failures.length > 0) {
  console.error(failures.join('\n'));
  process.exit(1);
}
