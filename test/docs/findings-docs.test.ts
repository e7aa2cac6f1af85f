import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findingsDocs } from '../../scripts/findings-docs.ts';
import { FINDINGS } from '../../src/finding/finding-codes.ts';

it('docs/findings.md is what the table of findings says now (npm run docs:findings makes it anew)', () => {
  expect(readFileSync('docs/findings.md', 'utf8')).toBe(findingsDocs());
});

it.each(Object.keys(FINDINGS))('%s is found by something, and shown by a test', (code) => {
  const mentions = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && name !== 'finding-codes.ts')
      .filter((name) => readFileSync(`${folder}/${name}`, 'utf8').includes(`'${code}'`));
  expect(mentions('src/finding')).not.toEqual([]);
  expect(mentions('test')).not.toEqual([]);
});
