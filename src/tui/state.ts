/** What the screen shows, as one value, and how commands change it: pure, so that tests read as tables. */

import {
  type Cursor,
  cursorOf,
  findRow,
  isSame,
  type Outline,
  type OutlineRow,
  rowOfByte,
} from '../output/outline.ts';
import { completed } from './field-names.ts';
import type { Command } from './keymap.ts';
import { createLayout, type Layout, NO_WISHES, type PaneName } from './layout.ts';
import { peeled } from './lesson-steps.ts';
import { createPanes, type Folds, type Panes } from './panes.ts';
import { byteAt, type Pointed, type Pointer, paneAt } from './pointer.ts';
import { edited, openPrompt, type Prompt, type PromptKind, recalled } from './prompt.ts';
import { type Scroll, START, scrollTo, type ViewName } from './view.ts';

const PANES: readonly PaneName[] = ['list', 'left', 'right', 'bytes'];
/** Rows that a key gives the list or takes from it. */
const LIST_STEP = 2;

/** What the time column shows: seconds since the first packet, since the row before, the time of day in UTC. */
export const TIME_COLUMNS = ['relative', 'delta', 'absolute'] as const;
export type TimeColumn = (typeof TIME_COLUMNS)[number];
export const CONVERSATION_ORDERS = ['bytes', 'packets', 'rate', 'first', 'last'] as const;
export type ConversationOrder = (typeof CONVERSATION_ORDERS)[number];
/** Texts of each kind that are kept. */
const MOST_HISTORY = 50;

export interface State {
  readonly layout: Layout;
  /** Rows that the user gave the list; below zero where taken from it. */
  readonly moreListRows: number;
  /** The pane that has the keys has the screen to itself. */
  readonly isMaximised: boolean;
  /** Outer and inner headers stand the other way than the terminal's width would have them. */
  readonly isRotated: boolean;
  /** The list's rows, of all packets or of those that the filter lets pass, from `first` to `count`, exclusively; rows before `first` have left. */
  readonly first: number;
  readonly count: number;
  /** More packets will come as they happen. */
  readonly isLive: boolean;
  /** The selected row: from `first` to `count`, exclusively; 0 while there is none. */
  readonly selected: number;
  /** The row that is shown first. */
  readonly top: number;
  readonly isFollowing: boolean;
  /** The packets there were when following ended: those past it are new. */
  readonly seen: number;
  readonly pane: PaneName;
  /** The level in the left pane; the next one is in the right pane. */
  readonly pair: number;
  /** What is selected in the packet; undefined until somebody looks into it. */
  readonly cursor: Cursor | undefined;
  /** The byte that the bytes pane is at, from the packet's start. */
  readonly byte: number;
  /** First rows of the left and right pane, and of the bytes. */
  readonly leftTop: number;
  readonly rightTop: number;
  readonly bytesTop: number;
  readonly folds: Folds;
  /** What is shown between the status row and the footer. */
  readonly view: ViewName;
  /** Where help goes back to. */
  readonly behindHelp: ViewName;
  /** Where one is in the views beside the packets. */
  readonly scrolls: Readonly<Partial<Record<ViewName, Scroll>>>;
  /** The display filter that narrows the list; empty for all packets. */
  readonly filter: string;
  /** What was typed and accepted, the newest first. */
  readonly history: Readonly<Record<PromptKind, readonly string[]>>;
  readonly times: TimeColumn;
  /** What conversations are sorted by. */
  readonly sortedBy: ConversationOrder;
  /** Packets that the user marked, by their place in the capture. */
  readonly marks: ReadonlySet<number>;
  /** The layer that the lesson has come to; undefined for the packet as a whole. */
  readonly lesson: Cursor | undefined;
  /** A line that is typed into; while there is one, it gets the keys. */
  readonly prompt: Prompt | undefined;
}

