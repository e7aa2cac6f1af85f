/** Lessons' texts: in other languages, as lines for a terminal; and the file of those that were done. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  languages,
  lessonNames,
  lessonsFolder,
  loadLesson,
  type Step,
  wantedLanguage,
} from '../../../src/lab/lesson/lesson.ts';
import { noteDone, progressPath, readProgress } from '../../../src/lab/lesson/progress.ts';
import { saidText } from '../../../src/lab/lesson/terminal-text.ts';
import { fill, loadWords } from '../../../src/lab/lesson/words.ts';
import { columnsOf } from '../../../src/text/wide-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-texts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('another language', () => {
  const translated = join(folder, 'lessons');
  beforeAll(() => {
    cpSync(lessonsFolder(), translated, { recursive: true });
    const from = join(translated, 'en/05-envelope.yaml');
    mkdirSync(join(translated, 'tlh'));
    writeFileSync(
      join(translated, 'tlh/05-envelope.yaml'),
      readFileSync(from, 'utf8').replace(/^title: .*/, 'title: nav HIjmeH'),
    );
    writeFileSync(join(translated, 'tlh/interface.yaml'), 'right: "lugh."\n');
  });

  it('is taken where a lesson is there in it, and English elsewhere', () => {
    expect(languages(translated)).toEqual(['en', 'tlh', 'zh-CN']);
    expect(loadLesson('envelope', 'tlh', translated)).toMatchObject({ title: 'nav HIjmeH', language: 'tlh' });
    expect(loadLesson('routes', 'tlh', translated)).toMatchObject({
      language: 'en',
      title: /^Routes/ as never,
    });
  });

  it('the strings around are translated one by one', () => {
    const words = loadWords('tlh', translated);
    expect(words.right).toBe('lugh.');
    expect(words.wrong).toBe(loadWords('en').wrong);
  });

  it('a string that there is not is refused with its line', () => {
    writeFileSync(join(translated, 'tlh/interface.yaml'), 'right: "lugh."\nwrog: "x"\n');
    expect(() => loadWords('tlh', translated)).toThrow(
      /interface\.yaml:2: unknown key "wrog"; did you mean wrong\?/,
    );
  });

  it.each([
    [undefined, {}, 'en'],
    [undefined, { LANG: 'de_DE.UTF-8' }, 'de'],
    [undefined, { LANG: 'de_DE', LC_MESSAGES: 'fr_FR.UTF-8' }, 'fr'],
    [undefined, { LANG: 'de_DE', LC_ALL: 'es' }, 'es'],
    [undefined, { LANG: 'C.UTF-8' }, 'en'],
    [undefined, { LANG: 'POSIX' }, 'en'],
    ['nl', { LANG: 'de_DE' }, 'nl'],
    ['PT-br', {}, 'pt'],
    ['../en', {}, 'en'],
    [undefined, { LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
    [undefined, { LC_ALL: 'zh_SG.UTF-8', LANG: 'en_GB' }, 'zh-CN'],
    ['zh', {}, 'zh-CN'],
    ['zh-hans', {}, 'zh-CN'],
    ['ZH-cn', {}, 'zh-CN'],
    [undefined, { LANG: 'zh_TW.UTF-8' }, 'zh'],
    [undefined, { LANG: 'en_US.UTF-8' }, 'en'],
  ])('--language %s with %o is %s', (chosen, environment, language) => {
    expect(wantedLanguage(chosen, environment)).toBe(language);
  });
});

/** Without the texts, which translators change: what every language has to have the same. */
function bones(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => bones(one, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, bones(inner, name)]));
  }
  const isText = [
    'title',
    'about',
    'text',
    'look',
    'question',
    'why',
    'hint',
    'hints',
    'unseen',
    'done',
    'language',
  ].includes(key);
  return isText ? '' : value;
}

describe.each(languages())('in the language %s', (language) => {
  it.each(lessonNames())('%s is the same lesson as in English', (name) => {
    const lesson = loadLesson(name, language);
    const english = loadLesson(name);
    // Hints may be more or fewer.
    const withoutHints = (steps: typeof lesson.steps) => steps.map((step) => ({ ...step, hints: [] }));
    expect(bones(withoutHints(lesson.steps))).toEqual(bones(withoutHints(english.steps)));
  });

  it('strings put in what the English ones do', () => {
    const [words, english] = [loadWords(language), loadWords('en')];
    for (const [key, text] of Object.entries(english)) {
      const names = (of: string) => [...new Set(of.match(/\{\w+\}/g))].sort();
      expect(names(words[key as keyof typeof words]), key).toEqual(names(text));
    }
  });
});

it('what is put into a string is never read again', () => {
  expect(fill('{a} {b} {c}', { a: '{b}', b: 1 })).toBe('{b} 1 {c}');
});

