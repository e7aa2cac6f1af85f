/** How keys, packets and the mouse change what the screen shows: pure, so that tests read as tables. */

import type { Outline } from '../../output/outline.ts';
import type { Command } from '../keys/keymap.ts';
import type { ViewName } from '../keys/view-names.ts';
import type { Pointer } from '../terminal/pointer.ts';
import { clamp } from './clamp.ts';
import { completed } from './field-names.ts';
import { createLayout, type Layout } from './layout.ts';
import { peeled } from './lesson-steps.ts';
import { inList, scrollList, select } from './list-moves.ts';
import { enter, focus, hasRight, inBytes, inPane, pressedIn, settle } from './packet-moves.ts';
import { paneAt } from './pane-places.ts';
import { edited, openPrompt, type PromptKind, recalled } from './prompt.ts';
import { START, scrollTo } from './scroll.ts';
import {
  type Action,
  CONVERSATION_ORDERS,
  type ConversationOrder,
  type State,
  TIME_COLUMNS,
  type TimeColumn,
  type ViewFacts,
} from './state.ts';

/** Rows that a key gives the list or takes from it. */
const LIST_STEP = 2;
/** What the wheel moves by. */
const WHEEL_ROWS = 3;
/** Texts of each kind that are kept. */
const MOST_HISTORY = 50;
const NO_ROWS: ViewFacts = { count: 0, hasCursor: false };

/**
 * @param outline of the packet that `state` has selected; undefined if there is none
 * @param viewFacts of the view that `state` shows, where that is not the packets
 */
export function reduce(
  state: State,
  action: Action,
  outline: Outline | undefined,
  viewFacts = NO_ROWS,
): State {
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

function reduced(state: State, action: Action, outline: Outline | undefined, viewFacts: ViewFacts): State {
  switch (action.type) {
    case 'resize':
      return settle({ ...state, layout: laidOut(state, action) }, outline);
    case 'packets': {
      const { first, count, isLive, taken = count } = action;
      const selected = action.selected ?? (state.isFollowing ? count - 1 : state.selected);
      return scrollList({
        ...state,
        first,
        count,
        isLive,
        taken,
        selected: clamp(selected, first, count - 1),
      });
    }
    case 'command':
      return held(state, command(state, action.command, outline, viewFacts));
    case 'view':
      return { ...state, view: action.view };
    case 'key':
      return typed(state, action.key);
    case 'fault':
      return state.prompt === undefined
        ? state
        : { ...state, prompt: { ...state.prompt, fault: action.fault } };
    case 'pointer':
      return held(state, pointed(state, action.pointer, outline, viewFacts));
    case 'accepted':
      return accepted(state, action.kind, action.text);
    case 'filter':
      return { ...state, filter: action.text };
    case 'ask':
      return { ...state, prompt: openPrompt(action.kind, action.text) };
    case 'column': {
      const { fieldColumns } = state;
      const others = fieldColumns.filter((name) => name !== action.name);
      const isNew = others.length === fieldColumns.length;
      return { ...state, fieldColumns: isNew ? [...fieldColumns, action.name] : others };
    }
    case 'mark': {
      const marks = new Set(state.marks);
      if (!marks.delete(action.packet)) marks.add(action.packet);
      return { ...state, marks };
    }
    case 'select':
      return { ...select(state, action.index, false), view: 'packets', pane: 'list', prompt: undefined };
  }
}

/** Whoever goes into a packet wants it to stay. */
function held(before: State, after: State): State {
  if (!before.isFollowing || !after.isFollowing) return after;
  const isInside = after.pane !== 'list' && (after.pane !== before.pane || after.cursor !== before.cursor);
  return isInside || after.view === 'lesson' ? unfollowed(after) : after;
}

function unfollowed(state: State): State {
  return { ...state, isFollowing: false, seen: state.taken };
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
  if ((key === 'tab' || key === 'shift+tab') && (prompt.kind === 'filter' || prompt.kind === 'column')) {
    const after = completed(prompt.text, prompt.at, prompt.offer, key === 'tab' ? 1 : -1);
    return { ...state, prompt: { ...prompt, ...after, fault: '' } };
  }
  if (key === 'escape') return { ...state, prompt: undefined };
  const after = edited(prompt, key);
  return after === undefined ? state : { ...state, prompt: { ...after, offer: undefined } };
}

function pointed(
  state: State,
  { kind, column, row }: Pointer,
  outline: Outline | undefined,
  viewFacts: ViewFacts,
): State {
  if (state.prompt !== undefined) return state;
  const command = kind === 'wheelUp' ? 'up' : 'down';
  if (state.view !== 'packets') {
    if (kind !== 'press') return repeated(state, command, outline, viewFacts);
    const scroll = state.scrolls[state.view] ?? START;
    // Above all views stands the status row.
    const item = viewFacts.itemAt?.(row - 1);
    if (item === undefined) return state;
    const at = scrollTo(scroll, item, viewFacts.count, state.layout.viewRows, true);
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
  if (outline === undefined || (place.pane === 'right' && !hasRight(state, outline))) return state;
  const inside = enter({ ...state, pane: place.pane }, outline);
  if (kind !== 'press') return repeated(inside, command, outline, viewFacts);
  return place.row < 0 ? inside : pressedIn(state, inside, place, outline);
}

function repeated(state: State, name: Command, outline: Outline | undefined, viewFacts: ViewFacts): State {
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

function command(state: State, name: Command, outline: Outline | undefined, viewFacts: ViewFacts): State {
  if (state.view === 'help' && (name === 'help' || name === 'back' || name === 'leave'))
    return { ...state, view: state.behindHelp };
  if (name === 'help') return { ...state, view: 'help', behindHelp: state.view };
  if (name === 'lesson') return show({ ...state, lesson: undefined }, 'lesson');
  if (name === 'nextPacket') return select(state, state.selected + 1, false);
  if (name === 'previousPacket') return select(state, state.selected - 1, false);
  if (
    name === 'packets' ||
    name === 'pings' ||
    name === 'protocols' ||
    name === 'conversations' ||
    name === 'path'
  )
    return { ...state, view: name };
  if (name === 'draw') return { ...state, isDrawn: !state.isDrawn };
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
    if (name === 'back' || name === 'leave') return { ...state, view: 'packets' };
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
      return state.isFollowing ? unfollowed(state) : select(state, state.count - 1, true);
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
    default:
      if (state.pane === 'list') return name === 'toggle' ? focus(state, outline, 1) : inList(state, name);
      if (outline === undefined) return state;
      return state.pane === 'bytes' ? inBytes(state, name, outline) : inPane(state, name, outline);
  }
}
