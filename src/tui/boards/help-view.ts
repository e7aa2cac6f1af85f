/** All keys, out of the table that binds them, what our signs mean, and all warnings in full. */
import { StyledRow, wrapWords } from '../terminal/styled-row.ts';
import type { Theme } from '../terminal/theme.ts';
import type { View, ViewContext } from './view.ts';

export const helpView: View = {
  hasCursor: false,

  count(context) {
    return rows(context, context.state.layout.columns).length;
  },

  render(context, { top }, columns, height) {
    return rows(context, columns).slice(top, top + height);
  },
};

function rows(context: ViewContext, columns: number): string[] {
  const { theme, bindings } = context;
  const keysColumns = Math.max(...bindings.map(({ shown }) => shown.length)) + 1;
  const lines = [new StyledRow(columns, theme.title).add(' Keys').toString()];
  for (const { keys, shown, about } of bindings) {
    if (keys.length === 0) continue;
    lines.push(...keyRows(shown, about, keysColumns, columns, theme));
  }
  const { same, differs, mark, reply, lost, selected, check } = theme.glyphs;
  const signs: readonly (readonly [string, string])[] = [
    [selected, 'What is selected'],
    [
      `${same} ${differs}`,
      'Before a field: the header on the other side has the same value, or a different one',
    ],
    [reply, 'At a reply: the packet that it answers, and the round-trip time'],
    ['!', 'A problem: an error, a wrong checksum, a packet that is cut short or malformed'],
    [mark, 'A packet that you marked'],
    [`${check} ${lost}`, 'Answered; a ping that was lost'],
  ];
  lines.push(' '.repeat(columns), new StyledRow(columns, theme.title).add(' Signs').toString());
  for (const [sign, about] of signs) lines.push(...keyRows(sign, about, keysColumns, columns, theme));
  for (const warning of context.facts().warnings) {
    for (const line of wrapWords(`! ${warning}`, columns))
      lines.push(new StyledRow(columns).add(line, theme.problem).toString());
  }
  return lines;
}

function keyRows(key: string, about: string, keysColumns: number, columns: number, theme: Theme): string[] {
  return wrapWords(about, columns - keysColumns - 3).map((words, i) =>
    new StyledRow(columns)
      .add(`  ${(i === 0 ? key : '').padEnd(keysColumns)}`, theme.heading)
      .add(words)
      .toString(),
  );
}
