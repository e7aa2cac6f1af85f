/**
 * Packets chosen from a file and written to another, beside tcpdump (libpcap's filters) and tshark (display filters): whole processes, in
 * turns.
 * usage: node scripts/bench.mjs select [rounds]      BENCH_BASE=…/dist/cli.js compares with another build
 * needs tcpdump, tshark and bash, and the command built (npm run build)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, HEADER, runQuietly } from './beside-peers.ts';
import type { Run } from './processes.ts';
import { capturePath, PACKETS, printTable } from './support.ts';

const node = process.execPath;
const rounds = Number(process.argv[2] ?? 5);
/** Every second packet of tun.pcap; a fifth of mix.pcap's, two at a time. */
const CAPTURE_FILTERS = { 'tun.pcap': ['src', 'host', '10.1.0.10'], 'mix.pcap': ['udp', 'port', '4789'] };
const DISPLAY_FILTER = ['-Y', 'icmp.type == 8 && ip.src#2 == 172.16.0.2'];
/** tshark 4.0 finds no second address behind TUN packet information of its own accord. */
const AS_GRE = ['-d', 'udp.port==9000,gre'];
const TENTH = Math.min(200_000, PACKETS);

const folder = mkdtempSync(join(tmpdir(), 'bench-select-'));
const out = join(folder, 'out.pcap');
/** Each writes a file that is not there: to take an old one's place has a price of its own. */
const writing = (...command: readonly [string, ...string[]]): Run => {
  rmSync(out, { force: true });
  return runQuietly(...command);
};

try {
  const whole = capturePath('tun.pcap');
  const tenth = capturePath('tun-200k.pcap');
  const selected = (file: string, packets: number) => ({
    what: `${packets} through a display filter`,
    peer: 'tshark',
    runPeer: () => writing('tshark', '-n', '-r', tenth, ...AS_GRE, ...DISPLAY_FILTER, '-w', out),
    peerPackets: TENTH,
    runOurs: (command: string) => writing(node, command, '-r', file, ...DISPLAY_FILTER, '-w', out),
    packets,
  });
  const rows = [
    ...Object.entries(CAPTURE_FILTERS).map(([name, words]) => {
      const file = capturePath(name);
      return {
        what: `${PACKETS} of ${name} through libpcap’s filter`,
        peer: 'tcpdump',
        runPeer: () => writing('tcpdump', '-Z', 'root', '-r', file, '-w', out, ...words),
        peerPackets: PACKETS,
        runOurs: (command: string) => writing(node, command, '-r', file, '-w', out, ...words),
        packets: PACKETS,
      };
    }),
    selected(tenth, TENTH),
    ...(PACKETS > TENTH ? [selected(whole, PACKETS)] : []),
  ].flatMap((one) => compare(one, rounds));
  printTable(HEADER, rows);
} finally {
  rmSync(folder, { recursive: true });
}
