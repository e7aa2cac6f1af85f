/** A learner who knows: gives the answers that the lesson states, and types its solutions. Lessons are recorded and tested with it. */
import { setTimeout as pause } from 'node:timers/promises';
import { loadNetwork } from '../network/network.ts';
import type { Said } from './events.ts';
import type { Learner } from './learner.ts';
import type { Lesson } from './lesson.ts';
import { mendCommands } from './mend-commands.ts';

/** How often a line that fails is typed again, and milliseconds between. */
const MOST_FAILURES = 50;
const BETWEEN = 100;

export interface ModelLearnerOptions {
  /** Asks for each task's check before anything is done about it. */
  readonly checksFirst?: boolean;
  readonly onSaid?: (said: readonly Said[]) => unknown;
}

/** @returns a learner who throws where a stated answer is not right, or a solution does not work */
export function createModelLearner(lesson: Lesson, options: ModelLearnerOptions = {}): Learner {
  const { checksFirst = false, onSaid = () => undefined } = options;
  /** Lines of a task's solution that are still to be typed, and the task's step. */
  let lines: string[] = [];
  let linesOf = -1;
  let typed = '';
  let failures = 0;

  return {
    show(said) {
      onSaid(said);
    },
    async pause() {
      return '';
    },
    async line(_prompt, { at, wrong, failed }) {
      const step = lesson.steps[at];
      if (step?.do === 'ask') {
        if (wrong > 0)
          throw new Error(`${lesson.name}: the answer given as right is wrong: ${step.question}`);
        const index = step.choices?.findIndex(({ right }) => right === true) ?? -1;
        return index < 0 ? (step.value ?? '') : String(index + 1);
      }
      if (step?.do === 'task' && linesOf !== at) {
        linesOf = at;
        const solution = step.solution ?? mendCommands(networkAt(lesson, at));
        lines = solution.flatMap(({ on, command }) => [`on ${on}`, command]);
        lines.push('');
        if (checksFirst) lines.unshift('');
      }
      // A program that the line before started may need a moment.
      failures = failed ? failures + 1 : 0;
      if (failed && failures <= MOST_FAILURES) {
        await pause(BETWEEN);
        return typed;
      }
      const line = lines.shift();
      if (line === undefined)
        throw new Error(`${lesson.name}: the solution of step ${at + 1} does not complete it`);
      typed = line;
      return line;
    },
  };
}

/** The network that is up at a step. */
function networkAt({ network, steps }: Lesson, at: number) {
  const ups = steps.slice(0, at).flatMap((step) => (step.do === 'up' ? [step.network] : []));
  return loadNetwork(ups.at(-1) ?? network ?? '');
}
