import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dropReasonsDocs } from '../../scripts/drop-reasons-docs.ts';

it('docs/drop-reasons.md is what the tables say now (npm run docs:drop-reasons makes it anew)', () => {
  expect(readFileSync('docs/drop-reasons.md', 'utf8')).toBe(dropReasonsDocs());
});
