/** Lessons recorded, so that they can be taken offline: walked through their real networks by a learner who knows. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createModelLearner, type ModelLearnerOptions } from './learner.ts';
import { loadLesson } from './lesson.ts';
import type { LessonNetwork } from './lesson-network.ts';
import { walkLesson } from './lesson-walk.ts';
import { loadWords } from './lesson-words.ts';
import { openLiveLesson } from './live-network.ts';
import { RECORDING_FILE, type RecordedOutput } from './recorded-network.ts';

/** Of pictures and tables, which are drawn anew from the captures each time. */
const COLUMNS = 80;

export interface RecordOptions extends ModelLearnerOptions {
  /** The lab's name. */
  readonly lab: string;
  readonly signal?: AbortSignal;
}

/**
 * @param folder where the lesson's own folder is made anew
 * @throws where the lesson's questions and tasks do not come out as it says
 */
export async function recordLesson(name: string, folder: string, options: RecordOptions): Promise<void> {
  const { lab, signal } = options;
  const lesson = loadLesson(name);
  const own = join(folder, name);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  const live = openLiveLesson({ lab, folder: own, signal });
  const outputs: RecordedOutput[] = [];
  const network: LessonNetwork = {
    ...live,
    async run(step) {
      const { on, command } = step;
      const { text, exitCode } = await live.run(step);
      outputs.push({ on, command, text, exitCode });
      return { text, exitCode };
    },
  };
  try {
    const learner = createModelLearner(lesson, options);
    await walkLesson({ lesson, words: loadWords(lesson.language), network, learner, columns: () => COLUMNS });
  } finally {
    await live.close();
  }
  writeFileSync(join(own, RECORDING_FILE), stringify({ outputs }, { lineWidth: 0 }));
}
