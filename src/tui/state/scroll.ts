/** Where one is in what scrolls. */
import { clamp } from './clamp.ts';

/** Where one is in a view that scrolls. */
export interface Scroll {
  /** The row that the cursor is on. */
  readonly cursor: number;
  /** The row that is shown first. */
  readonly top: number;
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
