/** Moving in the selected packet: between panes, in its headers and in its bytes. Fields and bytes are one selection. */
import {
  type Cursor,
  cursorOf,
  findRow,
  isSame,
  type Outline,
  type OutlineRow,
  rowOfByte,
} from '../../output/outline.ts';
import type { Command } from '../keys/keymap.ts';
import { clamp } from './clamp.ts';
import type { PaneName } from './layout.ts';
import { scrollList } from './list-moves.ts';
import { byteAt, type Pointed } from './pane-places.ts';
import { createPanes, type Panes, paneLayers, paneOf } from './panes.ts';
import type { State } from './state.ts';

const PANES: readonly PaneName[] = ['list', 'left', 'right', 'bytes'];

/** Brings what depends on the selected packet in line with it, after another one was selected or came into being. */
export function settle(state: State, outline: Outline | undefined): State {
  if (outline === undefined) return scrollList(state);
  const pair = clamp(state.pair, 0, Math.max(0, outline.deepestLevel - 1));
  const byte = clamp(state.byte, 0, Math.max(0, outline.length - 1));
  const row = findRow(outline, state.cursor);
  return scrollList(scrollPanes({ ...state, pair, byte }, outline, row === undefined ? undefined : row.from));
}

/** Moves on to the next pane that holds anything; into headers and bytes only where a packet is selected. */
export function focus(state: State, outline: Outline | undefined, step: number): State {
  if (outline === undefined) return { ...state, pane: 'list' };
  let pane = state.pane;
  do {
    pane = PANES[(PANES.indexOf(pane) + step + PANES.length) % PANES.length] as PaneName;
  } while (pane === 'right' && !hasRight(state, outline));
  return enter({ ...state, pane }, outline);
}

/** Whether there is anything in the right pane. */
export function hasRight({ pair }: State, outline: Outline): boolean {
  return paneLayers(outline, pair).right.length > 0;
}

/** Puts the cursor into a header pane that has just got the keys. */
export function enter(state: State, outline: Outline): State {
  const { pane } = state;
  if (pane === 'list') return state;
  if (pane === 'bytes') {
    const byte = findRow(outline, state.cursor)?.from ?? state.byte;
    return scrollPanes({ ...state, byte }, outline, byte);
  }
  if (paneOf(outline, state.pair, findRow(outline, state.cursor)) === pane)
    return scrollPanes(state, outline, undefined);
  const panes = createPanes(outline, state.pair, state.folds, state.layout);
  const rows = panes[pane];
  // The same field on the other side, where there is one; else where the network layer begins, which is what people look for.
  const here = rows.find(
    (row) => row !== undefined && row.key === state.cursor?.key && row.protocol === state.cursor.protocol,
  );
  const network = paneLayers(outline, state.pair)[pane].find(({ isNetwork }) => isNetwork);
  const cursor = here ?? network?.title ?? rows.find((row) => row !== undefined);
  return scrollPanes({ ...state, cursor: cursorOf(cursor) }, outline, cursor?.from);
}

export function inPane(state: State, name: Command, outline: Outline): State {
  const pane = state.pane as 'left' | 'right';
  const panes = createPanes(outline, state.pair, state.folds, state.layout);
  const rows = panes[pane].filter((row) => row !== undefined);
  const at = Math.max(
    0,
    rows.findIndex((row) => isSame(row, state.cursor)),
  );
  const row = rows[at];
  if (row === undefined) return state;
  const page = Math.max(1, (pane === 'left' ? state.layout.leftRows : state.layout.rightRows) - 1);
  const move = (to: number) => {
    const target = rows[clamp(to, 0, rows.length - 1)];
    return scrollPanes({ ...state, cursor: cursorOf(target) }, outline, target?.from);
  };
  switch (name) {
    case 'up':
      return move(at - 1);
    case 'down':
      return move(at + 1);
    case 'pageUp':
      return move(at - page);
    case 'pageDown':
      return move(at + page);
    case 'first':
      return move(0);
    case 'last':
      return move(rows.length - 1);
    case 'left':
      if (!panes.folded.has(row) && row.kind === 'layer') return fold(state, outline, row, true);
      if (row.kind === 'field')
        return move(rows.findLastIndex((other, i) => i < at && other.kind === 'layer'));
      return pane === 'right' ? focus(state, outline, -1) : state;
    case 'right':
      if (panes.folded.has(row)) return fold(state, outline, row, false);
      return pane === 'left' && hasRight(state, outline) ? focus(state, outline, 1) : state;
    case 'toggle':
      return fold(state, outline, row, !panes.folded.has(titleOf(outline, row)));
    default:
      return state;
  }
}

