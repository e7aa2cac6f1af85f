/** What a learner enters where a question waits. */
import type { LessonSetting, LessonState, Reaction, Said } from './events.ts';
import { askFor, goOn, wordsAt } from './flow.ts';
import type { Question } from './lesson.ts';
import { stepBack } from './review.ts';
import { fill } from './words.ts';

export function enteredAnswer(
  setting: LessonSetting,
  state: LessonState,
  step: Question,
  line: string,
): Reaction {
  const { words } = setting;
  const { choices = [], hints } = step;
  const again = (text: string, next = state): Reaction =>
    askFor(setting, next, step, [{ kind: 'note', text }]);
  switch (line.toLowerCase()) {
    case '':
      return askFor(setting, state, step, []);
    case 'hint': {
      const hint = hints[state.hints];
      if (hint === undefined) return again(hints.length === 0 ? words.withoutHint : words.noHint);
      const given = again(fill(words.hint, { text: hint }), { ...state, hints: state.hints + 1 });
      return { ...given, deed: { what: 'hint' } };
    }
    case 'help':
    case '?':
      return again(choices.length > 0 ? words.choiceHelp : words.valueHelp);
    case 'back':
      return stepBack(setting, state);
    case 'skip': {
      const answer = choices.find(({ right }) => right === true)?.text ?? step.value ?? '';
      const said: Said[] = [
        { kind: 'note', text: fill(words.solutionIs, { text: answer }) },
        { kind: 'text', text: step.why },
      ];
      return {
        ...goOn(setting, { ...state, skipped: state.skipped + 1 }, said),
        deed: { what: 'skip' },
      };
    }
  }
  const isNumber = /^\d$/.test(line) && Number(line) >= 1 && Number(line) <= choices.length;
  if (choices.length > 0 && !isNumber) {
    const offered = wordsAt(words, step, state.hints);
    return again(fill(words.expectedChoice, { first: 1, last: choices.length, words: offered }));
  }
  return {
    state: { ...state, answer: line },
    said: [],
    want: { kind: 'judge', question: step, answer: line },
  };
}

export function judged(
  setting: LessonSetting,
  state: LessonState,
  step: Question,
  isRight: boolean,
): Reaction {
  const { words } = setting;
  const deed = { what: 'answer', text: state.answer, isRight } as const;
  if (isRight) {
    const said: Said[] = [
      { kind: 'right', text: words.right },
      { kind: 'text', text: step.why },
    ];
    return { ...goOn(setting, state, said), deed };
  }
  const wrong: Said = { kind: 'wrong', text: words.wrong };
  // A hint for this very choice helps most; after that come the question's hints, one by one.
  const own = step.choices?.[Number(state.answer) - 1]?.hint;
  const hint = own ?? step.hints[state.hints];
  const again: Said =
    hint === undefined ? { kind: 'note', text: words.tryAgain } : { kind: 'text', text: hint };
  const hints = own === undefined && hint !== undefined ? state.hints + 1 : state.hints;
  return { ...askFor(setting, { ...state, wrong: state.wrong + 1, hints }, step, [wrong, again]), deed };
}
