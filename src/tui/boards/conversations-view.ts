/** Conversations by tunnel: the innermost two ends, and the tunnels that they talk through. */

import { tunnelsLine } from '../../exchange/tunnel-words.ts';
import { endsFilter, tunnelsFilter } from '../detail/filter-by.ts';
import { clamp } from '../state/clamp.ts';
import { grouped, shortNumber } from '../terminal/numbers.ts';
import { clip, StyledRow } from '../terminal/styled-row.ts';
import { type Conversation, REST, WITHOUT_ADDRESSES } from './conversation-counts.ts';
import { headingRow, itemRows, itemStyle, showPackets } from './item-rows.ts';
import type { View, ViewContext } from './view.ts';

const ENDS_COLUMNS = 36;
const FIGURE_COLUMNS = 11;

export const conversationsView: View = {
  hasCursor: true,

  count: (context) => rowsOf(context).length,

  render(context, scroll, columns, height) {
    const { theme, boards, state } = context;
    const { glyphs } = theme;
    const { conversations } = boards;
    const order = rowsOf(context);
    const ends = clamp(columns - 4 * FIGURE_COLUMNS - 4, ENDS_COLUMNS, 80);
    const names = [
      `packets ${glyphs.arrow}`,
      `packets ${glyphs.back}`,
      `bytes ${glyphs.arrow}`,
      `bytes ${glyphs.back}`,
    ];
    const figures = names.map((name) => name.padStart(FIGURE_COLUMNS)).join('');
    const head = headingRow(
      clip(` Conversation (by ${state.sortedBy})`, ends, theme).padEnd(ends) + figures,
      columns,
      theme,
    );
    const rows = itemRows(context, 1, order.length, scroll, height - 1, columns, (item, isSelected) => {
      const row = order[item] as number;
      const base = itemStyle(isSelected, theme);
      const first = new StyledRow(columns, base).add(isSelected ? glyphs.selected : ' ');
      const { title, tunnel } = wordsOf(context, row);
      first.add(clip(title, ends - 1, theme), theme.inner).padTo(ends);
      const { packets, bytes, times } = conversations;
      for (const counts of [packets, bytes]) {
        for (const way of [0, 1]) {
          const count = counts[row * 2 + way];
          first.add((counts === bytes ? shortNumber(count) : grouped(count)).padStart(FIGURE_COLUMNS));
        }
      }
      const [from, to] = [times[row * 2], times[row * 2 + 1]];
      const when = `  ${from.toFixed(3)} ${glyphs.dash} ${to.toFixed(3)} s, ${shortNumber(boards.rate(row) * 8)} bit/s`;
      const second = new StyledRow(columns, base)
        .add('   ')
        .add(clip(tunnel, columns - when.length - 4, theme), theme.tunnel);
      return [first.toString(), second.add(when, theme.quiet).toString()];
    });
    return [head, ...rows];
  },

  open(context, row) {
    const at = rowsOf(context)[row];
    if (at === undefined) return;
    if (at >= REST) {
      context.say('these are not listed separately');
      return;
    }
    const { a, b, tunnels } = context.boards.conversations.describe(at);
    showPackets(context, conversationFilter({ a, b, tunnels }));
  },
};

/** All conversations in their order, and behind them what was not told apart. */
function rowsOf({ boards, state }: ViewContext): number[] {
  const { packets } = boards.conversations;
  return [
    ...boards.ordered(state.sortedBy),
    ...[REST, WITHOUT_ADDRESSES].filter((row) => packets[row * 2] > 0),
  ];
}

function wordsOf(
  { boards, theme }: ViewContext,
  row: number,
): { readonly title: string; readonly tunnel: string } {
  if (row === REST) return { title: 'more conversations', tunnel: 'too many to list' };
  if (row === WITHOUT_ADDRESSES) return { title: 'no IP header', tunnel: 'ARP and others' };
  const { a, b, tunnels } = boards.conversations.describe(row);
  return { title: `${a} ${theme.glyphs.arrow} ${b}`, tunnel: tunnelsLine(tunnels) };
}

/** A row in a sentence. */
export function conversationWords(context: ViewContext, item: number): string {
  const row = rowsOf(context)[item];
  if (row === undefined) return '';
  const { title, tunnel } = wordsOf(context, row);
  const { packets, bytes, times } = context.boards.conversations;
  const way = (at: number) => `${grouped(packets[at] ?? 0)} packets and ${grouped(bytes[at] ?? 0)} bytes`;
  const [from = 0, to = 0] = [times[row * 2], times[row * 2 + 1]];
  return `${title}, ${tunnel}: ${way(row * 2)} there, ${way(row * 2 + 1)} back, from ${from.toFixed(3)} to ${to.toFixed(3)} s.`;
}

function conversationFilter({ a, b, tunnels }: Conversation): string {
  return `${endsFilter(a, b)} && ${tunnelsFilter(tunnels)}`;
}
