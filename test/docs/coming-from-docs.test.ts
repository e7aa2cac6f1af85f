import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { comingFromDocs } from '../../scripts/coming-from-docs.ts';

it('docs/coming-from.md is what the table of flags says now (npm run docs:coming-from makes it anew)', () => {
  expect(readFileSync('docs/coming-from.md', 'utf8')).toBe(comingFromDocs());
});
