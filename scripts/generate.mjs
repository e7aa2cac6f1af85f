/**
 * Writes a file generated from the sources: docs/protocols.md, docs/findings.md, schema/pings.schema.json.
 * usage: node scripts/generate.mjs MODULE FUNCTION FILE     FUNCTION: exported by MODULE, returns the file's text
 */
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const [module, name, file] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: [module],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  write: false,
  logLevel: 'warning',
});
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const exported = await import(`data:text/javascript;base64,${source}`);
writeFileSync(file, exported[name]());
