/** Screens beside the packets: boards, a lesson, help. Each is rows that scroll, and what Enter does on one. */
import { clamp } from '../clamp.ts';
import type { Session } from '../session.ts';

export const VIEW_NAMES = [
  'packets',
  'pings',
  'protocols',
  'conversations',
  'lesson',
  'path',
  'help',
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

/** Where one is in a view that scrolls. */
export interface Scroll {
  /** The row that the cursor is on. */
  readonly cursor: number;
  /** The row that is shown first. */
  readonly top: number;
}

/** A screen of rows between the status row and the footer. */
export interface View {
  /** How many rows there are, in sight or not. */
  count(session: Session): number;
  /** False for rows to read, which scroll whole: the cursor is then the first row in sight. */
  readonly hasCursor: boolean;
  /**
   * The rows in sight, each `columns` cells wide.
   *
   * @param height how many; fewer are filled up
   */
  render(session: Session, scroll: Scroll, columns: number, height: number): string[];
  /** How many rows a page has, where that is not all of them between the status row and the footer. */
  pageRows?(session: Session): number;
  /** What Enter does on a row. */
  open?(session: Session, row: number): void;
}

export const START: Scroll = { cursor: 0, top: 0 };

/** Moves the cursor to a row, and scrolls so that it is in sight. */
export function scrollTo(
  scroll: Scroll,
  cursor: number,
  count: number,
  height: number,
  hasCursor: boolean,
): Scroll {
  const last = Math.max(0, hasCursor ? count - 1 : count - height);
  const at = clamp(cursor, 0, last);
  if (!hasCursor) return { cursor: at, top: at };
  const top = Math.max(Math.min(scroll.top, at), at - height + 1);
  return { cursor: at, top: clamp(top, 0, Math.max(0, count - height)) };
}
