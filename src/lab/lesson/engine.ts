/**
 * A lesson as a state machine: what happened goes in, what to say and what to do next comes out. It knows neither terminal
 * nor network nor files, so that a whole lesson is a table of events.
 */

import type { CheckResult, LessonEvent, LessonSetting, LessonState, Reaction, Said } from './events.ts';
import type { NodeCommand, Question, Step, StepOf } from './lesson.ts';
import { fill, type Words } from './words.ts';

const FRESH = { wrong: 0, hints: 0, answer: '', node: '', failed: false };

/** The beginning: the title, and the network to bring up. */
export function beginLesson(setting: LessonSetting): Reaction {
  const { lesson, words, isLive } = setting;
  const said: Said[] = [
    { kind: 'title', text: lesson.title },
    { kind: 'text', text: lesson.about },
  ];
  if (!isLive) said.push({ kind: 'note', text: words.offline });
  return {
    state: { at: -1, skipped: 0, ...FRESH },
    said,
    want: { kind: 'up', network: lesson.network },
  };
}

/** @param event the answer to what the last reaction wanted */
export function react(setting: LessonSetting, state: LessonState, event: LessonEvent): Reaction {
  const { words, lesson } = setting;
  const step = lesson.steps[state.at];
  if (event.kind === 'inputEnded') return end(setting, state, [{ kind: 'note', text: words.inputEnded }]);
  if (event.kind === 'entered' && isQuit(event.line)) return end(setting, state, []);
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

function end({ words, lesson }: LessonSetting, state: LessonState, said: readonly Said[]): Reaction {
  const place = fill(words.ended, { number: Math.max(state.at, 0) + 1, total: lesson.steps.length });
  return { state, said: [...said, { kind: 'note', text: place }], want: { kind: 'end', isDone: false } };
}

/** Begins the next step. */
function enter(setting: LessonSetting, before: LessonState, said: readonly Said[]): Reaction {
  const { lesson, words, isLive } = setting;
  const state = { ...before, ...FRESH, at: before.at + 1 };
  const step = lesson.steps[state.at];
  if (step === undefined) return finish(setting, state, said);
  const heading: Said = {
    kind: 'note',
    text: fill(words.step, { number: state.at + 1, total: lesson.steps.length }),
  };
  const all = [...said, heading, ...told(step)];
  switch (step.do) {
    case 'tell':
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
function goOn(setting: LessonSetting, state: LessonState, said: readonly Said[]): Reaction {
  const next = setting.lesson.steps[state.at + 1];
  if (next === undefined || next.do === 'ask' || next.do === 'task') return enter(setting, state, said);
  return { state, said, want: { kind: 'pause' } };
}

function told(step: Step): Said[] {
  const text = step.do === 'ask' ? step.question : step.text;
  return text === undefined ? [] : [{ kind: 'text', text }];
}

function looked(step: Step | undefined): Said[] {
  const look = step?.do === 'run' || step?.do === 'show' ? step.look : undefined;
  return look === undefined ? [] : [{ kind: 'text', text: look }];
}

function shown({ on, command }: NodeCommand): Said {
  return { kind: 'command', text: `${on}# ${command}` };
}

type Printed = Extract<LessonEvent, { kind: 'printed' }>;

/** What a step's command printed. Its exit code is left out: where it matters, the output tells it. */
function ran({ noOutput }: Words, { text }: Printed): Said[] {
  return [{ kind: 'output', text: text === '' ? noOutput : text }];
}

/** What a command of the learner's printed, as in a shell. */
function typed(words: Words, { text, exitCode }: Printed): Said[] {
  const said: Said[] = text === '' ? [] : [{ kind: 'output', text }];
  if (exitCode === null) said.push({ kind: 'note', text: words.commandStopped });
  else if (exitCode !== 0) said.push({ kind: 'note', text: fill(words.commandFailed, { code: exitCode }) });
  return said;
}

function choicesOf({ choices = [] }: Question): Said[] {
  return choices.map(({ text }, i) => ({ kind: 'choice', text: `${i + 1}  ${text}` }));
}

function askFor(
  { words }: LessonSetting,
  state: LessonState,
  { choices }: Question,
  said: readonly Said[],
): Reaction {
  const line =
    choices === undefined ? words.answer : fill(words.answerNumber, { first: 1, last: choices.length });
  return { state, said, want: { kind: 'line', prompt: line } };
}

function enteredAnswer(setting: LessonSetting, state: LessonState, step: Question, line: string): Reaction {
  const { words } = setting;
  const { choices = [], hints } = step;
  const word = line.toLowerCase();
  if (word === '') return askFor(setting, state, step, []);
  if (word === 'hint') {
    const hint = hints[state.hints];
    const text = hint === undefined ? words.noHint : fill(words.hint, { text: hint });
    return askFor(setting, { ...state, hints: state.hints + 1 }, step, [{ kind: 'note', text }]);
  }
  if (word === 'skip') {
    const answer = choices.find(({ right }) => right === true)?.text ?? step.value ?? '';
    const said: Said[] = [
      { kind: 'note', text: fill(words.solutionIs, { text: answer }) },
      { kind: 'text', text: step.why },
    ];
    return goOn(setting, { ...state, skipped: state.skipped + 1 }, said);
  }
  const isNumber = /^\d$/.test(line) && Number(line) >= 1 && Number(line) <= choices.length;
  if (choices.length > 0 && !isNumber) {
    const text = fill(words.expectedChoice, { first: 1, last: choices.length });
    return askFor(setting, state, step, [{ kind: 'note', text }]);
  }
  return {
    state: { ...state, answer: line },
    said: [],
    want: { kind: 'judge', question: step, answer: line },
  };
}

function judged(setting: LessonSetting, state: LessonState, step: Question, isRight: boolean): Reaction {
  const { words } = setting;
  if (isRight) {
    return goOn(setting, state, [
      { kind: 'right', text: words.right },
      { kind: 'text', text: step.why },
    ]);
  }
  const wrong: Said = { kind: 'wrong', text: words.wrong };
  // A hint for this very choice helps most; after that come the question's hints, one by one.
  const own = step.choices?.[Number(state.answer) - 1]?.hint;
  const hint = own ?? step.hints[state.hints];
  const again: Said =
    hint === undefined ? { kind: 'note', text: words.tryAgain } : { kind: 'text', text: hint };
  const hints = own === undefined ? state.hints + 1 : state.hints;
  return askFor(setting, { ...state, wrong: state.wrong + 1, hints }, step, [wrong, again]);
}

/** Waits for the next command of a task. */
function prompt(state: LessonState, said: readonly Said[]): Reaction {
  return { state, said, want: { kind: 'line', prompt: `${state.node}# ` } };
}

function taskHelp({ words, nodes, lab }: LessonSetting, node: string): Said {
  return { kind: 'note', text: fill(words.taskHelp, { node, lab, nodes: nodes().join(', ') }) };
}

function solutionOf({ mend }: LessonSetting, { solution }: StepOf<'task'>): Said[] {
  return (solution ?? mend()).map(shown);
}

function enteredCommand(
  setting: LessonSetting,
  before: LessonState,
  step: StepOf<'task'>,
  line: string,
): Reaction {
  const state = { ...before, failed: false };
  const { words, nodes } = setting;
  const note = (text: string): Said[] => [{ kind: 'note', text }];
  const word = line.toLowerCase();
  const node = /^on\s+(\S+)$/i.exec(line)?.[1];
  if (word === '') {
    return { state, said: note(words.checking), want: { kind: 'check', check: step.check } };
  }
  if (node !== undefined) {
    if (nodes().includes(node)) return prompt({ ...state, node }, []);
    return prompt(state, note(fill(words.noNode, { node, nodes: nodes().join(', ') })));
  }
  if (word === 'help') return prompt(state, [taskHelp(setting, state.node)]);
  if (word === 'hint') {
    const hint = step.hints[state.hints];
    const text = hint === undefined ? words.noTaskHint : fill(words.hint, { text: hint });
    return prompt({ ...state, hints: state.hints + 1 }, note(text));
  }
  if (word === 'solution') {
    return prompt(state, [...note(words.solutionShown), ...solutionOf(setting, step)]);
  }
  if (word === 'skip') return goOn(setting, { ...state, skipped: state.skipped + 1 }, []);
  return { state, said: [], want: { kind: 'typed', on: state.node, line } };
}

function checked(
  setting: LessonSetting,
  state: LessonState,
  step: StepOf<'task'>,
  { isMet, report, stays }: CheckResult,
): Reaction {
  const { words } = setting;
  const said: Said[] = [{ kind: 'picture', text: report }];
  if (isMet) said.push({ kind: 'right', text: words.met }, { kind: 'text', text: step.done });
  // With a recorded network there is nothing to try again.
  if (isMet || !setting.isLive) return goOn(setting, state, said);
  said.push({ kind: 'wrong', text: words.notMet });
  const { without = '', unseen = '' } = step.check;
  if (stays === 'finding') said.push({ kind: 'note', text: fill(words.findingStays, { finding: without }) });
  if (stays === 'seen') said.push({ kind: 'note', text: unseen });
  return prompt(state, said);
}
