/**
 * How verify's cost grows: with a tenth of the packets, all, and eight times as many, of 1, 1,000 and 100,000 ping paths in an IP-in-IP
 * tunnel. Processor time in all and a packet, and peak memory. Fails where many packets cost more apiece than few, or take more than 1.2
 * times the memory of eight times fewer, a second thread's apart.
 * usage: node scripts/bench.mjs growth [rounds]      BENCH_BASE=…/dist/cli.js compares with another build
 * needs the command built (npm run build), and 2 GB of disk for 16,000,000 packets
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { builds, inTurns, peakMemory, run, spread } from './processes.ts';
import { capturePath, median, PACKETS, printTable } from './support.ts';

const PATHS = [1, 1000, 100_000];
const SIZES = [PACKETS / 10, PACKETS, PACKETS * 8];
const MOST_MEMORY = 1.2;
/** From so many packets on a second thread reads, which takes so many MiB once, however many packets follow. */
const [THREAD_FROM, THREAD_MEMORY] = [500_000, 16];
/** By so much a packet may cost more where there are more of them: what a busy machine disturbs. */
const MOST_GROWTH = 1.15;
const [FILE_HEADER, RECORD_HEADER, INNER, ICMP] = [24, 16, 34, 54];
const AT_ONCE = 10_000;

/** The ones' complement of the sum of 16-bit words. */
function checksum(bytes: Buffer, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return 0xffff - sum;
}

/** Pings from each of `paths` addresses in turn, each answered by the next packet, 10 microseconds apart. */
function writePings(file: string, packets: number, paths: number): void {
  const template = readFileSync(capturePath('ipip-50k.pcap')).subarray(0, 1 << 12);
  const length = RECORD_HEADER + template.readUInt32LE(FILE_HEADER + 8);
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, template.subarray(0, FILE_HEADER));
  const block = Buffer.alloc(AT_ONCE * length);
  for (let i = 0; i < AT_ONCE; i++) {
    const from = FILE_HEADER + (i % 2) * length;
    template.copy(block, i * length, from, from + length);
  }
  for (let first = 0; first < packets; first += AT_ONCE) {
    for (let i = 0; i < AT_ONCE; i++) {
      const record = block.subarray(i * length, (i + 1) * length);
      const packet = record.subarray(RECORD_HEADER);
      const ping = Math.floor((first + i) / 2);
      const isReply = i % 2 === 1;
      const microseconds = (first + i) * 10;
      record.writeUInt32LE(1_700_000_000 + Math.floor(microseconds / 1e6), 0);
      record.writeUInt32LE(microseconds % 1e6, 4);
      // 10.0.0.1 and up ask 172.16.1.1.
      packet.writeUInt32BE(0x0a000001 + (ping % paths), INNER + (isReply ? 16 : 12));
      packet.writeUInt32BE(0xac100101, INNER + (isReply ? 12 : 16));
      packet.writeUInt16BE(0, INNER + 10);
      packet.writeUInt16BE(checksum(packet, INNER, ICMP), INNER + 10);
      packet.writeUInt16BE(1, ICMP + 4);
      packet.writeUInt16BE(Math.floor(ping / paths) & 0xffff, ICMP + 6);
      packet.writeUInt16BE(0, ICMP + 2);
      packet.writeUInt16BE(checksum(packet, ICMP, packet.length), ICMP + 2);
    }
    writeSync(descriptor, block);
  }
  closeSync(descriptor);
}

const rounds = Number(process.argv[2] ?? 3);
const commands = builds();
const rows: string[][] = [];
const faults: string[] = [];
const folder = mkdtempSync(join(process.env.BENCH_CACHE ?? '.', 'growth-'));
try {
  for (const paths of PATHS) {
    const before = new Map<string, { readonly packet: number; readonly mebibytes: number }>();
    for (const packets of SIZES) {
      const file = join(folder, 'pings.pcap');
      writePings(file, packets, paths);
      const words = ['verify', '-r', file, '-T', 'json'];
      const runs = inTurns(
        rounds,
        commands.map(
          ([, command]) =>
            () =>
              run(process.execPath, [command, ...words], 1),
        ),
      );
      for (const [i, [name, command]] of commands.entries()) {
        const { mebibytes, stdout } = peakMemory(command, words);
        const { requests, answered } = JSON.parse(stdout);
        if (requests !== packets / 2 || answered !== requests) {
          throw new Error(`${packets} packets, ${paths} paths: ${answered} of ${requests} answered`);
        }
        const times = (runs[i] ?? []).map(({ processor }) => processor);
        const packet = (median(times) * 1e6) / packets;
        const last = before.get(name);
        if (name === 'tunnelscope' && last !== undefined) {
          if (packet > last.packet * MOST_GROWTH) faults.push(`${packets} packets, ${paths} paths: time`);
          const thread = packets / 8 < THREAD_FROM && packets >= THREAD_FROM ? THREAD_MEMORY : 0;
          if (packets > PACKETS && mebibytes > last.mebibytes * MOST_MEMORY + thread)
            faults.push(`${packets} packets, ${paths} paths: memory`);
        }
        before.set(name, { packet, mebibytes });
        rows.push([
          String(paths),
          String(packets),
          name,
          spread(times),
          packet.toFixed(0),
          mebibytes.toFixed(0),
        ]);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
printTable(['paths', 'packets', 'build', 'processor ms', 'ns a packet', 'MiB'], rows);
for (const fault of faults) console.error(`grows faster than the packets: ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
