/** When a snapshot's file is written: the runner's word, in vitest's counters and in Jest's numbers. vitest itself is run in test/package.test.ts. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchers } from '../../../src/library/matchers/matchers.ts';
import { tunnelscope } from '../../support/command.ts';

const [FIRST, OTHER] = ['fixtures/vxlan.pcap', 'fixtures/vxlan-snaplen-96.pcap'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-rules-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Writes = 'new' | 'all' | 'none' | undefined;

/** A matcher's `this` in Jest, and what it counts. */
function runner(writes: Writes, isNot = false) {
  const counts = { added: 0, updated: 0, matched: 0, unmatched: 0 };
  const snapshotState = Object.defineProperty(counts, '_updateSnapshot', { value: writes });
  return { counts, context: writes === undefined ? {} : { isNot, snapshotState } };
}

const snapshotOf = (capture: string) => tunnelscope(['snapshot', '-r', capture, '--mask', 'eth.src']).stdout;

let files = 0;
/** Holds a capture against a file that has another's snapshot, or is not there. */
async function held(writes: Writes, before: string | undefined, isNot = false) {
  const file = join(folder, `${files++}.txt`);
  if (before !== undefined) tunnelscope(['snapshot', '-r', before, '--mask', 'eth.src', '-o', file]);
  const { counts, context } = runner(writes, isNot);
  const { toMatchCaptureSnapshot } = matchers;
  const result = await toMatchCaptureSnapshot
    .call(context, FIRST, file, before === undefined ? { mask: ['eth.src'] } : {})
    .catch((error: Error) => error.message);
  const [outcome] = Object.entries(counts).filter(([, count]) => count !== 0);
  return {
    pass: typeof result === 'string' ? result.replace(/^.*?: /, '') : result.pass,
    outcome: outcome?.join(' '),
    kept: existsSync(file) ? readFileSync(file, 'utf8') : undefined,
  };
}

const MISSING = expect.stringContaining('expected a snapshot');

describe.each<
  [
    writes: Writes,
    missing: [boolean | typeof MISSING, string | undefined],
    other: [boolean, string | undefined],
  ]
>([
  ['new', [true, 'added 1'], [false, 'unmatched 1']],
  ['all', [true, 'added 1'], [true, 'updated 1']],
  ['none', [MISSING, undefined], [false, 'unmatched 1']],
  [undefined, [MISSING, undefined], [false, undefined]],
])('where the runner has %s written', (writes, missing, other) => {
  it('a file that is not there', async () => {
    const { pass, outcome, kept } = await held(writes, undefined);
    expect([pass, outcome]).toEqual(missing);
    expect(kept).toBe(missing[0] === true ? snapshotOf(FIRST) : undefined);
  });

  it('one that is the same', async () => {
    const kept = snapshotOf(FIRST);
    const outcome = writes === undefined ? undefined : 'matched 1';
    expect(await held(writes, FIRST)).toEqual({ pass: true, outcome, kept });
  });

  it('another, whose masks stay', async () => {
    const [pass, outcome] = other;
    expect(await held(writes, OTHER)).toEqual({ pass, outcome, kept: snapshotOf(pass ? FIRST : OTHER) });
  });

  it('with .not nothing is written', async () => {
    expect(await held(writes, undefined, true)).toEqual({
      pass: MISSING,
      outcome: undefined,
      kept: undefined,
    });
    expect((await held(writes, OTHER, writes !== undefined)).kept).toBe(snapshotOf(OTHER));
  });
});
