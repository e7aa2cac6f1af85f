/**
 * Reading captures: the walk of a file through the reader, beside `cat` for reading its bytes alone, and what a
 * filter adds to it a packet.
 * usage: node scripts/bench.mjs capture [capture …]     captures of bench/generate.py; tun, mix
 */
import { execFileSync } from 'node:child_process';
import { filtered } from '../src/capture/filter.ts';
import { openCaptureFile } from '../src/capture/open-capture.ts';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 7;
const FILTERS = ['udp port 9000', 'icmp', 'ip6', 'tcp port 80 and host 10.1.2.3', 'ip[8] < 64'];

async function walk(path: string, expression?: string): Promise<number> {
  const file = await openCaptureFile(path);
  const source = expression === undefined ? file : filtered(file, expression);
  let packets = 0;
  for (let batch = await source.next(); batch !== undefined; batch = await source.next())
    packets += batch.count;
  await source.close();
  return packets;
}

async function milliseconds(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  return median(times);
}

const rows: string[][] = [];
for (const name of process.argv.length > 2 ? process.argv.slice(2) : ['tun', 'mix']) {
  const path = capturePath(`${name}.pcap`);
  const packets = await walk(path);
  const raw = await milliseconds(() => execFileSync('bash', ['-c', 'cat "$0" > /dev/null', path]));
  const plain = await milliseconds(() => walk(path));
  rows.push([name, 'reading bytes (cat)', raw.toFixed(0), '', '']);
  const perPacket = (time: number) => ((time * 1e6) / packets).toFixed(1);
  rows.push([name, 'walk', plain.toFixed(0), perPacket(plain), String(packets)]);
  for (const expression of FILTERS) {
    const time = await milliseconds(() => walk(path, expression));
    rows.push([
      name,
      expression,
      time.toFixed(0),
      perPacket(time - plain),
      String(await walk(path, expression)),
    ]);
  }
}
printTable(['capture', 'work', 'ms', 'ns a packet (filters: added)', 'packets'], rows);
