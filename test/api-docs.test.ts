import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiDocs } from '../scripts/api-docs.ts';
import * as library from '../src/index.ts';

describe('docs/api.md', () => {
  const text = readFileSync('docs/api.md', 'utf8');

  it('is what the docstrings say now (npm run docs:api makes it anew)', () => {
    expect(text).toBe(apiDocs());
  });

  it('has a heading for everything that can be imported', () => {
    for (const name of Object.keys(library)) expect(text).toMatch(new RegExp(`^### ${name}\\b`, 'm'));
  });
});
