/**
 * What the screen shows, as one value, and what can happen to it. All of this room is pure: no packet, terminal or clock.
 *
 *   reduce.ts        what keys, packets and the mouse make of the state
 *   list-moves.ts    moving in the list, packet-moves.ts in the headers and bytes, lesson-steps.ts in a lesson
 *   scroll.ts        moving in the views beside the packets
 *   layout.ts        where the panes stand, pane-places.ts which of them the mouse is in
 *   panes.ts         which rows the two header panes have
 *   prompt.ts        the text that is being typed, field-names.ts the names that complete it, column-names.ts those that may be columns
 */

import { USUAL_MTU } from '../../explain/comparison.ts';
import type { Cursor } from '../../output/outline.ts';
import type { Command } from '../keys/keymap.ts';
import type { ViewName } from '../keys/view-names.ts';
import type { Pointer } from '../terminal/pointer.ts';
import { createLayout, type Layout, NO_WISHES, type PaneName } from './layout.ts';
import type { Folds } from './panes.ts';
import type { Prompt, PromptKind } from './prompt.ts';
import type { Scroll } from './scroll.ts';

/** What the time column shows: seconds since the first packet, since the row before, the time of day in UTC. */
export const TIME_COLUMNS = ['relative', 'delta', 'absolute'] as const;
export type TimeColumn = (typeof TIME_COLUMNS)[number];
export const CONVERSATION_ORDERS = ['bytes', 'packets', 'rate', 'first', 'last'] as const;
export type ConversationOrder = (typeof CONVERSATION_ORDERS)[number];

export interface State {
  /** The path's MTU, against which a tunnel's cost is told. */
  readonly mtu: number;
  readonly layout: Layout;
  /** Rows that the user gave the list; below zero if taken from it. */
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
  /** Packets taken so far, in the list or not; and how many there were when following ended: those past it are new. */
  readonly taken: number;
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
  /** Fields that have a column of their own in the list, by their filter names. */
  readonly fieldColumns: readonly string[];
  /** What conversations are sorted by. */
  readonly sortedBy: ConversationOrder;
  /** Pings and their path are drawn, not told in a table. */
  readonly isDrawn: boolean;
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
      /** Packets taken so far, in the list or not; default: as many as it has rows. */
      readonly taken?: number;
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
  /** Asks for a line of text, which begins with one. */
  | { readonly type: 'ask'; readonly kind: PromptKind; readonly text: string }
  /** Gives a field a column in the list, or takes it away. */
  | { readonly type: 'column'; readonly name: string }
  /** Marks a packet, or takes its mark away. */
  | { readonly type: 'mark'; readonly packet: number }
  /** Goes to a row of the list. */
  | { readonly type: 'select'; readonly index: number };

/** The rows of the view that is shown beside the packets. */
export interface ViewFacts {
  readonly count: number;
  readonly hasCursor: boolean;
  /** Rows that a page has; default: all but the status row and the footer. */
  readonly pageRows?: number;
  /** The item that is drawn in a row, from 0 on; undefined if none is. */
  readonly itemAt?: (row: number) => number | undefined;
}

/** What can be asked for from the start; else it is as usual. */
export type Beginning = Partial<Pick<State, 'mtu' | 'view' | 'times' | 'filter' | 'fieldColumns'>>;

export function initialState(
  columns: number,
  rows: number,
  isLive: boolean,
  { mtu = USUAL_MTU, view = 'packets', times = 'relative', filter = '', fieldColumns = [] }: Beginning = {},
): State {
  return {
    mtu,
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
    taken: 0,
    seen: 0,
    pane: 'list',
    pair: 0,
    cursor: undefined,
    byte: 0,
    leftTop: 0,
    rightTop: 0,
    bytesTop: 0,
    folds: {},
    view,
    behindHelp: 'packets',
    scrolls: {},
    filter,
    history: { goto: [], filter: [], search: [], save: [], column: [] },
    times,
    fieldColumns,
    sortedBy: 'bytes',
    isDrawn: false,
    marks: new Set(),
    lesson: undefined,
    prompt: undefined,
  };
}
