import { describe, expect, it } from 'vitest';
import { lessonHtml } from '../../src/explain/html.ts';
import type { Lesson } from '../../src/explain/lesson.ts';
import { lessonSvg } from '../../src/explain/svg.ts';
import { lessonText } from '../../src/explain/text.ts';
import { generatedCaptures, labCaptures, readCapture } from '../support/captures.ts';
import { lessonFrom, lessonOf } from '../support/lessons.ts';

const HOSTILE = '"><script src=//evil></script><img onerror=x>&\x1b]0;title\x07';

const documents: readonly (readonly [string, (lesson: Lesson, heading: string) => string])[] = [
  ['page', lessonHtml],
  ['picture', lessonSvg],
];

describe.each(documents)('a lesson as a %s', (_name, write) => {
  it('has nothing of a heading or a packet unescaped', async () => {
    const lesson = await lessonFrom('fixtures/socat.pcap', 1);
    const text = write({ ...lesson, summary: [HOSTILE, HOSTILE] }, HOSTILE);
    expect(text).not.toMatch(/<script|<img/);
    expect(text).toContain('&lt;script');
  });

  it('loads nothing from elsewhere', async () => {
    const text = write(await lessonFrom('fixtures/vxlan.pcap', 1), 'x');
    const places = text.match(/\b(src=|href=|url\(|@import|xlink)/g) ?? [];
    expect(places).toEqual([]);
  });

  it('is well-formed: every tag that opens is closed', async () => {
    for (const path of [...labCaptures, ...generatedCaptures]) {
      for (const { bytes, linkType } of (await readCapture(path)).slice(0, 6)) {
        const text = write(lessonOf(bytes, linkType), 'x');
        expect(openTags(text)).toEqual([]);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }
    }
  });
});

/** Tags that stay open at the end, or are closed out of order. */
function openTags(text: string): string[] {
  const open: string[] = [];
  for (const [, end, name = '', self] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (self === '/' || name === 'meta' || name === 'br') continue;
    if (end === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

describe('a lesson as text', () => {
  it.each([60, 80, 132])('keeps to %i columns', async (columns) => {
    for (const path of labCaptures) {
      for (const { bytes, linkType } of (await readCapture(path)).slice(0, 2)) {
        for (const line of lessonText(lessonOf(bytes, linkType), 'x', columns).split('\n')) {
          expect([...line].length, line).toBeLessThanOrEqual(columns);
        }
      }
    }
  });

  it('tells every field with what it is for', async () => {
    const lesson = await lessonFrom('fixtures/vxlan.pcap', 1);
    const words = lessonText(lesson, 'x', 80).replace(/\s+/g, ' ');
    for (const { fields } of lesson.steps) {
      for (const { row } of fields) {
        expect(words).toContain(`${row.label}: ${row.value}`);
        expect(words).toContain(row.field?.about.replace(/\s+/g, ' '));
      }
    }
  });
});
