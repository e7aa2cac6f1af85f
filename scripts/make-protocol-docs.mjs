/**
 * Writes docs/protocols.md from the protocols' own descriptions, and from docs/not-supported.md, which is written by hand.
 * usage: node scripts/make-protocol-docs.mjs [FILE]     FILE: docs/protocols.md where not given
 */
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const [file = 'docs/protocols.md'] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: ['scripts/protocol-docs.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  write: false,
  logLevel: 'warning',
});
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const { protocolDocs } = await import(`data:text/javascript;base64,${source}`);
writeFileSync(file, protocolDocs());
