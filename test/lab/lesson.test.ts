/** The lessons themselves: what they name exists, and what they state is so in the packets that were recorded. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Lesson,
  lessonNames,
  lessonsFolder,
  loadLesson,
  parseLesson,
  type Question,
} from '../../src/lab/lesson.ts';
import { countMatches, isRight } from '../../src/lab/lesson-captures.ts';
import type { Said } from '../../src/lab/lesson-events.ts';
import { createModelLearner } from '../../src/lab/lesson-learner.ts';
import { openRecording, recordingsFolder } from '../../src/lab/lesson-recording.ts';
import { walkLesson } from '../../src/lab/lesson-walk.ts';
import { loadWords } from '../../src/lab/lesson-words.ts';
import { wrongAnswers } from '../support/lesson-answers.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-lessons-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = lessonNames();
const words = loadWords('en');
const captureOf = (lesson: string, capture: string) => join(recordingsFolder(), lesson, `${capture}.pcapng`);
const questionsOf = ({ steps }: Lesson): Question[] => steps.filter((step) => step.do === 'ask');

describe.each(NAMES)('the lesson %s, offline', (name) => {
  const lesson = loadLesson(name);

  it('is walked to its end with the answers that it states, and says at the end of each task that it works', async () => {
    const said: Said[] = [];
    const learner = createModelLearner(lesson, { onSaid: (more) => said.push(...more) });
    const network = openRecording(name);
    expect(await walkLesson({ lesson, words, network, learner, columns: 80 })).toBe(true);
    const tasks = lesson.steps.filter((step) => step.do === 'task');
    expect(said.filter(({ text }) => text === words.met)).toHaveLength(tasks.length);
    expect(said.filter(({ kind }) => kind === 'wrong')).toEqual([]);
    // A picture of nothing would be an empty one.
    expect(said.filter(({ kind, text }) => kind === 'picture' && text.trim() === '')).toEqual([]);
  });

  it('takes no wrong answer', async () => {
    for (const question of questionsOf(lesson)) {
      const path = question.of === undefined ? undefined : captureOf(name, question.of);
      for (const answer of wrongAnswers(question)) {
        expect(await isRight(path, question, answer), `${answer} to: ${question.question}`).toBe(false);
      }
    }
  });

  it('proves from packets whatever packets can prove', () => {
    const proven = questionsOf(lesson).filter(
      ({ seen, count, choices = [] }) =>
        (seen ?? count) !== undefined ||
        choices.some((choice) => (choice.seen ?? choice.finding) !== undefined),
    );
    for (const question of questionsOf(lesson)) {
      if (question.of !== undefined) expect(proven, question.question).toContain(question);
    }
    // What is stated alone is about what is not in packets: few questions.
    expect(questionsOf(lesson).length - proven.length).toBeLessThanOrEqual(1);
  });
});

describe('what lessons prove, held against tshark', () => {
  const OURS_ALONE = /\b(outer|inner|quoted|tunpi|level)\b/;
  const tshark = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
    execFileSync('tshark', [...args], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  /** Filters by the capture that they are asked of, with the answer put in. */
  const asked = new Map<string, Set<string>>();
  for (const name of NAMES) {
    for (const question of questionsOf(loadLesson(name))) {
      const { of, seen, count, value = '', choices = [] } = question;
      if (of === undefined) continue;
      const filters = [seen?.replaceAll('{answer}', value), count, ...choices.map((choice) => choice.seen)];
      const path = captureOf(name, of);
      const known = asked.get(path) ?? new Set();
      asked.set(path, known);
      for (const filter of filters) {
        if (filter !== undefined && !OURS_ALONE.test(filter)) known.add(filter);
      }
    }
  }
  const captures = [...asked].filter(([, filters]) => filters.size > 0);

  it('asks for most', () => {
    expect(captures.flatMap(([, filters]) => [...filters]).length).toBeGreaterThan(20);
  });

  it.concurrent.each(captures)('%s', async (path, filters) => {
    const list = join(folder, `${path.replaceAll('/', '-')}.filters`);
    const found = `${list}.found`;
    writeFileSync(list, [...filters].join('\n'));
    tshark(
      ['-q', '-r', path, '-d', 'udp.port==8472,vxlan'].concat([
        '-X',
        'lua_script:test/support/tunnels.lua',
        '-X',
        'lua_script:test/support/display-filters.lua',
      ]),
      { FILTERS: list, FOUND: found },
    );
    const answers = readFileSync(found, 'utf8').split('\n').slice(0, -1).slice(-filters.size);
    const counts = answers.map((numbers) => (numbers === '' ? 0 : numbers.split(' ').length));
    const ours = await Promise.all([...filters].map((filter) => countMatches(path, filter)));
    expect(Object.fromEntries([...filters].map((filter, i) => [filter, ours[i]]))).toEqual(
      Object.fromEntries([...filters].map((filter, i) => [filter, counts[i]])),
    );
  });
});

describe('a file that is no lesson is refused with its line', () => {
  const HEAD = 'title: T\nabout: A.\nnetwork: socat\nsteps:\n';
  const RUN = '  - {do: run, on: h1, command: "true", capture: wire, at: [h1 eth0]}\n';
  it.each([
    ['title: [', /^mine\.yaml:1: not YAML/],
    [`${HEAD}  - {do: tel, text: x}\n`, /^mine\.yaml:5: /],
    [`${HEAD}  - {do: tell, txt: x}\n`, /^mine\.yaml:5: unknown key "txt"; did you mean text\?/],
    [
      `${HEAD.replace('socat', 'scat')}  - {do: tell, text: x}\n`,
      /:3: there is no network scat; did you mean socat\?/,
    ],
    [`${HEAD}  - {do: run, on: h9, command: ls}\n`, /:5: there is no node h9; there are h1, /],
    [
      `${HEAD}  - {do: run, on: h1, command: ls, capture: wire}\n`,
      /:5: .*capture .*and at .*belong together/,
    ],
    [`${HEAD}  - {do: show, as: lines, of: wire}\n`, /:5: no step before captures "wire"; there are none/],
    [`${HEAD}${RUN}  - {do: show, as: lines, of: wire, packet: "icmp.typ"}\n`, /:6: .*icmp\.type/],
    [
      `${HEAD}  - {do: ask, question: q, why: w, choices: [{text: a}, {text: b}]}\n`,
      /:5: .*exactly one choice with right: true/,
    ],
    [`${HEAD}  - {do: ask, question: q, why: w, value: "1", count: icmp}\n`, /:5: .*expected of/],
    [
      `${HEAD}${RUN}  - {do: ask, question: q, why: w, of: wire, value: "1", seen: icmp}\n`,
      /:6: .*expected \{answer\}/,
    ],
    [
      `${HEAD}${RUN}  - {do: ask, question: q, why: w, of: wire, choices: [{text: a, right: true, finding: no-repli}, {text: b}]}\n`,
      /:6: there is no finding no-repli; did you mean no-reply\?/,
    ],
  ])('%#', (yaml, message) => {
    expect(() => parseLesson(yaml, 'mine.yaml')).toThrow(message);
  });

  it('a lesson that there is not', () => {
    expect(() => loadLesson('envelop')).toThrow('"envelop" is no lesson\'s name; did you mean envelope?');
  });

  it('every lesson is in its file as it is called', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(14);
    for (const name of NAMES) expect(loadLesson(name, 'en', lessonsFolder()).steps.length).toBeGreaterThan(3);
  });
});
