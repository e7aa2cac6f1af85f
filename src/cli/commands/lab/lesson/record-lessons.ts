/** Records what lessons need to be taken offline. */
import { lessonNames } from '../../../../lab/lesson/lesson.ts';
import { recordLesson } from '../../../../lab/lesson/record-lesson.ts';
import { requireRoot } from '../../../../lab/network/machine.ts';
import { EXIT } from '../../../errors.ts';
import { interruptible } from '../../../signals.ts';
import { print } from './lesson-terminal.ts';

/**
 * Records one lesson, or all of them, a folder each in `folder`.
 *
 * @param lab the lab's name; default: the lesson's
 * @returns the exit code
 */
export function recordLessons(name: string | undefined, folder: string, lab?: string): Promise<number> {
  requireRoot();
  return interruptible(async (signal) => {
    for (const each of name === undefined ? lessonNames() : [name]) {
      if (signal.aborted) return EXIT.notMet;
      await recordLesson(each, folder, { lab: lab ?? `${each}-recorded`.slice(-24), signal });
      print(`${each} recorded\n`);
    }
    return EXIT.done;
  });
}
