/**
 * Assembles the WebAssembly of src/ into the code beside it, which is kept with the sources: nobody who builds or tests needs the assembler.
 * usage: node scripts/assemble.mjs [--check]      --check: writes nothing, and fails where the code is another
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import wabt from 'wabt';

const MODULES = [
  { name: 'src/exchange/ping/repeated-pings', mayBeShared: true },
  { name: 'src/capture/file/record-selection', mayBeShared: false },
  { name: 'src/output/repeats/repeats', mayBeShared: false },
];
/** A part that several modules have: our word, not WebAssembly's. */
const INCLUDED = /\(include "([^"]*)"\)/g;
/** Without its closing bracket. */
const IMPORTED_MEMORY = /\(memory \(import[^)]*\) \d+ \d+/;

const { parseWat } = await wabt();

function readWhole(source) {
  return readFileSync(source, 'utf8').replace(INCLUDED, (_, part) => readWhole(join(dirname(source), part)));
}

/** wabt's validator refuses memory that threads share, whatever it was told: that code is the same but for one byte. */
function assemble(source, text, isValidated = true) {
  const module = parseWat(source, text, { simd: true, bulk_memory: true, threads: true });
  if (isValidated) module.validate();
  const code = Buffer.from(module.toBinary({}).buffer);
  module.destroy();
  return code;
}

/** The lines that say what makes code one for shared memory. */
function sharedKind(source, text, code) {
  const shared = assemble(source, text.replace(IMPORTED_MEMORY, '$& shared'), false);
  const [at, ...others] = [...code.keys()].filter((i) => code[i] !== shared[i]);
  if (at === undefined || others.length > 0 || code.length !== shared.length)
    throw new Error(`${source}: expected one byte to differ for shared memory`);
  return `/** The byte that says what kind of memory it takes, and what it is for memory that threads share. */
export const [KIND_AT, KIND_SHARED] = [${at}, ${shared[at]}];
`;
}

for (const { name, mayBeShared } of MODULES) {
  const [source, target] = [`${name}.wat`, `${name}-code.ts`];
  const wat = readWhole(source);
  const code = assemble(source, wat);
  const text = `/** What scripts/assemble.mjs makes of ${basename(source)}: WebAssembly, as base64. */
export const CODE =
  '${code.toString('base64')}';
${mayBeShared ? sharedKind(source, wat, code) : ''}`;
  if (process.argv[2] !== '--check') {
    writeFileSync(target, text);
  } else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${target} is not what ${source} gives: run node scripts/assemble.mjs`);
    process.exit(1);
  }
}
