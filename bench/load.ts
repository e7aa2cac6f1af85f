/**
 * What loading a capture of 2,000,000 packets into the screen takes: all packets indexed, decoded, their pings matched and
 * counted for the boards. No terminal, and nothing is drawn.
 * usage: node scripts/bench.mjs load [NAME…]      NAME: tun, vxlan, ipip, mix; all where none is given
 */
import { openCaptureFile } from '../src/capture/open-capture.ts';
import { Session } from '../src/tui/session.ts';
import { createTheme } from '../src/tui/theme.ts';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 7;

async function load(file: string): Promise<number> {
  const source = await openCaptureFile(file);
  const begin = performance.now();
  const session = new Session({
    source,
    file,
    decodeAs: [],
    theme: createTheme(1),
    columns: 80,
    rows: 24,
    onCommand: () => undefined,
  });
  await session.run();
  const milliseconds = performance.now() - begin;
  if (session.store.count !== 2_000_000) throw new Error(`${session.store.count} packets in ${file}`);
  session.close();
  await source.close();
  return milliseconds;
}

const names = process.argv.slice(2);
const rows: string[][] = [];
for (const name of names.length === 0 ? ['tun', 'vxlan', 'ipip', 'mix'] : names) {
  const file = capturePath(`${name}.pcap`);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await load(file));
  rows.push([name, Math.min(...times).toFixed(0), median(times).toFixed(0)]);
}
printTable(['capture', 'least ms', 'median ms'], rows);
