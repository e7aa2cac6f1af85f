/**
 * Compares tunnelscope with tshark over captures, packet by packet: differences are grouped, with the first packets that show them.
 * usage: node scripts/agreement.mjs [--keep FOLDER] [--examples N] FOLDER-or-FILE…
 */

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const outfile = resolve('.cache/agreement.mjs');
mkdirSync('.cache', { recursive: true });
await build({
  entryPoints: ['scripts/agreement.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  logLevel: 'warning',
});
const { agreement } = await import(pathToFileURL(outfile).href);
process.exitCode = await agreement(process.argv.slice(2));
