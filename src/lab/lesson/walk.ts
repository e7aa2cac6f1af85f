/** Walks a lesson: asks the engine what is wanted, and gets it from the network, its packets, or the learner. */

import { loadNetwork, type Network, type Step as NetworkStep } from '../network/network.ts';
import { shellLine } from '../network/step-commands.ts';
import { beginLesson, isQuit, react } from './engine.ts';
import type { LessonEvent, LessonSetting, LessonState, Said, Want } from './events.ts';
import type { Lesson, NodeCommand } from './lesson.ts';
import type { LessonNetwork } from './lesson-network.ts';
import { drawView, isRight, judgeCheck } from './packets.ts';
import { fill, type Words } from './words.ts';

/** Who takes the lesson: somebody at a terminal, lines of a pipe, a test. */
export interface Learner {
  show(said: readonly Said[]): void | Promise<void>;
  /**
   * @param state of the lesson, for a learner who knows the answers
   * @returns undefined if nothing more will be typed
   */
  line(prompt: string, state: LessonState): Promise<string | undefined>;
  /** Waits until the learner has read. @returns what was typed to go on; undefined if nothing more will be typed */
  pause(prompt: string): Promise<string | undefined>;
}

export interface LessonWalk {
  readonly lesson: Lesson;
  readonly words: Words;
  readonly network: LessonNetwork;
  readonly learner: Learner;
  /** Columns of output, pictures and tables. */
  readonly columns: () => number;
}

/** @returns whether the lesson was taken to its end, with every question answered and every task done */
export async function walkLesson({ lesson, words, network, learner, columns }: LessonWalk): Promise<boolean> {
  let definition = loadNetwork(lesson.network);
  const setting: LessonSetting = {
    lesson,
    words,
    isLive: network.isLive,
    lab: network.lab,
    nodes: () => Object.keys(definition.nodes),
    mend: () => mendCommands(definition),
  };

  async function fulfil(want: Exclude<Want, { kind: 'end' }>, state: LessonState): Promise<LessonEvent> {
    switch (want.kind) {
      case 'line': {
        const line = await learner.line(want.prompt, state);
        return line === undefined ? { kind: 'inputEnded' } : { kind: 'entered', line };
      }
      case 'pause': {
        const line = await learner.pause(words.goOn);
        if (line === undefined) return { kind: 'inputEnded' };
        return isQuit(line) ? { kind: 'entered', line } : { kind: 'wentOn' };
      }
      case 'up': {
        definition = loadNetwork(want.network);
        if (network.isLive) {
          const nodes = setting.nodes().join(', ');
          await learner.show([{ kind: 'note', text: fill(words.bringingUp, { nodes }) }]);
        }
        await network.up(want.network);
        return { kind: 'wentOn' };
      }
      case 'run':
        return { kind: 'printed', ...(await network.run(want.step)) };
      case 'view':
        return { kind: 'drawn', text: await drawView(network.captured(want.step.of), want.step, columns()) };
      case 'judge': {
        const { question, answer } = want;
        const path = question.of === undefined ? undefined : network.captured(question.of);
        return { kind: 'judged', isRight: await isRight(path, question, answer) };
      }
      case 'typed':
        return { kind: 'printed', ...(await network.typed(want.on, want.line)) };
      case 'check':
        return {
          kind: 'checked',
          result: await judgeCheck(await network.check(want.check), want.check, columns()),
        };
    }
  }

  let { state, said, want } = beginLesson(setting);
  await learner.show(said);
  while (want.kind !== 'end') {
    const event = await fulfil(want, state);
    ({ state, said, want } = react(setting, state, event));
    await learner.show(said);
  }
  return want.isDone;
}

/** A network's repair as lines to type in its nodes. */
export function mendCommands({ mend }: Network): NodeCommand[] {
  return mend.flatMap((step: NetworkStep) => {
    const { on = '', run = [], start } = step;
    const lines = run.map((words) => shellLine(words));
    if (start !== undefined) lines.push(`${shellLine(start)} &`);
    return lines.map((command) => ({ on, command }));
  });
}