export type Action =
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | {
      readonly type: 'packets';
      readonly first: number;
      readonly count: number;
      readonly isLive: boolean;
      /** The row to select, where rows have become others. */
      readonly selected?: number;
    }
  | { readonly type: 'command'; readonly command: Command }
  | { readonly type: 'view'; readonly view: ViewName }
  /** A key while there is a prompt. */
  | { readonly type: 'key'; readonly key: string }
  /** What was typed can't be done: the prompt stays, and says why. */
  | { readonly type: 'fault'; readonly fault: string }
  /** The mouse, among the packets or in the view that is shown. */
  | { readonly type: 'pointer'; readonly pointer: Pointer }
  /** What was typed is done. */
  | { readonly type: 'accepted'; readonly kind: PromptKind; readonly text: string }
  /** The list is narrowed by another filter. */
  | { readonly type: 'filter'; readonly text: string }
  /** Marks a packet, or takes its mark away. */
  | { readonly type: 'mark'; readonly packet: number }
  /** Goes to a row of the list. */
  | { readonly type: 'select'; readonly index: number };

/** The selected packet, as far as moving in it needs it. */
export type Facts = Outline | undefined;

/** The rows of the view that is shown beside the packets. */
export interface ViewFacts {
  readonly count: number;
  readonly hasCursor: boolean;
  /** Rows that a page has; all but the status row and the footer where not given. */
  readonly pageRows?: number;
}

const NO_ROWS: ViewFacts = { count: 0, hasCursor: false };

export function initialState(columns: number, rows: number, isLive: boolean): State {
  return {
    layout: createLayout(columns, rows, NO_WISHES),
    moreListRows: 0,
    isMaximised: false,
    isRotated: false,
    first: 0,
    count: 0,
    isLive,
    selected: 0,
    top: 0,
    isFollowing: isLive,
    seen: 0,
    pane: 'list',
    pair: 0,
    cursor: undefined,
    byte: 0,
    leftTop: 0,
    rightTop: 0,
    bytesTop: 0,
    folds: {},
    view: 'packets',
    behindHelp: 'packets',
    scrolls: {},
    filter: '',
    history: { goto: [], filter: [], search: [], save: [] },
    times: 'relative',
    sortedBy: 'bytes',
    marks: new Set(),
    lesson: undefined,
    prompt: undefined,
  };
}

/**
 * @param outline of the packet that `state` has selected; undefined where there is none
 * @param viewFacts of the view that `state` shows, where that is not the packets
 */
export function reduce(state: State, action: Action, outline: Facts, viewFacts = NO_ROWS): State {
  const next = reduced(state, action, outline, viewFacts);
  // What has the screen to itself is always what has the keys.
  if (!next.isMaximised || next.layout.maximised === next.pane) return next;
  return settle({ ...next, layout: laidOut(next) }, outline);
}

function laidOut(
  state: State,
  size: { readonly columns: number; readonly rows: number } = state.layout,
): Layout {
  const { columns, rows } = size;
  const { moreListRows, isRotated, isMaximised, pane } = state;
  return createLayout(columns, rows, { moreListRows, isRotated, maximised: isMaximised ? pane : undefined });
}

function reduced(state: State, action: Action, outline: Facts, viewFacts: ViewFacts): State {
  switch (action.type) {
    case 'resize':
      return settle({ ...state, layout: laidOut(state, action) }, outline);
    case 'packets': {
      const { first, count, isLive } = action;
      const selected = action.selected ?? (state.isFollowing ? count - 1 : state.selected);
      return scrollList({ ...state, first, count, isLive, selected: clamp(selected, first, count - 1) });
    }
    case 'command':
      return command(state, action.command, outline, viewFacts);
    case 'view':
      return { ...state, view: action.view };
    case 'key':
      return typed(state, action.key);
    case 'fault':
      return state.prompt === undefined
        ? state
        : { ...state, prompt: { ...state.prompt, fault: action.fault } };
    case 'pointer':
      return pointed(state, action.pointer, outline, viewFacts);
    case 'accepted':
      return accepted(state, action.kind, action.text);
    case 'filter':
      return { ...state, filter: action.text };
    case 'mark': {
      const marks = new Set(state.marks);
      if (!marks.delete(action.packet)) marks.add(action.packet);
      return { ...state, marks };
    }
    case 'select':
      return { ...select(state, action.index, false), view: 'packets', pane: 'list', prompt: undefined };
  }
}

