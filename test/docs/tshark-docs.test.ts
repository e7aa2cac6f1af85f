import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tsharkDocs } from '../../scripts/tshark-docs.ts';

it('docs/tshark.md is what the table of versions says now (npm run docs:tshark makes it anew)', () => {
  expect(readFileSync('docs/tshark.md', 'utf8')).toBe(tsharkDocs());
});
