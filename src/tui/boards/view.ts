/** Screens beside the packets: boards, a lesson, help. Each is rows that scroll, and what Enter does on one. */
import type { Session } from '../session.ts';
import type { Scroll } from '../state/scroll.ts';

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
