import { describe, expect, it } from 'vitest';
import { lessonHtml } from '../../src/explain/html.ts';
import type { Lesson } from '../../src/explain/lesson.ts';
import { lessonSvg } from '../../src/explain/svg.ts';
import { lessonText } from '../../src/explain/text.ts';
import { generatedCaptures, labCaptures, readCapture } from '../support/captures.ts';
import { lessonFrom, lessonOf } from '../support/lessons.ts';

const HOSTILE = '"><script src=//evil></script><img onerror=x>&\x1b]0;title\x07';

/** Of every fixture the first packets' lessons, which are made once. */
const lessons = await Promise.all(
  [...labCaptures, ...generatedCaptures].map(async (path) =>
    (await readCapture(path)).slice(0, 6).map(({ bytes, linkType }) => lessonOf(bytes, linkType)),
  ),
);

/** Of the lab's, each stack of levels once: to wrap a lesson's text takes its time. */
const kinds = new Map(
  lessons
    .slice(0, labCaptures.length)
    .flat()
    .map((lesson) => [lesson.steps.map(({ why }) => why).join(), lesson]),
).values();

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

  it('is well-formed: every tag that opens is closed', () => {
    for (const lesson of lessons.flat()) {
      const text = write(lesson, 'x');
      expect(openTags(text)).toEqual([]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});

describe('a tunnel of which nothing can be laid side by side', () => {
  it.each([
    ['unread/cut-64.pcap', 1, 'Inside, the capture ends after the header of Ethernet II', 'a larger -s'],
    ['findings/arp-unanswered.pcap', 1, 'Inside, no IP header can be read (Address Resolution Protocol)', ''],
    ['unread/wireguard-go.pcap', 1, 'Inside, no IP header can be read (WireGuard Protocol)', ''],
  ])('%s, packet %i: the reason instead of a table', async (name, number, reason, advice) => {
    const lesson = await lessonFrom(`fixtures/${name}`, number);
    const text = lessonText(lesson, 'x', 200);
    expect(text).toContain(`${reason}, so there is nothing to compare`);
    expect(text).toContain(advice);
    expect(lessonHtml(lesson, 'x')).toContain(reason);
  });

  it('has no table without rows, in any capture', () => {
    for (const lesson of lessons.flat()) {
      expect(lesson.tunnels.filter(({ compared, cost }) => compared.length === 0 && cost === '')).toEqual([]);
      if (lesson.tunnels.length > 0) expect(lessonText(lesson, 'x', 80)).not.toMatch(/Outer +Inner\n\n/);
      expect(lessonHtml(lesson, 'x')).not.toContain('<tbody></tbody>');
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
  it.each([60, 80, 132])('keeps to %i columns', (columns) => {
    for (const lesson of kinds) {
      const lines = lessonText(lesson, 'x', columns).split('\n');
      expect(lines.filter((line) => [...line].length > columns)).toEqual([]);
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

describe('a lesson as a picture', () => {
  /** Text elements: where they stand, and what they say. */
  const textsOf = (picture: string) =>
    [...picture.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].map(([, x, y, text]) => ({
      x: Number(x),
      y: Number(y),
      text: text as string,
    }));

  it('has its conclusion whole', async () => {
    const lesson = await lessonFrom('fixtures/socat.pcap', 1);
    const words = textsOf(lessonSvg(lesson, 'x'))
      .map(({ text }) => text)
      .join(' ');
    expect(words).toContain('an inner packet can have at most 1468 bytes.');
  });

  // tshark: outer and inner have DSCP 0, lengths 116 and 84, times to live 64 and 63.
  it.each([
    ['Differentiated Services Codepoint', '='],
    ['Total Length', '≠'],
    ['Time to Live', '≠'],
    ['Don’t Fragment', '='],
    ['Source Address', '≠'],
  ])(
    'has outer and inner on one line, and between them whether they are the same: %s %s',
    async (label, sign) => {
      const texts = textsOf(lessonSvg(await lessonFrom('fixtures/socat.pcap', 1), 'x'));
      const [outer, inner] = texts.filter(({ text }) => text === label);
      expect(outer?.y).toBe(inner?.y);
      const between = texts.filter(
        ({ x, y, text }) => y === inner?.y && x < (inner?.x ?? 0) && x > 600 && /[=≠]/.test(text),
      );
      expect(between.map(({ text }) => text)).toEqual([sign]);
    },
  );

  it('of ten levels has three columns, with room for their fields, and says so', () => {
    const headers = Array.from({ length: 10 }, (_, level) => {
      const length = (10 - level) * 20 + 8;
      const protocol = level === 9 ? 1 : 4;
      return [
        0x45,
        0,
        length >> 8,
        length & 0xff,
        0,
        0,
        0,
        0,
        64,
        protocol,
        0,
        0,
        10,
        level,
        0,
        1,
        10,
        level,
        0,
        2,
      ];
    }).flat();
    const echo = [8, 0, 0, 0, 0, 1, 0, 1];
    const bytes = Uint8Array.of(...new Array<number>(12).fill(2), 8, 0, ...headers, ...echo);
    const texts = textsOf(lessonSvg(lessonOf(bytes), 'x'));
    expect(texts.filter(({ text }) => text === 'Destination Address')).toHaveLength(3);
    expect(texts.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        '10.0.0.1',
        '10.8.0.1',
        '10.9.0.1',
        expect.stringMatching(/^Levels 1 to 7 are/),
      ]),
    );
  });
});
