/**
 * Writes the manual pages.
 * usage: node scripts/man-pages.mjs FOLDER
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.mjs';

const [folder] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'tunnelscope-man-'));
try {
  const outfile = join(work, 'man-pages.mjs');
  await build({ ...bundleOptions, entryPoints: ['scripts/man-pages.ts'], outfile });
  const { manPages } = await import(pathToFileURL(outfile));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of manPages()) writeFileSync(join(folder, name), text);
} finally {
  rmSync(work, { recursive: true });
}
