/** Programs that steps leave running. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Journal } from '../../../src/lab/network/journal.ts';
import type { Step } from '../../../src/lab/network/network.ts';

const labs = mkdtempSync(join(tmpdir(), 'tunnelscope-steps-'));
vi.stubEnv('TUNNELSCOPE_LABS', labs);
afterAll(() => rmSync(labs, { recursive: true }));

// A machine so busy that whatever was started has ended before anybody looks.
vi.mock('../../../src/lab/network/processes.ts', async (original) => {
  const processes = await original<typeof import('../../../src/lab/network/processes.ts')>();
  const startTimeOf = (pid: number) => {
    while (processes.startTimeOf(pid) !== undefined);
    return undefined;
  };
  return { ...processes, startTimeOf };
});
const { carryOut } = await import('../../../src/lab/network/steps.ts');

describe('a program that ends at once', () => {
  it.each<[words: string[], message: string]>([
    [
      ['sh', '-c', 'echo no device >&2; exit 1'],
      "sh -c 'echo no device >&2; exit 1': it has ended (no device)",
    ],
    [['true'], 'true: it has ended'],
    [['/no/such/program'], "/no/such/program: it can't be started"],
  ])('%j: is told as what it is, with what it said', async (start, message) => {
    const journal = { name: 'steps', processes: [], namespaces: [] } as unknown as Journal;
    const step = { id: 'it', start, why: 'So.' } as unknown as Step;
    await expect(carryOut(journal, [step], {})).rejects.toMatchObject({ name: 'LabError', message });
    expect(journal.processes).toEqual([]);
  });
});
