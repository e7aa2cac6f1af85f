/** The prompt in the footer's place. */
import type { Offer } from '../state/field-names.ts';
import { PROMPTS, type Prompt } from '../state/prompt.ts';
import { clip, messageRows, StyledRow } from '../terminal/styled-row.ts';
import type { Theme } from '../terminal/theme.ts';

/** What is typed, with the cursor in it, and what is wrong with it or expected: above it where there is no room beside it. */
export function promptRows(
  { kind, text, at, fault, offer }: Prompt,
  columns: number,
  theme: Theme,
): string[] {
  const { label, hint } = PROMPTS[kind];
  const row = new StyledRow(columns).add(` ${label}: `, theme.heading);
  // A name that is chosen from several is no fault yet, and the row of them says more than the hint.
  const isFault = fault !== '' && offer === undefined;
  const note = offer !== undefined ? 'Tab: next' : isFault ? `! ${fault}` : hint;
  const noteStyle = isFault ? theme.problem : theme.quiet;
  // A long text is shown around its cursor.
  const room = Math.max(16, row.left - 1);
  const from = Math.max(0, at - room + 1);
  const style = isFault ? theme.problem : '';
  row
    .add(text.slice(from, at), style)
    .add(text[at] ?? ' ', '7')
    .add(text.slice(at + 1, from + room), style)
    .add('  ');
  if (isFault && note.length > row.left)
    return [...messageRows(note, columns, noteStyle, theme), row.toString()];
  row.add(clip(note, row.left, theme), noteStyle);
  return [...(offer === undefined ? [] : [offerRow(offer, columns, theme)]), row.toString()];
}

/** Names to choose from, the chosen one reversed and always in sight. */
function offerRow({ names, chosen }: Offer, columns: number, theme: Theme): string {
  const row = new StyledRow(columns).add(' ');
  const isInSight = names.slice(0, chosen + 1).join('  ').length < columns - 4;
  const first = isInSight ? 0 : chosen;
  if (first > 0) row.add(`${theme.glyphs.ellipsis} `, theme.quiet);
  for (const [i, name] of names.entries()) {
    if (i < first) continue;
    const isLast = i === names.length - 1;
    if (i > first && name.length + (isLast ? 0 : 2) > row.left) {
      row.add(clip(`${name}  `, row.left, theme), theme.quiet);
      break;
    }
    row.add(clip(name, row.left, theme), i === chosen ? '7' : '').add('  ');
  }
  return row.toString();
}
