/** A look back: steps before the present one, shown again as they were. Nothing is run again, and the network stays as it is. */
import type { LessonEvent, LessonSetting, LessonState, Reaction, Said } from './events.ts';
import { note } from './flow.ts';

/** Keeps what was said, by step, and what the step waits for now. */
export function remember(before: LessonState, reaction: Reaction): Reaction {
  const { said, want, state } = reaction;
  const past: (readonly Said[])[] = [...before.past];
  let at = before.at;
  for (const one of said) {
    if (one.kind === 'place') at++;
    if (at >= 0) past[at] = [...(past[at] ?? []), one];
  }
  const waits = want.kind === 'line' || want.kind === 'pause' ? want : state.waits;
  return { ...reaction, state: { ...state, past, waits } };
}

/** To the step before the one that is shown. */
export function stepBack({ words }: LessonSetting, state: LessonState): Reaction {
  const { at, review, past, waits } = state;
  const to = (review ?? at) - 1;
  if (to < 0) return note(state, words.noBack, review === undefined ? waits : { kind: 'pause' });
  const said = past[to] ?? [];
  const how: Said[] = review === undefined ? [{ kind: 'note', text: words.lookingBack }] : [];
  return { state: { ...state, review: to }, said: [...how, ...said], want: { kind: 'pause' } };
}

/** @param review the step that is shown again */
export function reviewed(
  setting: LessonSetting,
  state: LessonState,
  review: number,
  event: LessonEvent,
): Reaction {
  if (event.kind === 'entered') return pausedWord(setting, state, event.line);
  const { at, past, waits } = state;
  const to = review + 1;
  const said = past[to] ?? [];
  if (to < at) return { state: { ...state, review: to }, said, want: { kind: 'pause' } };
  return { state: { ...state, review: undefined }, said, want: waits };
}

/** What was entered where Enter alone goes on. */
export function pausedWord(setting: LessonSetting, state: LessonState, line: string): Reaction {
  const { words } = setting;
  switch (line.trim().toLowerCase()) {
    case 'back':
      return stepBack(setting, state);
    case 'hint':
      return note(state, words.nothingAsked, { kind: 'pause' });
    default:
      return note(state, words.pauseHelp, { kind: 'pause' });
  }
}
