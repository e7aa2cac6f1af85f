/** README and docs lead somewhere, and every page can be found from the index. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { linksOf } from '../support/doc-blocks.ts';

const pages = [
  'README.md',
  'README.zh-CN.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const targets = (page: string) => linksOf(readFileSync(page, 'utf8'));

/** As GitHub makes an anchor of a heading; and those that stand in the text. */
function anchors(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  const numbered = headings.map((name, i) => {
    const before = headings.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${before}`;
  });
  return [...numbered, ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id as string)];
}

it.each(pages)('%s', (page) => {
  const broken = targets(page).filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchors(file).includes(anchor);
  });
  expect(broken).toEqual([]);
});

it('the index has every page', () => {
  const listed = targets('docs/README.md').map((target) => join('docs', target));
  expect(
    pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !listed.includes(page)),
  ).toEqual([]);
});

it('README is read in a few minutes: 8 KiB', () => {
  expect(readFileSync('README.md').length).toBeLessThanOrEqual(8192);
});
