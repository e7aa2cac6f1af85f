/**
 * Assembles the WebAssembly of src/ into the code beside it, which is kept with the sources: nobody who builds or tests needs the assembler.
 * usage: node scripts/assemble.mjs [--check]      --check: writes nothing, and fails where the code is another
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import wabt from 'wabt';

const MODULES = [
  'src/exchange/ping/repeated-pings',
  'src/capture/file/record-selection',
  'src/output/repeats/repeats',
];

const { parseWat } = await wabt();
for (const name of MODULES) {
  const [source, target] = [`${name}.wat`, `${name}-code.ts`];
  const module = parseWat(source, readFileSync(source, 'utf8'), { simd: true, bulk_memory: true });
  module.validate();
  const code = Buffer.from(module.toBinary({}).buffer).toString('base64');
  module.destroy();
  const text = `/** What scripts/assemble.mjs makes of ${basename(source)}: WebAssembly, as base64. */
export const CODE =
  '${code}';
`;
  if (process.argv[2] !== '--check') {
    writeFileSync(target, text);
  } else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${target} is not what ${source} gives: run node scripts/assemble.mjs`);
    process.exit(1);
  }
}
