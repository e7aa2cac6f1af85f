/** How a lesson goes from step to step: what each one begins with, and what is said between them. */
import type { LessonSetting, LessonState, Reaction, Said, Want } from './events.ts';
import type { NodeCommand, Question, Step, StepOf } from './lesson.ts';
import { fill, type Words } from './words.ts';

/** Of a step that has just begun. */
export const FRESH = { wrong: 0, hints: 0, answer: '', node: '', failed: false };

export function end({ words, lesson }: LessonSetting, state: LessonState, said: readonly Said[]): Reaction {
  const place = fill(words.ended, { number: Math.max(state.at, 0) + 1, total: lesson.steps.length });
  return { state, said: [...said, { kind: 'note', text: place }], want: { kind: 'end', isDone: false } };
}

/** Begins the next step. */
export function enter(setting: LessonSetting, before: LessonState, said: readonly Said[]): Reaction {
  const { lesson, words, isLive } = setting;
  const state = { ...before, ...FRESH, at: before.at + 1 };
  const step = lesson.steps[state.at];
  if (step === undefined) return finish(setting, state, said);
  const heading: Said = {
    kind: 'place',
    text: fill(words.step, { number: state.at + 1, total: lesson.steps.length }),
  };
  const all = [...said, heading, ...told(step)];
  switch (step.do) {
    case 'tell':
    case 'open':
      return goOn(setting, state, all);
    case 'up':
      return { state, said: all, want: { kind: 'up', network: step.network } };
    case 'run':
      return { state, said: [...all, shown(step)], want: { kind: 'run', step } };
    case 'show':
      return { state, said: all, want: { kind: 'view', step } };
    case 'ask':
      return askFor(setting, state, step, [...all, ...choicesOf(step)]);
    case 'task': {
      const placed = { ...state, node: step.on };
      if (isLive) return prompt(placed, [...all, taskHelp(setting, step.on)]);
      const recorded: Said[] = [
        { kind: 'note', text: words.taskOffline },
        ...solutionOf(setting, step),
        { kind: 'note', text: words.taskOfflineChecked },
      ];
      return { state: placed, said: [...all, ...recorded], want: { kind: 'check', check: step.check } };
    }
  }
}

function finish({ lesson, words }: LessonSetting, state: LessonState, said: readonly Said[]): Reaction {
  const { skipped } = state;
  const last: Said =
    skipped === 0
      ? { kind: 'right', text: fill(words.done, { title: lesson.title }) }
      : { kind: 'note', text: fill(words.doneSkipped, { skipped }) };
  return { state, said: [...said, last], want: { kind: 'end', isDone: skipped === 0 } };
}

/** On to the next step, after a pause to read. A question or a task waits for the learner anyway, and needs none. */
export function goOn(setting: LessonSetting, state: LessonState, said: readonly Said[]): Reaction {
  const next = setting.lesson.steps[state.at + 1];
  if (next === undefined || next.do === 'ask' || next.do === 'task') return enter(setting, state, said);
  return { state, said, want: { kind: 'pause' } };
}

function told(step: Step): Said[] {
  const text = step.do === 'ask' ? step.question : step.text;
  return text === undefined ? [] : [{ kind: 'text', text }];
}

function shown({ on, command }: NodeCommand): Said {
  return { kind: 'command', text: `${on}# ${command}` };
}

function choicesOf({ choices = [] }: Question): Said[] {
  return choices.map(({ text }, i) => ({ kind: 'choice', text: `${i + 1}  ${text}` }));
}

/** Words that are no answer. A hint is offered only where there is one. */
export function wordsAt({ wordSeparator }: Words, { hints }: Question, given: number): string {
  return [...(given < hints.length ? ['hint'] : []), 'back', 'skip', 'help', 'q'].join(wordSeparator);
}

export function askFor(
  { words }: LessonSetting,
  state: LessonState,
  question: Question,
  said: readonly Said[],
): Reaction {
  const { choices } = question;
  const offered = wordsAt(words, question, state.hints);
  const line =
    choices === undefined
      ? fill(words.answer, { words: offered })
      : fill(words.answerNumber, { first: 1, last: choices.length, words: offered });
  return { state, said, want: { kind: 'line', prompt: line } };
}

/** Waits for the next command of a task. */
export function prompt(state: LessonState, said: readonly Said[]): Reaction {
  return { state, said, want: { kind: 'line', prompt: `${state.node}# ` } };
}

export function taskHelp({ words, nodes, lab }: LessonSetting, node: string): Said {
  return { kind: 'note', text: fill(words.taskHelp, { node, lab, nodes: nodes().join(', ') }) };
}

export function solutionOf({ mend }: LessonSetting, { solution }: StepOf<'task'>): Said[] {
  return (solution ?? mend()).map(shown);
}

/** Says something, and waits on. */
export function note(state: LessonState, text: string, want: Want): Reaction {
  return { state, said: [{ kind: 'note', text }], want };
}
