/** Where a finding is decided is found by its code alone: each is made in one file, and each of those is asked by the list. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FINDINGS } from '../../src/finding/finding-codes.ts';

const ROOM = 'src/finding';
const sources = readdirSync(ROOM)
  .filter((name) => name.endsWith('.ts') && name !== 'finding-codes.ts')
  .map((name) => ({ name, text: readFileSync(`${ROOM}/${name}`, 'utf8') }));

it.each(Object.keys(FINDINGS))('%s is made in one file', (code) => {
  const makers = sources.filter(({ text }) => new RegExp(`(finding|tallied)\\(\\s*'${code}'`).test(text));
  expect(makers).toHaveLength(1);
});
