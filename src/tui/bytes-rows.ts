/** The bytes pane: digits and characters, each layer in its colour, what is selected reversed; and beside them what it is. */
import { filterName } from '../decode/protocol.ts';
import { comparisonOf, costText, encapsulationCost, linkedRow } from '../explain/comparison.ts';
import { findRow, type Outline, type OutlineRow } from '../output/outline.ts';
import { paneTitle } from './header-rows.ts';
import { addHexRow } from './hex-row.ts';
import type { State } from './state.ts';
import type { FoundPacket } from './store.ts';
import { StyledRow, wrapWords } from './styled-row.ts';
import type { Style, Theme } from './theme.ts';

/** The pane with its title row first. */
export function bytesRows(
  state: State,
  packet: FoundPacket | undefined,
  outline: Outline | undefined,
  theme: Theme,
): string[] {
  const { layout } = state;
  const { columns, bytesRows: height, bytesPerRow, explainedColumns } = layout;
  const rows = [bytesTitle(state, outline, theme)];
  if (packet === undefined || outline === undefined) {
    while (rows.length <= height) rows.push(' '.repeat(columns));
    return rows;
  }
  const selected = findRow(outline, state.cursor);
  const styles = layerStyles(state, outline, theme);
  const explained = explanation(state, outline, selected, (explainedColumns || columns) - 2, theme);
  // Beside the bytes; where that is too narrow below them, as far as there is room.
  const firstBelow = Math.ceil(outline.length / bytesPerRow) - state.bytesTop + 1;
  for (let i = 0; i < height; i++) {
    const row = new StyledRow(columns);
    const from = (state.bytesTop + i) * bytesPerRow;
    if (from < outline.length) {
      const to = Math.min(outline.length, from + bytesPerRow);
      bytesRow(row, packet, from, to, bytesPerRow, styles, selected, state, theme);
    }
    if (explainedColumns > 0) {
      row.padTo(columns - explainedColumns);
      row.add(`${theme.glyphs.vertical} `, theme.quiet);
      const [text, style] = explained[i] ?? ['', ''];
      row.add(text, style);
    } else if (i >= firstBelow) {
      const [text, style] = explained[i - firstBelow] ?? ['', ''];
      row.add(` ${text}`, style);
    }
    rows.push(row.toString());
  }
  return rows;
}

function bytesTitle(state: State, outline: Outline | undefined, theme: Theme): string {
  const facts: string[] = [];
  if (outline !== undefined) {
    const { length, capturedLength, originalLength, marks } = outline;
    const captured = `${capturedLength} ${capturedLength === originalLength ? '' : `of ${originalLength} `}bytes`;
    facts.push(length === capturedLength ? captured : `${captured} + ${length - capturedLength} reassembled`);
    if (marks !== '') facts.push(marks);
    const selected = findRow(outline, state.cursor);
    if (selected !== undefined) facts.push(placeText(selected));
    if (state.pane === 'bytes') facts.push(`byte ${state.byte}`);
  }
  const color = outline !== undefined && outline.marks !== '' ? theme.problem : theme.quiet;
  return paneTitle('BYTES', state.layout.columns, color, state.pane === 'bytes', theme, facts);
}

/** `ip.ttl = 64, byte 22`, for a title. */
function placeText({ field, description, value, label, from, to }: OutlineRow): string {
  const what = field === undefined ? label : `${filterName(description, field)} = ${value}`;
  if (to <= from) return what;
  return `${what}, ${to - from === 1 ? `byte ${from}` : `bytes ${from} to ${to - 1}`}`;
}

