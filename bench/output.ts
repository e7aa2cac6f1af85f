/**
 * Printing, beside tcpdump and tshark: whole processes, start-up included, from file to /dev/null, in turns.
 * usage: node scripts/bench.mjs output [rounds]      BENCH_BASE=…/dist/cli.js compares with another build
 * needs tcpdump, tshark and bash, and the command built (npm run build)
 * tshark reads the first packets only, as it would take minutes.
 */
import { type Comparison, compare, HEADER, runQuietly } from './beside-peers.ts';
import { capturePath, PACKETS, printTable } from './support.ts';

const node = process.execPath;
const rounds = Number(process.argv[2] ?? 5);
const FEW = Math.min(50_000, PACKETS / 10);
/** Of the captures that are a tenth of the others. */
const TENTH = Math.min(200_000, PACKETS);
const COLUMNS = [
  ...['frame.number', 'frame.time_epoch', 'frame.len', 'ip.src', 'ip.dst', 'ip.ttl'],
  ...['udp.dstport', 'vxlan.vni', 'icmp.type', 'icmp.seq'],
];
const FIELDS = ['-T', 'fields', ...COLUMNS.flatMap((name) => ['-e', name])];

const lines = (name: string): Comparison => {
  const file = capturePath(`${name}.pcap`);
  return {
    what: `lines of ${name}`,
    peer: 'tcpdump -nn',
    runPeer: () => runQuietly('tcpdump', '-nn', '-r', file),
    peerPackets: PACKETS,
    runOurs: (command) => runQuietly(node, command, '-r', file, '-T', 'line'),
    packets: PACKETS,
  };
};

const besideTshark = (
  what: string,
  words: readonly string[],
  name = 'vxlan-200k',
  packets = TENTH,
): Comparison => {
  const file = capturePath(`${name}.pcap`);
  return {
    what,
    peer: 'tshark -n',
    runPeer: () => runQuietly('tshark', '-n', '-r', file, '-c', String(FEW), ...words),
    peerPackets: FEW,
    runOurs: (command) => runQuietly(node, command, '-r', file, ...words),
    packets,
  };
};

const rows = [
  lines('tun'),
  lines('vxlan'),
  besideTshark('10 fields of vxlan', FIELDS),
  besideTshark('JSON of vxlan', ['-T', 'json']),
  // Where the start does not rule.
  besideTshark('10 fields of vxlan, all', FIELDS, 'vxlan', PACKETS),
  besideTshark('JSON of vxlan, all', ['-T', 'json'], 'vxlan', PACKETS),
].flatMap((one) => compare(one, rounds));
printTable(HEADER, rows);
