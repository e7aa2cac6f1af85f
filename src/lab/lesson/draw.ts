/** What a seed draws for a class: a fault, and the order of each question's choices. The same on every machine, and nothing but the seed's. */
import { createHash } from 'node:crypto';
import { type Lesson, lessonHead, lessonNames } from './lesson.ts';

/** What `lab lesson` takes instead of a lesson's name, to have one with a fault drawn. */
export const DRAWN = 'fault';

/** Lessons whose network is broken from the beginning. */
export function faultLessons(): string[] {
  return lessonNames().filter((name) => lessonHead(name).network?.startsWith('broken-'));
}

/** @param seed any text: a number, a student's name */
export function drawFault(seed: string, names = faultLessons()): string {
  return names[drawn(names.length, seed, DRAWN)] as string;
}

/** The lesson with its questions' choices in the seed's order. */
export function withOrder(lesson: Lesson, seed: string): Lesson {
  const steps = lesson.steps.map((step, at) =>
    step.do === 'ask' && step.choices !== undefined
      ? { ...step, choices: shuffled(step.choices, `${seed}/${lesson.name}/${at}`) }
      : step,
  );
  return { ...lesson, steps };
}

/** Fisher and Yates's order: each is as likely as any other. */
function shuffled<T>(list: readonly T[], seed: string): T[] {
  const all = [...list];
  for (let last = all.length - 1; last > 0; last--) {
    const other = drawn(last + 1, seed, String(last));
    [all[last], all[other]] = [all[other] as T, all[last] as T];
  }
  return all;
}

/** A number from 0 to `count` - 1. Of 48 bits, so that none of a few is likelier than another by more than one in 10 to the 13th. */
function drawn(count: number, seed: string, what: string): number {
  return (
    createHash('sha256')
      .update(JSON.stringify([seed, what]))
      .digest()
      .readUIntBE(0, 6) % count
  );
}
