import type { ViewContext } from '../boards/view.ts';
import type { ListRows } from '../list/list-rows.ts';
import type { Facts } from '../status/facts.ts';

/** What a screen reader is told from. */
export interface SpokenContext extends ViewContext {
  readonly list: Pick<ListRows, 'sentence'>;
  /** How often it was asked to be told again where one is. */
  readonly announcements: number;
  facts(): Facts;
  /** What became of the selected ping; empty if the packet is none. */
  fate(): string;
}
