/** Records lessons, so that they can be taken offline: a learner who knows walks through them in their real networks. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadLesson } from './lesson.ts';
import type { LessonNetwork } from './lesson-network.ts';
import { openLiveLesson } from './live-network.ts';
import { createModelLearner, type ModelLearnerOptions } from './model-learner.ts';
import { RECORDING_FILE, type RecordedOutput } from './recorded-network.ts';
import { walkLesson } from './walk.ts';
import { loadWords } from './words.ts';

/** For pictures and tables. They are not recorded, but drawn from the captures each time. */
const COLUMNS = 80;

export interface RecordOptions extends ModelLearnerOptions {
  /** The lab's name. */
  readonly lab: string;
  readonly signal?: AbortSignal;
}

/**
 * @param folder where the lesson's own folder is made again
 * @throws where a stated answer is not right, or a solution does not work
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
