/** README.zh-CN.md says what README.md says: the same headings, code, tables, links and pictures, in the same order. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { blocksOf, linksOf } from '../support/doc-blocks.ts';

const [english, chinese] = ['README.md', 'README.zh-CN.md'].map((page) => readFileSync(page, 'utf8')) as [
  string,
  string,
];
const matches = (page: string, pattern: RegExp) => [...page.matchAll(pattern)].map(([match]) => match);

it.each<[string, (page: string) => unknown]>([
  ['blocks of code, byte for byte', blocksOf],
  ['headings, by their levels', (page) => matches(page, /^#+(?= )/gm)],
  ['rows of tables', (page) => matches(page, /^\|/gm).length],
  ['numbered things to do', (page) => matches(page, /^\*\*\d/gm)],
  ['code in a line', (page) => matches(page.replace(/^```[\s\S]*?^```$/gm, ''), /`[^`\n]+`/g).sort()],
  // Each links to the other.
  ['links and pictures', (page) => linksOf(page).filter((target) => !/^README/.test(target))],
])('%s', (_, parts) => {
  expect(parts(chinese)).toEqual(parts(english));
});

it('each links to the other', () => {
  expect(linksOf(english)).toContain('README.zh-CN.md');
  expect(linksOf(chinese)).toContain('README.md');
});
