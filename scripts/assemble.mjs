/**
 * Assembles the WebAssembly of src/ into the code beside it, which is kept with the sources: nobody who builds or tests needs the assembler.
 * usage: node scripts/assemble.mjs [--check]      --check: writes nothing, and fails where the code is another
 */
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const SOURCE = 'src/exchange/ping/repeated-pings.wat';
const TARGET = 'src/exchange/ping/repeated-pings-code.ts';
const MEMORY = /(\(memory \(import[^)]*\) \d+ \d+)\)/;

const { parseWat } = await wabt();
const source = readFileSync(SOURCE, 'utf8');

/** wabt's validator refuses shared memory, whatever it was told: that code is the same but for one byte. */
function assemble(text, isValidated) {
  const module = parseWat(SOURCE, text, { simd: true, threads: true });
  if (isValidated) module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();
  return Buffer.from(buffer);
}

const code = assemble(source, true);
const shared = assemble(source.replace(MEMORY, '$1 shared)'), false);
const differing = [...code.keys()].filter((i) => code[i] !== shared[i]);
if (differing.length !== 1 || code.length !== shared.length) throw new Error(`${SOURCE}: no memory to share`);
const [at] = differing;
const text = `/** What scripts/assemble.mjs makes of repeated-pings.wat: WebAssembly, as base64. */
export const CODE =
  '${code.toString('base64')}';
/** The byte that says what kind of memory it takes, and what it is for memory that threads share. */
export const [KIND_AT, KIND_SHARED] = [${at}, ${shared[at]}];
`;
if (process.argv[2] !== '--check') {
  writeFileSync(TARGET, text);
} else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error(`${TARGET} is not what ${SOURCE} gives: run node scripts/assemble.mjs`);
  process.exit(1);
}
