/** What a learner enters where a task waits for commands, and what its check says. */
import type { CheckResult, LessonEvent, LessonSetting, LessonState, Reaction, Said } from './events.ts';
import { goOn, prompt, solutionOf, taskHelp } from './flow.ts';
import type { StepOf } from './lesson.ts';
import { stepBack } from './review.ts';
import { fill, type Words } from './words.ts';

type Task = StepOf<'task'>;

export function enteredCommand(
  setting: LessonSetting,
  before: LessonState,
  step: Task,
  line: string,
): Reaction {
  const state = { ...before, failed: false };
  const { words, nodes } = setting;
  const note = (text: string): Said[] => [{ kind: 'note', text }];
  const node = /^on\s+(\S+)$/i.exec(line)?.[1];
  if (node !== undefined) {
    if (nodes().includes(node)) return prompt({ ...state, node }, []);
    return prompt(state, note(fill(words.noNode, { node, nodes: nodes().join(', ') })));
  }
  switch (line.toLowerCase()) {
    case '':
      return { state, said: note(words.checking), want: { kind: 'check', check: step.check } };
    case 'help':
    case '?':
      return prompt(state, [taskHelp(setting, state.node)]);
    case 'hint': {
      const hint = step.hints[state.hints];
      if (hint === undefined) return prompt(state, note(words.noTaskHint));
      const text = fill(words.hint, { text: hint });
      return { ...prompt({ ...state, hints: state.hints + 1 }, note(text)), deed: { what: 'hint' } };
    }
    case 'back':
      return stepBack(setting, state);
    case 'solution': {
      const said = [...note(words.solutionShown), ...solutionOf(setting, step)];
      return { ...prompt(state, said), deed: { what: 'solution' } };
    }
    case 'skip':
      return { ...goOn(setting, { ...state, skipped: state.skipped + 1 }, []), deed: { what: 'skip' } };
  }
  return {
    state,
    said: [],
    want: { kind: 'typed', on: state.node, line },
    deed: { what: 'command', text: `${state.node}# ${line}` },
  };
}

/** What a command of the learner's printed, as in a shell. */
export function typed(
  words: Words,
  { text, exitCode }: Extract<LessonEvent, { kind: 'printed' }>,
): readonly Said[] {
  const said: Said[] = text === '' ? [] : [{ kind: 'output', text }];
  if (exitCode === null) said.push({ kind: 'note', text: words.commandStopped });
  else if (exitCode !== 0) said.push({ kind: 'note', text: fill(words.commandFailed, { code: exitCode }) });
  return said;
}

export function checked(
  setting: LessonSetting,
  state: LessonState,
  step: Task,
  { isMet, report, stays }: CheckResult,
): Reaction {
  const { words, isLive } = setting;
  const said: Said[] = [{ kind: 'picture', text: report }];
  if (isMet) said.push({ kind: 'right', text: words.met }, { kind: 'text', text: step.done });
  const deed = { what: 'check', isRight: isMet } as const;
  // With a recorded network there is nothing to try again, and nothing that the learner did.
  if (!isLive) return goOn(setting, state, said);
  if (isMet) return { ...goOn(setting, state, said), deed };
  said.push({ kind: 'wrong', text: words.notMet });
  const { without = '', unseen = '' } = step.check;
  if (stays === 'finding') said.push({ kind: 'note', text: fill(words.findingStays, { finding: without }) });
  if (stays === 'seen') said.push({ kind: 'note', text: unseen });
  if (stays === 'way-back') said.push({ kind: 'note', text: words.wayBack });
  return { ...prompt(state, said), deed };
}
