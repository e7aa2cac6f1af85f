/**
 * Mutated capture files through everything, by a seed.
 * usage: npm run mutate -- [--seed N] [--seconds N | --cases N] [FILE…]
 *
 * Each file is taken as it is once; then cut at one place after the other, in turn with random changes. FILE: every fixture where none
 * is given. On a failure: the seed, the changes that are enough for it, and a file that shows it.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import {
  type Edit,
  edited,
  excerpt,
  FORMS,
  type Form,
  formed,
  randomEdits,
  wrapped,
} from '../support/file-mutations.ts';
import { seeded } from '../support/mutations.ts';
import type { Answer } from './worker.ts';

/** No file of a few kilobytes may take more of the processor. */
const MOST_MILLISECONDS = 20_000;
const MOST_RESIDENT = 900 << 20;
const MOST_HEAP_MEGABYTES = 400;
/** Cases between two looks at memory; what is in use then may grow so much past the first look. */
const MEASURED_EVERY = 2000;
const MOST_GROWTH = 24 << 20;

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, seconds: { type: 'string' }, cases: { type: 'string' } },
  allowPositionals: true,
});
const seed = Number(values.seed ?? 1);
const cases = Number(values.cases ?? Number.POSITIVE_INFINITY);
const until =
  values.cases === undefined
    ? performance.now() + Number(values.seconds ?? 60) * 1000
    : Number.POSITIVE_INFINITY;
const fixtures = ['fixtures', 'fixtures/generated'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.includes('.pcap'))
    .map((name) => join(folder, name)),
);
const files = (positionals.length > 0 ? positionals : fixtures).map((path) => ({
  path,
  bytes: readFileSync(path),
}));
const folder = mkdtempSync(join(tmpdir(), 'mutations-'));
const failures = resolve('.cache/mutations');

let worker: Worker | undefined;

/** One file through everything; a worker that did not answer in time, or died, is ended. */
async function ask(bytes: Uint8Array, measure = false): Promise<Answer> {
  worker ??= new Worker(join(import.meta.dirname, 'worker.mjs'), {
    workerData: join(folder, 'case'),
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MEGABYTES },
  });
  const asked = worker;
  const answer = await new Promise<Answer>((done) => {
    const finish = (found: Answer) => {
      clearInterval(timer);
      asked.off('message', finish).off('error', died);
      done(found);
    };
    const died = (error: Error) => finish({ complaint: `ended the thread: ${error.stack}`, used: undefined });
    const before = process.cpuUsage();
    const timer = setInterval(() => {
      const { user, system } = process.cpuUsage(before);
      if (user + system < MOST_MILLISECONDS * 1000) return;
      finish({ complaint: `no end within ${MOST_MILLISECONDS} ms of the processor`, used: undefined });
    }, 1000);
    asked.once('message', finish).once('error', died);
    asked.postMessage({ bytes, measure });
  });
  if (answer.complaint !== undefined) {
    worker = undefined;
    await asked.terminate();
  }
  return answer;
}

/** The changes without those that it does not need to go wrong. */
async function needed(base: Buffer, form: Form, edits: readonly Edit[]): Promise<readonly Edit[]> {
  let left = edits;
  for (let i = left.length - 1; i >= 0; i--) {
    const fewer = left.filter((_, index) => index !== i);
    if ((await ask(wrapped(edited(base, fewer), form))).complaint !== undefined) left = fewer;
  }
  return left;
}

async function fail(
  name: string,
  number: number,
  form: Form,
  base: Buffer,
  edits: readonly Edit[],
  complaint: string,
) {
  const least = await needed(base, form, edits);
  mkdirSync(failures, { recursive: true });
  const saved = join(failures, `${basename(name)}-${seed}-${number}`);
  writeFileSync(saved, wrapped(edited(base, least), form));
  console.log(
    [
      `FAILED with --seed ${seed}, case ${number}: ${name} as ${form}: ${complaint}`,
      ...least.map(
        ({ at, removed, inserted }) =>
          `  at ${at}: ${removed} bytes become ${Buffer.from(inserted).toString('hex') || 'none'}`,
      ),
      `again: npm run mutate -- --cases 1 ${saved}`,
    ].join('\n'),
  );
}

let done = 0;
let failed = 0;
let first: number | undefined;
const random = seeded(seed);
const began = performance.now();
for (let number = 0; number < cases && performance.now() < until && failed < 5; number++) {
  for (const { path, bytes } of files) {
    if (performance.now() >= until) break;
    const form = number === 0 ? 'plain' : (FORMS[random(FORMS.length)] as Form);
    // Every offset in turn, in steps that reach all of them: the size is no multiple of this prime.
    const isCut = number % 2 === 1;
    const base = number === 0 ? bytes : formed(excerpt(bytes, isCut ? () => 0 : random), form);
    const cut = (((number - 1) / 2) * 7919) % base.length;
    const edits =
      number === 0
        ? []
        : isCut
          ? [{ at: cut, removed: base.length - cut, inserted: [] }]
          : randomEdits(base, random);
    const { complaint, used } = await ask(
      wrapped(edited(base, edits), form),
      done++ % MEASURED_EVERY === MEASURED_EVERY - 1,
    );
    if (complaint !== undefined) {
      await fail(path, number, form, base, edits, complaint);
      failed++;
    }
    if (used !== undefined) {
      first ??= used;
      if (used - first > MOST_GROWTH) {
        console.log(
          `FAILED with --seed ${seed}: memory in use grew from ${first} to ${used} bytes in ${done} cases`,
        );
        failed++;
      }
    }
    const resident = process.memoryUsage.rss();
    if (resident > MOST_RESIDENT) {
      console.log(`FAILED with --seed ${seed}: ${resident} bytes resident after ${done} cases`);
      failed++;
    }
    if (failed >= 5) break;
  }
}
await worker?.terminate();
rmSync(folder, { recursive: true });
console.log(
  `${done} files in ${((performance.now() - began) / 1000).toFixed(1)} s, --seed ${seed}: ${failed === 0 ? 'nothing wrong' : `${failed} wrong`}`,
);
process.exitCode = failed === 0 ? 0 : 1;
