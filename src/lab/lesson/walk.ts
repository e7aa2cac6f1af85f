/** Walks a lesson: asks the engine what is wanted, and gets it from the network, its packets, or the learner. */

import { loadNetwork } from '../network/network.ts';
import { beginLesson, react } from './engine.ts';
import type { Deed, LessonEvent, LessonSetting, LessonState, Want } from './events.ts';
import type { Learner } from './learner.ts';
import type { Lesson } from './lesson.ts';
import { capturePath, type LessonNetwork } from './lesson-network.ts';
import { mendCommands } from './mend-commands.ts';
import { createModelLearner } from './model-learner.ts';
import { drawView, isRight, judgeCheck } from './packets.ts';
import { fill, type Words } from './words.ts';

export interface LessonWalk {
  readonly lesson: Lesson;
  readonly words: Words;
  readonly network: LessonNetwork;
  readonly learner: Learner;
  /** Columns of output, pictures and tables. */
  readonly columns: () => number;
  /** Where the learner left it: the steps before are taken by a learner who knows, unseen, so that the network is as it was then. */
  readonly resume?: Place | undefined;
  /** What the learner did, and at which step. */
  readonly onDeed?: (deed: Deed, at: number) => void;
  /** At each step that the learner comes to. */
  readonly onPlace?: (place: Place) => void;
}

/** How far a learner got. */
export interface Place {
  /** Index of the step. */
  readonly at: number;
  /** Questions and tasks before it that were skipped. */
  readonly skipped: number;
}

/** @returns whether the lesson was taken to its end, with every question answered and every task done */
export async function walkLesson(walk: LessonWalk): Promise<boolean> {
  const { lesson, words, network, columns, resume, onDeed, onPlace } = walk;
  let definition = lesson.network === undefined ? undefined : loadNetwork(lesson.network);
  const setting: LessonSetting = {
    lesson,
    words,
    isLive: network.isLive,
    lab: network.lab,
    nodes: () => Object.keys(definition?.nodes ?? {}),
    mend: () => (definition === undefined ? [] : mendCommands(definition)),
  };

  let learner = resume === undefined ? walk.learner : createModelLearner(lesson);

  async function fulfil(want: Exclude<Want, { kind: 'end' }>, state: LessonState): Promise<LessonEvent> {
    switch (want.kind) {
      case 'line': {
        const line = await learner.line(want.prompt, state);
        return line === undefined ? { kind: 'inputEnded' } : { kind: 'entered', line };
      }
      case 'pause': {
        const line = await learner.pause(words.goOn);
        if (line === undefined) return { kind: 'inputEnded' };
        return line === '' ? { kind: 'wentOn' } : { kind: 'entered', line };
      }
      case 'up': {
        definition = loadNetwork(want.network);
        if (network.isLive) {
          const nodes = setting.nodes().join(', ');
          await walk.learner.show([{ kind: 'note', text: fill(words.bringingUp, { nodes }) }]);
        }
        await network.up(want.network);
        return { kind: 'wentOn' };
      }
      case 'run':
        return { kind: 'printed', ...(await network.run(want.step)) };
      case 'view':
        return {
          kind: 'drawn',
          text: await drawView(capturePath(lesson, network, want.step.of), want.step, columns()),
        };
      case 'judge': {
        const { question, answer } = want;
        const path = question.of === undefined ? undefined : capturePath(lesson, network, question.of);
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
  // Without a network the first step has begun already.
  const first = said.findIndex(({ kind }) => kind === 'place');
  await walk.learner.show(resume === undefined || first < 0 ? said : said.slice(0, first));
  if (resume !== undefined) {
    const { number, total } = { number: resume.at + 1, total: lesson.steps.length };
    await walk.learner.show([{ kind: 'note', text: fill(words.resuming, { number, total }) }]);
  }
  while (want.kind !== 'end') {
    const event = await fulfil(want, state);
    const { at } = state;
    const reaction = react(setting, state, event);
    ({ state, said, want } = reaction);
    if (learner === walk.learner && reaction.deed !== undefined) onDeed?.(reaction.deed, at);
    if (resume !== undefined && learner !== walk.learner && state.at >= resume.at) {
      learner = walk.learner;
      state = { ...state, skipped: resume.skipped };
      // The end of the step before was seen then.
      said = said.slice(said.findIndex(({ kind }) => kind === 'place'));
    }
    await learner.show(said);
    if (learner === walk.learner && state.at !== at) onPlace?.(state);
  }
  return want.isDone;
}
