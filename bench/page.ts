/**
 * How long Chromium takes to draw a verdict's page of 10,000 pings, from the file to the first picture that has all of it, beside an
 * empty page; and how large the page is.
 * usage: node scripts/bench.mjs page      after npm run build; needs chromium
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser } from '../test/support/browser.ts';
import { pingsFile } from '../test/support/pings-file.ts';
import { median, printTable } from './support.ts';

const ROUNDS = 7;
const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-page-'));
const browser = await startBrowser();
try {
  const [capture, full, empty] = ['pings.pcap', 'full.html', 'empty.html'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(capture, pingsFile(10_000));
  writeFileSync(empty, '<!DOCTYPE html><title>empty</title>');
  try {
    execFileSync(process.execPath, ['dist/cli.js', 'verify', capture, '--html', full], { stdio: 'ignore' });
  } catch {
    // Some are lost: the verdict is no pass.
  }
  const times = new Map<string, number[]>([
    [full, []],
    [empty, []],
  ]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [file, taken] of times) {
      const page = await browser.newPage();
      const begin = performance.now();
      await page.goto(`file://${file}`);
      await page.screenshot();
      taken.push(performance.now() - begin);
      await page.close();
    }
  }
  printTable(
    ['page', 'bytes', 'ms until drawn'],
    [...times].map(([file, taken]) => [
      file === full ? '10,000 pings' : 'empty',
      String(statSync(file).size),
      median(taken).toFixed(0),
    ]),
  );
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
