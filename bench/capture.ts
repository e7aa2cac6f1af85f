/**
 * Reading captures: the walk of a file through the reader, beside `cat` for reading its bytes alone; and filters, over
 * packets in memory, since behind a reader they run while it waits.
 * usage: node scripts/bench.mjs capture [capture …]     captures of bench/generate.py; tun, mix, whose -50k are filtered
 */
import { execFileSync } from 'node:child_process';
import { openCaptureFile } from '../src/capture/file/open-capture.ts';
import { compileFilter } from '../src/capture/filter/filter.ts';
import { capturePath, median, printTable } from './support.ts';

const ROUNDS = 9;
const FILTERS = ['udp port 9000', 'icmp', 'ip6', 'tcp port 80 and host 10.1.2.3', 'ip[8] < 64'];

async function walk(path: string): Promise<number> {
  const source = await openCaptureFile(path);
  let packets = 0;
  for (let batch = await source.next(); batch !== undefined; batch = await source.next())
    packets += batch.count;
  await source.close();
  return packets;
}

interface Kept {
  readonly view: DataView;
  readonly start: Int32Array;
  readonly capturedLength: Int32Array;
}

/** The packets of a file's first batch. */
async function firstBatch(path: string): Promise<Kept> {
  const source = await openCaptureFile(path);
  const batch = await source.next();
  if (batch === undefined) throw new Error(`${path} holds no packets`);
  const view = new DataView(batch.bytes.slice().buffer);
  const start = batch.start.slice(0, batch.count);
  const capturedLength = batch.capturedLength.slice(0, batch.count);
  await source.close();
  return { view, start, capturedLength };
}

function filterAll({ view, start, capturedLength }: Kept, expression: string): () => number {
  const { matches } = compileFilter(expression, 1);
  return () => {
    let taken = 0;
    for (let i = 0; i < start.length; i++) {
      const captured = capturedLength[i] as number;
      if (matches(view, start[i] as number, captured, captured)) taken++;
    }
    return taken;
  };
}

async function milliseconds(rounds: number, run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  // The first rounds run before V8 has compiled the code.
  return median(times.slice(2));
}

const rows: string[][] = [];
for (const name of process.argv.length > 2 ? process.argv.slice(2) : ['tun', 'mix']) {
  const path = capturePath(`${name}.pcap`);
  const packets = await walk(path);
  const raw = await milliseconds(ROUNDS, () => execFileSync('bash', ['-c', 'cat "$0" > /dev/null', path]));
  rows.push([name, 'cat', raw.toFixed(0), ((raw * 1e6) / packets).toFixed(1)]);
  const time = await milliseconds(ROUNDS, () => walk(path));
  rows.push([name, 'walk', time.toFixed(0), ((time * 1e6) / packets).toFixed(1)]);
  const kept = await firstBatch(capturePath(`${name}-50k.pcap`));
  for (const expression of FILTERS) {
    const pass = filterAll(kept, expression);
    const each = ((await milliseconds(200, pass)) * 1e6) / kept.start.length;
    rows.push([name, `filter ${expression} (takes ${pass()} of ${kept.start.length})`, '', each.toFixed(1)]);
  }
}
printTable(['capture', 'work', 'ms', 'ns a packet'], rows);
