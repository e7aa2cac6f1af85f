/**
 * `path` over ten files beside mergecap, which reads and orders the same ten: whole processes, in turns.
 * usage: node scripts/bench.mjs path-files [rounds]      BENCH_BASE=…/dist/cli.js compares with another build
 * needs editcap, mergecap and bash, and the command built (npm run build)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, HEADER, runQuietly } from './beside-peers.ts';
import { run } from './processes.ts';
import { capturePath, PACKETS, printTable } from './support.ts';

const FILES = 10;
const rounds = Number(process.argv[2] ?? 5);
const packets = PACKETS / FILES;
const folder = mkdtempSync(join(tmpdir(), 'bench-path-'));
try {
  // The same pings at ten points: each has its own copy of one file.
  const capture = capturePath('tun.pcap');
  const files = Array.from({ length: FILES }, (_, i) => join(folder, `point-${i}.pcap`));
  for (const file of files) execFileSync('editcap', ['-r', '-F', 'pcap', capture, file, `1-${packets}`]);
  const asked = files.flatMap((file) => ['-r', file]);
  const { stdout } = run(process.execPath, ['dist/cli.js', 'path', ...asked, '-T', 'json'], 1);
  const { pings } = JSON.parse(stdout) as { pings: number };
  if (pings !== packets / 2) throw new Error(`path saw ${pings} pings; expected ${packets / 2}`);
  const rows = compare(
    {
      what: `path of ${FILES} files`,
      peer: 'mergecap',
      runPeer: () => runQuietly('mergecap', '-w', '/dev/null', ...files),
      peerPackets: PACKETS,
      runOurs: (command) => runQuietly(process.execPath, command, 'path', ...asked, '-T', 'json'),
      packets: PACKETS,
    },
    rounds,
  );
  printTable(HEADER, rows);
} finally {
  rmSync(folder, { recursive: true });
}