function accepted(state: State, kind: PromptKind, text: string): State {
  const before = state.history[kind].filter((other) => other !== text);
  const texts = text === '' ? before : [text, ...before].slice(0, MOST_HISTORY);
  return { ...state, prompt: undefined, history: { ...state.history, [kind]: texts } };
}

function typed(state: State, key: string): State {
  if (state.prompt === undefined) return state;
  const { prompt } = state;
  if (key === 'up') return { ...state, prompt: recalled(prompt, state.history[prompt.kind], 1) };
  if (key === 'down') return { ...state, prompt: recalled(prompt, state.history[prompt.kind], -1) };
  if (key === 'tab' && prompt.kind === 'filter')
    return { ...state, prompt: { ...prompt, ...completed(prompt.text, prompt.at), fault: '' } };
  if (key === 'escape' || key === 'ctrl+c') return { ...state, prompt: undefined };
  return { ...state, prompt: edited(state.prompt, key) ?? state.prompt };
}

/** What the wheel moves by. */
const WHEEL_ROWS = 3;

function pointed(state: State, { kind, column, row }: Pointer, outline: Facts, viewFacts: ViewFacts): State {
  if (state.prompt !== undefined) return state;
  const command = kind === 'wheelUp' ? 'up' : 'down';
  if (state.view !== 'packets') {
    if (kind !== 'press') return repeated(state, command, outline, viewFacts);
    const scroll = state.scrolls[state.view] ?? START;
    if (!viewFacts.hasCursor) return state;
    const at = scrollTo(scroll, scroll.top + row - 1, viewFacts.count, state.layout.viewRows, true);
    return { ...state, scrolls: { ...state.scrolls, [state.view]: at } };
  }
  const place = paneAt(state.layout, column, row);
  if (place === undefined) return state;
  if (place.pane === 'list') {
    const list = { ...state, pane: place.pane };
    if (kind !== 'press') return repeated(list, command, outline, viewFacts);
    return place.row < 0 || state.top + place.row >= state.count
      ? list
      : select(list, state.top + place.row, false);
  }
  if (outline === undefined || (place.pane === 'right' && outline.deepestLevel === 0)) return state;
  const inside = enter({ ...state, pane: place.pane }, outline);
  if (kind !== 'press') return repeated(inside, command, outline, viewFacts);
  return place.row < 0 ? inside : pressedIn(state, inside, place, outline);
}

