/**
 * Filter and write, the whole command beside tcpdump and tshark, in turns: everything, and what a filter takes.
 * usage: node scripts/bench.mjs write [NAME…]      NAME: tun, vxlan, ipip, mix; tun where none is given
 * needs tcpdump and tshark, and the command built (npm run build)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 5;
const FILTER = 'src host 10.1.0.10';

const command = resolve('dist/cli.js');
if (!existsSync(command)) throw new Error(`${command} is not there: build it with npm run build`);

const folder = mkdtempSync(join(tmpdir(), 'bench-write-'));
const out = join(folder, 'out');
const ours = (ending: string) => (file: string, filter: readonly string[]) =>
  [process.execPath, command, '-r', file, '-w', `${out}${ending}`, ...filter] as const;

type Writer = (file: string, filter: readonly string[]) => readonly [string, ...string[]];

const writers: Readonly<Record<string, Writer>> = {
  'tunnelscope, pcap': ours('.pcap'),
  'tunnelscope, pcapng': ours('.pcapng'),
  tcpdump: (file, filter) => ['tcpdump', '-Z', 'root', '-r', file, '-w', out, ...filter],
};
/** Slower by so much that the 200,000 packets' file is enough. */
const slowWriters: Readonly<Record<string, Writer>> = {
  'tunnelscope, pcapng, of a tenth': ours('.pcapng'),
  // tshark has libpcap's filters for live captures only.
  'tshark, of a tenth': (file, filter) => [
    ...(['tshark', '-r', file, '-w', out] as const),
    ...(filter.length > 0 ? ['-Y', 'ip.src == 10.1.0.10'] : []),
  ],
};

function milliseconds([program, ...args]: readonly [string, ...string[]]): number {
  const begin = process.hrtime.bigint();
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

const names = process.argv.slice(2);
const rows: string[][] = [];
try {
  for (const name of names.length === 0 ? ['tun'] : names) {
    for (const filter of [[], FILTER.split(' ')]) {
      for (const [table, file] of [
        [writers, capturePath(`${name}.pcap`)],
        [slowWriters, capturePath(`${name}-200k.pcap`)],
      ] as const) {
        const times = new Map<string, number[]>(Object.keys(table).map((key) => [key, []]));
        for (let round = 0; round < ROUNDS; round++) {
          for (const [key, writer] of Object.entries(table))
            times.get(key)?.push(milliseconds(writer(file, filter)));
        }
        for (const [key, taken] of times) {
          const time = median(taken);
          const rate = statSync(file).size / 1e6 / (time / 1000);
          rows.push([name, filter.join(' ') || 'everything', key, time.toFixed(0), rate.toFixed(0)]);
        }
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
printTable(['capture', 'filter', 'written by', 'ms', 'MB/s read'], rows);
