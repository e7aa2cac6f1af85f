/** What the benchmarks share: where things are, and figures taken in turns, so that a ratio holds when a machine's speed drifts. */
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

/** @throws {Error} where the input is missing: a benchmark that measures nothing must fail */
export function capturePath(name: string): string {
  const path = join(process.env.BENCH_CAPTURES ?? '', name);
  if (!existsSync(path)) throw new Error(`no capture at ${path}: run this with node scripts/bench.mjs`);
  return path;
}

export function peerPath(name: string): string | undefined {
  const path = join(process.env.BENCH_CACHE ?? '', name);
  return existsSync(path) ? path : undefined;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

/** Packets of the large captures: fewer where BENCH_PACKETS says so. */
export const PACKETS = Number(process.env.BENCH_PACKETS ?? 2_000_000);

/** Rows of figures, aligned; BENCH_RESULTS names a file that has them too, a JSON object a line. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const { BENCH_RESULTS: file, BENCH_NAME: benchmark } = process.env;
  for (const row of file === undefined ? [] : rows) {
    const cells = Object.fromEntries(header.map((title, column) => [title, row[column] ?? '']));
    appendFileSync(file as string, `${JSON.stringify({ benchmark, ...cells })}\n`);
  }
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of [header, ...rows]) {
    console.log(
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
        )
        .join('  '),
    );
  }
}
