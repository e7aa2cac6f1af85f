import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const CHUNKS = resolve('dist/chunks');
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

it('the screen’s code is there in half the time that Ink and React take unbundled', () => {
  const ui = readdirSync(CHUNKS).filter((file) => /^run-tui-.*\.js$/.test(file));
  expect(ui).toHaveLength(1);
  let bundled = Number.POSITIVE_INFINITY;
  let unbundled = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS && (round < 2 || bundled > unbundled / 2); round++) {
    bundled = Math.min(bundled, importTime(join(CHUNKS, ui[0] as string)));
    unbundled = Math.min(unbundled, importTime('ink', 'react'));
  }
  expect(bundled).toBeLessThan(unbundled / 2);
});