/** The left button on a row of a header pane or of the bytes: selects it; a layer's title that is selected opens or folds. */
function pressedIn(before: State, state: State, { pane, row, column }: Pointed, outline: Outline): State {
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

function repeated(state: State, name: Command, outline: Facts, viewFacts: ViewFacts): State {
  let after = state;
  for (let i = 0; i < WHEEL_ROWS; i++) after = command(after, name, outline, viewFacts);
  return after;
}

/** Shows a view, or the packets again where it is shown already. */
function show(state: State, view: ViewName): State {
  return { ...state, view: state.view === view ? 'packets' : view };
}

/** Moves in a view beside the packets. */
function inView(state: State, name: Command, { count, hasCursor, pageRows }: ViewFacts): State {
  const { view, layout } = state;
  const scroll = state.scrolls[view] ?? START;
  const height = layout.viewRows;
  const page = Math.max(1, (pageRows ?? height) - 1);
  const steps: Partial<Record<Command, number>> = {
    up: -1,
    down: 1,
    pageUp: -page,
    pageDown: page,
    first: -count,
    last: count,
  };
  const step = steps[name];
  if (step === undefined) return state;
  return {
    ...state,
    scrolls: { ...state.scrolls, [view]: scrollTo(scroll, scroll.cursor + step, count, height, hasCursor) },
  };
}

/** Brings what depends on the selected packet in line with it, after another one was selected or came into being. */
export function settle(state: State, outline: Facts): State {
  if (outline === undefined) return scrollList(state);
  const pair = clamp(state.pair, 0, Math.max(0, outline.deepestLevel - 1));
  const byte = clamp(state.byte, 0, Math.max(0, outline.length - 1));
  const row = findRow(outline, state.cursor);
  return scrollList(scrollPanes({ ...state, pair, byte }, outline, row === undefined ? undefined : row.from));
}

function command(state: State, name: Command, outline: Facts, viewFacts: ViewFacts): State {
  if (state.view === 'help' && (name === 'help' || name === 'back'))
    return { ...state, view: state.behindHelp };
  if (name === 'help') return { ...state, view: 'help', behindHelp: state.view };
  if (name === 'lesson') return show({ ...state, lesson: undefined }, 'lesson');
  if (name === 'nextPacket') return select(state, state.selected + 1, false);
  if (name === 'previousPacket') return select(state, state.selected - 1, false);
  if (name === 'packets' || name === 'pings' || name === 'protocols' || name === 'conversations')
    return { ...state, view: name };
  if (name === 'sort') {
    const { sortedBy, scrolls } = state;
    const next =
      CONVERSATION_ORDERS[(CONVERSATION_ORDERS.indexOf(sortedBy) + 1) % CONVERSATION_ORDERS.length];
    return {
      ...state,
      sortedBy: next as ConversationOrder,
      scrolls: { ...scrolls, conversations: START },
    };
  }
  if (state.view !== 'packets') {
    if (name === 'back') return { ...state, view: 'packets' };
    const lesson = outline === undefined ? undefined : peeled(outline, state.lesson, name);
    if (lesson === undefined) return inView(state, name, viewFacts);
    return { ...state, lesson: lesson.layer, scrolls: { ...state.scrolls, lesson: START } };
  }
  switch (name) {
    case 'goto':
    case 'search':
    case 'save':
      return { ...state, prompt: openPrompt(name) };
    case 'filter':
      return { ...state, prompt: openPrompt('filter', state.filter) };
    case 'times': {
      const next = TIME_COLUMNS[(TIME_COLUMNS.indexOf(state.times) + 1) % TIME_COLUMNS.length];
      return { ...state, times: next as TimeColumn };
    }
    case 'nextPane':
      return focus(state, outline, 1);
    case 'previousPane':
      return focus(state, outline, -1);
    case 'back':
      return { ...state, pane: 'list' };
    case 'follow':
      return state.isFollowing
        ? { ...state, isFollowing: false, seen: state.count }
        : select(state, state.count - 1, true);
    case 'moreList':
    case 'lessList': {
      const moreListRows = state.moreListRows + (name === 'moreList' ? LIST_STEP : -LIST_STEP);
      const layout = laidOut({ ...state, moreListRows });
      // At either end nothing changes, and is not remembered; nor where the list is not in sight.
      if (state.isMaximised || layout.listRows === state.layout.listRows) return state;
      return settle({ ...state, layout, moreListRows }, outline);
    }
    case 'maximise': {
      const isMaximised = !state.isMaximised;
      return settle({ ...state, isMaximised, layout: laidOut({ ...state, isMaximised }) }, outline);
    }
    case 'rotate': {
      const isRotated = !state.isRotated;
      return settle({ ...state, isRotated, layout: laidOut({ ...state, isRotated }) }, outline);
    }
    case 'outerPair':
    case 'innerPair':
      if (outline === undefined) return state;
      return settle(
        { ...state, pair: state.pair + (name === 'innerPair' ? 1 : -1), leftTop: 0, rightTop: 0 },
        outline,
      );
    case 'quit':
    case 'suspend':
      return state;
    default:
      if (state.pane === 'list') return inList(state, name, outline);
      if (outline === undefined) return state;
      return state.pane === 'bytes' ? inBytes(state, name, outline) : inPane(state, name, outline);
  }
}

function inList(state: State, name: Command, outline: Facts): State {
  const page = Math.max(1, state.layout.listRows - 1);
  const last = state.count - 1;
  switch (name) {
    case 'up':
      return select(state, state.selected - 1, false);
    case 'down':
      return select(state, state.selected + 1, state.isFollowing);
    case 'pageUp':
      return select(state, state.selected - page, false);
    case 'pageDown':
      return select(state, state.selected + page, state.isFollowing);
    case 'first':
      return select(state, state.first, false);
    case 'last':
      return select(state, last, state.isLive);
    case 'toggle':
      return focus(state, outline, 1);
    default:
      return state;
  }
}

function select(state: State, index: number, follow: boolean): State {
  const selected = clamp(index, state.first, state.count - 1);
  const seen = state.isFollowing && !follow ? state.count : state.seen;
  return scrollList({ ...state, selected, isFollowing: follow, seen });
}

/** Moves on to the next pane that holds anything; into headers and bytes only where a packet is selected. */
function focus(state: State, outline: Facts, step: number): State {
  if (outline === undefined) return { ...state, pane: 'list' };
  let pane = state.pane;
  do {
    pane = PANES[(PANES.indexOf(pane) + step + PANES.length) % PANES.length] as PaneName;
  } while (pane === 'right' && outline.deepestLevel === 0);
  return enter({ ...state, pane }, outline);
}

/** Puts the cursor into a header pane that has just got the keys. */
function enter(state: State, outline: Outline): State {
  const { pane } = state;
  if (pane === 'list') return state;
  if (pane === 'bytes') {
    const byte = findRow(outline, state.cursor)?.from ?? state.byte;
    return scrollPanes({ ...state, byte }, outline, byte);
  }
  const level = state.pair + (pane === 'left' ? 0 : 1);
  if (findRow(outline, state.cursor)?.level === level) return scrollPanes(state, outline, undefined);
  const panes = createPanes(outline, state.pair, state.folds, state.layout);
  const rows = panes[pane];
  // The same field on the other side, where there is one; else where the network layer begins, which is what people look for.
  const here = rows.find(
    (row) => row !== undefined && row.key === state.cursor?.key && row.protocol === state.cursor.protocol,
  );
  const network = outline.layers.find((layer) => layer.level === level && layer.isNetwork);
  const cursor = here ?? network?.title ?? rows.find((row) => row !== undefined);
  return scrollPanes({ ...state, cursor: cursorOf(cursor) }, outline, cursor?.from);
}

function inPane(state: State, name: Command, outline: Outline): State {
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
      return pane === 'left' && outline.deepestLevel > 0 ? focus(state, outline, 1) : state;
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
  const isLeft = title.level === state.pair;
  const rows = isLeft ? panes.left : panes.right;
  const height = isLeft ? state.layout.leftRows : state.layout.rightRows;
  const at = rows.indexOf(title);
  const last = at + (isFolded ? 0 : (layer?.fields.length ?? 0));
  const top = isLeft ? state.leftTop : state.rightTop;
  const opened = Math.min(at, Math.max(top, last - height + 1));
  const tops = isLeft ? { leftTop: opened } : { rightTop: opened };
  return scrollPanes({ ...state, ...tops, folds, cursor: cursorOf(title) }, outline, title.from);
}

function inBytes(state: State, name: Command, outline: Outline): State {
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

/** Scrolls so that the selected packet is in sight. */
function scrollList(state: State): State {
  const { listRows } = state.layout;
  const { selected, first, count } = state;
  let top = clamp(state.top, selected - listRows + 1, selected);
  top = clamp(top, first, Math.max(first, count - listRows));
  return top === state.top ? state : { ...state, top };
}

/** Scrolls so that the cursor is in sight in its pane, and `byte` in the bytes. */
function scrollPanes(state: State, outline: Outline, byte: number | undefined): State {
  const { layout } = state;
  const panes = createPanes(outline, state.pair, state.folds, layout);
  let leftTop = scrolled(state.leftTop, panes.left, layout.leftRows, state.cursor);
  let rightTop = scrolled(state.rightTop, panes.right, layout.rightRows, state.cursor);
  if (layout.isSideBySide) {
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

/** The nearest number to `value` from `low` to `high`; `low` where that is empty. */
function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
