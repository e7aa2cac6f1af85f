import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const PACKAGES = resolve('dist/screen.mjs');
/** A busy machine disturbs some of them. */
const MOST_ROUNDS = 10;

/** Microseconds of the processor that imports take in a process of their own. */
function importTime(...modules: readonly string[]): number {
  const imports = modules.map((module) => `await import(${JSON.stringify(module)});`).join('');
  const code = `const before = process.cpuUsage(); ${imports} const { user, system } = process.cpuUsage(before); console.log(user + system);`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: { ...process.env, NODE_ENV: 'production' },
    }),
  );
}

it('Ink and React are there in half the time that they take unbundled', () => {
  let bundled = Number.POSITIVE_INFINITY;
  let unbundled = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS && (round < 2 || bundled > unbundled / 2); round++) {
    bundled = Math.min(bundled, importTime(PACKAGES));
    unbundled = Math.min(unbundled, importTime('ink', 'react'));
  }
  expect(bundled).toBeLessThan(unbundled / 2);
});

it('they ask for no fetch, whose library Node would load', () => {
  const code = `Object.defineProperty(globalThis, 'fetch', { get() { throw new Error('fetch'); } }); await import(${JSON.stringify(PACKAGES)}); console.log('loaded');`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(output).toBe('loaded\n');
});
