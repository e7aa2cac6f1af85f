/**
 * The outer and the inner pane: a level's layers with their fields. Beside it in this room:
 *
 *   bytes-rows.ts         the bytes pane, with hex-row.ts; explanation.ts what stands beside the bytes
 *   selected-outline.ts   the selected packet's rows
 *   detail-commands.ts    what keys do with what is selected: copy.ts, filter-by.ts
 */
import {
  compareLevels,
  encapsulationCost,
  isEqual,
  leftText,
  linkedRow,
  networkOf,
  shareText,
} from '../../explain/comparison.ts';
import { findRow, isSame, type Outline, type OutlineRow } from '../../output/outline.ts';
import { createPanes, type Panes, paneLayers } from '../state/panes.ts';
import type { State } from '../state/state.ts';
import { clip, StyledRow, wrapWords } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';

/** Where values begin, from the pane's left edge, unless they are too long for what is left. */
const VALUE_AT = 38;

export interface HeaderRows {
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** Both panes, each with its title row first. */
export function headerRows(state: State, outline: Outline | undefined, theme: Theme): HeaderRows {
  const { layout } = state;
  if (outline === undefined) {
    return {
      left: empty('OUTER', layout.leftColumns, layout.leftRows, '', theme.outer, theme),
      right: empty('INNER', layout.rightColumns, layout.rightRows, '', theme.inner, theme),
    };
  }
  const panes = createPanes(outline, state.pair, state.folds, layout);
  const left = pane(state, outline, panes, 'left', theme);
  if (panes.right.length === 0) {
    const text = 'Nothing: this packet has no more headers.';
    return { left, right: empty('PAYLOAD', layout.rightColumns, layout.rightRows, text, theme.outer, theme) };
  }
  return { left, right: pane(state, outline, panes, 'right', theme) };
}

/** "OUTER" and "INNER"; with nested tunnels the levels between are counted. */
export function levelName(level: number, deepest: number): string {
  if (level === 0) return 'OUTER';
  return deepest === 1 ? 'INNER' : `INNER ${level} of ${deepest}`;
}

function pane(state: State, outline: Outline, panes: Panes, name: 'left' | 'right', theme: Theme): string[] {
  const { layout } = state;
  const isLeft = name === 'left';
  const columns = isLeft ? layout.leftColumns : layout.rightColumns;
  const height = isLeft ? layout.leftRows : layout.rightRows;
  const color = isLeft || outline.deepestLevel === 0 ? theme.outer : theme.inner;
  const all = isLeft ? panes.left : panes.right;
  const top = isLeft ? state.leftTop : state.rightTop;
  const more = all.slice(top + height).filter((row) => row !== undefined).length;
  const above = all.slice(0, top).filter((row) => row !== undefined).length;
  const hidden = above + more === 0 ? '' : ` ${above + more} more `;
  const { title, facts } = titleOf(state, outline, name, theme);
  const rows = [paneTitle(title, columns, color, state.pane === name, theme, facts, hidden)];
  const tunnels = new Set(outline.layers.filter(({ isTunnel }) => isTunnel).map(({ title }) => title));
  const counterpart = linkedRow(outline, findRow(outline, state.cursor));
  const signs = comparisonSigns(outline, state.pair, theme);
  for (let i = 0; i < height; i++) {
    const row = all[top + i];
    if (row === undefined) {
      rows.push(' '.repeat(columns));
      continue;
    }
    const isSelected = isSame(row, state.cursor);
    const base = !isSelected ? '' : state.pane === name ? theme.selected : theme.selectedElsewhere;
    const out = new StyledRow(columns, base);
    if (row.kind === 'layer') {
      const compared = comparedText(outline, state.pair, row, theme);
      addLayer(out, row, compared, tunnels.has(row) ? theme.tunnel : color, panes, theme);
    } else {
      addField(out, row, signs.get(row) ?? ' ', row === counterpart, theme);
    }
    rows.push(out.toString());
  }
  return rows;
}

/** A pane's name, and what is to be said of all that is in it. */
function titleOf(
  { pair, mtu }: State,
  outline: Outline,
  pane: 'left' | 'right',
  theme: Theme,
): { readonly title: string; readonly facts: readonly Fact[] } {
  const level = pair + (pane === 'left' ? 0 : 1);
  const { ends, tunnel, recognised } = outline.levels[level] ?? { ends: '', tunnel: '', recognised: '' };
  const who = ends.replaceAll(' > ', ` ${theme.glyphs.arrow} `);
  if (outline.deepestLevel === 0) {
    if (pane === 'left') return { title: 'PACKET', facts: ['outside any tunnel', who] };
    return {
      title: 'PAYLOAD',
      facts: [
        paneLayers(outline, pair)
          .right.map(({ title: { label } }) => label)
          .join(', '),
      ],
    };
  }
  const cost = pane === 'left' ? [costFact(outline, pair, mtu)] : [];
  return {
    title: levelName(level, outline.deepestLevel),
    facts: [who, tunnel === '' ? '' : `in ${tunnel}`, recognised, ...cost],
  };
}

/** What stands before the fields that both sides have: whether they are the same. */
function comparisonSigns(outline: Outline, pair: number, theme: Theme): ReadonlyMap<OutlineRow, string> {
  const signs = new Map<OutlineRow, string>();
  for (const one of compareLevels(outline, pair)) {
    if (one.outer === undefined || one.inner === undefined) continue;
    const sign = isEqual(one) ? theme.glyphs.same : theme.glyphs.differs;
    signs.set(one.outer, sign).set(one.inner, sign);
  }
  return signs;
}

/** What the tunnel between the two panes takes, in as many words as there is room for. */
function costFact(outline: Outline, pair: number, mtu: number): Fact {
  const cost = encapsulationCost(outline, pair);
  if (cost === undefined) return '';
  const share = shareText(cost);
  const percent = Math.round((cost.overhead / cost.outer) * 100);
  return [
    `the tunnel takes ${share}, and ${leftText(cost, mtu)}`,
    `the tunnel takes ${share}`,
    `tunnel ${share}`,
    `+${cost.overhead} bytes (${percent} %)`,
    `+${cost.overhead} bytes ${percent} %`,
    `+${cost.overhead} bytes`,
  ];
}

/** A text that is cut where it does not fit, or several, of which the first that fits is taken whole. */
type Fact = string | readonly string[];

/**
 * A title that spans the pane: its name, reversed where the pane has the keys, then facts as far as there is room, and
 * what stands at its right end in any case.
 */
export function paneTitle(
  name: string,
  columns: number,
  color: Style,
  isFocused: boolean,
  theme: Theme,
  facts: readonly Fact[],
  tail = '',
): string {
  const { horizontal } = theme.glyphs;
  const row = new StyledRow(columns);
  row.add(horizontal, color).add(` ${name} `, join(color, isFocused ? '1;7' : '1'));
  for (const fact of facts) {
    const room = row.left - tail.length - 3;
    const text = typeof fact === 'string' ? fact : (fact.find(({ length }) => length <= room) ?? '');
    if (text === '' || room < 8) continue;
    row.add(`${horizontal} `, color).add(`${clip(text, room, theme)} `);
  }
  return row
    .add(horizontal.repeat(row.left - tail.length), color)
    .add(tail, color)
    .toString();
}

/** What tells most in few cells comes first; who talks to whom stands before it in any case. */
const FOLDED_ORDER = ['TTL', 'DF', 'length', 'DSCP', 'id', 'ECN'];

/** Of a folded network header with one on the other side: its fields, each with the sign that compares it. */
function comparedText(outline: Outline, pair: number, row: OutlineRow, theme: Theme): readonly string[] {
  const isOuter = row.level === pair;
  const header = networkOf(outline, row.level);
  if (header?.title !== row) return [];
  const parts = compareLevels(outline, pair).flatMap((one) => {
    const mine = isOuter ? one.outer : one.inner;
    const at = FOLDED_ORDER.indexOf(one.short);
    if (at < 0 || mine === undefined || one.outer === undefined || one.inner === undefined) return [];
    const sign = isEqual(one) ? theme.glyphs.same : theme.glyphs.differs;
    return [{ at, text: `  ${sign} ${one.short} ${shortValue(mine.value)}` }];
  });
  return parts.sort((a, b) => a.at - b.at).map(({ text }) => text);
}

/** "0" of "Default (0)", "set" of "Set". */
function shortValue(value: string): string {
  return /\((\w+)\)$/.exec(value)?.[1] ?? value.toLowerCase();
}

function addLayer(
  out: StyledRow,
  row: OutlineRow,
  compared: readonly string[],
  color: Style,
  panes: Panes,
  theme: Theme,
): void {
  const { closed, open, arrow } = theme.glyphs;
  const isFolded = panes.folded.has(row) || !row.canOpen;
  out.add(` ${!row.canOpen ? ' ' : isFolded ? closed : open} `, color);
  // Wide enough for the short names that are common, so that what follows lines up.
  out.add(row.label.padEnd(9), join(color, '1')).add(' ');
  // What an open layer has to say stands in its fields.
  const style = row.isProblem ? theme.problem : '';
  if (!isFolded || compared.length === 0) {
    const text = isFolded ? row.value.replaceAll(' > ', ` ${arrow} `) : row.description.title;
    out.add(clip(text, out.left, theme), style);
    return;
  }
  const [ends = ''] = row.value.split('  ');
  out.add(clip(ends.replaceAll(' > ', ` ${arrow} `), out.left, theme), style);
  for (const part of compared) if (part.length <= out.left) out.add(part, style);
}

function addField(out: StyledRow, row: OutlineRow, sign: string, isCounterpart: boolean, theme: Theme): void {
  const indent = 5;
  const label = clip(row.label, Math.max(12, out.width - indent - row.value.length - 2), theme);
  out.add(`   ${sign} `, theme.heading).add(label, theme.quiet).add('  ');
  out.padTo(Math.min(VALUE_AT, Math.floor(out.width * 0.64), out.width - row.value.length));
  const style = row.isProblem ? theme.problem : isCounterpart ? theme.counterpart : '';
  out.add(clip(row.value, out.left, theme), style);
}

function empty(
  name: string,
  columns: number,
  height: number,
  text: string,
  color: Style,
  theme: Theme,
): string[] {
  const rows = [paneTitle(name, columns, color, false, theme, [])];
  const words = wrapWords(text, columns - 4);
  for (let i = 0; i < height; i++)
    rows.push(new StyledRow(columns).add(`   ${words[i] ?? ''}`, theme.quiet).toString());
  return rows;
}

function join(...styles: readonly Style[]): Style {
  return styles.filter((style) => style !== '').join(';');
}
