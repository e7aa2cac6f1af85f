import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiReference } from '../../scripts/api-docs.ts';
import * as library from '../../src/index.ts';
import { matchers } from '../../src/library/matchers/matchers.ts';

const texts = {
  'docs/api.md': readFileSync('docs/api.md', 'utf8'),
  'docs/matchers.md': readFileSync('docs/matchers.md', 'utf8'),
};

it('the reference is what the docstrings say now (npm run docs:api makes it anew)', () => {
  const made = apiReference();
  expect(texts['docs/api.md']).toBe(made.library);
  expect(texts['docs/matchers.md']).toBe(made.matchers);
});

it('has a heading for everything that can be imported', () => {
  for (const name of Object.keys(library)) {
    expect(texts['docs/api.md']).toMatch(new RegExp(`^### ${name}\\b`, 'm'));
  }
  for (const name of Object.keys(matchers)) {
    expect(texts['docs/matchers.md']).toMatch(new RegExp(`^##### ${name}\\b`, 'm'));
  }
});

describe.each(Object.entries(texts))('%s', (_name, text) => {
  it('describes every property, and every parameter where it describes one', () => {
    let heading = '';
    let column = -1;
    const without: string[] = [];
    for (const line of text.split('\n')) {
      if (line.startsWith('### ')) heading = line.slice(4);
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      if (line.startsWith('| Property ') || line.startsWith('| Parameter ')) {
        column = cells.indexOf('Description');
        if (column < 0 && line.startsWith('| Property ')) without.push(`${heading}: all`);
      } else if (!line.startsWith('|')) column = -1;
      else if (column > 0 && cells[column] === '-') without.push(`${heading}: ${cells[1]}`);
    }
    expect(without).toEqual([]);
    expect(text).not.toContain('__namedParameters');
  });

  it('links to what is there', () => {
    const anchors = new Map(
      Object.entries(texts).map(([name, whole]) => [
        name,
        new Set([
          ...[...whole.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id as string),
          ...headings(whole),
        ]),
      ]),
    );
    const broken = [...text.matchAll(/\]\((?:(api|matchers)\.md)?#([^)]+)\)/g)]
      .filter(([, file, id]) => {
        const name = file === undefined ? _name : `docs/${file}.md`;
        return anchors.get(name)?.has(id as string) !== true;
      })
      .map(([link]) => link);
    expect(broken).toEqual([]);
    for (const [, path] of text.matchAll(/\]\((\.\.\/[^)#]+)/g))
      expect(existsSync(`docs/${path}`)).toBe(true);
  });
});

/** As GitHub makes them: lower case, without what is no letter, numbered where they come again. */
function headings(text: string): string[] {
  const counts = new Map<string, number>();
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => {
    const id = (title as string)
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    const count = counts.get(id) ?? 0;
    counts.set(id, count + 1);
    return count === 0 ? id : `${id}-${count}`;
  });
}
