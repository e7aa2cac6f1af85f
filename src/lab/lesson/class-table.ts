/** Results of a class: counted from what learners answered, which is judged here again, and beside each other as a table. */
import { withOrder } from './draw.ts';
import { type Lesson, lessonHash, lessonNames, loadLesson } from './lesson.ts';
import { capturePath } from './lesson-network.ts';
import { isRight } from './packets.ts';
import { openRecording } from './recorded-network.ts';
import { type LessonResult, lastHash, type Proof, proofOf } from './result.ts';

/** What a learner did in a lesson. */
export interface ClassRow {
  readonly file: string;
  readonly seed: string | null;
  readonly lesson: string;
  readonly isDone: boolean;
  readonly questions: number;
  /** Answered rightly at the first try, without a hint. */
  readonly atOnce: number;
  /** Answered rightly at all. */
  readonly right: number;
  readonly wrong: number;
  readonly hints: number;
  readonly skipped: number;
  readonly tasks: number;
  readonly tasksDone: number;
  /** Tasks whose solution was shown. */
  readonly solutions: number;
  /** From the first entry to the last, without the time between an end and a resumption. */
  readonly minutes: number;
  readonly proof: Proof;
  /** What else a teacher should look at. */
  readonly remarks: readonly string[];
}

export interface ResultFile {
  readonly file: string;
  readonly result: LessonResult;
}

/** @param passphrase of the class, to check seals with */
export async function classRows(
  files: readonly ResultFile[],
  passphrase: string | undefined,
): Promise<ClassRow[]> {
  const seen = new Map<string, string>();
  const rows: ClassRow[] = [];
  for (const { file, result } of files) {
    const row = await rowOf(file, result, passphrase);
    const last = lastHash(result);
    const same = seen.get(last);
    if (same === undefined) seen.set(last, file);
    rows.push(same === undefined ? row : { ...row, remarks: [...row.remarks, `the same as ${same}`] });
  }
  return rows;
}

async function rowOf(file: string, result: LessonResult, passphrase: string | undefined): Promise<ClassRow> {
  const { lesson: name, seed, entries } = result;
  const remarks: string[] = [];
  const otherwise = new Set<number>();
  const lesson = knownLesson(result, remarks);
  const judge = lesson === undefined ? undefined : judgeOf(lesson);
  const steps = lesson?.steps ?? [];

  const isTried = new Set<number>();
  const right = new Set<number>();
  const atOnce = new Set<number>();
  const done = new Set<number>();
  const solutions = new Set<number>();
  const counts = { wrong: 0, hints: 0, skipped: 0 };
  let isDone = false;
  for (const { at, what, text = '', isRight: stated } of entries) {
    if (what === 'hint') {
      counts.hints++;
      isTried.add(at);
    }
    if (what === 'skip') counts.skipped++;
    if (what === 'solution') solutions.add(at);
    if (what === 'check' && stated === true) done.add(at);
    if (what === 'done') isDone = true;
    if (what !== 'answer') continue;
    const isSo = judge === undefined ? stated === true : await judge(at, text);
    if (isSo !== (stated === true)) otherwise.add(at + 1);
    if (isSo) right.add(at);
    else counts.wrong++;
    if (isSo && !isTried.has(at)) atOnce.add(at);
    isTried.add(at);
  }
  if (otherwise.size > 0) {
    remarks.push(`its judgement of the answers to step ${[...otherwise].join(', ')} is not the one here`);
  }
  if (entries.some(({ time }, i) => i > 0 && time < (entries[i - 1]?.time ?? ''))) {
    remarks.push('its times go backwards');
  }
  return {
    file,
    seed,
    lesson: name,
    isDone,
    questions: steps.filter((step) => step.do === 'ask').length,
    atOnce: atOnce.size,
    right: right.size,
    ...counts,
    tasks: result.isLive ? steps.filter((step) => step.do === 'task').length : 0,
    tasksDone: done.size,
    solutions: solutions.size,
    minutes: minutesOf(result),
    proof: proofOf(result, passphrase),
    remarks,
  };
}

function knownLesson(
  { lesson: name, lessonHash: stated, seed }: LessonResult,
  remarks: string[],
): Lesson | undefined {
  if (!lessonNames().includes(name)) {
    remarks.push('there is no such lesson here: its answers can’t be judged again');
    return undefined;
  }
  if (lessonHash(name) !== stated) {
    remarks.push('taken with another version of the lesson: its answers can’t be judged again');
    return undefined;
  }
  const lesson = loadLesson(name);
  return seed === null ? lesson : withOrder(lesson, seed);
}

/** Judges answers by the recording that comes with the package. */
function judgeOf(lesson: Lesson): (at: number, answer: string) => Promise<boolean> {
  const recording = openRecording(lesson.name);
  return async (at, answer) => {
    const step = lesson.steps[at];
    if (step?.do !== 'ask') return false;
    return isRight(step.of === undefined ? undefined : capturePath(lesson, recording, step.of), step, answer);
  };
}

function minutesOf({ begun, entries }: LessonResult): number {
  let milliseconds = 0;
  let since = Date.parse(begun);
  for (const { what, time } of entries) {
    const now = Date.parse(time);
    if (what !== 'resume') milliseconds += Math.max(0, now - since);
    since = now;
  }
  return milliseconds / 60_000;
}
