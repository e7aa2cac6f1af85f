/** What a seed draws, and results: their hashes and seals against Node's own, their counts against what was done. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { classRows } from '../../../src/lab/lesson/class-table.ts';
import { drawFault, faultLessons, withOrder } from '../../../src/lab/lesson/draw.ts';
import { lessonHash, loadLesson } from '../../../src/lab/lesson/lesson.ts';
import {
  beginResult,
  formatResult,
  type LessonResult,
  learnersKey,
  parseResult,
  proofOf,
  type ResultEntry,
  sealed,
  withEntry,
} from '../../../src/lab/lesson/result.ts';

const names = faultLessons();
const SEEDS = Array.from({ length: 70 }, (_, i) => String(i));

describe('a seed draws', () => {
  it('the same fault everywhere: by SHA-256, of a list of broken networks', () => {
    expect(names).toEqual(expect.arrayContaining(['fault-1', 'fault-6', 'only-ping']));
    for (const seed of SEEDS) {
      const hash = createHash('sha256').update(`["${seed}","fault"]`).digest('hex');
      expect(drawFault(seed, names)).toBe(names[Number.parseInt(hash.slice(0, 12), 16) % names.length]);
    }
  });

  it('every fault, for one or the other', () => {
    expect(drawFault('7')).toBe(drawFault('7', names));
    expect([...new Set(SEEDS.map((seed) => drawFault(seed, names)))].sort()).toEqual(names.toSorted());
  });

  it('every order of three choices, with the same choices, and nothing else', () => {
    const lesson = loadLesson('envelope');
    const texts = (seed: string) => {
      const step = withOrder(lesson, seed).steps.find(({ do: kind }) => kind === 'ask');
      return step?.do === 'ask' ? (step.choices ?? []).map(({ text }) => text) : [];
    };
    expect(texts('7')).toEqual(texts('7'));
    expect(new Set(SEEDS.map((seed) => texts(seed).join())).size).toBe(6);
    const sorted = (of: typeof lesson) =>
      of.steps.map((step) =>
        step.do === 'ask' && step.choices !== undefined
          ? { ...step, choices: step.choices.toSorted((a, b) => (a.text < b.text ? -1 : 1)) }
          : step,
      );
    expect(sorted(withOrder(lesson, '7'))).toEqual(sorted(lesson));
  });
});

const BEGUN = Date.parse('2026-03-02T08:00:00.000Z');
const at = (seconds: number) => new Date(BEGUN + seconds * 1000);
type Done = [seconds: number, step: number, deed: Parameters<typeof withEntry>[2]];

function resultOf(
  done: readonly Done[],
  head: Partial<Parameters<typeof beginResult>[0]> = {},
): LessonResult {
  const begun = beginResult({
    lesson: 'envelope',
    lessonHash: lessonHash('envelope'),
    seed: null,
    isLive: false,
    begun: at(0).toISOString(),
    ...head,
  });
  return done.reduce((result, [seconds, step, deed]) => withEntry(result, step, deed, at(seconds)), begun);
}

const answer = (text: string, isRight: boolean) => ({ what: 'answer', text, isRight }) as const;
/** Steps of the lesson "envelope" that ask. */
const [WHO, WHERE, PORT] = loadLesson('envelope').steps.flatMap((step, i) =>
  step.do === 'ask' ? [i] : [],
) as [number, number, number];
const DONE: readonly Done[] = [
  [10, WHO, answer('1', false)],
  [20, WHO, answer('2', true)],
  [30, WHERE, answer('1', true)],
  [40, PORT, { what: 'hint' }],
  [60, PORT, answer('0x2328', true)],
  [90, PORT, { what: 'done' }],
];