function titleOf(outline: Outline, row: Cursor): OutlineRow {
  const layer = outline.layers.find(({ title }) => isSame({ ...row, key: '' }, title));
  return (layer as Outline['layers'][number]).title;
}

/** Folds or opens the layers of a protocol; the cursor goes to the title, and what was opened comes in sight. */
function fold(state: State, outline: Outline, row: Cursor, isFolded: boolean): State {
  const title = titleOf(outline, row);
  const folds = { ...state.folds, [row.protocol]: isFolded };
  const layer = outline.layers.find((other) => other.title === title);
  const panes = createPanes(outline, state.pair, folds, state.layout);
  const isLeft = paneOf(outline, state.pair, title) === 'left';
  const rows = isLeft ? panes.left : panes.right;
  const height = isLeft ? state.layout.leftRows : state.layout.rightRows;
  const at = rows.indexOf(title);
  const last = at + (isFolded ? 0 : (layer?.fields.length ?? 0));
  const top = isLeft ? state.leftTop : state.rightTop;
  const opened = Math.min(at, Math.max(top, last - height + 1));
  const tops = isLeft ? { leftTop: opened } : { rightTop: opened };
  return scrollPanes({ ...state, ...tops, folds, cursor: cursorOf(title) }, outline, title.from);
}

export function inBytes(state: State, name: Command, outline: Outline): State {
  const perRow = state.layout.bytesPerRow;
  const page = perRow * Math.max(1, state.layout.bytesRows - 1);
  const steps: Partial<Record<Command, number>> = {
    up: -perRow,
    down: perRow,
    left: -1,
    right: 1,
    pageUp: -page,
    pageDown: page,
    first: -state.byte,
    last: outline.length,
  };
  const step = steps[name];
  if (step === undefined) return state;
  return toByte(state, state.byte + step, outline);
}

/** Puts the bytes pane's cursor on a byte, and selects the field that it belongs to. */
function toByte(state: State, to: number, outline: Outline): State {
  const byte = clamp(to, 0, Math.max(0, outline.length - 1));
  const row = rowOfByte(outline, byte);
  const inSight = row !== undefined && (row.level === state.pair || row.level === state.pair + 1);
  const pair =
    row === undefined || inSight ? state.pair : clamp(row.level, 0, Math.max(0, outline.deepestLevel - 1));
  return scrollPanes({ ...state, byte, pair, cursor: cursorOf(row) }, outline, byte);
}

/** The left button on a row of a header pane or of the bytes: selects it; a layer's title that is selected opens or folds. */
export function pressedIn(
  before: State,
  state: State,
  { pane, row, column }: Pointed,
  outline: Outline,
): State {
  if (pane === 'bytes') {
    const byte = byteAt(column, state.layout.bytesPerRow);
    if (byte === undefined) return state;
    const to = (before.bytesTop + row) * state.layout.bytesPerRow + byte;
    return to >= outline.length ? state : toByte(state, to, outline);
  }
  const panes = createPanes(outline, state.pair, state.folds, state.layout);
  const top = pane === 'left' ? before.leftTop : before.rightTop;
  const target = panes[pane as 'left' | 'right'][top + row];
  if (target === undefined) return state;
  if (target.kind === 'layer' && isSame(target, before.cursor)) return inPane(state, 'toggle', outline);
  return scrollPanes({ ...state, cursor: cursorOf(target) }, outline, target.from);
}

/** Scrolls so that the cursor is in sight in its pane, and `byte` in the bytes. */
function scrollPanes(state: State, outline: Outline, byte: number | undefined): State {
  const { layout } = state;
  const panes = createPanes(outline, state.pair, state.folds, layout);
  let leftTop = scrolled(state.leftTop, panes.left, layout.leftRows, state.cursor);
  let rightTop = scrolled(state.rightTop, panes.right, layout.rightRows, state.cursor);
  if (layout.isSideBySide && outline.deepestLevel > 0) {
    // In step, or what is on one row would no longer belong together.
    leftTop = rightTop = state.cursor?.level === state.pair + 1 ? rightTop : leftTop;
  }
  const rows = Math.ceil(outline.length / layout.bytesPerRow);
  let bytesTop = clamp(state.bytesTop, 0, Math.max(0, rows - layout.bytesRows));
  if (byte !== undefined) {
    const row = Math.floor(byte / layout.bytesPerRow);
    bytesTop = clamp(bytesTop, row - layout.bytesRows + 1, row);
  }
  return { ...state, leftTop, rightTop, bytesTop };
}

function scrolled(top: number, rows: Panes['left'], height: number, cursor: Cursor | undefined): number {
  const at = rows.findIndex((row) => row !== undefined && isSame(row, cursor));
  const inSight = at < 0 ? top : clamp(top, at - height + 1, at);
  return clamp(inSight, 0, Math.max(0, rows.length - height));
}
