/** The lessons themselves: what they name exists, and what they state is so in the packets that were recorded. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Said } from '../../../src/lab/lesson/events.ts';
import {
  type Lesson,
  lessonNames,
  lessonsFolder,
  loadLesson,
  parseLesson,
  type Question,
} from '../../../src/lab/lesson/lesson.ts';
import { capturePath } from '../../../src/lab/lesson/lesson-network.ts';
import { createModelLearner } from '../../../src/lab/lesson/model-learner.ts';
import { countMatches, isRight } from '../../../src/lab/lesson/packets.ts';
import { openRecording } from '../../../src/lab/lesson/recorded-network.ts';
import { walkLesson } from '../../../src/lab/lesson/walk.ts';
import { loadWords } from '../../../src/lab/lesson/words.ts';
import { wrongAnswers } from '../../support/lesson-answers.ts';
import { hasTshark, tapFilters } from '../../support/tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-lessons-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = lessonNames();
const words = loadWords('en');
const captureOf = (lesson: string, capture: string) =>
  capturePath(loadLesson(lesson), openRecording(lesson), capture);
const questionsOf = ({ steps }: Lesson): Question[] => steps.filter((step) => step.do === 'ask');

describe.each(NAMES)('the lesson %s, offline', (name) => {
  const lesson = loadLesson(name);

  it('is walked to its end with the answers that it states, and says at the end of each task that it works', async () => {
    const said: Said[] = [];
    const learner = createModelLearner(lesson, { onSaid: (more) => said.push(...more) });
    const network = openRecording(name);
    expect(await walkLesson({ lesson, words, network, learner, columns: () => 80 })).toBe(true);
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

/** Filters that are asked of packets, by capture, with the stated answers put in; those alone that tshark knows as well. */
function askedFilters(): Map<string, string[]> {
  const asked = new Map<string, string[]>();
  for (const name of NAMES) {
    for (const { of, seen, count, value = '', choices = [] } of questionsOf(loadLesson(name))) {
      if (of === undefined) continue;
      const all = [seen?.replaceAll('{answer}', value), count, ...choices.map((choice) => choice.seen)];
      const shared = all.filter((filter) => filter !== undefined && !OURS_ALONE.test(filter)) as string[];
      const path = captureOf(name, of);
      asked.set(path, [...(asked.get(path) ?? []), ...shared]);
    }
  }
  return asked;
}

const OURS_ALONE = /\b(outer|inner|tunpi)\b/;

it.skipIf(!hasTshark)(
  `what lessons prove, tshark finds as well${hasTshark ? '' : ' (SKIPPED: needs tshark)'}`,
  async () => {
    const asked = [...askedFilters()].filter(([, filters]) => filters.length > 0);
    const filters = asked.flatMap(([, own]) => own);
    expect(filters.length).toBeGreaterThan(20);
    const merged = join(folder, 'merged.pcapng');
    // One run for all: tshark takes long to begin.
    execFileSync('mergecap', ['-a', '-I', 'none', '-w', merged, ...asked.map(([path]) => path)]);
    const { answers } = tapFilters(merged, filters);
    let before = 0;
    let next = 0;
    for (const [path, own] of asked) {
      const size = await countMatches(path, 'frame');
      for (const filter of own) {
        const numbers = answers[next++] as readonly number[];
        const inFile = numbers.filter((number) => number > before && number <= before + size);
        expect(await countMatches(path, filter), `${path}: ${filter}`).toBe(inFile.length);
      }
      before += size;
    }
  },
);

it.each([
  ['fault-2', 'socat-nopi'],
  ['fault-3', 'vxlan'],
])('%s takes another repair than the one it shows: %s', async (name, capture) => {
  const [check] = loadLesson(name).steps.flatMap((step) => (step.do === 'task' ? [step.check] : []));
  expect(await countMatches(`fixtures/${capture}.pcap`, check?.seen ?? 'frame')).toBeGreaterThan(0);
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
      /:3: unknown network "scat"; did you mean socat\?/,
    ],
    [`${HEAD}  - {do: run, on: h9, command: ls}\n`, /:5: there is no node h9; there are h1, /],
    [`${HEAD}  - {do: run, on: h1, command: ls, capture: wire}\n`, /:5: .*capture .*and at .*go together/],
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
    expect(() => loadLesson('envelop')).toThrow('unknown lesson "envelop"; did you mean envelope?');
  });

  it('every lesson is in its file as it is called', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(14);
    for (const name of NAMES) expect(loadLesson(name, 'en', lessonsFolder()).steps.length).toBeGreaterThan(3);
  });
});
