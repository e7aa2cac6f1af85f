import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { protocolDocs } from '../../scripts/protocol-docs.ts';
import { protocols } from '../../src/decode/registry.ts';

describe('docs/protocols.md', () => {
  const text = readFileSync('docs/protocols.md', 'utf8');

  it('is what the protocols’ descriptions say now (npm run docs:protocols makes it anew)', () => {
    expect(text).toBe(protocolDocs());
  });

  it('has a section for every protocol', () => {
    for (const { name, title } of protocols.filter(({ isPartial }) => isPartial !== true))
      expect(text).toContain(`### ${title} (\`${name}\`)`);
  });
});
