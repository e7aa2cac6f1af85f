/**
 * The memory of `watch` over hours: a capture again and again, with times that go on by a minute each 1,200,000 packets, as fast as it can be
 * taken. What is in use has to be the same after the eighth minute and at the end.
 *
 * usage: node scripts/bench.mjs watch-memory [minutes]     default: 20
 */
import { openCaptureFile } from '../src/capture/file/open-capture.ts';
import { createTunnelWatch } from '../src/watch/tunnel-watch.ts';
import { capturePath, printTable } from './support.ts';

const RATE = 20_000;
const MINUTES = Number(process.argv[2] ?? 20);
/** By then all that is compiled is, and each tracker was replaced several times. */
const SETTLED = 8;
const MOST_GROWTH = 1.1;
const MEBIBYTE = 2 ** 20;

const rows: string[][] = [];
const inUse: number[] = [];
const watch = createTunnelWatch({
  onInterval({ packets }) {
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    inUse.push(arrayBuffers);
    const sizes = [rss, heapUsed, arrayBuffers].map((bytes) => (bytes / MEBIBYTE).toFixed(0));
    rows.push([String(rows.length + 1), String(packets), ...sizes]);
  },
});
let second = 0;
let packets = 0;
while (rows.length < MINUTES) {
  const source = await openCaptureFile(capturePath('mix-200k.pcap'));
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      if (packets % RATE === 0) watch.tick(++second);
      batch.seconds[i] = second;
      batch.nanoseconds[i] = (packets++ % RATE) * (1e9 / RATE);
      watch.packet(batch, i, source.interfaces);
    }
  }
  await source.close();
}
printTable(['minute', 'packets', 'resident MiB', 'heap', 'arrays'], rows);
const growth = inUse[inUse.length - 1] / inUse[Math.min(SETTLED, inUse.length - 1)];
if (growth > MOST_GROWTH) console.error(`memory grew by ${((growth - 1) * 100).toFixed(0)} %`);
process.exit(growth > MOST_GROWTH ? 1 : 0);
