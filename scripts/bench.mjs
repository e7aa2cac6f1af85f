/**
 * Runs a benchmark of bench/: bundles it like the command, and makes missing captures and peers.
 * usage: node scripts/bench.mjs NAME [arguments]     NAME: a file of bench/, such as decode; BENCH_PACKETS: of the captures that it makes
 * needs gcc, and python3-scapy to make the captures; golang-github-google-gopacket-dev for the gopacket peer
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const [name, ...rest] = process.argv.slice(2);
const entry = `bench/${name}.ts`;
if (name === undefined || !existsSync(entry)) {
  console.error(`usage: node scripts/bench.mjs NAME [arguments]; no such benchmark: ${entry}`);
  process.exit(2);
}
const cache = resolve('.cache/bench');
const captures = process.env.BENCH_CAPTURES ?? join(cache, 'captures');
mkdirSync(cache, { recursive: true });
if (!existsSync(join(captures, 'mix.pcap'))) {
  // Debian's own Python is the one that sees Debian's scapy.
  execFileSync('/usr/bin/python3', ['bench/generate.py', captures, process.env.BENCH_PACKETS ?? '2000000'], {
    stdio: 'inherit',
  });
}
if (!existsSync(join(cache, 'cwalk'))) {
  execFileSync('gcc', ['-O2', '-o', join(cache, 'cwalk'), 'bench/peers/cwalk.c'], { stdio: 'inherit' });
}
if (
  !existsSync(join(cache, 'gopacket-bench')) &&
  existsSync('/usr/share/gocode/src/github.com/google/gopacket')
) {
  execFileSync('go', ['build', '-o', join(cache, 'gopacket-bench'), '.'], {
    cwd: 'bench/peers/gopacket',
    env: { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode' },
    stdio: 'inherit',
  });
}
const outfile = join(cache, `${name}.mjs`);
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: ['cap', 'koffi', 'playwright-core'],
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [outfile, ...rest], {
  stdio: 'inherit',
  env: { ...process.env, BENCH_CACHE: cache, BENCH_CAPTURES: captures },
});
process.exit(status ?? 1);
