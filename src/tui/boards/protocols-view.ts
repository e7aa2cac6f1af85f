/** Protocols in each other: how many packets and bytes there are of each stack, and how fast they come. */

import { protocols } from '../../decode/registry.ts';
import { clamp } from '../state/clamp.ts';
import { grouped, shortNumber } from '../terminal/numbers.ts';
import { clip, StyledRow } from '../terminal/styled-row.ts';
import { headingRow, itemRows, itemStyle, showPackets } from './item-rows.ts';
import { REST } from './protocol-counts.ts';
import type { View, ViewContext } from './view.ts';

const NAME_COLUMNS = 30;
const FIGURES = [
  ['packets', 13],
  ['share', 8],
  ['bytes', 9],
  ['packets/s', 10],
  ['bit/s', 9],
] as const;
const FIGURE_COLUMNS = FIGURES.reduce((sum, [, width]) => sum + width, 0);
/** A bar as long as the share, where there is room. */
const MOST_BAR = 40;

export const protocolsView: View = {
  hasCursor: true,

  count(context) {
    const { tree } = context.boards;
    return tree.rows().length + (tree.packets[REST] > 0 ? 1 : 0);
  },

  render(context, scroll, columns, height) {
    const { theme, boards } = context;
    const { tree } = boards;
    const nodes = tree.rows();
    const names = clamp(columns - FIGURE_COLUMNS - MOST_BAR - 2, NAME_COLUMNS, 60);
    const figures = FIGURES.map(([name, width]) => name.padStart(width)).join('');
    const head = headingRow(` Protocol${' '.repeat(names - 9)}${figures}`, columns, theme);
    const rates = ratesOf(context);
    const count = nodes.length + (tree.packets[REST] > 0 ? 1 : 0);
    const rows = itemRows(context, 1, count, scroll, height - 1, columns, (item, isSelected) => {
      const row = nodes[item];
      const node = row?.node ?? REST;
      const name = row === undefined ? 'more stacks' : (protocols[row.protocol]?.short ?? '');
      const line = new StyledRow(columns, itemStyle(isSelected, theme));
      line.add(isSelected ? theme.glyphs.selected : ' ');
      line.add(clip('  '.repeat(Math.min(12, row?.depth ?? 0)) + name, names - 1, theme)).padTo(names);
      const share = tree.packets[node] / tree.total.packets;
      const { packets, bytes } = rates(node);
      const values = [
        grouped(tree.packets[node]),
        `${(share * 100).toFixed(1)} %`,
        shortNumber(tree.bytes[node]),
        shortNumber(packets),
        shortNumber(bytes * 8),
      ];
      for (const [i, [, width]] of FIGURES.entries()) line.add((values[i] as string).padStart(width));
      const bar = Math.round(share * Math.min(MOST_BAR, line.left - 2));
      if (line.left > 8) line.add('  ').add((theme.glyphs.levels.at(-1) as string).repeat(bar), theme.tunnel);
      return [line.toString()];
    });
    return [head, ...rows];
  },

  open(context, row) {
    const { tree } = context.boards;
    const node = tree.rows()[row]?.node;
    if (node === undefined) context.say('these stacks are not listed separately: there are too many');
    else showPackets(context, tree.filter(node));
  },
};

/** Of a node, a second: over the last seconds of a live capture, else over all of it. */
function ratesOf({
  boards,
  state,
  store,
}: ViewContext): (node: number) => { packets: number; bytes: number } {
  const { recent, tree } = boards;
  const now = performance.now();
  if (state.isLive) recent.look(now);
  const seconds = store.count === 0 ? 0 : store.secondsSinceFirst(store.count - 1);
  return (node) => {
    const live = state.isLive ? recent.rates(node, now) : undefined;
    if (live !== undefined) return live;
    if (!(seconds > 0)) return { packets: Number.NaN, bytes: Number.NaN };
    return { packets: tree.packets[node] / seconds, bytes: tree.bytes[node] / seconds };
  };
}