/** A style for each byte of the packet: outer, tunnel header, inner; every other layer of a level in bold. */
function layerStyles(state: State, outline: Outline, theme: Theme): Style[] {
  const styles = new Array<Style>(outline.length).fill(theme.quiet);
  let previous = -1;
  let ordinal = 0;
  for (const layer of outline.layers) {
    ordinal = layer.level === previous ? ordinal + 1 : 0;
    previous = layer.level;
    const side =
      layer.level === state.pair ? theme.outer : layer.level === state.pair + 1 ? theme.inner : theme.quiet;
    const color = layer.isTunnel ? theme.tunnel : side;
    const style = layer.protocol === 'data' ? theme.quiet : ordinal % 2 === 1 ? `1;${color}` : color;
    styles.fill(style.replace(/;$/, ''), layer.from, Math.min(layer.to, outline.length));
  }
  return styles;
}

function bytesRow(
  row: StyledRow,
  { view, start }: FoundPacket,
  from: number,
  to: number,
  perRow: number,
  styles: readonly Style[],
  selected: OutlineRow | undefined,
  state: State,
  theme: Theme,
): void {
  const styleOf = (byte: number): Style => {
    if (state.pane === 'bytes' && byte === state.byte) return '1;4;7';
    const style = styles[byte] ?? '';
    if (selected === undefined || byte < selected.from || byte >= selected.to) return style;
    return style === '' ? '7' : `7;${style}`;
  };
  // The space between two bytes that are both selected is too.
  const isJoined = (byte: number): boolean =>
    selected !== undefined && byte >= selected.from && byte + 1 < selected.to && byte !== state.byte;
  addHexRow(row, view, start, from, to, perRow, styleOf, isJoined, theme);
}

/** What is selected, for someone who learns; without a selection, what the packet as a whole is. */
function explanation(
  state: State,
  outline: Outline,
  selected: OutlineRow | undefined,
  width: number,
  theme: Theme,
): [string, Style][] {
  const words = (text: string): [string, Style][] => wrapWords(text, width).map((row) => [row, '']);
  const ends = (text: string) => text.replaceAll(' > ', ` ${theme.glyphs.arrow} `);
  if (selected === undefined) {
    const outer = outline.levels[state.pair];
    const inner = outline.levels[state.pair + 1];
    if (outer === undefined) return [];
    if (inner === undefined)
      return words(`${ends(outer.ends)}: a packet in no tunnel. Tab goes to its headers.`);
    return [
      ...words(`Outer, ${ends(outer.ends)}: all that the network in between looks at.`),
      ...words(
        `Inner, ${ends(inner.ends)}: the packet that travels inside, in ${inner.tunnel}${inner.recognised === '' ? '' : ` (${inner.recognised})`}.`,
      ),
      ...words(costSentence(outline, state.pair)),
      ...words('Tab goes to the headers: what is selected there is explained here.').map(
        ([text]): [string, Style] => [text, theme.quiet],
      ),
    ];
  }
  const { field, description } = selected;
  if (field === undefined) {
    return [
      [description.title, theme.heading],
      ...(description.reference === '' ? [] : [[description.reference, theme.quiet] as [string, Style]]),
      ...words(description.about),
    ];
  }
  return [
    [`${field.label}: ${selected.value}`, theme.heading],
    [
      [filterName(description, field), field.reference ?? description.reference].filter(Boolean).join(', '),
      theme.quiet,
    ],
    ...words(field.about),
    ...words(comparison(outline, selected)),
  ];
}

function costSentence(outline: Outline, pair: number): string {
  const cost = encapsulationCost(outline, pair);
  return cost === undefined ? '' : costText(cost);
}

/** What the same field says on the other side, and what follows from both; of lengths, what the tunnel costs. */
function comparison(outline: Outline, selected: OutlineRow): string {
  const other = linkedRow(outline, selected);
  if (other === undefined) return '';
  const side = other.level > selected.level ? 'inner' : 'outer';
  const value = `In the ${side} header: ${other.value === selected.value ? 'the same' : other.value}.`;
  const found = comparisonOf(outline, selected);
  if (found === undefined) return value;
  return `${value} ${(isLength(selected) && costSentence(outline, found.pair)) || found.says}`;
}

function isLength({ key }: OutlineRow): boolean {
  return key === 'len' || key === 'plen';
}