describe('a result', () => {
  it('is read as it was written', () => {
    const result = sealed(resultOf(DONE, { seed: 'anna' }), 'abcd');
    expect(parseResult(formatResult(result))).toEqual(result);
  });

  it('each hash covers the one before and its entry; the seal is HMAC-SHA256 of the last', () => {
    const result = sealed(resultOf(DONE.slice(0, 1), { seed: 'anna' }), 'abcd');
    const sha = (text: string) => createHash('sha256').update(text).digest('hex');
    const head = sha(
      `["tunnelscope lesson result 1","envelope","${lessonHash('envelope')}","anna",false,"2026-03-02T08:00:00.000Z"]`,
    );
    const first = sha(`["${head}","2026-03-02T08:00:10.000Z",${WHO},"answer","1",false]`);
    expect(result.entries[0]?.hash).toBe(first);
    expect(result.seal).toBe(createHmac('sha256', 'abcd').update(first).digest('hex'));
  });

  it('a key goes with its seed and its class', () => {
    const keys = [
      ['secret', 'anna'],
      ['secret', 'bert'],
      ['other', 'anna'],
    ].map(([passphrase = '', seed = '']) => learnersKey(passphrase, seed));
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });

  const annas = sealed(resultOf(DONE, { seed: 'anna' }), learnersKey('secret', 'anna'));
  const changedEntry = (i: number, change: Partial<ResultEntry>): LessonResult => ({
    ...annas,
    entries: annas.entries.map((entry, k) => (k === i ? { ...entry, ...change } : entry)),
  });
  it.each<[string, LessonResult, string | undefined, string]>([
    ['with its seal', annas, 'secret', 'sealed'],
    ['without the passphrase', annas, undefined, 'seal unchecked'],
    ['of another class', annas, 'other', 'other key'],
    ['whose seal was taken off', { ...annas, seal: null }, 'secret', 'unsealed'],
    ['under another’s name', { ...annas, seed: 'bert' }, 'secret', 'changed'],
    [
      'made again under another’s name, without their key',
      sealed(resultOf(DONE, { seed: 'bert' }), learnersKey('secret', 'anna')),
      'secret',
      'other key',
    ],
    ['said to be right', changedEntry(0, { isRight: true }), 'secret', 'changed'],
    ['at another time', changedEntry(2, { time: at(31).toISOString() }), 'secret', 'changed'],
    ['without its first answer', { ...annas, entries: annas.entries.slice(1) }, 'secret', 'changed'],
    ['without its last entry', { ...annas, entries: annas.entries.slice(0, -1) }, 'secret', 'other key'],
  ])('one %s: $3', (_, result, passphrase, proof) => {
    expect(proofOf(result, passphrase)).toBe(proof);
  });

  it.each([
    ['', 'is not a lesson’s result: expected JSON'],
    ['[]', /^is not a lesson’s result: /],
    [formatResult({ ...annas, format: 'other' as never }), /^is not a lesson’s result: format: /],
    [formatResult(changedEntry(1, { hash: 'x' })), /entries\.1\.hash: expected 64 hexadecimal digits/],
  ])('what is none is refused: %#', (text, message) => {
    expect(() => parseResult(text)).toThrow(message);
  });
});

describe('a class', () => {
  const rowOf = async (result: LessonResult) => (await classRows([{ file: 'a.json', result }], undefined))[0];

  it('is counted from the answers', async () => {
    expect(await rowOf(resultOf(DONE))).toEqual({
      file: 'a.json',
      seed: null,
      lesson: 'envelope',
      isDone: true,
      questions: 3,
      right: 3,
      atOnce: 1,
      wrong: 1,
      hints: 1,
      skipped: 0,
      tasks: 0,
      tasksDone: 0,
      solutions: 0,
      minutes: 1.5,
      proof: 'unsealed',
      remarks: [],
    });
  });

  it('tasks are counted where there was a network', async () => {
    const head = { lesson: 'fault-4', lessonHash: lessonHash('fault-4'), isLive: true };
    const task = loadLesson('fault-4').steps.findIndex((step) => step.do === 'task');
    const done: Done[] = [
      [1, task, { what: 'command', text: 'h2# ip route' }],
      [2, task, { what: 'solution' }],
      [3, task, { what: 'check', isRight: false }],
      [4, task, { what: 'check', isRight: true }],
    ];
    expect(await rowOf(resultOf(done, head))).toMatchObject({
      tasks: 1,
      tasksDone: 1,
      solutions: 1,
      isDone: false,
    });
  });

  it('the time between an end and a resumption does not count', async () => {
    const left: Done[] = [
      [30, WHO, { what: 'pause' }],
      [3000, 0, { what: 'resume' }],
      [3030, WHO, answer('2', true)],
    ];
    expect(await rowOf(resultOf(left))).toMatchObject({ minutes: 1, atOnce: 1 });
  });

  it('answers are judged again, in the order that the seed gave the choices', async () => {
    const step = withOrder(loadLesson('envelope'), 'anna').steps[WHO];
    const right = step?.do === 'ask' ? (step.choices ?? []).findIndex((choice) => choice.right === true) : -1;
    const wrong = (right + 1) % 3;
    const forged = resultOf([[1, WHO, answer(String(wrong + 1), true)]], { seed: 'anna' });
    expect(await rowOf(forged)).toMatchObject({
      right: 0,
      wrong: 1,
      remarks: [`its judgement of the answers to step ${WHO + 1} is not the one here`],
    });
    const honest = resultOf([[1, WHO, answer(String(right + 1), true)]], { seed: 'anna' });
    expect(await rowOf(honest)).toMatchObject({ right: 1, remarks: [] });
  });

  it.each<[string, LessonResult, string]>([
    [
      'another version of the lesson',
      resultOf(DONE, { lessonHash: '0'.repeat(64) }),
      'taken with another version of the lesson: its answers can’t be judged again',
    ],
    [
      'a lesson that there is not',
      resultOf(DONE, { lesson: 'none' }),
      'there is no such lesson here: its answers can’t be judged again',
    ],
    ['times that go backwards', resultOf([...DONE, [50, PORT, { what: 'pause' }]]), 'its times go backwards'],
  ])('%s is told', async (_, result, remark) => {
    expect((await rowOf(result))?.remarks).toEqual([remark]);
  });

  it('a copy is told', async () => {
    const result = resultOf(DONE);
    const rows = await classRows(
      [
        { file: 'a.json', result },
        { file: 'b.json', result },
      ],
      undefined,
    );
    expect(rows.map(({ remarks }) => remarks)).toEqual([[], ['the same as a.json']]);
  });
});
