/** The pictures of the screen in docs/. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const PICTURES = readdirSync('docs').filter((name) => name.endsWith('.svg'));

it('there are some', () => {
  expect(PICTURES.length).toBeGreaterThan(0);
});

it.each(PICTURES)(
  '%s: no spaces that a browser collapses, which would stretch the text over its length',
  (name) => {
    const texts = [...readFileSync(`docs/${name}`, 'utf8').matchAll(/<text[^>]*>([^<]*)/g)].map(
      ([, text]) => text ?? '',
    );
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter((text) => /^ | $| {2}/.test(text))).toEqual([]);
  },
);