function proseOf(step: Step): string[] {
  return Object.values(step).filter((value) => typeof value === 'string' && value.includes(' '));
}

describe('lines for a terminal', () => {
  const plain = { columns: 40, color: false };
  it.each([
    ['title', 'Title', '\nTitle\n=====\n'],
    [
      'text',
      'One sentence that goes on\nand on, over\nits lines.\n\nAnother `word` and a *new* one.\n',
      '\nOne sentence that goes on and on, over\nits lines.\n\nAnother word and a new one.\n',
    ],
    ['text', '  a -- b\n  |    |', '\n  a -- b\n  |    |\n'],
    [
      'text',
      '- first item, which is too long for one line\n- second',
      '\n- first item, which is too long for\n  one line\n- second\n',
    ],
    ['text', '2 * 3 * 4 is 24, and _x_', '\n2 * 3 * 4 is 24, and _x_\n'],
    ['command', 'h1# ip route', '\n  h1# ip route\n'],
    ['output', 'a\tb\n', '  a       b\n'],
    ['output', `${'x'.repeat(30)} ${'y'.repeat(12)}`, `  ${'x'.repeat(30)}\n      ${'y'.repeat(12)}\n`],
    ['output', 'red \u001b[31m\u0007\u009b2J\u202e', '  red \\x1b[31m\\x07\\x9b2J\\u{202e}\n'],
    ['picture', '┌─┐', '\n  ┌─┐\n'],
    [
      'choice',
      '1  an answer that is longer than the line is',
      '  1  an answer that is longer than\n     the line is\n',
    ],
    ['wrong', 'Not quite.', '\nNot quite.\n'],
    ['title', '隧道', '\n隧道\n====\n'],
    ['text', '一个数据包\n穿过 `VXLAN`\n隧道。', '\n一个数据包穿过 VXLAN 隧道。\n'],
    [
      'choice',
      '1  信封到达了主机的网线，但是在那里没有被拆开',
      '  1  信封到达了主机的网线，但是在那里\n     没有被拆开\n',
    ],
  ] as const)('%s %j', (kind, text, expected) => {
    expect(saidText({ kind, text }, plain)).toBe(expected);
  });

  it('color where the terminal has it', () => {
    expect(saidText({ kind: 'right', text: 'Right.' }, { columns: 80, color: true })).toBe(
      '\n\u001b[1m\u001b[32mRight.\u001b[39m\u001b[22m\n',
    );
  });

  it.each(languages())('%s: no text is wider than the terminal', (language) => {
    for (const { title, about, steps } of lessonNames().map((name) => loadLesson(name, language))) {
      const texts = [title, about, ...steps.flatMap(proseOf)];
      const lines = texts.flatMap((text) => saidText({ kind: 'text', text }, plain).split('\n'));
      expect(lines.filter((line) => !line.startsWith('  ') && columnsOf(line) > plain.columns)).toEqual([]);
    }
  });

  it.each(lessonNames())('%s: what is drawn in texts fits 80 columns, but for commands', (name) => {
    for (const step of loadLesson(name).steps) {
      const text = step.do === 'ask' ? step.question : (step.text ?? '');
      const lines = text.split('\n\n').flatMap((part) => (/^(?! {2})/m.test(part) ? [] : part.split('\n')));
      const drawn = lines.filter((line) => !/^ +(ip|socat) /.test(line));
      expect(drawn.filter((line) => line.length > 80)).toEqual([]);
    }
  });
});

describe('lessons that were done', () => {
  it.each([
    [{ XDG_STATE_HOME: '/state' }, '/state/tunnelscope/lessons.json'],
    [{ XDG_STATE_HOME: 'state' }, '/home/me/.local/state/tunnelscope/lessons.json'],
    [{}, '/home/me/.local/state/tunnelscope/lessons.json'],
  ])('%o: %s', (environment, path) => {
    expect(progressPath(environment, '/home/me')).toBe(path);
  });

  it('are kept beside each other; what is no such file counts as none', () => {
    const path = join(folder, 'state/tunnelscope/lessons.json');
    expect(readProgress(path)).toEqual({});
    expect(noteDone(path, 'routes', new Date(0))).toBe(true);
    expect(noteDone(path, 'bridge', new Date(1000))).toBe(true);
    expect(readProgress(path)).toEqual({
      routes: '1970-01-01T00:00:00.000Z',
      bridge: '1970-01-01T00:00:01.000Z',
    });
    writeFileSync(path, '[1]');
    expect(readProgress(path)).toEqual({});
    expect(noteDone('/dev/null/lessons.json', 'routes', new Date(0))).toBe(false);
  });
});
