/**
 * A lesson as a state machine: what happened goes in, what to say and what to do next comes out. It knows neither terminal
 * nor network nor files, so that a whole lesson is a table of events.
 */

import type { LessonEvent, LessonSetting, LessonState, Reaction, Said } from './events.ts';
import { end, enter, FRESH, goOn, prompt } from './flow.ts';
import type { Question, Step, StepOf } from './lesson.ts';
import { enteredAnswer, judged } from './question.ts';
import { pausedWord, remember, reviewed } from './review.ts';
import { checked, enteredCommand, typed } from './task.ts';
import type { Words } from './words.ts';

/** The beginning: the title, and the network to bring up. */
export function beginLesson(setting: LessonSetting): Reaction {
  const { lesson, words, isLive } = setting;
  const said: Said[] = [
    { kind: 'title', text: lesson.title },
    { kind: 'text', text: lesson.about },
  ];
  if (!isLive && lesson.network !== undefined) said.push({ kind: 'note', text: words.offline });
  const state: LessonState = {
    at: -1,
    skipped: 0,
    past: [],
    review: undefined,
    waits: { kind: 'pause' },
    ...FRESH,
  };
  if (lesson.network === undefined) return remember(state, enter(setting, state, said));
  return { state, said, want: { kind: 'up', network: lesson.network } };
}

/** @param event the answer to what the last reaction wanted */
export function react(setting: LessonSetting, state: LessonState, event: LessonEvent): Reaction {
  const { words } = setting;
  if (event.kind === 'inputEnded') return end(setting, state, [{ kind: 'note', text: words.inputEnded }]);
  if (event.kind === 'entered' && isQuit(event.line)) return end(setting, state, []);
  if (state.review !== undefined) return reviewed(setting, state, state.review, event);
  const reaction = reactTo(setting, state, event);
  // What is shown again was said before.
  return reaction.state.review === undefined ? remember(state, reaction) : reaction;
}

function reactTo(
  setting: LessonSetting,
  state: LessonState,
  event: Exclude<LessonEvent, { kind: 'inputEnded' }>,
): Reaction {
  const { words, lesson } = setting;
  const step = lesson.steps[state.at];
  switch (event.kind) {
    case 'printed':
      return step?.do === 'task'
        ? prompt({ ...state, failed: event.exitCode !== 0 }, typed(words, event))
        : goOn(setting, state, [...ran(words, event), ...looked(step)]);
    case 'drawn':
      return goOn(setting, state, [{ kind: 'picture', text: event.text }, ...looked(step)]);
    case 'judged':
      return judged(setting, state, step as Question, event.isRight);
    case 'checked':
      return checked(setting, state, step as StepOf<'task'>, event.result);
    case 'entered':
      if (state.waits.kind === 'pause') return pausedWord(setting, state, event.line);
      return step?.do === 'task'
        ? enteredCommand(setting, state, step, event.line.trim())
        : enteredAnswer(setting, state, step as Question, event.line.trim());
    case 'wentOn':
      return enter(setting, state, []);
  }
}

/** Whether a line ends the lesson. */
export function isQuit(line: string): boolean {
  return /^(q|quit|exit)$/i.test(line.trim());
}

function looked(step: Step | undefined): Said[] {
  const look = step?.do === 'run' || step?.do === 'show' ? step.look : undefined;
  return look === undefined ? [] : [{ kind: 'text', text: look }];
}

/** What a step's command printed. Its exit code is left out: where it matters, the output tells it. */
function ran({ noOutput }: Words, { text }: Extract<LessonEvent, { kind: 'printed' }>): Said[] {
  return [{ kind: 'output', text: text === '' ? noOutput : text }];
}
