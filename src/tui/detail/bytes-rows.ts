/** The bytes pane: digits and characters, each layer in its colour, what is selected reversed; and beside them what it is. */
import { filterName } from '../../decode/field-reading.ts';
import { findRow, type Outline, type OutlineRow } from '../../output/outline.ts';
import type { FoundPacket } from '../packets/store.ts';
import type { State } from '../state/state.ts';
import { StyledRow, wrapWords } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';
import { explanation, type Paragraph } from './explanation.ts';
import { paneTitle } from './header-rows.ts';
import { addHexRow } from './hex-row.ts';

/**
 * The pane with its title row first.
 *
 * @param fate what became of the ping; empty if the packet is none
 * @param place the packet's interface; empty if there is one only
 */
export function bytesRows(
  state: State,
  packet: FoundPacket | undefined,
  outline: Outline | undefined,
  theme: Theme,
  fate: string,
  place: string,
): string[] {
  const { layout } = state;
  const { columns, bytesRows: height, bytesPerRow, explainedColumns } = layout;
  const rows = [bytesTitle(state, outline, theme, fate, place)];
  if (packet === undefined || outline === undefined) {
    while (rows.length <= height) rows.push(' '.repeat(columns));
    return rows;
  }
  const selected = findRow(outline, state.cursor);
  const styles = layerStyles(state, outline, theme);
  // Beside the bytes; where that is too narrow below them, as far as there is room.
  const firstBelow = Math.ceil(outline.length / bytesPerRow) - state.bytesTop + 1;
  const isBeside = explainedColumns > 0;
  const explained = explainedRows(
    explanation(state, outline, fate),
    (isBeside ? explainedColumns : columns) - 2,
    isBeside ? height : height - firstBelow,
    theme,
  );
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

function bytesTitle(
  state: State,
  outline: Outline | undefined,
  theme: Theme,
  fate: string,
  place: string,
): string {
  const facts: string[] = [];
  if (outline !== undefined) {
    const { length, capturedLength, originalLength, marks } = outline;
    const captured = `${capturedLength} ${capturedLength === originalLength ? '' : `of ${originalLength} `}bytes`;
    facts.push(length === capturedLength ? captured : `${captured} + ${length - capturedLength} reassembled`);
    if (place !== '') facts.push(`on ${place}`);
    if (marks !== '') facts.push(marks);
    const selected = findRow(outline, state.cursor);
    if (selected === undefined && state.layout.explainedColumns === 0 && fate !== '') facts.push(fate);
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

/** Paragraphs in at most so many rows; where they are too many, where it is written goes first, and then what comes last. */
function explainedRows(
  paragraphs: readonly Paragraph[],
  width: number,
  height: number,
  theme: Theme,
): [string, Style][] {
  const styles = { heading: theme.heading, plain: '', quiet: theme.quiet };
  const rowsOf = (some: readonly Paragraph[]): [string, Style][] =>
    some.flatMap(({ role, text }) =>
      wrapWords(text, width).map((row): [string, Style] => [row, styles[role]]),
    );
  const all = rowsOf(paragraphs);
  if (all.length <= height) return all;
  const rows = rowsOf(paragraphs.filter(({ role }) => role !== 'quiet'));
  const last = rows[height - 1];
  if (rows.length > height && last !== undefined)
    rows[height - 1] = [`${last[0].slice(0, width - 2)} ${theme.glyphs.ellipsis}`, last[1]];
  return rows.slice(0, Math.max(0, height));
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
