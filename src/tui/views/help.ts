/** All keys, out of the table that binds them, and all warnings in full. */
import type { Session } from '../session.ts';
import { StyledRow, wrapWords } from '../styled-row.ts';
import type { View } from '../view.ts';

export const helpView: View = {
  hasCursor: false,

  count(session) {
    return rows(session, session.state.layout.columns).length;
  },

  render(session, { top }, columns, height) {
    return rows(session, columns).slice(top, top + height);
  },
};

function rows(session: Session, columns: number): string[] {
  const { theme, bindings } = session;
  const keysColumns = Math.max(...bindings.map(({ shown }) => shown.length)) + 1;
  const lines = [new StyledRow(columns, theme.title).add(' Keys').toString()];
  for (const { shown, about } of bindings) {
    for (const [i, words] of wrapWords(about, columns - keysColumns - 3).entries())
      lines.push(
        new StyledRow(columns)
          .add(`  ${(i === 0 ? shown : '').padEnd(keysColumns)}`, theme.heading)
          .add(words)
          .toString(),
      );
  }
  for (const warning of session.facts().warnings) {
    for (const line of wrapWords(`! ${warning}`, columns))
      lines.push(new StyledRow(columns).add(line, theme.problem).toString());
  }
  return lines;
}
