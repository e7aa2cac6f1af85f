/** The last row of the screen. */
import type { Binding } from '../keys/keymap.ts';
import { promptRows } from '../prompt/prompt-rows.ts';
import { MADE_FOR } from '../state/layout.ts';
import type { State } from '../state/state.ts';
import { messageRows, StyledRow } from '../terminal/styled-row.ts';
import type { Theme } from '../terminal/theme.ts';
import type { Facts } from './facts.ts';

/** The last row: keys that matter here, a prompt, or what is to be said, which takes more rows where it needs them. */
export function footerRows(state: State, facts: Facts, theme: Theme, bindings: readonly Binding[]): string[] {
  const { columns } = state.layout;
  if (state.prompt !== undefined) return promptRows(state.prompt, columns, theme);
  if (facts.said !== '') return messageRows(facts.said, columns, theme.heading, theme);
  const { warnings } = facts;
  const keys = footerKeys(state, bindings);
  const others = warnings.length < 2 ? '' : ` (1 of ${warnings.length}: ?)`;
  const warning = warnings.length === 0 ? '' : `! ${warnings.at(-1)}${others}`;
  const used = 1 + keys.reduce((sum, { key, word }) => sum + key.length + word.length + 3, 0);
  const isBelow = warning !== '' && warning.length > columns - used;
  const row = new StyledRow(columns).add(' ');
  const note = smallNote(state);
  const room = columns - 1 - (isBelow ? 0 : warning.length || note.length);
  for (const { key, word } of fitting(keys, room)) row.add(key, theme.heading).add(` ${word}  `, theme.quiet);
  if (warning === '')
    return [
      row
        .padTo(columns - note.length)
        .add(note, theme.quiet)
        .toString(),
    ];
  if (!isBelow) return [row.add(warning, theme.problem).toString()];
  return [...messageRows(warning, columns, theme.problem, theme), row.toString()];
}

interface FooterKey {
  readonly key: string;
  readonly word: string;
  /** Stays where there is no room for all: how to get further, and out. */
  readonly isKept: boolean;
}

function footerKeys({ view, isLive }: State, bindings: readonly Binding[]): FooterKey[] {
  return bindings.flatMap(({ keys, shown, footer, views, footerIn = views, command }) =>
    footer === undefined ||
    keys.length === 0 ||
    footerIn?.includes(view) === false ||
    // A file grows no more: there is nothing to follow.
    (command === 'follow' && !isLive)
      ? []
      : [
          {
            key: shown.split(' ')[0] as string,
            word: footer,
            isKept: command === 'help' || command === 'leave' || command === 'quit',
          },
        ],
  );
}

/** The first keys that have room beside those that are kept. */
function fitting(keys: readonly FooterKey[], room: number): FooterKey[] {
  const width = ({ key, word }: FooterKey): number => key.length + word.length + 3;
  let left = room - keys.reduce((sum, key) => sum + (key.isKept ? width(key) : 0), 0);
  return keys.filter((key) => {
    if (key.isKept) return true;
    left -= width(key);
    return left >= 0;
  });
}

/** What a terminal is told that is smaller than the screen is made for. */
function smallNote({ layout: { columns, rows } }: State): string {
  const isSmall = columns < MADE_FOR.columns || rows < MADE_FOR.rows;
  return isSmall ? `made for ${MADE_FOR.columns}x${MADE_FOR.rows}` : '';
}
