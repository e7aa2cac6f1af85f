/**
 * Assembles the WebAssembly of src/ into the code beside it, which is kept with the sources: nobody who builds or tests needs the assembler.
 * usage: node scripts/assemble.mjs [--check]      --check: writes nothing, and fails where the code is another
 */
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const SOURCE = 'src/exchange/ping/repeated-pings.wat';
const TARGET = 'src/exchange/ping/repeated-pings-code.ts';

const { parseWat } = await wabt();
const module = parseWat(SOURCE, readFileSync(SOURCE, 'utf8'), { simd: true });
module.validate();
const code = Buffer.from(module.toBinary({}).buffer).toString('base64');
module.destroy();
const text = `/** What scripts/assemble.mjs makes of repeated-pings.wat: WebAssembly, as base64. */
export const CODE =
  '${code}';
`;
if (process.argv[2] !== '--check') {
  writeFileSync(TARGET, text);
} else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error(`${TARGET} is not what ${SOURCE} gives: run node scripts/assemble.mjs`);
  process.exit(1);
}
