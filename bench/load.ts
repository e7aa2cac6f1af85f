/**
 * What loading a capture of 2,000,000 packets into the screen takes: all packets indexed, decoded, their pings matched and
 * counted for the boards. No terminal, and nothing is drawn. Each round is a process of its own, as for whoever opens a file:
 * in one process the second round would run slower code than the first, since V8 trusts constants of functions made once.
 * usage: node scripts/bench.mjs load [NAME…]      NAME: tun, vxlan, ipip, mix; all where none is given
 */
import { spawnSync } from 'node:child_process';
import { openCaptureFile } from '../src/capture/file/open-capture.ts';
import { Session } from '../src/tui/session.ts';
import { createTheme } from '../src/tui/terminal/theme.ts';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 7;
const PACKETS = 2_000_000;
/** The argument with which this program is one round. */
const ONCE = '--once';

/** Prints milliseconds, and those of processor time. */
async function load(file: string): Promise<void> {
  const source = await openCaptureFile(file);
  const begin = performance.now();
  const before = process.cpuUsage();
  const session = new Session({
    source,
    files: [file],
    decodeAs: [],
    theme: createTheme(1),
    columns: 80,
    rows: 24,
    onCommand: () => undefined,
  });
  await session.run();
  const milliseconds = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  if (session.store.count !== PACKETS) throw new Error(`${session.store.count} packets in ${file}`);
  session.close();
  await source.close();
  console.log(milliseconds, (user + system) / 1000);
}

const [first, ...others] = process.argv.slice(2);
if (first === ONCE) {
  await load(others[0] as string);
} else {
  const rows: string[][] = [];
  for (const name of first === undefined ? ['tun', 'vxlan', 'ipip', 'mix'] : [first, ...others]) {
    const file = capturePath(`${name}.pcap`);
    const rounds = Array.from({ length: ROUNDS }, () => {
      const words = [process.argv[1] as string, ONCE, file];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      return stdout.split(' ').map(Number) as [number, number];
    });
    const times = rounds.map(([milliseconds]) => milliseconds);
    const processor = Math.min(...rounds.map(([, milliseconds]) => milliseconds));
    rows.push([name, Math.min(...times).toFixed(0), median(times).toFixed(0), processor.toFixed(0)]);
  }
  printTable(['capture', 'least ms', 'median ms', 'least processor ms'], rows);
}
